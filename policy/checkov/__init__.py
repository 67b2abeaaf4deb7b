"""The findings of checkov, each with a reason why it is accepted."""
