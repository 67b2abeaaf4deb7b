"""VPC, subnets and routes."""

from collections.abc import Iterator
from typing import Final

from deployment.types import DEFAULT_SECURITY_GROUP, FLOW_LOG, NODE_GROUP, SUBNET, VPC
from policy.catalogue import Level, Severity, Subject, rule
from policy.routes import is_public, nat_gateways

PUBLIC_TAG: Final = "kubernetes.io/role/elb"
PRIVATE_TAG: Final = "kubernetes.io/role/internal-elb"


@rule(VPC, Severity.MEDIUM, "CKV2_AWS_11", "VPC7", "R16", of_stack=True)
def vpc_flow_logs(subject: Subject) -> Iterator[str]:
    """Without flow logs nobody can tell who talked to whom.

    Keep FlowLogs in components/network/network.py; eks-platform:network.flowLogRetentionDays says
    how long they stay.
    """
    if not subject.users(FLOW_LOG, "vpcId"):
        yield "has no flow log"


@rule(VPC, Severity.MEDIUM, "CKV2_AWS_12", "R16", of_stack=True)
def default_security_group_closed(subject: Subject) -> Iterator[str]:
    """What names no security group gets the default one, which lets its members talk.

    Keep DefaultSecurityGroup without rules in components/network/network.py.
    """
    groups = subject.users(DEFAULT_SECURITY_GROUP, "vpcId")
    if not groups:
        yield "has a default security group with the rules that AWS gives it"
    for group in groups:
        for direction in ("ingress", "egress"):
            if group.properties.get(direction):
                yield f"has a default security group with {direction} rules"


@rule(SUBNET, Severity.MEDIUM, "CKV_AWS_130", "R17")
def subnets_give_no_public_addresses(subject: Subject) -> Iterator[str]:
    """A subnet that gives public addresses exposes what is started in it by mistake.

    Keep map_public_ip_on_launch=False in components/network/network.py.
    """
    if subject.read("mapPublicIpOnLaunch"):
        yield "gives public addresses"


@rule(VPC, Severity.HIGH, "R14", "R35")
def vpc_resolves_names(subject: Subject) -> Iterator[str]:
    """Without DNS in the VPC, nodes find neither the private API endpoint nor the file system.

    Keep DNS support and host names on in components/network/network.py.
    """
    # Absent, support is on and host names are off.
    if not subject.read("enableDnsSupport", default=True):
        yield "has no DNS support"
    if not subject.read("enableDnsHostnames"):
        yield "gives no DNS host names"


@rule(SUBNET, Severity.HIGH, "R14", of_stack=True)
def subnets_tagged_for_load_balancers(subject: Subject) -> Iterator[str]:
    """The load balancer controller finds subnets by tags: without them there is no ALB.

    Keep the role tags in components/network/network.py, and take kubernetes.io/role/* out of
    eks-platform:tags.
    """
    tags = subject.read("tags", {})
    holds_nodes = bool(subject.users(NODE_GROUP, "subnetIds"))
    public = is_public(subject.graph, subject.resource)
    for tag, wanted in ((PUBLIC_TAG, public), (PRIVATE_TAG, holds_nodes and not public)):
        if wanted and tags.get(tag) != "1":
            yield f"has no tag {tag}=1"
        if not wanted and tag in tags:
            yield f"has the tag {tag} and is not for such load balancers"


@rule(SUBNET, Severity.MEDIUM, "R15", level=Level.ADVISORY, of_stack=True)
def nat_in_each_zone(subject: Subject) -> Iterator[str]:
    """With one NAT gateway, the loss of its zone cuts all other zones off from the internet.

    Set eks-platform:network.nat to per-zone.
    """
    for gateway in nat_gateways(subject.graph, subject.resource):
        for home in subject.graph.named(gateway, "subnetId", SUBNET):
            zone, other = subject.read("availabilityZone"), home.properties["availabilityZone"]
            if zone != other:
                yield f"is in {zone} and goes out through {gateway} in {other}"
