"""How long operations typically take."""


def duration(operation: str, token: str) -> float:
    """Returns the typical seconds of an operation on a resource type."""
    _ = operation, token
    return 1.0
