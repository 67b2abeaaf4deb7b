"""The parts of the architecture diagram: one table of their kinds, read from the graph alone."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from deployment.deployment import Deployment
from deployment.resource import Resource
from deployment.types import (
    ADDON,
    AUTOSCALER,
    CLUSTER,
    DEPLOYMENT,
    FILE_SYSTEM,
    INGRESS,
    INTERNET_GATEWAY,
    MOUNT_TARGET,
    NAT_GATEWAY,
    NODE_GROUP,
    RELEASE,
    STATEFUL_SET,
    STORAGE_CLASS,
    VPC_ENDPOINT,
)

# Where parts are that are in no subnet: at the border of the VPC, outside of it, on the nodes.
BORDER: Final = "border"
MANAGED: Final = "managed"
ON_NODES: Final = "on-nodes"
_ANNOTATION: Final = "alb.ingress.kubernetes.io"


@dataclass(frozen=True, slots=True)
class Part:
    """Something in the diagram that stands for a resource.

    :param lines: its texts, the first one its title.
    :param leads_to: the kind of line and the URN of each part that a line is drawn to.
    """

    kind: str
    resource: Resource
    lines: Sequence[str]
    leads_to: Sequence[tuple[str, str]] = ()


def parts_in(deployment: Deployment, *places: str) -> list[Part]:
    """Returns what is in one of these places, from the outside in.

    :param places: IDs of subnets, roles of subnets, and the places outside of subnets.
    """
    return [
        Part(kind, resource, [*filter(None, drawn.lines)], drawn.leads_to)
        for kind, (token, draw) in _KINDS.items()
        for resource in deployment.of(token)
        for drawn in [draw(deployment, resource)]
        if set(places).intersection(drawn.places)
    ]


def subnets_of(resource: Resource) -> list[str]:
    """Returns the IDs of the subnets that a resource of AWS is in."""
    inputs = resource.inputs
    several = (*inputs.get("subnetIds", ()), *inputs.get("vpcConfig", {}).get("subnetIds", ()))
    return [*filter(None, [inputs.get("subnetId")]), *several]


def pod_subnets(deployment: Deployment) -> set[str]:
    """Returns the IDs of subnets for pods alone, which the CNI's configuration names."""
    found: set[str] = set()
    for addon in deployment.of(ADDON):
        if addon.inputs.get("addonName") == "vpc-cni":
            configuration = json.loads(addon.inputs.get("configurationValues") or "{}")
            subnets = configuration.get("eniConfig", {}).get("subnets", {})
            found.update(subnet["id"] for subnet in subnets.values())
    return found


def is_internal(ingress: Resource) -> bool:
    """Returns whether an ingress's load balancer has no address on the internet."""
    return _annotation(ingress, "scheme") == "internal"


def _annotation(ingress: Resource, name: str) -> str:
    annotations = ingress.inputs.get("metadata", {}).get("annotations") or {}
    return str(annotations.get(f"{_ANNOTATION}/{name}", ""))


def _siblings(deployment: Deployment, token: str, resource: Resource) -> list[Resource]:
    """Returns the resources of a type that are of one application with this one."""
    return [found for found in deployment.of(token) if found.parent == resource.parent]


class _Drawn(NamedTuple):
    """Where a resource is drawn, with which texts, and what lines lead to."""

    places: Sequence[str]
    lines: Sequence[str]
    leads_to: Sequence[tuple[str, str]] = ()


def _internet_gateway(deployment: Deployment, _: Resource) -> _Drawn:
    public = [("ingress", found.urn) for found in deployment.of(INGRESS) if not is_internal(found)]
    return _Drawn([BORDER], ["Internet gateway"], public)


def _nat_gateway(_: Deployment, gateway: Resource) -> _Drawn:
    return _Drawn(subnets_of(gateway), ["NAT gateway"])


def _load_balancer(deployment: Deployment, ingress: Resource) -> _Drawn:
    role, scheme = (
        ("private", "internal") if is_internal(ingress) else ("public", "internet-facing")
    )
    targets = _annotation(ingress, "target-type") or "instance"
    pods = [("targets", found.urn) for found in _siblings(deployment, DEPLOYMENT, ingress)]
    return _Drawn([role], [f"ALB {ingress.name}", f"{scheme}, {targets} targets"], pods)


