"""Shared file systems and volumes, with their drivers and classes."""
