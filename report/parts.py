"""The parts of the architecture diagram, each from a resource and what others say of it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from deployment.deployment import Deployment
from deployment.resource import Resource

NAT: Final = "aws:ec2/natGateway:NatGateway"
NODE_GROUP: Final = "aws:eks/nodeGroup:NodeGroup"
CLUSTER: Final = "aws:eks/cluster:Cluster"
VPC_ENDPOINT: Final = "aws:ec2/vpcEndpoint:VpcEndpoint"
FILE_SYSTEM: Final = "aws:efs/fileSystem:FileSystem"
INGRESS: Final = "kubernetes:networking.k8s.io/v1:Ingress"
DEPLOYMENT: Final = "kubernetes:apps/v1:Deployment"
_ANNOTATION: Final = "alb.ingress.kubernetes.io"


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """Something in the diagram that stands for a resource.

    :param leads_to: the URNs of what a line is drawn to, by kind of line.
    """

    kind: str
    resource: Resource
    title: str
    detail: str = ""
    leads_to: Sequence[tuple[str, str]] = ()


def pod_subnets(deployment: Deployment) -> set[str]:
    """Returns the IDs of subnets for pods alone, which the CNI's configuration names."""
    found: set[str] = set()
    for addon in deployment.of("aws:eks/addon:Addon"):
        if addon.inputs.get("addonName") == "vpc-cni":
            configuration = json.loads(addon.inputs.get("configurationValues") or "{}")
            subnets = configuration.get("eniConfig", {}).get("subnets", {})
            found.update(subnet["id"] for subnet in subnets.values())
    return found


def in_subnet(deployment: Deployment, subnet: Resource, role: str) -> Iterator[Part]:
    """Yields what a subnet holds, from the outside in."""
    yield from _gateways(deployment, subnet)
    yield from _load_balancers(deployment, role)
    for group in deployment.of(NODE_GROUP):
        if subnet.id in group.inputs.get("subnetIds", ()):
            yield _node_group(group)
    if role == ("pods" if pod_subnets(deployment) else "private"):
        yield from _pods(deployment)
    yield from _interfaces(deployment, subnet)


def _gateways(deployment: Deployment, subnet: Resource) -> Iterator[Part]:
    for nat in deployment.of(NAT):
        if nat.inputs.get("subnetId") == subnet.id:
            yield Part(kind="nat", resource=nat, title="NAT gateway")


def _load_balancers(deployment: Deployment, role: str) -> Iterator[Part]:
    for ingress in deployment.of(INGRESS):
        if role == ("private" if is_internal(ingress) else "public"):
            yield _load_balancer(deployment, ingress)


def is_internal(ingress: Resource) -> bool:
    """Returns whether an ingress's load balancer has no address on the internet."""
    return _annotation(ingress, "scheme") == "internal"


def _interfaces(deployment: Deployment, subnet: Resource) -> Iterator[Part]:
    """Yields what AWS puts into a subnet for something outside of it."""
    for target in deployment.of("aws:efs/mountTarget:MountTarget"):
        if target.inputs.get("subnetId") == subnet.id:
            system = deployment.by_id(FILE_SYSTEM, target.inputs.get("fileSystemId"))
            yield Part(
                kind="mount-target",
                resource=target,
                title="EFS mount target",
                leads_to=[("mount", system.urn)] if system else (),
            )
    for endpoint in deployment.of(VPC_ENDPOINT):
        if subnet.id in endpoint.inputs.get("subnetIds", ()):
            yield Part(kind="endpoint", resource=endpoint, title=f"endpoint {_service(endpoint)}")
    for cluster in deployment.of(CLUSTER):
        if subnet.id in cluster.inputs["vpcConfig"]["subnetIds"]:
            yield Part(
                kind="cluster-interface",
                resource=cluster,
                title="EKS network interface",
                leads_to=[("control-plane", cluster.urn)],
            )


def _load_balancer(deployment: Deployment, ingress: Resource) -> Part:
    targets = [part.resource.urn for part in _pods(deployment) if _serves(ingress, part.resource)]
    kind = _annotation(ingress, "target-type") or "instance"
    return Part(
        kind="load-balancer",
        resource=ingress,
        title=f"ALB {ingress.name}",
        detail=f"{'internal' if is_internal(ingress) else 'internet-facing'}, {kind} targets",
        leads_to=[("targets", urn) for urn in targets],
    )


