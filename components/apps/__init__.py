"""Applications behind a load balancer."""
