"""A scenario that does the least."""

from typing import Any

# What Locust has; it is in no environment of the tests, which read a scenario and never run it.
HttpUser: Any = object


class Visitor(HttpUser):
    """Has nothing to do."""

    tasks = ()
