"""Whether the nodes of a stack can run its pods."""
