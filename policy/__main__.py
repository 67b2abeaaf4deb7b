"""Serves the pack to Pulumi, as in ``pulumi preview --policy-pack policy``."""

# Pulumi runs this folder by itself, with no package around it.
from rules.serving import serve

serve()
