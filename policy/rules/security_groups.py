"""Who reaches what."""

from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import Any, Final

from deployment.types import EGRESS_RULE, INGRESS_RULE, SECURITY_GROUP, SECURITY_GROUP_RULE
from policy.catalogue import Severity, Subject, rule
from policy.reading import items, read, whole

# A load balancer's own; 80 redirects to 443.
PUBLIC_PORTS: Final = (80, 443)
# What the provider writes where nobody says anything.
NO_DESCRIPTION: Final = ("", "Managed by Pulumi", "Managed by Terraform")
BLOCKS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys((SECURITY_GROUP, SECURITY_GROUP_RULE), ("cidrBlocks", "ipv6CidrBlocks")),
    INGRESS_RULE: ("cidrIpv4", "cidrIpv6"),
}
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

    Name the security group or the network that needs the port.
    """
    for opened in _ingress(subject):
        blocks = [block for key in BLOCKS[subject.resource.type] for block in items(opened, key)]
        everybody = [block for block in blocks if is_everybody(block)]
        first, last = read(opened, "fromPort"), read(opened, "toPort")
        if everybody and (first != last or first not in PUBLIC_PORTS):
            ports = "all ports" if first is None else f"ports {whole(first)} to {whole(last)}"
            yield f"opens {ports} to {', '.join(everybody)}"


def _ingress(subject: Subject) -> Iterator[Mapping[str, Any]]:
    if subject.resource.type == SECURITY_GROUP:
        yield from subject.items("ingress")
    elif subject.resource.type == INGRESS_RULE or subject.read("type") == "ingress":
        yield subject.resource.properties


@rule([SECURITY_GROUP, SECURITY_GROUP_RULE, INGRESS_RULE, EGRESS_RULE], Severity.LOW, "CKV_AWS_23")
def security_groups_described(subject: Subject) -> Iterator[str]:
    """A rule that says nothing is never removed, because nobody knows what would break.

    Say in the description who needs the access.
    """
    if subject.read("description", "") in NO_DESCRIPTION:
        yield "has no description"
    if subject.resource.type == SECURITY_GROUP:
        for direction in ("ingress", "egress"):
            for number, inner in enumerate(subject.items(direction), start=1):
                if read(inner, "description", "") in NO_DESCRIPTION:
                    yield f"has no description of {direction} rule {number}"


@rule(SECURITY_GROUP, Severity.MEDIUM, "R18")
def cluster_tag_on_no_group_of_yours(subject: Subject) -> Iterator[str]:
    """The load balancer controller gives up on nodes with two groups that the cluster owns.

    Take the tag off: EKS puts it on the group that it makes itself.
    """
    for tag in subject.read("tags", {}):
        if tag.startswith(OWNER_TAG):
            yield f"has the tag {tag}"
