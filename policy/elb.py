"""Load balancers that a program makes itself, and what of a cluster is behind them."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pulumi_policy.proxy import UnknownValueError

from deployment.resource import Resource
from deployment.types import (
    AUTO_SCALING_GROUP,
    LISTENER_RULE,
    MACHINES_ATTACHMENT,
    NODE_GROUP,
    TARGET_GROUP,
)

from .catalogue import Subject
from .graph import Graph, once
from .machines import are_nodes
from .reading import mappings, text
from .unknown import OutsideError, UnreadableError

# What a target group's targets are where nobody says so
# (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html).
DEFAULT_TARGET: Final = "instance"
# What an attachment calls its target group, and once did.
ATTACHED: Final = ("lbTargetGroupArn", "albTargetGroupArn")


def actions(subject: Subject) -> Iterator[Mapping[str, Any]]:
    """Yields what a listener does with requests: by default, and by its rules."""
    yield from subject.mappings("defaultActions")
    for rule in subject.users(LISTENER_RULE, "listenerArn"):
        yield from mappings(rule.properties, "actions")


def is_for_nodes(graph: Graph, group: Resource) -> bool:
    """Returns whether nodes of a cluster are targets of a target group."""
    of_groups = (
        machines
        for machines in graph.users(group, AUTO_SCALING_GROUP, "targetGroupArns")
        if are_nodes(graph, machines)
    )
    return any(True for _ in of_groups) or any(
        _is_of_nodes(graph, attachment)
        for path in ATTACHED
        for attachment in graph.users(group, MACHINES_ATTACHMENT, path)
    )


def _is_of_nodes(graph: Graph, attachment: Resource) -> bool:
    path = "autoscalingGroupName"
    try:
        own = text(attachment.properties, path)
    except UnreadableError:
        raise
    except UnknownValueError:
        # EKS gives the groups of its node groups their names.
        urns = attachment.property_dependencies.get(path, ())
        if any(graph.by_urn[urn].type == NODE_GROUP for urn in urns if urn in graph.by_urn):
            return True
    else:
        if own in _of_eks(graph):
            return True
    try:
        found = graph.named(attachment, path, AUTO_SCALING_GROUP)
    except OutsideError:
        return False
    return any(are_nodes(graph, machines) for machines in found)


@once
def _of_eks(graph: Graph) -> set[str]:
    """Returns the names of the auto scaling groups that EKS makes for node groups."""
    return {
        text(one, "name")
        for group in graph.of(NODE_GROUP)
        for made in mappings(group.properties, "resources")
        for one in mappings(made, "autoscalingGroups")
    }


def binding_target(graph: Graph, binding: Resource) -> str:
    """Returns the target type of a TargetGroupBinding: its own, or its target group's.

    :raises OutsideError: where neither it nor the stack says so.
    """
    if own := text(binding.properties, "spec.targetType"):
        return own
    groups = graph.named(binding, "spec.targetGroupARN", TARGET_GROUP)
    return text(groups[0].properties, "targetType", DEFAULT_TARGET) if groups else DEFAULT_TARGET