def _node_group(_: Deployment, group: Resource) -> _Drawn:
    size = group.inputs.get("scalingConfig", {})
    title = f"{group.name}: {size.get('minSize')} to {size.get('maxSize')} nodes"
    return _Drawn(subnets_of(group), [title, ", ".join(group.inputs.get("instanceTypes", ()))])


def _pods(deployment: Deployment, workload: Resource) -> _Drawn:
    """Draws an application behind an ingress, and no other."""
    role = "pods" if pod_subnets(deployment) else "private"
    count = workload.inputs["spec"].get("replicas", 1)
    for scaler in _siblings(deployment, AUTOSCALER, workload)[:1]:
        spec = scaler.inputs["spec"]
        count = f"{spec.get('minReplicas', 1)} to {spec['maxReplicas']}"
    places = [role] if _siblings(deployment, INGRESS, workload) else []
    return _Drawn(places, [f"{workload.name} pods", f"{count} in all zones"])


def _mount_target(deployment: Deployment, target: Resource) -> _Drawn:
    system = deployment.by_id(FILE_SYSTEM, target.inputs.get("fileSystemId"))
    lines = [("mount", system.urn)] if system else ()
    return _Drawn(subnets_of(target), ["EFS mount target"], lines)


def _endpoint(_: Deployment, endpoint: Resource) -> _Drawn:
    # Without AWS's prefix and the region.
    service = ".".join(str(endpoint.inputs.get("serviceName", "")).split(".")[3:])
    if subnets := subnets_of(endpoint):
        return _Drawn(subnets, [f"endpoint {service}"])
    return _Drawn([BORDER], [f"gateway endpoint {service}"])


def _cluster_interface(_: Deployment, cluster: Resource) -> _Drawn:
    lines = ["EKS network interface"]
    return _Drawn(subnets_of(cluster), lines, [("control-plane", cluster.urn)])


def _control_plane(_: Deployment, cluster: Resource) -> _Drawn:
    access, version = cluster.inputs["vpcConfig"], cluster.inputs.get("version", "")
    ways = [way for way in ("private", "public") if access.get(f"endpoint{way.title()}Access")]
    lines = [f"EKS control plane {version}".strip(), f"endpoint: {' and '.join(ways)}"]
    return _Drawn([MANAGED], lines)


def _file_system(_: Deployment, system: Resource) -> _Drawn:
    encrypted = "encrypted" if system.inputs.get("encrypted") else "not encrypted"
    return _Drawn([MANAGED], [f"EFS file system {system.name}", encrypted])


def _addon(_: Deployment, addon: Resource) -> _Drawn:
    return _Drawn([ON_NODES], [str(addon.inputs.get("addonName", addon.name)), "EKS add-on"])


def _controller(_: Deployment, release: Resource) -> _Drawn:
    inputs = release.inputs
    replicas = inputs.get("values", {}).get("replicaCount")
    chart = f"chart {inputs.get('version', '')}{f', {replicas} replicas' if replicas else ''}"
    return _Drawn([ON_NODES], [str(inputs.get("name", release.name)), chart])


def _server(_: Deployment, server: Resource) -> _Drawn:
    return _Drawn([ON_NODES], [server.name, "server with its own volume"])


def _storage_class(_: Deployment, found: Resource) -> _Drawn:
    name = found.inputs.get("metadata", {}).get("name", found.name)
    return _Drawn([ON_NODES], [f"StorageClass {name}", str(found.inputs.get("provisioner", ""))])


# The kinds of parts, from the outside in: the type of the resources, and how each is drawn.
_KINDS: Final[Mapping[str, tuple[str, Callable[[Deployment, Resource], _Drawn]]]] = {
    "internet-gateway": (INTERNET_GATEWAY, _internet_gateway),
    "nat": (NAT_GATEWAY, _nat_gateway),
    "load-balancer": (INGRESS, _load_balancer),
    "node-group": (NODE_GROUP, _node_group),
    "pods": (DEPLOYMENT, _pods),
    "mount-target": (MOUNT_TARGET, _mount_target),
    "endpoint": (VPC_ENDPOINT, _endpoint),
    "cluster-interface": (CLUSTER, _cluster_interface),
    "control-plane": (CLUSTER, _control_plane),
    "file-system": (FILE_SYSTEM, _file_system),
    "addon": (ADDON, _addon),
    "controller": (RELEASE, _controller),
    "server": (STATEFUL_SET, _server),
    "storage-class": (STORAGE_CLASS, _storage_class),
}
