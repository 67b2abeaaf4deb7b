"""IAM roles and documents, and KMS keys."""
