"""What keeps an application there while pods come and go, and apart from others."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from deployment.types import (
    AUTOSCALER,
    DEPLOYMENT,
    DISRUPTION_BUDGET,
    NETWORK_POLICY,
    WORKLOADS,
)

from .places import names, namespaces, neighbours
from .pods import pod, selects, template
from .reading import items, read, whole
from .registry import Severity, Subject, rule
from .unseen import each

ZONE: Final = "topology.kubernetes.io/zone"
FEWEST_REPLICAS: Final = 2
READINESS_GATE: Final = "elbv2.k8s.aws/pod-readiness-gate-inject"


def _labels(subject: Subject) -> Mapping[str, Any]:
    metadata = template(subject.resource.type, subject.resource.properties)
    return read(metadata, "metadata.labels", {})


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
        for policy in neighbours(subject.graph, subject.resource, NETWORK_POLICY)
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
    yield from each(_without_budget(subject), _by_one_pod(subject))


def _without_budget(subject: Subject) -> Iterator[str]:
    labels = _labels(subject)
    if not any(
        selects(read(budget.properties, "spec.selector.matchLabels", {}), labels)
        for budget in neighbours(subject.graph, subject.resource, DISRUPTION_BUDGET)
    ):
        yield "has no disruption budget"


def _by_one_pod(subject: Subject) -> Iterator[str]:
    fewest = [
        read(scaler.properties, "spec.minReplicas", 1)
        for scaler in neighbours(subject.graph, subject.resource, AUTOSCALER)
        if names(subject.graph, scaler, "spec.scaleTargetRef.name", subject.resource)
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
    yield from each(_pods_go_first(subject), _without_gates(subject))


def _pods_go_first(subject: Subject) -> Iterator[str]:
    if subject.read("spec.strategy.rollingUpdate.maxUnavailable", "25%") != 0:
        yield "takes pods away before new ones are there"


def _without_gates(subject: Subject) -> Iterator[str]:
    for home in namespaces(subject.graph, subject.resource):
        if read(home.properties, "metadata.labels", {}).get(READINESS_GATE) != "enabled":
            yield f"is in {home}, which has no readiness gates"
