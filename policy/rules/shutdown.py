"""Whether pods leave without dropping a request: the numbers of Deployment, Ingress and Service."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from pydantic.alias_generators import to_camel

from deployment.resource import Resource
from deployment.types import CONFIG_MAP, DEPLOYMENT, INGRESS, NODE_GROUP, SERVICE, STACK
from planning.scheduling.taints import may_run_on_spot
from planning.shutdown import IDLE_TIMEOUT_SECONDS, ShutdownBudget, broken
from policy.catalogue import Severity, Subject, rule
from policy.graph import Graph
from policy.objects import names, neighbours, pod, selecting
from policy.reading import items, read, whole
from policy.unknown import OutsideError, each

from .load_balancing import LOAD_BALANCER, TARGET_GROUP, attribute

# Kubernetes' and the load balancer's own, where nothing is said
# (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination,
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html).
GRACE_SECONDS: Final = 30
DEREGISTRATION_SECONDS: Final = 300
# What NGINX and Apache read in their configuration.
KEEP_ALIVE: Final = re.compile(r"^\s*(?:keepalive_timeout|KeepAliveTimeout) (\d+)", re.MULTILINE)
DRAIN_LIMIT: Final = re.compile(
    r"^\s*(?:worker_shutdown_timeout|GracefulShutdownTimeout) (\d+)", re.MULTILINE
)


@rule(DEPLOYMENT, Severity.HIGH, "R32", of_stack=True)
def shutdown_numbers_agree(subject: Subject) -> Iterator[str]:
    """Pods that stop too early, or are killed too early, drop requests at every rollout.

    Give eks-platform:sampleApp.shutdown the numbers that the message asks for, or leave them out to
    have them derived.
    """
    for ingress in _ingresses(subject):
        plan = _plan(subject)
        yield from each(
            _of_pods(subject, plan),
            _of_load_balancer(ingress, plan),
            _of_connections(subject, ingress, plan),
        )


def _broken(plan: ShutdownBudget, *, on_spot: bool = False, **seconds: object) -> Iterator[str]:
    """Yields what the numbers of a manifest break; they are put in the place of the plan's."""
    numbers = {name: int(str(whole(value))) for name, value in seconds.items()}
    for verdict in broken(replace(plan, **numbers), on_spot=on_spot):
        if verdict.field in numbers:
            yield f"{to_camel(verdict.field)} {verdict.message}"


def _of_pods(subject: Subject, plan: ShutdownBudget) -> Iterator[str]:
    spec = pod(subject.resource)
    for container in items(spec, "containers"):
        yield from _broken(
            plan,
            on_spot=_may_be_on_spot(subject.graph),
            pre_stop_seconds=read(container, "lifecycle.preStop.sleep.seconds", 0),
            grace_seconds=read(spec, "terminationGracePeriodSeconds", GRACE_SECONDS),
            drain_limit_seconds=_configured(subject, DRAIN_LIMIT) or plan.drain_limit_seconds,
        )


def _of_load_balancer(ingress: Resource, plan: ShutdownBudget) -> Iterator[str]:
    key = "deregistration_delay.timeout_seconds"
    delay = _number(attribute(ingress, TARGET_GROUP, key), DEREGISTRATION_SECONDS)
    yield from _broken(plan, deregistration_delay_seconds=delay)


def _of_connections(subject: Subject, ingress: Resource, plan: ShutdownBudget) -> Iterator[str]:
    idle = attribute(ingress, LOAD_BALANCER, "idle_timeout.timeout_seconds")
    yield from _broken(
        plan,
        idle_timeout_seconds=_number(idle, IDLE_TIMEOUT_SECONDS),
        keep_alive_seconds=_configured(subject, KEEP_ALIVE) or plan.keep_alive_seconds,
    )


def _ingresses(subject: Subject) -> list[Resource]:
    """Returns the Ingresses that lead to a Deployment's pods."""
    services = selecting(subject, SERVICE, "spec.selector")
    return [
        ingress
        for ingress in neighbours(subject.graph, subject.resource, INGRESS)
        if any(service in services for service in _backends(subject.graph, ingress))
    ]


def _backends(graph: Graph, ingress: Resource) -> list[Resource]:
    """Returns the Services of the stack that an Ingress sends to."""
    spec = read(ingress.properties, "spec", {})
    backends = [read(spec, "defaultBackend", {})]
    for entry in items(spec, "rules"):
        backends += [read(path, "backend", {}) for path in items(entry, "http.paths")]
    return [
        service
        for service in neighbours(graph, ingress, SERVICE)
        for backend in backends
        if names(graph, ingress, "service.name", service, within=backend)
    ]


def _plan(subject: Subject) -> ShutdownBudget:
    for stack in subject.graph.of(STACK):
        plan = read(stack.properties, ("plan", "shutdown", subject.resource.name))
        if plan:
            return ShutdownBudget.from_data(plan)
    raise OutsideError("the stack exports no plan.shutdown of it, which says what lag to assume")


def _configured(subject: Subject, number: re.Pattern[str]) -> int:
    """Returns the number that the server's configuration in a ConfigMap of the pods has, or 0."""
    config_maps = neighbours(subject.graph, subject.resource, CONFIG_MAP)
    for volume in items(pod(subject.resource), "volumes"):
        for config_map in config_maps:
            if names(subject.graph, subject.resource, "configMap.name", config_map, within=volume):
                texts: Mapping[str, str] = read(config_map.properties, "data", {})
                for found in filter(None, map(number.search, texts.values())):
                    return int(found[1])
    return 0


def _may_be_on_spot(graph: Graph) -> bool:
    return may_run_on_spot(
        (
            read(group.properties, "capacityType", ""),
            {read(taint, "effect", "") for taint in items(group.properties, "taints")},
        )
        for group in graph.of(NODE_GROUP)
    )


def _number(text: str, default: int) -> int:
    return int(text) if text.isdigit() else default
