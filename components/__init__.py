"""The platform's building blocks: Pulumi components, none of which reads configuration."""
