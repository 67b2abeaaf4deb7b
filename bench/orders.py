"""Orders of creation: the longest chain of a graph, and the same resources as others order them."""

from dataclasses import dataclass, replace
from typing import Final

import networkx as nx

from deployment.properties import plain_map
from deployment.resource import Resource
from deployment.types import ADDON, CLUSTER, NODE_GROUP, ROLE
from engine.replay.graph import Edge, Graph, is_provider
from engine.replay.kinds import Sort, sort_of
from offline.cloud.durations import duration
from offline.cloud.identity import VISIBLE_AFTER_SECONDS

# The inputs that name a role, which must be visible to others before they take it.
_ROLES: Final = {CLUSTER: "roleArn", ADDON: "serviceAccountRoleArn", NODE_GROUP: "nodeRoleArn"}
# ``dataplane_wait_duration`` in
# https://github.com/terraform-aws-modules/terraform-aws-eks/blob/v21.0.0/variables.tf
TERRAFORM_SLEEP_SECONDS: Final = 30
# The add-on that terraform-aws-eks makes before the nodes, as its examples ask for
# (``before_compute`` in
# https://github.com/terraform-aws-modules/terraform-aws-eks/blob/v21.0.0/examples/eks-managed-node-group/eks-al2023.tf).
_BEFORE_COMPUTE: Final = "vpc-cni"


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """A resource of the longest chain.

    :param edge: what makes it wait for the step before, if there is one: ``data`` that it takes
        from there, or only an order, as :class:`engine.replay.kinds.Sort` tells them apart.
    :param seconds: how long it takes, with what it waits for that no edge says.
    """

    name: str
    edge: str
    begins: float
    seconds: float


def longest_chain(graph: Graph) -> list[Step]:
    """Returns the resources whose typical durations add up to most, in their order.

    A role that was just made is not visible to others for a while: what takes it waits for that.
    """
    roles = {
        str(plain_map(found.outputs).get("arn")): urn
        for urn, found in graph.resources.items()
        if found.type == ROLE
    }
    begins: dict[str, float] = {}
    ends: dict[str, float] = {}
    previous: dict[str, str] = {}
    for urn in reversed(list(nx.topological_sort(graph.waits))):
        found = graph.resources[urn]
        latest = max(sorted(graph.waits.successors(urn)), key=ends.__getitem__, default="")
        begins[urn], previous[urn] = ends.get(latest, 0.0), latest
        role = roles.get(str(plain_map(found.inputs).get(_ROLES.get(found.type, ""))))
        visible = begins[role] + VISIBLE_AFTER_SECONDS if role else 0.0
        ends[urn] = max(begins[urn], visible) + _seconds("create", found)
    urn, chain = max(ends, key=ends.__getitem__), list[Step]()
    while urn:
        found, edge = graph.resources[urn], Edge(later=urn, earlier=previous[urn])
        step = Step(
            name=f"{found.short_type} {found.name}",
            # The edge to a provider is none of the program's own.
            edge=sort_of(graph, edge).value if edge in graph.edges else "",
            begins=begins[urn],
            seconds=ends[urn] - begins[urn],
        )
        if not is_provider(found):
            chain.insert(0, step)
        urn = previous[urn]
    return chain


def seconds_to_delete(graph: Graph) -> float:
    """Returns the typical seconds of the longest chain of deletions."""
    ends: dict[str, float] = {}
    for urn in nx.topological_sort(graph.waits):
        later = (ends[other] for other in graph.waits.predecessors(urn))
        ends[urn] = max(later, default=0.0) + _seconds("delete", graph.resources[urn])
    return max(ends.values())


def _seconds(operation: str, resource: Resource) -> float:
    return 0.0 if is_provider(resource) else duration(operation, resource.type)


def as_terraform(graph: Graph) -> Graph:
    """Returns the graph in the order of terraform-aws-eks v21.

    Node groups wait for the cluster and for a sleep of 30 seconds, which leaves add-ons that are
    made "before compute" time but waits for none; all other add-ons wait for the node groups; what
    is in the cluster waits for the whole module
    (https://github.com/terraform-aws-modules/terraform-aws-eks/blob/v21.0.0/node_groups.tf,
    ``time_sleep.this``, and ``aws_eks_addon.this`` in main.tf there).
    """
    return _reordered(graph, nodes_after=set(), late_addons=_of(graph, ADDON) - _plugins(graph))


def as_pulumi_eks(graph: Graph) -> Graph:
    """Returns the graph in the order of pulumi-eks's defaults.

    All add-ons wait for the cluster alone, the nodes for ``vpc-cni``; what uses the component's
    provider waits for the component with all that is in it
    (https://github.com/pulumi/pulumi-eks/blob/v4.3.0/nodejs/eks/cluster.ts, ``corednsAddon``, and
    ``cfnStackDeps`` in nodegroup.ts there).
    """
    return _reordered(graph, nodes_after=_plugins(graph), late_addons=set())


def _reordered(graph: Graph, nodes_after: set[str], late_addons: set[str]) -> Graph:
    nodes = _of(graph, NODE_GROUP)
    moved = nodes | _of(graph, ADDON)
    kept = {
        edge
        for edge in graph.edges
        if edge.later not in moved
        or sort_of(graph, edge) is Sort.DATA
        or graph.resources[edge.earlier].type == CLUSTER
    }
    inside = [urn for urn, found in graph.resources.items() if found.type.startswith("kubernetes:")]
    added = {
        *(Edge(later=group, earlier=urn) for group in nodes for urn in nodes_after),
        *(Edge(later=urn, earlier=group) for urn in late_addons for group in nodes),
        *(Edge(later=urn, earlier=part) for urn in inside for part in moved),
    }
    return replace(graph, edges=frozenset(kept | added))


def _of(graph: Graph, token: str) -> set[str]:
    return {urn for urn, found in graph.resources.items() if found.type == token}


def _plugins(graph: Graph) -> set[str]:
    inputs = {urn: plain_map(graph.resources[urn].inputs) for urn in _of(graph, ADDON)}
    return {urn for urn, given in inputs.items() if given["addonName"] == _BEFORE_COMPUTE}
