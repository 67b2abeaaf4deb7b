"""Properties that cannot change in place, by resource type, each with its source."""

from collections.abc import Mapping
from typing import Final

IMMUTABLE: Final[Mapping[str, Mapping[str, str]]] = {
    "kubernetes": {
        "apiVersion": "the object is another one",
        "kind": "the object is another one",
        "metadata.name": "https://kubernetes.io/docs/concepts/overview/working-with-objects/names/",
        "metadata.namespace": "https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/",
    },
}


def is_object_of_kubernetes(token: str) -> bool:
    """Returns whether a type is an object of the Kubernetes API."""
    return token.startswith("kubernetes:") and not token.startswith("kubernetes:helm.sh/")
