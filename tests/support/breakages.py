"""Changes of an exported graph in one place, as a careless edit of the program would make them."""

from collections.abc import Callable
from typing import Any

Data = dict[str, Any]
Breakage = Callable[[Data], None]


def resources(data: Data, token: str, name: str = "") -> list[Data]:
    """Returns the resources of a type whose name contains a text."""
    found = [
        resource
        for resource in data["deployment"]["resources"]
        if resource["type"] == token and name in resource["urn"].rsplit("::", maxsplit=1)[-1]
    ]
    assert found, f"{token} {name}: there is none to break"
    return found


def inputs(data: Data, token: str, name: str = "") -> Data:
    """Returns the inputs of the first such resource."""
    found: Data = resources(data, token, name)[0]["inputs"]
    return found


def cut(later: Data, earlier: list[Data]) -> None:
    """Removes the edges from one resource to others."""
    urns = {resource["urn"] for resource in earlier}
    assert urns & set(later["dependencies"]), "there is no such edge to cut"
    later["dependencies"] = [urn for urn in later["dependencies"] if urn not in urns]
    for key, dependencies in later.get("propertyDependencies", {}).items():
        later["propertyDependencies"][key] = [urn for urn in dependencies if urn not in urns]
