"""Pods of every node: what DaemonSets need beside what all pods need."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from deployment.resource import Resource
from deployment.types import DAEMON_SET, NODE_GROUP, NODE_POOL
from planning.scheduling.taints import REPELLING_EFFECTS, effect_of
from policy.catalogue import Level, Severity, Subject, rule
from policy.graph import Graph, once
from policy.objects import pod
from policy.reading import mappings, read, text

# The DaemonSet controller adds tolerations of these
# (https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#taints-and-tolerations).
OF_NODES: Final = "node.kubernetes.io/"
# A taint: the nodes that have it, its key, its value and its effect in EKS's words.
_Taint = tuple[str, str, str, str]


@rule(DAEMON_SET, Severity.MEDIUM, "BP", of_stack=True)
def daemon_sets_reach_tainted_nodes(subject: Subject) -> Iterator[str]:
    """Nodes whose taint a DaemonSet does not put up with run without its agent.

    Give the pods tolerations of the taints, or one with operator Exists and no key; or say by
    nodeSelector or nodeAffinity which nodes they are for.
    """
    spec = pod(subject.resource)
    if read(spec, "nodeSelector") or read(spec, "affinity.nodeAffinity"):
        return
    tolerations = mappings(spec, "tolerations")
    taints = _taints(subject.graph)
    missed = [taint for taint in taints if not any(_covers(one, taint) for one in tolerations)]
    keys = {text(one, "key") for one in tolerations} & {key for _, key, _, _ in taints}
    # Who puts up with some of them has chosen.
    for nodes, key, value, _ in () if keys else missed:
        yield f"does not run on {nodes}, whose taint is {f'{key}={value}' if value else key}"


@rule(DAEMON_SET, Severity.MEDIUM, "Kyverno", "Polaris", level=Level.ADVISORY)
def daemon_sets_find_room(subject: Subject) -> Iterator[str]:
    """On a full node a pod without priority stays Pending, and no autoscaler makes room for it.

    Set priorityClassName of the pods: system-node-critical for what a node needs to work, or a
    class of your own.
    """
    spec = pod(subject.resource)
    if not text(spec, "priorityClassName") and not read(spec, "priority"):
        yield "has no priority: it makes no room for itself on a full node"


@rule(DAEMON_SET, Severity.MEDIUM, "BP")
def daemon_sets_update_node_by_node(subject: Subject) -> Iterator[str]:
    """An update that no pod gets, or that all get at once, leaves nodes with old agents or none.

    Set spec.updateStrategy.type to RollingUpdate, and rollingUpdate.maxUnavailable below 100%.
    """
    kind = subject.text("spec.updateStrategy.type", "RollingUpdate")
    if kind == "OnDelete":
        yield "keeps its old pods after an update: updateStrategy is OnDelete"
    elif str(subject.read("spec.updateStrategy.rollingUpdate.maxUnavailable")) == "100%":
        yield "ends its pods on all nodes at once: maxUnavailable is 100%"


@once
def _taints(graph: Graph) -> list[_Taint]:
    """Returns the taints of the stack's node groups and pools that keep pods away."""
    found = [
        taint
        for token, path in ((NODE_GROUP, "taints"), (NODE_POOL, "spec.template.spec.taints"))
        for nodes in graph.of(token)
        for taint in _of(nodes, path)
    ]
    return [one for one in found if one[3] in REPELLING_EFFECTS and not one[1].startswith(OF_NODES)]


def _of(nodes: Resource, path: str) -> Iterator[_Taint]:
    for taint in mappings(nodes.properties, path):
        effect = effect_of(text(taint, "effect"))
        yield f"{nodes}", text(taint, "key"), text(taint, "value"), effect


def _covers(toleration: Mapping[str, Any], taint: _Taint) -> bool:
    """Returns whether a pod with a toleration puts up with a taint.

    https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#concepts
    """
    _, key, value, effect = taint
    wanted = text(toleration, "effect")
    if wanted and effect_of(wanted) != effect:
        return False
    if text(toleration, "operator", "Equal") == "Exists":
        return text(toleration, "key") in {"", key}
    return (text(toleration, "key"), text(toleration, "value")) == (key, value)
