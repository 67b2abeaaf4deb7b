"""Pure planning logic: no Pulumi import, no I/O, no configuration."""
