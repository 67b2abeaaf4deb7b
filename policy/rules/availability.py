"""What keeps an application there while pods come and go, and apart from others."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from deployment.resource import Resource
from deployment.types import (
    AUTOSCALER,
    DEPLOYMENT,
    DISRUPTION_BUDGET,
    NETWORK_POLICY,
    SCALED_OBJECT,
    SERVICE,
    WORKLOADS,
)
from policy.catalogue import Severity, Subject, rule
from policy.controllers import denies_by_default
from policy.fronts import others_of
from policy.graph import Graph, once
from policy.ingresses import ingresses_of, nlbs_of
from policy.label_selectors import maps, selects
from policy.objects import namespaces, naming, pod, pod_labels, selecting
from policy.reading import flag, labels, mappings, number, read, text, texts, whole
from policy.unknown import OutsideError, UnreadableError, each

# What a node's zone is called: today, once, and by its ID
# (https://kubernetes.io/docs/reference/labels-annotations-taints/#topologykubernetesiozone,
# https://docs.aws.amazon.com/eks/latest/userguide/automode-learn-instances.html).
ZONES: Final = (
    "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/zone",
    "topology.k8s.aws/zone-id",
)
FEWEST_REPLICAS: Final = 2
READINESS_GATE: Final = "elbv2.k8s.aws/pod-readiness-gate-inject"
# What the load balancer controller's readiness gates are called in a pod, whoever puts them there
# (https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/pod_readiness_gate/).
TARGET_HEALTH: Final = "target-health."
# Kubernetes' own, where nothing is said.
SURGE: Final = "25%"
UNAVAILABLE: Final = "25%"
_KIND_OF_POLICY: Final = "NetworkPolicy"
# Where autoscalers have the fewest and the most replicas, and how many those are where they say
# nothing (https://kubernetes.io/docs/reference/kubernetes-api/autoscaling/horizontal-pod-autoscaler-v2/,
# https://keda.sh/docs/latest/reference/scaledobject-spec/).
_Bounds = Mapping[str, tuple[tuple[str, ...], int]]
FEWEST: Final[_Bounds] = {
    AUTOSCALER: (("spec.minReplicas",), 1),
    SCALED_OBJECT: (("spec.idleReplicaCount", "spec.minReplicaCount"), 0),
}
MOST: Final[_Bounds] = {
    AUTOSCALER: (("spec.maxReplicas",), 1),
    SCALED_OBJECT: (("spec.maxReplicaCount",), 100),
}


@rule(WORKLOADS, Severity.MEDIUM, "CIS 4.3.2", "NSA", of_stack=True)
def workloads_have_a_network_policy(subject: Subject) -> Iterator[str]:
    """A pod that no policy selects can be reached by every other pod, and reach them.

    Make a NetworkPolicy whose spec.podSelector selects the pods, and which admits who needs them.

    Run the application with GracefulWebApp, which admits the load balancer alone.
    """
    if flag(pod(subject.resource), "hostNetwork"):
        # No policy applies to pods with their node's network.
        return
    policies = selecting(subject, NETWORK_POLICY, "spec.podSelector")
    of_ingress = [policy for policy in policies if _is_of_ingress(policy)]
    if any(map(_keeps_out, of_ingress)):
        return
    # Where nobody is let in by default, what says nothing of who comes in opens nothing.
    if denied := denies_by_default(subject.graph):
        policies = of_ingress
    if policies:
        yield f"is reached by everybody, whom {policies[0]} lets in"
    if policies or denied:
        return
    if other := of_another_network(subject.graph):
        kind = other.short_type
        raise UnreadableError(f"{other} is a {kind} of another network, which may select it")
    yield "is selected by no network policy"


def _is_of_ingress(policy: Resource) -> bool:
    return "Ingress" in (texts(policy.properties, "spec.policyTypes") or ["Ingress"])


@once
def of_another_network(graph: Graph) -> Resource | None:
    """Returns a policy of another network than the VPC CNI, if there is one."""
    return next(
        (
            resource
            for resource in graph
            if resource.short_type.endswith(_KIND_OF_POLICY) and resource.type != NETWORK_POLICY
        ),
        None,
    )


def _keeps_out(policy: Resource) -> bool:
    """Returns whether a policy on who comes in lets in less than everything."""
    admitted = mappings(policy.properties, "spec.ingress")
    return all(read(rule, "from") or read(rule, "ports") for rule in admitted)


@rule(DEPLOYMENT, Severity.MEDIUM, "kube-score", "Polaris", "R33", of_stack=True)
def deployments_survive_a_drain(subject: Subject) -> Iterator[str]:
    """One pod, or no disruption budget, and an upgrade of the nodes is an outage.

    Set spec.replicas, or spec.minReplicas of the HorizontalPodAutoscaler (minReplicaCount of KEDA's
    ScaledObject), to 2 or more, and make a PodDisruptionBudget that lets one pod go at a time.

    Set minReplicas of eks-platform:sampleApp to 2 or more, and keep the disruption budget of
    GracefulWebApp.
    """
    yield from each(_without_budget(subject), _by_one_pod(subject))


def _without_budget(subject: Subject) -> Iterator[str]:
    budgets = selecting(subject, DISRUPTION_BUDGET, "spec.selector")
    if not budgets:
        yield "has no disruption budget"
    replicas = _replicas(subject, FEWEST) if budgets else 0
    for budget in budgets:
        allowed = _allowed(budget.properties, replicas)
        if allowed >= replicas >= FEWEST_REPLICAS:
            yield f"has the disruption budget {budget}, which lets all pods go at once"
        if allowed < 1 and replicas >= FEWEST_REPLICAS:
            yield f"has the disruption budget {budget}, which lets no pod go and no node end"


def _allowed(budget: Mapping[str, Any], replicas: int) -> int:
    """Returns how many of all pods a budget lets go; Kubernetes rounds up what pods may go or stay.

    https://kubernetes.io/docs/tasks/run-application/configure-pdb/#rounding-logic-when-specifying-percentages
    """
    if read(budget, "spec.maxUnavailable") is not None:
        return _share(budget, "spec.maxUnavailable", "0", replicas, up=True)
    return replicas - _share(budget, "spec.minAvailable", "1", replicas, up=True)


def _by_one_pod(subject: Subject) -> Iterator[str]:
    fewest = _replicas(subject, FEWEST)
    if fewest < FEWEST_REPLICAS:
        yield f"may have {fewest} replica{'' if fewest else 's'}"


def _replicas(subject: Subject, bounds: _Bounds) -> int:
    """Returns the replicas of a Deployment by its own number, or by a bound of its autoscaler."""
    deployment, found = subject.resource, list[float]()
    for token, (paths, default) in bounds.items():
        for scaler in naming(subject.graph, deployment, token, "spec.scaleTargetRef.name"):
            kind = text(scaler.properties, "spec.scaleTargetRef.kind", deployment.short_type)
            if kind == deployment.short_type:
                given = [path for path in paths if read(scaler.properties, path) is not None]
                found.append(number(scaler.properties, (given or paths)[0], default))
    return int(min(found) if found else subject.number("spec.replicas", 1))


def _share(data: Mapping[str, Any], path: str, default: str, of: int, *, up: bool) -> int:
    """Returns a number of pods that may be written as a share of all."""
    value = str(whole(read(data, path, default)))
    amount = number({path: value.removesuffix("%")}, (path,))
    if not value.endswith("%"):
        return int(amount)
    return math.ceil(amount / 100 * of) if up else math.floor(amount / 100 * of)


@rule(DEPLOYMENT, Severity.MEDIUM, "kube-score", "BP", "R33")
def pods_spread_over_zones(subject: Subject) -> Iterator[str]:
    """Pods that may all be in one zone go with it.

    Give spec.template.spec.topologySpreadConstraints one with the key topology.kubernetes.io/zone,
    whenUnsatisfiable DoNotSchedule and a labelSelector that selects these pods, or require such a
    podAntiAffinity.

    Keep the topology spread of GracefulWebApp.
    """
    spec, of_pods = pod(subject.resource), pod_labels(subject.resource)
    spread = [
        term
        for term in mappings(spec, "topologySpreadConstraints")
        if text(term, "topologyKey") in ZONES and text(term, "whenUnsatisfiable") == "DoNotSchedule"
    ]
    apart = [
        term
        for term in mappings(
            spec, "affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution"
        )
        if text(term, "topologyKey") in ZONES
    ]
    if pinned := sorted(labels(spec, "nodeSelector").keys() & set(ZONES)):
        yield f"is kept in one zone by the nodeSelector {pinned[0]}"
    elif not spread and not apart:
        yield "is not spread over zones"
    elif not any(selects(term, "labelSelector", of_pods) for term in (*spread, *apart)):
        yield "is not spread over zones: its labelSelector selects none of these pods"


@rule(DEPLOYMENT, Severity.MEDIUM, "R33", of_stack=True)
def rollouts_leave_no_gap(subject: Subject) -> Iterator[str]:
    """A rollout that takes pods away before new ones are healthy targets drops requests.

    Set spec.strategy.rollingUpdate.maxUnavailable to 0, and give the namespace of pods behind an
    ALB the label elbv2.k8s.aws/pod-readiness-gate-inject=enabled.

    Keep max_unavailable=0 and the readiness gate of GracefulWebApp.
    """
    if selecting(subject, SERVICE, "spec.selector", maps):
        yield from each(_pods_go_first(subject), _without_gates(subject))


def _pods_go_first(subject: Subject) -> Iterator[str]:
    update = "spec.strategy.rollingUpdate"
    of, data = _replicas(subject, MOST), subject.resource.properties
    gone = _share(data, f"{update}.maxUnavailable", UNAVAILABLE, of, up=False)
    more = _share(data, f"{update}.maxSurge", SURGE, of, up=True)
    # Where both come to nothing, Kubernetes takes one pod away.
    if subject.text("spec.strategy.type", "RollingUpdate") != "RollingUpdate" or gone or not more:
        yield "takes pods away before new ones are there"


def _without_gates(subject: Subject) -> Iterator[str]:
    gates = mappings(pod(subject.resource), "readinessGates")
    if any(text(gate, "conditionType").startswith(TARGET_HEALTH) for gate in gates):
        return
    if not (ingresses_of(subject) or nlbs_of(subject) or others_of(subject)):
        return
    homes = namespaces(subject.graph, subject.resource)
    if not homes:
        raise OutsideError("its namespace is not part of the stack, and may have readiness gates")
    for home in homes:
        if labels(home.properties, "metadata.labels").get(READINESS_GATE) != "enabled":
            yield f"is in {home}, which has no readiness gates"
