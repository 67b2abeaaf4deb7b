"""The platform's building blocks: one Pulumi component a file, none of which reads configuration."""
