"""Helm releases of charts that the platform pins."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from components.identity.irsa import ROLE_ANNOTATION
from planning.scheduling.amounts import Amounts

# Where the platform's controllers and drivers run.
SYSTEM_NAMESPACE = "kube-system"
_TIMEOUT_SECONDS = 600


def release(
    name: str,
    chart: str,
    *,
    version: str,
    repository: str,
    namespace: pulumi.Input[str] = SYSTEM_NAMESPACE,
    values: Mapping[str, Any] | None = None,
    opts: pulumi.ResourceOptions,
) -> kubernetes.helm.v3.Release:
    """Creates the release of a chart, under the chart's own name.

    :param repository: its address; one that begins with ``oci://`` is a registry of images.
    """
    # Helm takes no repository for a chart in a registry, whose address is all of its name.
    is_image = repository.startswith("oci://")
    return kubernetes.helm.v3.Release(
        name,
        name=chart,
        chart=f"{repository}/{chart}" if is_image else chart,
        version=version,
        repository_opts=None
        if is_image
        else kubernetes.helm.v3.RepositoryOptsArgs(repo=repository),
        namespace=namespace,
        values=values,
        # A release that does not come up is rolled back instead of left half-installed.
        atomic=True,
        timeout=_TIMEOUT_SECONDS,
        opts=opts,
    )


def account_values(name: str, role_arn: pulumi.Input[str]) -> dict[str, Any]:
    """Returns how charts are told of a service account and of its role."""
    return {"name": name, "annotations": {ROLE_ANNOTATION: role_arn}}


def resource_values(each: Amounts) -> dict[str, Any]:
    """Returns what a pod asks for and may use at most, as the plan of the nodes counts it."""
    return {
        "requests": {"cpu": each.cpu_quantity, "memory": each.memory_quantity},
        "limits": {"memory": each.memory_quantity},
    }


def merged(*parts: Mapping[str, Any]) -> dict[str, Any]:
    """Returns values together, those below the same key, too; the last one counts."""
    found: dict[str, Any] = {}
    for part in parts:
        for key, value in part.items():
            before = found.get(key)
            both = isinstance(before, Mapping) and isinstance(value, Mapping)
            found[key] = merged(before or {}, value) if both else value
    return found
