"""What keeps an application there while pods come and go, and apart from others."""

from collections.abc import Iterator
from typing import Final

from deployment.types import AUTOSCALER, DEPLOYMENT, DISRUPTION_BUDGET, NETWORK_POLICY, WORKLOADS
from policy.catalogue import Severity, Subject, rule
from policy.objects import names, namespaces, neighbours, pod, selecting
from policy.reading import items, read, whole
from policy.unknown import each

ZONE: Final = "topology.kubernetes.io/zone"
FEWEST_REPLICAS: Final = 2
READINESS_GATE: Final = "elbv2.k8s.aws/pod-readiness-gate-inject"


@rule(WORKLOADS, Severity.MEDIUM, "CIS 4.3.2", "NSA", of_stack=True)
def workloads_have_a_network_policy(subject: Subject) -> Iterator[str]:
    """A pod that no policy selects can be reached by every other pod, and reach them.

    Run the application with GracefulWebApp, which admits the load balancer alone.
    """
    if not selecting(subject, NETWORK_POLICY, "spec.podSelector.matchLabels"):
        yield "is selected by no network policy"


@rule(DEPLOYMENT, Severity.MEDIUM, "kube-score", "Polaris", "R33", of_stack=True)
def deployments_survive_a_drain(subject: Subject) -> Iterator[str]:
    """One pod, or no disruption budget, and an upgrade of the nodes is an outage.

    Set minReplicas of eks-platform:sampleApp to 2 or more, and keep the disruption budget of
    GracefulWebApp.
    """
    yield from each(_without_budget(subject), _by_one_pod(subject))


def _without_budget(subject: Subject) -> Iterator[str]:
    if not selecting(subject, DISRUPTION_BUDGET, "spec.selector.matchLabels"):
        yield "has no disruption budget"


def _by_one_pod(subject: Subject) -> Iterator[str]:
    fewest = [
        read(scaler.properties, "spec.minReplicas", 1)
        for scaler in neighbours(subject.graph, subject.resource, AUTOSCALER)
        if names(subject.graph, scaler, "spec.scaleTargetRef.name", subject.resource)
    ] or [subject.read("spec.replicas", 1)]
    if min(fewest) < FEWEST_REPLICAS:
        yield f"may have {whole(min(fewest))} replica"


@rule(DEPLOYMENT, Severity.MEDIUM, "kube-score", "BP", "R33")
def pods_spread_over_zones(subject: Subject) -> Iterator[str]:
    """Pods that may all be in one zone go with it.

    Keep the topology spread of GracefulWebApp.
    """
    if not any(
        read(constraint, "topologyKey") == ZONE
        and read(constraint, "whenUnsatisfiable") == "DoNotSchedule"
        for constraint in items(pod(subject.resource), "topologySpreadConstraints")
    ):
        yield "is not spread over zones"


@rule(DEPLOYMENT, Severity.MEDIUM, "R33", of_stack=True)
def rollouts_leave_no_gap(subject: Subject) -> Iterator[str]:
    """A rollout that takes pods away before new ones are healthy targets drops requests.

    Keep max_unavailable=0 and the readiness gate of GracefulWebApp.
    """
    yield from each(_pods_go_first(subject), _without_gates(subject))


def _pods_go_first(subject: Subject) -> Iterator[str]:
    if subject.read("spec.strategy.rollingUpdate.maxUnavailable", "25%") != 0:
        yield "takes pods away before new ones are there"


def _without_gates(subject: Subject) -> Iterator[str]:
    for home in namespaces(subject.graph, subject.resource):
        if read(home.properties, "metadata.labels", {}).get(READINESS_GATE) != "enabled":
            yield f"is in {home}, which has no readiness gates"
