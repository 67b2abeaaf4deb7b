"""Secrets outside of the cluster: who keeps them, and how pods get at their own."""
