"""Tags."""

from collections.abc import Iterator
from typing import Final

from deployment.types import (
    ADDON,
    CLUSTER,
    DEFAULT_SECURITY_GROUP,
    FILE_SYSTEM,
    FLOW_LOG,
    INGRESS_RULE,
    INTERNET_GATEWAY,
    KEY,
    LAUNCH_TEMPLATE,
    LOG_GROUP,
    NAT_GATEWAY,
    NODE_GROUP,
    OIDC_PROVIDER,
    POLICY,
    REPOSITORY,
    ROLE,
    ROUTE_TABLE,
    SECURITY_GROUP,
    SUBNET,
    VPC,
)

from .registry import Option, Severity, Subject, rule

# Types with tags of their own; a test compares with the SDK's classes.
TAGGABLE: Final = (
    ADDON,
    CLUSTER,
    DEFAULT_SECURITY_GROUP,
    FILE_SYSTEM,
    FLOW_LOG,
    INGRESS_RULE,
    INTERNET_GATEWAY,
    KEY,
    LAUNCH_TEMPLATE,
    LOG_GROUP,
    NAT_GATEWAY,
    NODE_GROUP,
    OIDC_PROVIDER,
    POLICY,
    REPOSITORY,
    ROLE,
    ROUTE_TABLE,
    SECURITY_GROUP,
    SUBNET,
    VPC,
    "aws:ec2/eip:Eip",
    "aws:ec2/vpcEndpoint:VpcEndpoint",
    "aws:eks/accessEntry:AccessEntry",
)


@rule(
    subjects=TAGGABLE,
    severity=Severity.LOW,
    sources=["R39"],
    remediation="Set eks-platform:tags.",
    options={"tags": Option(schema={"type": "array", "items": {"type": "string"}}, default=())},
)
def required_tags(subject: Subject) -> Iterator[str]:
    """What carries no tags belongs to nobody: nobody pays for it and nobody deletes it."""
    tags = subject.read("tags", {})
    missing = [tag for tag in subject.options["tags"] if not tags.get(tag)]
    if missing:
        yield f"has no tag {', '.join(missing)}"
