"""Addresses of pods: how many a node may hold, what it keeps warm, and what subnets must have.

``python -m cli pod-ips`` answers the same questions on the command line.
"""
