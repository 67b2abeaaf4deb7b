"""How types of resources behave: what refuses, what becomes ready and when, what stays behind."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cloud import Cloud, Thing


class Behaviour:
    """A type that does as it is told."""

    def reach(self, cloud: "Cloud") -> None:
        """Raises ``CloudError`` where whoever deploys does not get at the service."""

    async def before_create(self, cloud: "Cloud", thing: "Thing") -> None:
        """Raises ``CloudError`` where the cloud refuses."""

    async def fault_of(self, cloud: "Cloud", thing: "Thing") -> str:
        """Waits until a new or changed resource is ready and returns nothing, or why it is not."""
        _ = cloud, thing
        return ""

    async def before_update(
        self, cloud: "Cloud", thing: "Thing", inputs: Mapping[str, Any]
    ) -> None:
        """Raises ``CloudError`` where the cloud refuses a change."""

    async def before_delete(self, cloud: "Cloud", thing: "Thing") -> None:
        """Raises ``CloudError`` where the cloud refuses, after the time that a client waits."""

    def after_delete(self, cloud: "Cloud", thing: "Thing") -> None:
        """Does what a deletion brings with it."""


_PLAIN = Behaviour()


def behaviour_of(token: str) -> Behaviour:
    """Returns how a type behaves."""
    from . import eks, kubernetes

    if found := {**eks.BEHAVIOURS, **kubernetes.BEHAVIOURS}.get(token):
        return found
    return kubernetes.OBJECT if token.startswith("kubernetes:") else _PLAIN
