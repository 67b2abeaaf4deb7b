"""What keeps an application there while pods come and go, and apart from others."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from .graph import Resource
from .pods import name, namespace, pod, selects, template
from .reading import items, read, whole
from .registry import Severity, Subject, rule
from .types import (
    AUTOSCALER,
    DEPLOYMENT,
    DISRUPTION_BUDGET,
    NAMESPACE,
    NETWORK_POLICY,
    WORKLOADS,
)

ZONE: Final = "topology.kubernetes.io/zone"
FEWEST_REPLICAS: Final = 2
READINESS_GATE: Final = "elbv2.k8s.aws/pod-readiness-gate-inject"


def _labels(subject: Subject) -> Mapping[str, Any]:
    metadata = template(subject.resource.type, subject.resource.properties)
    return read(metadata, "metadata.labels", {})


def _neighbours(subject: Subject, token: str) -> list[Resource]:
    """Returns the objects of a type in the namespace of a workload."""
    return subject.graph.by(token, namespace, namespace(subject.resource.properties))


@rule(
    subjects=WORKLOADS,
    severity=Severity.MEDIUM,
    sources=["CIS 4.3.2", "NSA"],
    remediation="Run the application with GracefulWebApp, which admits the load balancer alone.",
    of_stack=True,
)
def workloads_have_a_network_policy(subject: Subject) -> Iterator[str]:
    """A pod that no policy selects can be reached by every other pod, and reach them."""
    labels = _labels(subject)
    if not any(
        selects(read(policy.properties, "spec.podSelector.matchLabels", {}), labels)
        for policy in _neighbours(subject, NETWORK_POLICY)
    ):
        yield "is selected by no network policy"


@rule(
    subjects=[DEPLOYMENT],
    severity=Severity.MEDIUM,
    sources=["kube-score", "Polaris", "R33"],
    remediation="Set minReplicas of eks-platform:sampleApp to 2 or more, and keep the disruption "
    "budget of GracefulWebApp.",
    of_stack=True,
)
def deployments_survive_a_drain(subject: Subject) -> Iterator[str]:
    """One pod, or no disruption budget, and an upgrade of the nodes is an outage."""
    labels = _labels(subject)
    budgets = _neighbours(subject, DISRUPTION_BUDGET)
    if not any(
        selects(read(budget.properties, "spec.selector.matchLabels", {}), labels)
        for budget in budgets
    ):
        yield "has no disruption budget"
    own_name = name(subject.resource.properties)
    fewest = [
        read(scaler.properties, "spec.minReplicas", 1)
        for scaler in _neighbours(subject, AUTOSCALER)
        if read(scaler.properties, "spec.scaleTargetRef.name") == own_name
    ] or [subject.read("spec.replicas", 1)]
    if min(fewest) < FEWEST_REPLICAS:
        yield f"may have {whole(min(fewest))} replica"


@rule(
    subjects=[DEPLOYMENT],
    severity=Severity.MEDIUM,
    sources=["kube-score", "BP", "R33"],
    remediation="Keep the topology spread of GracefulWebApp.",
)
def pods_spread_over_zones(subject: Subject) -> Iterator[str]:
    """Pods that may all be in one zone go with it."""
    if not any(
        read(constraint, "topologyKey") == ZONE
        and read(constraint, "whenUnsatisfiable") == "DoNotSchedule"
        for constraint in items(pod(subject), "topologySpreadConstraints")
    ):
        yield "is not spread over zones"


@rule(
    subjects=[DEPLOYMENT],
    severity=Severity.MEDIUM,
    sources=["R33"],
    remediation="Keep max_unavailable=0 and the readiness gate of GracefulWebApp.",
    of_stack=True,
)
def rollouts_leave_no_gap(subject: Subject) -> Iterator[str]:
    """A rollout that takes pods away before new ones are healthy targets drops requests."""
    if subject.read("spec.strategy.rollingUpdate.maxUnavailable", "25%") != 0:
        yield "takes pods away before new ones are there"
    home = namespace(subject.resource.properties)
    for place in subject.graph.by(NAMESPACE, name, home):
        if read(place.properties, "metadata.labels", {}).get(READINESS_GATE) != "enabled":
            yield f"is in {place}, which has no readiness gates"
