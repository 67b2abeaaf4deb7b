"""Order of creation and destruction."""

from collections.abc import Iterator
from typing import Final

from deployment.types import (
    ADDON,
    ATTACHMENT,
    CLUSTER,
    INGRESS,
    NODE_GROUP,
    RELEASE,
    ROLE,
)

from .reading import read
from .registry import Severity, Subject, rule

CONTROLLER_CHART: Final = "aws-load-balancer-controller"
_ROLE: Final = ("values", "serviceAccount", "annotations", "eks.amazonaws.com/role-arn")


@rule(
    subjects=[NODE_GROUP],
    severity=Severity.HIGH,
    sources=["R1"],
    remediation="Keep vpc_cni.addon among after of the node groups in __main__.py.",
    of_stack=True,
)
def nodes_after_the_vpc_cni(subject: Subject) -> Iterator[str]:
    """Nodes that come before the VPC CNI are never ready; that outlive it cannot let pods go."""
    addons = [
        addon
        for cluster in subject.named("clusterName", CLUSTER)
        for addon in subject.graph.users(cluster, ADDON, "clusterName")
        if addon.properties["addonName"] == "vpc-cni"
    ]
    if not addons:
        yield "waits for no add-on vpc-cni"
    for addon in addons:
        if not subject.graph.waits_for(subject.resource, addon):
            yield f"does not wait for the add-on {addon}"


@rule(
    subjects=[INGRESS],
    severity=Severity.HIGH,
    sources=["R4"],
    remediation="Keep load_balancer_controller.release among after of the application in "
    "__main__.py.",
    of_stack=True,
)
def ingresses_before_their_controller_goes(subject: Subject) -> Iterator[str]:
    """An Ingress that outlives its controller never goes, and leaves its load balancer behind."""
    controllers = [
        r for r in subject.graph.of(RELEASE) if read(r.properties, "chart") == CONTROLLER_CHART
    ]
    if not any(subject.graph.waits_for(subject.resource, r) for r in controllers):
        yield "waits for no load balancer controller"


@rule(
    subjects=[RELEASE],
    severity=Severity.HIGH,
    sources=["R4"],
    remediation="Give the release the ARN of an IrsaRole, which is known once all policies are "
    "attached.",
    of_stack=True,
)
def controllers_before_their_permissions_go(subject: Subject) -> Iterator[str]:
    """A controller that loses its permissions first cannot delete what it made."""
    if subject.read("chart") != CONTROLLER_CHART:
        return
    roles = subject.named(_ROLE, ROLE)
    if not roles:
        yield "has no role of its own"
    for role in roles:
        for attachment in subject.graph.users(role, ATTACHMENT, "role"):
            if not subject.graph.waits_for(subject.resource, attachment):
                yield f"does not wait for {attachment}"
