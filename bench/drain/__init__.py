"""Measures on real NGINX and HAProxy what the shutdown numbers are worth."""
