"""Order of creation and destruction."""

from collections.abc import Iterator, Mapping
from typing import Final

from deployment.resource import Resource
from deployment.types import (
    ADDON,
    ATTACHMENT,
    CLAIM,
    CLUSTER,
    INGRESS,
    NODE_GROUP,
    RELEASE,
    ROLE,
    STORAGE_CLASS,
    SUBNET,
)
from policy.catalogue import Severity, Subject, rule
from policy.objects import names
from policy.reading import read
from policy.routes import ways_out

LOAD_BALANCER_CONTROLLER: Final = "aws-load-balancer-controller"
NFS_DRIVER: Final = "csi-driver-nfs"
EBS_DRIVER: Final = "aws-ebs-csi-driver"
# Add-ons and charts with a Deployment, whose pods wait for a node
# (https://docs.aws.amazon.com/eks/latest/userguide/workloads-add-ons-available-eks.html).
ON_NODES: Final = {
    "aws-efs-csi-driver",
    "coredns",
    "metrics-server",
    EBS_DRIVER,
    LOAD_BALANCER_CONTROLLER,
    NFS_DRIVER,
}
# What StorageClasses call the drivers.
DRIVERS: Final[Mapping[str, str]] = {"nfs.csi.k8s.io": NFS_DRIVER, "ebs.csi.aws.com": EBS_DRIVER}
# Where add-ons and releases name their role.
_ROLES: Final[Mapping[str, tuple[str, ...]]] = {
    ADDON: ("serviceAccountRoleArn",),
    RELEASE: ("values", "serviceAccount", "annotations", "eks.amazonaws.com/role-arn"),
}


def _part(controller: Resource) -> str:
    """Returns which add-on or chart it is."""
    return read(controller.properties, "addonName" if controller.type == ADDON else "chart", "")


def _controllers(subject: Subject, part: str) -> list[Resource]:
    found = [*subject.graph.of(ADDON), *subject.graph.of(RELEASE)]
    return [controller for controller in found if _part(controller) == part]


@rule(NODE_GROUP, Severity.HIGH, "R1", of_stack=True)
def nodes_after_the_vpc_cni(subject: Subject) -> Iterator[str]:
    """Nodes that come before the VPC CNI are never ready; ones that outlive it cannot end pods.

    Keep vpc_cni.addon among after of the node groups in __main__.py.
    """
    addons = [
        addon
        for cluster in subject.named("clusterName", CLUSTER)
        for addon in subject.graph.users(cluster, ADDON, "clusterName")
        if addon.properties["addonName"] == "vpc-cni"
    ]
    if not addons:
        yield "waits for no add-on vpc-cni"
    for addon in addons:
        if not subject.waits_for(addon):
            yield f"does not wait for the add-on {addon}"


@rule(NODE_GROUP, Severity.HIGH, "R6", of_stack=True)
def nodes_after_their_way_out(subject: Subject) -> Iterator[str]:
    """Nodes that come before the route to NAT pull no image, and EKS gives them up.

    Keep network.egress among after of the node groups in __main__.py.
    """
    for subnet in subject.named("subnetIds", SUBNET, several=True):
        for way in ways_out(subject.graph, subnet):
            if not subject.waits_for(way):
                yield f"does not wait for {way}"


@rule(INGRESS, Severity.HIGH, "R4", of_stack=True)
def ingresses_before_their_controller_goes(subject: Subject) -> Iterator[str]:
    """An Ingress that outlives its controller never goes, and leaves its load balancer behind.

    Keep load_balancer_controller.release among after of the application in __main__.py.
    """
    if not any(map(subject.waits_for, _controllers(subject, LOAD_BALANCER_CONTROLLER))):
        yield "waits for no load balancer controller"


@rule([ADDON, RELEASE], Severity.HIGH, "R2", "R4", "R5", of_stack=True)
def controllers_before_their_permissions_go(subject: Subject) -> Iterator[str]:
    """A controller that loses its permissions first cannot delete what it made.

    Give the controller the ARN of an IrsaRole, which is known once all policies are attached.
    """
    is_addon = subject.resource.type == ADDON
    if not is_addon and _part(subject.resource) != LOAD_BALANCER_CONTROLLER:
        return
    roles = subject.named(_ROLES[subject.resource.type], ROLE)
    if not roles and not is_addon:
        yield "has no role of its own"
    for role in roles:
        for attachment in subject.graph.users(role, ATTACHMENT, "role"):
            if not subject.waits_for(attachment):
                yield f"does not wait for {attachment}"


@rule([ADDON, RELEASE], Severity.MEDIUM, "R3", "R4", "R5", of_stack=True)
def controllers_while_there_are_nodes(subject: Subject) -> Iterator[str]:
    """A controller that comes before all nodes is never ready; after them it cleans up nothing.

    Keep the node groups among after of the add-on or the chart in __main__.py.
    """
    groups = subject.graph.of(NODE_GROUP)
    if groups and _part(subject.resource) in ON_NODES and not any(map(subject.waits_for, groups)):
        yield "waits for no node group"


@rule([CLAIM, STORAGE_CLASS], Severity.HIGH, "R5", of_stack=True)
def volumes_before_their_driver_goes(subject: Subject) -> Iterator[str]:
    """A volume that outlives its driver is never deleted, and holds up all that uses it.

    Make claims depend on their StorageClass, and that on the add-on or the chart of its driver.
    """
    if subject.resource.type == CLAIM:
        named = [
            storage_class
            for storage_class in subject.graph.of(STORAGE_CLASS)
            if names(subject.graph, subject.resource, "spec.storageClassName", storage_class)
        ]
    else:
        named = _controllers(subject, DRIVERS.get(subject.read("provisioner"), ""))
    # There may be another cluster in the stack, with a driver and classes of the same names.
    if named and not any(map(subject.waits_for, named)):
        yield f"does not wait for {' or '.join(map(str, named))}"
