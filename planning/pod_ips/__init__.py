"""Addresses of pods: how many a node may hold, what it keeps warm, and what subnets must have.

``python -m planning.pod_ips`` answers the same questions on the command line.
"""
