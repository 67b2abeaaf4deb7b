"""Runs any stack with no AWS account, no Pulumi CLI and no network."""
