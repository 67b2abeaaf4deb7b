"""Whether pods leave without dropping a request: the numbers of Deployment, Ingress and Service."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from pydantic.alias_generators import to_camel

from deployment.resource import Resource
from deployment.types import CONFIG_MAP, DAEMON_SET, NODE_GROUP, NODE_POOL, SERVICES_OF_PODS, STACK
from planning.scheduling.taints import may_run_on_spot
from planning.shutdown import IDLE_TIMEOUT_SECONDS, LoadBalancer, ShutdownBudget, broken
from policy.catalogue import Severity, Subject, rule
from policy.fronts import others_of
from policy.graph import Graph, once
from policy.ingresses import attribute, attribute_of_nlb, ingresses_of, nlbs_of
from policy.node_pools import bought, patience
from policy.objects import containers, named, pod
from policy.reading import labels, mapping, mappings, number, text, whole
from policy.stopping import pre_stop_seconds
from policy.unknown import OutsideError, UnreadableError, each

from .load_balancing import BALANCER_ATTRIBUTES, TARGET_ATTRIBUTES

# Kubernetes' and the load balancer's own, where nothing is said
# (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination,
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html).
GRACE_SECONDS: Final = 30
DEREGISTRATION_SECONDS: Final = 300
# What NGINX and Apache read in their configuration, in seconds or in a unit
# (https://nginx.org/en/docs/syntax.html, https://httpd.apache.org/docs/2.4/mod/core.html#keepalivetimeout).
_TIME: Final = r"\s+(\d+)(ms|[smhd]|)(?=[\s;]|$)"
KEEP_ALIVE: Final = re.compile(
    rf"^\s*(?:keepalive_timeout|KeepAliveTimeout){_TIME}", re.MULTILINE | re.IGNORECASE
)
DRAIN_LIMIT: Final = re.compile(
    rf"^\s*(?:worker_shutdown_timeout|GracefulShutdownTimeout){_TIME}", re.MULTILINE | re.IGNORECASE
)
_UNITS: Final[Mapping[str, float]] = {"": 1, "d": 86_400, "h": 3600, "m": 60, "ms": 0.001, "s": 1}


@rule(SERVICES_OF_PODS, Severity.HIGH, "R32", of_stack=True)
def shutdown_numbers_agree(subject: Subject) -> Iterator[str]:
    """Pods that stop too early, or are killed too early, drop requests at every rollout.

    Set terminationGracePeriodSeconds of the pods above what their preStop hook takes and the
    longest request together; with an ALB or an NLB, preStop above the time that it goes on sending.

    Give eks-platform:sampleApp.shutdown the numbers that the message asks for, or leave them out to
    have them derived.
    """
    yield from each(
        _of_kubelet(subject),
        _of_nodes(subject),
        _behind_ingresses(subject),
        _behind_nlbs(subject),
        _behind_others(subject),
    )


def _of_nodes(subject: Subject) -> Iterator[str]:
    """Yields the autoscalers that do not wait for the pods of a node that they take away."""
    if subject.resource.type == DAEMON_SET:
        return
    grace = number(pod(subject.resource), "terminationGracePeriodSeconds", GRACE_SECONDS)
    for waits, who in _patience(subject.graph):
        if grace > waits:
            yield (
                f"may take {whole(grace)} s to stop (terminationGracePeriodSeconds), and is killed "
                f"after {waits} s when its node goes ({who})"
            )


def _of_kubelet(subject: Subject) -> Iterator[str]:
    """Yields the containers that are killed before anybody tells them to stop.

    The grace period begins with the preStop hook.
    """
    grace = number(pod(subject.resource), "terminationGracePeriodSeconds", GRACE_SECONDS)
    for name, container in containers(subject.resource, first=False):
        slept = pre_stop_seconds(container)
        if slept and slept >= grace:
            yield (
                f"{name} sleeps {whole(slept)} s before it stops, and is killed after "
                f"{whole(grace)} s (terminationGracePeriodSeconds)"
            )


def _behind_ingresses(subject: Subject) -> Iterator[str]:
    for ingress in ingresses_of(subject):
        plan = _plan(subject)
        yield from each(
            _of_pods(subject, plan),
            _of_load_balancer(subject, ingress, plan),
            _of_connections(subject, ingress, plan),
        )


def _behind_nlbs(subject: Subject) -> Iterator[str]:
    for service in nlbs_of(subject):
        plan = _plan(subject)
        key = "deregistration_delay.timeout_seconds"
        delay = _seconds(attribute_of_nlb(service, TARGET_ATTRIBUTES, key), DEREGISTRATION_SECONDS)
        of_load_balancer = _broken(
            plan,
            behind="nlb",
            deregistration_delay_seconds=delay,
            # What lag is assumed belongs to the load balancer, too.
            propagation_seconds=plan.propagation_seconds,
        )
        yield from each(_of_pods(subject, plan), of_load_balancer)


def _behind_others(subject: Subject) -> Iterator[str]:
    for front in others_of(subject):
        raise UnreadableError(f"{front} leads to it, whose numbers this rule does not read")
    yield from ()


def _broken(
    plan: ShutdownBudget, *, on_spot: bool = False, behind: LoadBalancer = "alb", **seconds: int
) -> Iterator[str]:
    """Yields what the numbers of a manifest break; they are put in the place of the plan's."""
    for verdict in broken(replace(plan, **seconds), on_spot=on_spot, behind=behind):
        if verdict.field in seconds:
            yield f"{to_camel(verdict.field)} {verdict.message}"


