"""The components as a Pulumi component package, for programs in any of Pulumi's languages."""
