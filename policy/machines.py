"""The machines that pods run on, whoever makes them."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Final

from pulumi_policy.proxy import UnknownValueError

from deployment.resource import Resource
from deployment.types import (
    AUTO_SCALING_GROUP,
    FARGATE_PROFILE,
    INSTANCE_PROFILE,
    LAUNCH_CONFIGURATION,
    LAUNCH_TEMPLATE,
    NODE_GROUP,
    ROLE,
    SUBNET,
)

from .charts import releases
from .graph import Graph, once
from .reading import labels, mappings, read, text
from .unknown import OutsideError, UnreadableError

# Self-managed nodes carry one of these with their cluster's name in it, or they may not join; the
# second one is that of its autoscaler
# (https://docs.aws.amazon.com/eks/latest/userguide/launch-workers.html,
# https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/aws/README.md).
_CLUSTER_TAGS: Final = ("kubernetes.io/cluster/", "k8s.io/cluster-autoscaler/")
# Where a group names what its machines are made from.
_MIXED: Final = "mixedInstancesPolicy.launchTemplate.launchTemplateSpecification"
_TEMPLATES: Final[Mapping[str, str]] = {
    "launchTemplate.id": LAUNCH_TEMPLATE,
    "launchTemplate.name": LAUNCH_TEMPLATE,
    f"{_MIXED}.launchTemplateId": LAUNCH_TEMPLATE,
    f"{_MIXED}.launchTemplateName": LAUNCH_TEMPLATE,
    "launchConfiguration": LAUNCH_CONFIGURATION,
}
# Where those name the instance profile.
_PROFILES: Final[Mapping[str, tuple[str, ...]]] = {
    LAUNCH_TEMPLATE: ("iamInstanceProfile.name", "iamInstanceProfile.arn"),
    LAUNCH_CONFIGURATION: ("iamInstanceProfile",),
}
# What Karpenter makes nodes by (https://karpenter.sh/docs/concepts/).
_OF_KARPENTER: Final = ("kubernetes:karpenter.sh/", "kubernetes:karpenter.k8s.aws/")
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
    if any(text(tag, "key").startswith(_CLUSTER_TAGS) for tag in own):
        return True
    with suppress(OutsideError):
        return any(key.startswith(_CLUSTER_TAGS) for key in _of_templates(graph, group))
    return False


def _of_templates(graph: Graph, group: Resource) -> Iterator[str]:
    """Yields the keys of the tags that a group's launch template gives its machines."""
    for template in templates(graph, group):
        for specification in mappings(template.properties, "tagSpecifications"):
            yield from labels(specification, "tags")


def templates(graph: Graph, group: Resource) -> list[Resource]:
    """Returns the launch templates, or the configurations, of a group.

    :raises OutsideError: for one that is not part of the stack.
    """
    named = (
        graph.named(group, path, token)
        for path, token in _TEMPLATES.items()
        if _is_given(group, path)
    )
    return list({one.urn: one for found in named for one in found}.values())


def roles(graph: Graph, group: Resource) -> list[Resource]:
    """Returns the roles that the machines of a group of one's own have, by instance profile.

    :raises OutsideError: for one that is not part of the stack.
    """
    profiles = [
        profile
        for template in templates(graph, group)
        for path in _PROFILES[template.type]
        if _is_given(template, path)
        for profile in graph.named(template, path, INSTANCE_PROFILE)
    ]
    named = (graph.named(profile, "role", ROLE) for profile in profiles)
    return list({role.urn: role for found in named for role in found}.values())


def _is_given(resource: Resource, path: str) -> bool:
    """Returns whether a property has a value, which may be unknown."""
    try:
        return bool(read(resource.properties, path))
    except UnreadableError:
        raise
    except UnknownValueError:
        return True


@once
def has_karpenter(graph: Graph) -> bool:
    """Returns whether Karpenter makes nodes of a cluster, in groups of its own."""
    pools = any(resource.type.startswith(_OF_KARPENTER) for resource in graph)
    return pools or bool(releases(graph, "karpenter"))


@once
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
