"""The machines that pods run on, whoever makes them."""

from collections.abc import Iterator
from typing import Final

from deployment.resource import Resource
from deployment.types import (
    AUTO_SCALING_GROUP,
    FARGATE_PROFILE,
    LAUNCH_TEMPLATE,
    NODE_GROUP,
    SUBNET,
)

from .graph import Graph
from .reading import labels, mappings, text
from .unknown import OutsideError

# Self-managed nodes carry one of these with their cluster's name in it, or they may not join; the
# second one is that of its autoscaler
# (https://docs.aws.amazon.com/eks/latest/userguide/launch-workers.html,
# https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/aws/README.md).
_CLUSTER_TAGS: Final = ("kubernetes.io/cluster/", "k8s.io/cluster-autoscaler/")
# Where a group names its launch template, by ID or by name.
_MIXED: Final = "mixedInstancesPolicy.launchTemplate.launchTemplateSpecification"
_TEMPLATES: Final = (
    "launchTemplate.id",
    "launchTemplate.name",
    f"{_MIXED}.launchTemplateId",
    f"{_MIXED}.launchTemplateName",
)
# Where each names its subnets.
SUBNETS: Final = {
    NODE_GROUP: "subnetIds",
    AUTO_SCALING_GROUP: "vpcZoneIdentifiers",
    FARGATE_PROFILE: "subnetIds",
}


def are_nodes(graph: Graph, group: Resource) -> bool:
    """Returns whether a group of machines are nodes of a cluster: by its tags."""
    if group.type != AUTO_SCALING_GROUP:
        return True
    data = group.properties
    own = [*mappings(data, "tags"), *mappings(data, "tagsCollection")]
    keys = [text(tag, "key") for tag in own]
    return any(key.startswith(_CLUSTER_TAGS) for key in (*keys, *_of_template(graph, group)))


def _of_template(graph: Graph, group: Resource) -> Iterator[str]:
    """Yields the keys of the tags that a group's launch template gives its machines."""
    named = {text(group.properties, path) for path in _TEMPLATES} - {""}
    for template in graph.of(LAUNCH_TEMPLATE):
        data = template.properties
        if {text(data, "id"), text(data, "name")} & named:
            for specification in mappings(data, "tagSpecifications"):
                yield from labels(specification, "tags")


def groups(graph: Graph) -> list[Resource]:
    """Returns what makes nodes or runs pods: node groups, groups of one's own, Fargate."""
    return [group for token in SUBNETS for group in graph.of(token) if are_nodes(graph, group)]


def subnets(graph: Graph, group: Resource) -> list[Resource]:
    """Returns the subnets of a group.

    :raises OutsideError: for one that is not part of the stack.
    """
    found = graph.named(group, SUBNETS[group.type], SUBNET, several=True)
    if not found:
        raise OutsideError("names no subnets, so that they are those of the default VPC")
    return found


def holds_nodes(graph: Graph, subnet: Resource) -> bool:
    """Returns whether machines of a cluster are in a subnet."""
    return any(
        are_nodes(graph, group)
        for token, path in SUBNETS.items()
        for group in graph.users(subnet, token, path)
    )
