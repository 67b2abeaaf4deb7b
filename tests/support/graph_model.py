"""An exported deployment, of which tests ask questions."""

from collections.abc import Iterator, Mapping
from typing import Any

from deployment.deployment import Deployment
from deployment.export import resources_of
from deployment.resource import Resource


class Graph(Deployment):
    """A deployment of which a test knows what must be in it."""

    def __init__(self, export: Mapping[str, Any]) -> None:
        super().__init__(resources_of(export))

    def one(self, token: str) -> Resource:
        """Returns the only resource of a type."""
        found = self.of(token)
        assert len(found) == 1, f"{token}: expected one, found {found}"
        return found[0]

    def addon(self, name: str) -> Resource:
        """Returns the EKS add-on of a name."""
        (found,) = (a for a in self.of("aws:eks/addon:Addon") if a.inputs["addonName"] == name)
        return found

    def release(self, chart: str) -> Resource:
        """Returns the Helm release of a chart."""
        (found,) = (
            r for r in self.of("kubernetes:helm.sh/v3:Release") if r.inputs["chart"] == chart
        )
        return found

    def with_id(self, identifier: str) -> Resource:
        """Returns the resource of an ID."""
        (found,) = (resource for resource in self if resource.id == identifier)
        return found

    def missing_waits(self, laters: list[Resource], earliers: list[Resource]) -> Iterator[str]:
        """Yields a line for each pair without a path; a requirement about nothing is broken."""
        if not laters or not earliers:
            yield f"nothing to compare: {laters} and {earliers}"
        for later in laters:
            for earlier in earliers:
                if not self.waits_for(later, earlier):
                    yield f"{later} does not wait for {earlier}"
