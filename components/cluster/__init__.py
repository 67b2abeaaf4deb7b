"""The control plane, its nodes, its add-ons and its load balancer controller."""
