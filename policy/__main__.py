"""Serves the pack to Pulumi, as in ``pulumi preview --policy-pack policy``."""

from pulumi_policy import PolicyPack

# Pulumi runs this folder by itself, with no package around it.
from rules.pack import PACK_NAME, policies

PolicyPack(PACK_NAME, policies())
