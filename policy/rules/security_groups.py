"""Who reaches what."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import Any, Final

from deployment.resource import Resource
from deployment.types import (
    CLUSTER,
    EGRESS_RULE,
    INGRESS_RULE,
    LAUNCH_CONFIGURATION,
    LAUNCH_TEMPLATE,
    SECURITY_GROUP,
    SECURITY_GROUP_RULE,
)
from policy.catalogue import Severity, Subject, rule
from policy.graph import Graph, once
from policy.reading import labels, mappings, number, read, text, texts, whole
from policy.unknown import OutsideError

# A load balancer's own; 80 redirects to 443.
PUBLIC_PORTS: Final = (80, 443)
# What the provider writes where nobody says anything.
NO_DESCRIPTION: Final = ("", "Managed by Pulumi", "Managed by Terraform")
BLOCKS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys((SECURITY_GROUP, SECURITY_GROUP_RULE), ("cidrBlocks", "ipv6CidrBlocks")),
    INGRESS_RULE: ("cidrIpv4", "cidrIpv6"),
}
# Of all protocols, and of those that have no ports
# (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html).
ALL: Final = ("-1", "all")
WITHOUT_PORTS: Final = ("icmp", "icmpv6", "1", "58")
OWNER_TAG: Final = "kubernetes.io/cluster/"


def is_everybody(block: str) -> bool:
    """Returns whether a block is so wide that it keeps nobody out; half of the internet counts."""
    try:
        return ip_network(block, strict=False).prefixlen <= 1
    except ValueError:
        # A prefix list or a name, whose addresses cannot be seen.
        return False


@rule(
    [SECURITY_GROUP, SECURITY_GROUP_RULE, INGRESS_RULE],
    Severity.HIGH,
    "CKV_AWS_24",
    "CKV_AWS_25",
    "CKV_AWS_277",
    "EC23",
    "R25",
)
def nothing_but_web_ports_open_to_the_world(subject: Subject) -> Iterator[str]:
    """A port that everybody reaches is found within minutes.

    Name the security group or the network that needs the port in place of 0.0.0.0/0 or ::/0.
    """
    for opened in _ingress(subject):
        blocks = [block for key in BLOCKS[subject.resource.type] for block in texts(opened, key)]
        everybody = [block for block in blocks if is_everybody(block)]
        named = "ipProtocol" if subject.resource.type == INGRESS_RULE else "protocol"
        protocol = str(whole(read(opened, named, ALL[0]))).lower()
        if not everybody or protocol in WITHOUT_PORTS:
            continue
        is_all = protocol in ALL or read(opened, "fromPort") is None
        first, last = number(opened, "fromPort"), number(opened, "toPort")
        if is_all or first != last or first not in PUBLIC_PORTS:
            ports = "all ports" if is_all else f"ports {whole(first)} to {whole(last)}"
            yield f"opens {ports} to {', '.join(everybody)}"


def _ingress(subject: Subject) -> Iterator[Mapping[str, Any]]:
    if subject.resource.type == SECURITY_GROUP:
        yield from subject.mappings("ingress")
    elif subject.resource.type == INGRESS_RULE or subject.text("type") == "ingress":
        yield subject.resource.properties


@rule([SECURITY_GROUP, SECURITY_GROUP_RULE, INGRESS_RULE, EGRESS_RULE], Severity.LOW, "CKV_AWS_23")
def security_groups_described(subject: Subject) -> Iterator[str]:
    """A rule that says nothing is never removed, because nobody knows what would break.

    Say in the description who needs the access.
    """
    if subject.text("description") in NO_DESCRIPTION:
        yield "has no description"
    if subject.resource.type == SECURITY_GROUP:
        for direction in ("ingress", "egress"):
            for place, inner in enumerate(subject.mappings(direction), start=1):
                if text(inner, "description") in NO_DESCRIPTION:
                    yield f"has no description of {direction} rule {place}"


@rule(SECURITY_GROUP, Severity.MEDIUM, "R18", of_stack=True)
def cluster_tag_on_no_group_of_yours(subject: Subject) -> Iterator[str]:
    """The load balancer controller gives up on nodes with two groups that the cluster owns.

    Take the tag kubernetes.io/cluster/* off in tags: EKS puts it on the group that it makes itself,
    and nodes of your own need it on one group.
    """
    tags = [tag for tag in subject.labels("tags") if tag.startswith(OWNER_TAG)]
    if not tags:
        return
    own, graph = subject.text("id"), subject.graph
    owned, users = _owned(graph), _used(graph).get(own)
    if not users:
        raise OutsideError("no launch template of the stack gives it to nodes")
    if any((found & owned) - {own, ""} for found in users):
        yield f"has the tag {tags[0]}"


@once
def _owned(graph: Graph) -> set[str]:
    """Returns the security groups that clusters own."""
    return {
        text(group.properties, "id")
        for group in graph.of(SECURITY_GROUP)
        if any(tag.startswith(OWNER_TAG) for tag in labels(group.properties, "tags"))
    } | {text(one.properties, "vpcConfig.clusterSecurityGroupId") for one in graph.of(CLUSTER)}


@once
def _used(graph: Graph) -> Mapping[str, list[set[str]]]:
    """Returns the security groups of each template, under each of them."""
    found: dict[str, list[set[str]]] = defaultdict(list)
    for groups in map(_groups, [*graph.of(LAUNCH_TEMPLATE), *graph.of(LAUNCH_CONFIGURATION)]):
        for group in groups:
            found[group].append(groups)
    return found


def _groups(template: Resource) -> set[str]:
    """Returns the security groups that instances of a template have."""
    data = template.properties
    if template.type == LAUNCH_CONFIGURATION:
        return {*texts(data, "securityGroups")}
    of_interfaces = (texts(one, "securityGroups") for one in mappings(data, "networkInterfaces"))
    return {*texts(data, "vpcSecurityGroupIds")}.union(*of_interfaces)
