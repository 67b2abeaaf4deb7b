"""VPC, subnets and routes."""

from collections.abc import Iterator
from typing import Final

from deployment.resource import Resource
from deployment.types import CLUSTER, DEFAULT_SECURITY_GROUP, FLOW_LOG, SUBNET, VPC
from policy.catalogue import Level, Severity, Subject, rule
from policy.controllers import in_auto_mode
from policy.graph import Graph, once
from policy.machines import groups, holds_nodes
from policy.reading import mappings
from policy.routes import is_public, leads_out, nat_gateways, zone_of

PUBLIC_TAG: Final = "kubernetes.io/role/elb"
PRIVATE_TAG: Final = "kubernetes.io/role/internal-elb"
# https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/subnet_discovery/
TAGGED: Final = ("1", "")
# By which Karpenter finds the subnets of its nodes
# (https://karpenter.sh/docs/concepts/nodeclasses/#specsubnetselectorterms).
DISCOVERY: Final = "karpenter.sh/discovery"


@rule(VPC, Severity.MEDIUM, "CKV2_AWS_11", "VPC7", "R16", of_stack=True)
def vpc_flow_logs(subject: Subject) -> Iterator[str]:
    """Without flow logs nobody can tell who talked to whom.

    Make an aws.ec2.FlowLog with the VPC in vpcId, or one for each of its subnets.

    Keep FlowLogs in components/network/network.py; eks-platform:network.flowLogRetentionDays says
    how long they stay.
    """
    if subject.users(FLOW_LOG, "vpcId"):
        return
    subnets = subject.users(SUBNET, "vpcId") if subject.graph.of(FLOW_LOG) else []
    if not subnets or not all(subject.graph.users(one, FLOW_LOG, "subnetId") for one in subnets):
        yield "has no flow log"


@rule(VPC, Severity.MEDIUM, "CKV2_AWS_12", "R16", of_stack=True)
def default_security_group_closed(subject: Subject) -> Iterator[str]:
    """What names no security group gets the default one, which lets its members talk.

    Make an aws.ec2.DefaultSecurityGroup of the VPC without ingress and egress.

    Keep DefaultSecurityGroup without rules in components/network/network.py.
    """
    groups = subject.users(DEFAULT_SECURITY_GROUP, "vpcId")
    if not groups:
        yield "has a default security group with the rules that AWS gives it"
    for group in groups:
        for direction in ("ingress", "egress"):
            if mappings(group.properties, direction):
                yield f"has a default security group with {direction} rules"


@rule(SUBNET, Severity.MEDIUM, "CKV_AWS_130", "R17")
def subnets_give_no_public_addresses(subject: Subject) -> Iterator[str]:
    """A subnet that gives public addresses exposes what is started in it by mistake.

    Set mapPublicIpOnLaunch to false.

    Keep map_public_ip_on_launch=False in components/network/network.py.
    """
    if subject.flag("mapPublicIpOnLaunch"):
        yield "gives public addresses"


@rule(VPC, Severity.HIGH, "R14", "R35")
def vpc_resolves_names(subject: Subject) -> Iterator[str]:
    """Without DNS in the VPC, nodes find neither the private API endpoint nor the file system.

    Set enableDnsSupport and enableDnsHostnames to true.

    Keep DNS support and host names on in components/network/network.py.
    """
    # Absent, support is on and host names are off.
    if not subject.flag("enableDnsSupport", default=True):
        yield "has no DNS support"
    if not subject.flag("enableDnsHostnames"):
        yield "gives no DNS host names"


@rule(SUBNET, Severity.HIGH, "R14", of_stack=True)
def subnets_tagged_for_load_balancers(subject: Subject) -> Iterator[str]:
    """The load balancer controller chooses subnets by tags; without them, it may choose others.

    Set in tags kubernetes.io/role/elb of public subnets, kubernetes.io/role/internal-elb of private
    ones with nodes, to 1 or to nothing.

    Keep the role tags in components/network/network.py, and take kubernetes.io/role/* out of
    eks-platform:tags.
    """
    graph, subnet = subject.graph, subject.resource
    if not _is_of_a_cluster(graph, subnet):
        return
    tags = subject.labels("tags")
    has_nodes, public = holds_nodes(graph, subnet), is_public(graph, subnet)
    for tag, wanted in ((PUBLIC_TAG, public), (PRIVATE_TAG, has_nodes and not public)):
        if wanted and tags.get(tag) not in TAGGED:
            yield f"has no tag {tag}=1"
    if PUBLIC_TAG in tags and not public:
        yield f"has the tag {PUBLIC_TAG} and is not for such load balancers"
    if PRIVATE_TAG in tags and (public or (not has_nodes and _is_for_a_cluster_alone(subject))):
        yield f"has the tag {PRIVATE_TAG} and is not for such load balancers"


def _is_for_a_cluster_alone(subject: Subject) -> bool:
    """Returns whether a subnet is for the control plane and can be for nothing else.

    Nodes that no group makes, such as Karpenter's, may be in any subnet that leads out; others are
    made for load balancers.
    """
    graph, subnet = subject.graph, subject.resource
    by_others = in_auto_mode(graph) or any(
        tag.startswith(DISCOVERY) for tag in subject.labels("tags")
    )
    return (
        bool(subject.users(CLUSTER, "vpcConfig.subnetIds"))
        and not by_others
        and not leads_out(graph, subnet)
    )


def _is_of_a_cluster(graph: Graph, subnet: Resource) -> bool:
    """Returns whether a cluster or its nodes are in the subnet's VPC, as far as is known."""
    clusters = graph.of(CLUSTER)
    if not clusters and not groups(graph):
        return False
    vpcs = graph.named(subnet, "vpcId", VPC) if len(graph.of(VPC)) > 1 else []
    return not vpcs or any(_holds_a_cluster(graph, vpc) for vpc in vpcs)


@once
def _holds_a_cluster(graph: Graph, vpc: Resource) -> bool:
    return any(
        holds_nodes(graph, subnet) or graph.users(subnet, CLUSTER, "vpcConfig.subnetIds")
        for subnet in graph.users(vpc, SUBNET, "vpcId")
    )


@rule(SUBNET, Severity.MEDIUM, "R15", level=Level.ADVISORY, of_stack=True)
def nat_in_each_zone(subject: Subject) -> Iterator[str]:
    """With one NAT gateway, the loss of its zone cuts all other zones off from the internet.

    Make a NAT gateway in each zone, and in routeTableId of each zone's subnets a route to its own.

    Set eks-platform:network.nat to per-zone.
    """
    for gateway in nat_gateways(subject.graph, subject.resource):
        for home in subject.graph.named(gateway, "subnetId", SUBNET):
            zone, other = zone_of(subject.resource), zone_of(home)
            if zone != other:
                yield f"is in {zone} and goes out through {gateway} in {other}"
