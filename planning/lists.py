"""Lists whose entries become resources, which must not have the same name."""

from collections.abc import Sequence


def repeated(values: Sequence[object]) -> str | None:
    """Returns which entries a list names more than once, or ``None``."""
    twice = sorted({str(value) for value in values if values.count(value) > 1})
    return f"names {', '.join(twice)} more than once" if twice else None
