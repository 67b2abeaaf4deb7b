"""The Name tag, by which people find a resource in the AWS console."""

from collections.abc import Mapping


def with_name(tags: Mapping[str, str], name: str) -> dict[str, str]:
    """Returns the tags with ``Name`` set."""
    return {**tags, "Name": name}
