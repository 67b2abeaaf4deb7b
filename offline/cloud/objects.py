"""What all objects of Kubernetes have in common."""

from typing import Final

from deployment.types import NAMESPACE, RELEASE

from .behaviour import Behaviour, Inputs
from .cloud import Cloud, Thing
from .conditions import api_failure
from .errors import CloudError

# What a cluster has from the beginning
# (https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/#initial-namespaces).
_NAMESPACES: Final = ("default", "kube-node-lease", "kube-public", "kube-system")


class Object(Behaviour):
    """An object of the API."""

    def reach(self, cloud: Cloud) -> None:
        """Refuses where whoever deploys does not get at the API."""
        if failure := api_failure(cloud):
            raise CloudError(failure)

    async def before_create(self, cloud: Cloud, thing: Thing) -> None:
        """Refuses an object in a namespace that is not there."""
        namespace = namespace_of(thing)
        known = {*_NAMESPACES, *(found.id for found in cloud.of(NAMESPACE))}
        if namespace and namespace not in known:
            raise CloudError(f'namespaces "{namespace}" not found')


def chart_of(release: Inputs) -> str:
    """Returns the name of a release's chart; of one in a registry, the last part of its address."""
    return str(release.get("chart")).rpartition("/")[2]


def namespace_of(thing: Thing) -> str:
    """Returns the namespace of an object; empty: it is in none."""
    if thing.token == RELEASE:
        return str(thing.inputs.get("namespace") or "default")
    metadata = thing.properties.get("metadata") or {}
    return str(metadata.get("namespace") or "")
