"""Who reaches what."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from deployment.types import (
    EGRESS_RULE,
    INGRESS_RULE,
    SECURITY_GROUP,
    SECURITY_GROUP_RULE,
)

from .blocks import is_everybody
from .reading import items, read, whole
from .registry import Severity, Subject, rule

# A load balancer's own; 80 redirects to 443.
PUBLIC_PORTS: Final = (80, 443)
# What the provider writes where nobody says anything.
NO_DESCRIPTION: Final = ("", "Managed by Pulumi", "Managed by Terraform")
_LISTS: Final = ("cidrBlocks", "ipv6CidrBlocks")
BLOCKS: Final[Mapping[str, tuple[str, ...]]] = {
    SECURITY_GROUP: _LISTS,
    SECURITY_GROUP_RULE: _LISTS,
    INGRESS_RULE: ("cidrIpv4", "cidrIpv6"),
}


@rule(
    subjects=[SECURITY_GROUP, SECURITY_GROUP_RULE, INGRESS_RULE],
    severity=Severity.HIGH,
    sources=["CKV_AWS_24", "CKV_AWS_25", "CKV_AWS_277", "EC23", "R25"],
    remediation="Name the security group or the network that needs the port.",
)
def nothing_but_web_ports_open_to_the_world(subject: Subject) -> Iterator[str]:
    """A port that everybody reaches is found within minutes."""
    for opened in _ingress(subject):
        blocks = [b for key in BLOCKS[subject.resource.type] for b in items(opened, key)]
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


@rule(
    subjects=[SECURITY_GROUP, SECURITY_GROUP_RULE, INGRESS_RULE, EGRESS_RULE],
    severity=Severity.LOW,
    sources=["CKV_AWS_23"],
    remediation="Say in the description who needs the access.",
)
def security_groups_described(subject: Subject) -> Iterator[str]:
    """A rule that says nothing is never removed, because nobody knows what would break."""
    if subject.read("description", "") in NO_DESCRIPTION:
        yield "has no description"
    if subject.resource.type == SECURITY_GROUP:
        for direction in ("ingress", "egress"):
            for number, inner in enumerate(subject.items(direction), start=1):
                if read(inner, "description", "") in NO_DESCRIPTION:
                    yield f"has no description of {direction} rule {number}"