def _serves(ingress: Resource, workload: Resource) -> bool:
    """Returns whether an ingress and a workload are of one application: the same parent."""
    return ingress.parent == workload.parent


def _pods(deployment: Deployment) -> Iterator[Part]:
    """Yields the applications behind an ingress."""
    parents = {ingress.parent for ingress in deployment.of(INGRESS)}
    for workload in deployment.of(DEPLOYMENT):
        if workload.parent in parents:
            yield Part(
                kind="pods",
                resource=workload,
                title=f"{workload.name} pods",
                detail=_replicas(deployment, workload),
            )


def _replicas(deployment: Deployment, workload: Resource) -> str:
    for scaler in deployment.of("kubernetes:autoscaling/v2:HorizontalPodAutoscaler"):
        if scaler.parent == workload.parent:
            spec = scaler.inputs["spec"]
            return f"{spec.get('minReplicas', 1)} to {spec['maxReplicas']} in all zones"
    return f"{workload.inputs['spec'].get('replicas', 1)} in all zones"


def _node_group(group: Resource) -> Part:
    size = group.inputs.get("scalingConfig", {})
    return Part(
        kind="node-group",
        resource=group,
        title=f"{group.name}: {size.get('minSize')} to {size.get('maxSize')} nodes",
        detail=", ".join(group.inputs.get("instanceTypes", ())),
    )


def at_the_border(deployment: Deployment) -> Iterator[Part]:
    """Yields the VPC's gateways that are in no subnet."""
    for gateway in deployment.of("aws:ec2/internetGateway:InternetGateway"):
        yield Part(kind="internet-gateway", resource=gateway, title="Internet gateway")
    for endpoint in deployment.of(VPC_ENDPOINT):
        if not endpoint.inputs.get("subnetIds"):
            title = f"gateway endpoint {_service(endpoint)}"
            yield Part(kind="endpoint", resource=endpoint, title=title)


def run_by_aws(deployment: Deployment) -> Iterator[Part]:
    """Yields what AWS runs outside of the VPC."""
    for cluster in deployment.of(CLUSTER):
        access = cluster.inputs["vpcConfig"]
        ways = [
            way
            for way, key in (
                ("private", "endpointPrivateAccess"),
                ("public", "endpointPublicAccess"),
            )
            if access.get(key)
        ]
        yield Part(
            kind="control-plane",
            resource=cluster,
            title=f"EKS control plane {cluster.inputs.get('version', '')}".strip(),
            detail=f"endpoint: {' and '.join(ways)}",
        )
    for system in deployment.of(FILE_SYSTEM):
        encrypted = "encrypted" if system.inputs.get("encrypted") else "not encrypted"
        yield Part(
            kind="file-system",
            resource=system,
            title=f"EFS file system {system.name}",
            detail=encrypted,
        )


def on_nodes(deployment: Deployment) -> Iterator[Part]:
    """Yields the add-ons, controllers, servers and storage classes that nodes make work."""
    for addon in deployment.of("aws:eks/addon:Addon"):
        name = str(addon.inputs.get("addonName", addon.name))
        yield Part(kind="addon", resource=addon, title=name, detail="EKS add-on")
    for release in deployment.of("kubernetes:helm.sh/v3:Release"):
        replicas = release.inputs.get("values", {}).get("replicaCount")
        number = f", {replicas} replicas" if replicas else ""
        yield Part(
            kind="controller",
            resource=release,
            title=str(release.inputs.get("name", release.name)),
            detail=f"chart {release.inputs.get('version', '')}{number}",
        )
    for server in deployment.of("kubernetes:apps/v1:StatefulSet"):
        yield Part(
            kind="server", resource=server, title=server.name, detail="server with its own volume"
        )
    for storage in deployment.of("kubernetes:storage.k8s.io/v1:StorageClass"):
        yield Part(
            kind="storage-class",
            resource=storage,
            title=f"StorageClass {storage.inputs.get('metadata', {}).get('name', storage.name)}",
            detail=str(storage.inputs.get("provisioner", "")),
        )


def _annotation(ingress: Resource, name: str) -> str:
    annotations = ingress.inputs.get("metadata", {}).get("annotations") or {}
    return str(annotations.get(f"{_ANNOTATION}/{name}", ""))


def _service(endpoint: Resource) -> str:
    """Returns an endpoint's service without AWS's prefix and the region."""
    return ".".join(str(endpoint.inputs.get("serviceName", "")).split(".")[3:])
