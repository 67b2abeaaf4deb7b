"""What a deployment that ends well leaves worse than it could be: what came too late."""

from collections.abc import Iterator, Mapping

from deployment.types import FLOW_LOG, NODE_GROUP, RELEASE, RESERVATION, SERVICE_ACCOUNT

from .cloud import Cloud, Thing
from .identity import attached_to, role_of
from .tenants import early_rights

_SYSTEMS_MANAGER = "AmazonSSMManagedInstanceCore"


def harms(cloud: Cloud) -> list[str]:
    """Returns what hurts without any failure."""
    return [*cloud.harms, *_late(cloud), *early_rights(cloud)]


def _late(cloud: Cloud) -> Iterator[str]:
    for group in cloud.of(NODE_GROUP):
        yield from _late_for_nodes(cloud, group)
    yield from _late_for_pods(cloud)
    for log in cloud.of(FLOW_LOG):
        # Until its role may write, a flow log keeps nothing and says "Access error"
        # (https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-troubleshooting.html).
        for policy in _of_role(cloud, log.inputs.get("iamRoleArn")):
            if policy.made_at > log.made_at:
                yield f"{log.id} could not write until its role had {policy.name}"


def _late_for_pods(cloud: Cloud) -> Iterator[str]:
    """Yields whose pods had a role without its rights, so that they failed at what they are for."""
    accounts = [(one, one.inputs["metadata"]) for one in cloud.of(SERVICE_ACCOUNT)]
    releases = [(one, one.inputs.get("values") or {}) for one in cloud.of(RELEASE)]
    for thing, data in (*accounts, *releases):
        for arn in _roles(data):
            for policy in _of_role(cloud, arn):
                if policy.made_at > thing.made_at:
                    yield f"pods of {thing.id} began without {policy.name}"


def _roles(data: object) -> Iterator[object]:
    """Yields the role of each service account that metadata or values have."""
    if isinstance(data, Mapping):
        if role := data.get("eks.amazonaws.com/role-arn"):
            yield role
        for value in data.values():
            yield from _roles(value)


def _late_for_nodes(cloud: Cloud, group: Thing) -> Iterator[str]:
    for policy in _of_role(cloud, group.inputs["nodeRoleArn"]):
        # The agent that is refused when it starts hibernates, and asks again about once an hour
        # (https://docs.aws.amazon.com/systems-manager/latest/userguide/ssm-agent-technical-details.html#ssm-agent-hibernation).
        is_for_agent = str(policy.inputs.get("policyArn", "")).endswith(_SYSTEMS_MANAGER)
        if is_for_agent and policy.made_at > group.made_at:
            yield f"nodes of {group.id} started without access to Systems Manager"
    for reservation in cloud.of(RESERVATION):
        # A node's own address within a block of 16 keeps the block from being a prefix
        # (https://docs.aws.amazon.com/vpc/latest/userguide/subnet-cidr-reservation.html).
        subnet = reservation.inputs["subnetId"]
        if subnet in group.inputs["subnetIds"] and reservation.made_at > group.made_at:
            yield f"nodes of {group.id} took addresses in {subnet} before {reservation.name} did"


def _of_role(cloud: Cloud, arn: object) -> list[Thing]:
    role = role_of(cloud, arn)
    return attached_to(cloud, role) if role else []
