"""How types of resources behave: what refuses, what becomes ready and when, what stays behind."""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from .cloud import Cloud, Thing


# The properties of a resource that a program gives, or all that it has.
Inputs: TypeAlias = Mapping[str, Any]


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

    async def before_update(self, cloud: "Cloud", thing: "Thing", inputs: Inputs) -> None:
        """Raises ``CloudError`` where the cloud refuses a change."""

    async def before_delete(self, cloud: "Cloud", thing: "Thing") -> None:
        """Raises ``CloudError`` where the cloud refuses, after the time that a client waits."""

    def after_delete(self, cloud: "Cloud", thing: "Thing") -> None:
        """Does what a deletion brings with it."""


_PLAIN: Final = Behaviour()


@cache
def _registry() -> Mapping[str, Behaviour]:
    """Returns the behaviour of each type that has one of its own."""
    from . import eks, kubernetes, moto_identity, moto_network, moto_security, moto_services

    return {
        **eks.BEHAVIOURS,
        **kubernetes.BEHAVIOURS,
        **moto_identity.IDENTITY,
        **moto_network.NETWORK,
        **moto_security.SECURITY,
        **moto_services.SERVICES,
    }


def behaviour_of(token: str) -> Behaviour:
    """Returns how a type behaves."""
    from . import kubernetes

    if found := _registry().get(token):
        return found
    return kubernetes.OBJECT if token.startswith("kubernetes:") else _PLAIN
