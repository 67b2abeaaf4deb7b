"""The day by which exemptions and support end."""

from datetime import UTC, date, datetime


def today() -> date:
    """Returns the date, the same everywhere."""
    return datetime.now(UTC).date()