def _of_pods(subject: Subject, plan: ShutdownBudget) -> Iterator[str]:
    spec = pod(subject.resource)
    for _, container in containers(subject.resource, first=False):
        yield from _broken(
            plan,
            on_spot=_may_be_on_spot(subject.graph),
            pre_stop_seconds=int(pre_stop_seconds(container)),
            grace_seconds=int(number(spec, "terminationGracePeriodSeconds", GRACE_SECONDS)),
            drain_limit_seconds=_configured(subject, DRAIN_LIMIT) or plan.drain_limit_seconds,
        )


def _of_load_balancer(subject: Subject, ingress: Resource, plan: ShutdownBudget) -> Iterator[str]:
    key = "deregistration_delay.timeout_seconds"
    delay = _seconds(
        attribute(subject.graph, ingress, TARGET_ATTRIBUTES, key), DEREGISTRATION_SECONDS
    )
    yield from _broken(plan, deregistration_delay_seconds=delay)


def _of_connections(subject: Subject, ingress: Resource, plan: ShutdownBudget) -> Iterator[str]:
    idle = attribute(subject.graph, ingress, BALANCER_ATTRIBUTES, "idle_timeout.timeout_seconds")
    yield from _broken(
        plan,
        idle_timeout_seconds=_seconds(idle, IDLE_TIMEOUT_SECONDS),
        keep_alive_seconds=_configured(subject, KEEP_ALIVE) or plan.keep_alive_seconds,
    )


def _plan(subject: Subject) -> ShutdownBudget:
    for stack in subject.graph.of(STACK):
        plan = mapping(stack.properties, ("plan", "shutdown", subject.resource.name))
        try:
            if plan:
                return ShutdownBudget.from_data(plan)
        except (KeyError, OverflowError, TypeError, ValueError):
            raise UnreadableError("the stack's plan.shutdown of it is no plan") from None
    raise OutsideError("the stack exports no plan.shutdown of it, which says what lag to assume")


def _configured(subject: Subject, setting: re.Pattern[str]) -> int:
    """Returns the number that the server's configuration in a ConfigMap of the pods has, or 0."""
    graph, resource = subject.graph, subject.resource
    for volume in mappings(pod(resource), "volumes"):
        for config_map in named(graph, resource, "configMap.name", CONFIG_MAP, within=volume):
            said = labels(config_map.properties, "data").values()
            for found in filter(None, map(setting.search, said)):
                return int(float(found[1]) * _UNITS[found[2].lower()])
    return 0


@once
def _patience(graph: Graph) -> Sequence[tuple[int, str]]:
    return list(patience(graph))


@once
def _may_be_on_spot(graph: Graph) -> bool:
    of_groups = (
        (
            text(group.properties, "capacityType"),
            {text(taint, "effect") for taint in mappings(group.properties, "taints")},
        )
        for group in graph.of(NODE_GROUP)
    )
    return may_run_on_spot((*of_groups, *map(bought, graph.of(NODE_POOL))))


def _seconds(given: str, default: int) -> int:
    return int(number({"attribute": given or default}, "attribute"))
