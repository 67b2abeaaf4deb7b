"""Order of creation and destruction."""

from collections.abc import Iterator, Mapping
from typing import Final

from deployment.types import (
    ADDON,
    ATTACHMENT,
    BINDING,
    CLAIM,
    CLUSTER,
    GATEWAY,
    INGRESS,
    NODE_GROUP,
    PERSISTENT_VOLUME,
    RELEASE,
    SERVICE,
    STORAGE_CLASS,
    SUBNET,
)
from policy.catalogue import Severity, Subject, rule
from policy.controllers import (
    LOAD_BALANCER_CONTROLLER,
    VPC_CNI,
    controllers,
    has_other_network,
    in_auto_mode,
    is_auto_mode,
    part,
    roles,
)
from policy.gateways import kind_of
from policy.ingresses import is_alb, is_nlb
from policy.machines import groups
from policy.objects import named
from policy.reading import flag
from policy.routes import ways_out
from policy.unknown import OutsideError

NFS_DRIVER: Final = "csi-driver-nfs"
EBS_DRIVER: Final = "aws-ebs-csi-driver"
# What StorageClasses and volumes call the drivers
# (https://docs.aws.amazon.com/eks/latest/userguide/storage.html).
DRIVERS: Final[Mapping[str, str]] = {
    "ebs.csi.aws.com": EBS_DRIVER,
    "efs.csi.aws.com": "aws-efs-csi-driver",
    "fsx.csi.aws.com": "aws-fsx-csi-driver",
    "fsx.openzfs.csi.aws.com": "aws-fsx-openzfs-csi-driver",
    "kubernetes.io/aws-ebs": EBS_DRIVER,
    "nfs.csi.k8s.io": NFS_DRIVER,
    "s3.csi.aws.com": "aws-mountpoint-s3-csi-driver",
}
# Add-ons and charts with a Deployment, whose pods wait for a node
# (https://docs.aws.amazon.com/eks/latest/userguide/workloads-add-ons-available-eks.html).
ON_NODES: Final = {"coredns", "metrics-server", LOAD_BALANCER_CONTROLLER, *DRIVERS.values()}


@rule(NODE_GROUP, Severity.HIGH, "R1", of_stack=True)
def nodes_after_the_vpc_cni(subject: Subject) -> Iterator[str]:
    """Nodes that come before the VPC CNI are never ready; ones that outlive it cannot end pods.

    Make the node group depend on the add-on vpc-cni (dependsOn).

    Keep vpc_cni.addon among after of the node groups in __main__.py.
    """
    # EKS brings the VPC CNI with a cluster unless it is told not to.
    clusters = [
        cluster
        for cluster in subject.named("clusterName", CLUSTER)
        if not flag(cluster.properties, "bootstrapSelfManagedAddons", default=True)
        and not is_auto_mode(cluster)
    ]
    addons = [
        addon
        for cluster in clusters
        for addon in subject.graph.users(cluster, ADDON, "clusterName")
        if part(addon) == VPC_CNI
    ]
    if clusters and not addons and not has_other_network(subject.graph):
        yield "waits for no add-on vpc-cni"
    for addon in addons:
        if not subject.waits_for(addon):
            yield f"does not wait for the add-on {addon}"


@rule(NODE_GROUP, Severity.HIGH, "R6", of_stack=True)
def nodes_after_their_way_out(subject: Subject) -> Iterator[str]:
    """Nodes that come before the route to NAT pull no image, and EKS gives them up.

    Make the node group depend on the routes to NAT and on the associations of their tables, or
    without routes on the VPC's endpoints.

    Keep network.egress among after of the node groups in __main__.py.
    """
    for subnet in subject.named("subnetIds", SUBNET, several=True):
        for way in ways_out(subject.graph, subnet):
            if not subject.waits_for(way):
                yield f"does not wait for {way}"


@rule([INGRESS, SERVICE, GATEWAY, BINDING], Severity.HIGH, "R4", of_stack=True)
def ingresses_before_their_controller_goes(subject: Subject) -> Iterator[str]:
    """An Ingress that outlives its controller never goes, and leaves its load balancer behind.

    Make the Ingress, or the Service of an NLB, the Gateway or the TargetGroupBinding, depend on the
    load balancer controller's release (dependsOn).

    Keep load_balancer_controller.release among after of the application in __main__.py.
    """
    graph = subject.graph
    # Auto Mode's controller is part of the cluster, and goes with it.
    if not _is_its(subject) or in_auto_mode(graph):
        return
    known = controllers(graph, LOAD_BALANCER_CONTROLLER)
    if not known:
        raise OutsideError("the load balancer controller is not part of the stack")
    if not any(map(subject.waits_for, known)):
        yield "waits for no load balancer controller"


def _is_its(subject: Subject) -> bool:
    """Returns whether the load balancer controller makes something of an object."""
    if subject.resource.type == INGRESS:
        return is_alb(subject.graph, subject.resource)
    if subject.resource.type == SERVICE:
        return is_nlb(subject.resource)
    return subject.resource.type == BINDING or bool(kind_of(subject.graph, subject.resource))


@rule([ADDON, RELEASE], Severity.HIGH, "R2", "R4", "R5", of_stack=True)
def controllers_before_their_permissions_go(subject: Subject) -> Iterator[str]:
    """A controller that loses its permissions first cannot delete what it made.

    Make the add-on, or the release, depend on the attachments of its role's policies.

    Give the controller the ARN of an IrsaRole, which is known once all policies are attached.
    """
    is_addon = subject.resource.type == ADDON
    if not is_addon and part(subject.resource) != LOAD_BALANCER_CONTROLLER:
        return
    found = list(roles(subject.graph, subject.resource))
    if not found and not is_addon:
        yield "has no role of its own"
    for role in found:
        for attachment in subject.graph.users(role, ATTACHMENT, "role"):
            if not subject.waits_for(attachment):
                yield f"does not wait for {attachment}"


@rule([ADDON, RELEASE], Severity.MEDIUM, "R3", "R4", "R5", of_stack=True)
def controllers_while_there_are_nodes(subject: Subject) -> Iterator[str]:
    """A controller that comes before all nodes is never ready; after them it cleans up nothing.

    Make the add-on, or the release, depend on a node group (dependsOn).

    Keep the node groups among after of the add-on or the chart in __main__.py.
    """
    graph = subject.graph
    if part(subject.resource) not in ON_NODES or in_auto_mode(graph):
        return
    made = groups(graph)
    if made and not any(map(subject.waits_for, made)):
        yield "waits for no node group"


@rule([CLAIM, PERSISTENT_VOLUME, STORAGE_CLASS], Severity.HIGH, "R5", of_stack=True)
def volumes_before_their_driver_goes(subject: Subject) -> Iterator[str]:
    """A volume that outlives its driver is never deleted, and holds up all that uses it.

    Make claims depend on their StorageClass, and that, or a PersistentVolume, on the add-on or the
    chart of its driver (dependsOn).
    """
    if subject.resource.type == CLAIM:
        path = "spec.storageClassName"
        found = named(subject.graph, subject.resource, path, STORAGE_CLASS, anywhere=True)
    else:
        key = "provisioner" if subject.resource.type == STORAGE_CLASS else "spec.csi.driver"
        driver = DRIVERS.get(subject.text(key))
        found = controllers(subject.graph, driver) if driver else []
    # There may be another cluster in the stack, with a driver and classes of the same names.
    if found and not any(map(subject.waits_for, found)):
        yield f"does not wait for {' or '.join(map(str, found))}"
