"""What AWS's API takes of each resource: from botocore's models, and what they do not say."""
