"""Who shares a cluster, and how much each may have."""
