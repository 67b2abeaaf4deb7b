"""Whether pods leave without dropping a request: the numbers of Deployment, Ingress and Service."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from pydantic.alias_generators import to_camel

from deployment.resource import Resource
from deployment.types import CONFIG_MAP, DEPLOYMENT, INGRESS, NODE_GROUP, SERVICE, STACK
from planning.scheduling import may_run_on_spot
from planning.shutdown import IDLE_TIMEOUT_SECONDS, ShutdownBudget, broken

from .graph import Graph
from .load_balancing import attributes
from .places import names, neighbours
from .pods import selects, template
from .reading import items, read, whole
from .registry import Severity, Subject, rule
from .unseen import OutsideError, each

# Kubernetes' and the load balancer's own, where nothing is said
# (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination,
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html).
GRACE_SECONDS: Final = 30
DEREGISTRATION_SECONDS: Final = 300
KEEP_ALIVE: Final = re.compile(r"\bkeepalive_timeout (\d+)s;")


@rule(
    subjects=[DEPLOYMENT],
    severity=Severity.HIGH,
    sources=["R32"],
    remediation="Give eks-platform:sampleApp.shutdown the numbers that the message asks for, or "
    "leave them out to have them derived.",
    of_stack=True,
)
def shutdown_numbers_agree(subject: Subject) -> Iterator[str]:
    """Pods that stop too early, or are killed too early, drop requests at every rollout."""
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
    spec = read(subject.resource.properties, "spec.template.spec", {})
    grace = read(spec, "terminationGracePeriodSeconds", GRACE_SECONDS)
    for container in items(spec, "containers"):
        yield from _broken(
            plan,
            on_spot=_may_be_on_spot(subject.graph),
            pre_stop_seconds=read(container, "lifecycle.preStop.sleep.seconds", 0),
            grace_seconds=grace,
            drain_limit_seconds=plan.drain_limit_seconds,
        )


def _of_load_balancer(ingress: Resource, plan: ShutdownBudget) -> Iterator[str]:
    delay = _number(
        attributes(Subject(resource=ingress, options={}), "target-group-attributes"),
        "deregistration_delay.timeout_seconds",
        DEREGISTRATION_SECONDS,
    )
    yield from _broken(plan, deregistration_delay_seconds=delay)


def _of_connections(subject: Subject, ingress: Resource, plan: ShutdownBudget) -> Iterator[str]:
    idle = _number(
        attributes(Subject(resource=ingress, options={}), "load-balancer-attributes"),
        "idle_timeout.timeout_seconds",
        IDLE_TIMEOUT_SECONDS,
    )
    keep_alive = _configured_keep_alive(subject) or plan.keep_alive_seconds
    yield from _broken(plan, idle_timeout_seconds=idle, keep_alive_seconds=keep_alive)


def _ingresses(subject: Subject) -> list[Resource]:
    """Returns the Ingresses that lead to a Deployment's pods."""
    labels = read(template(DEPLOYMENT, subject.resource.properties), "metadata.labels", {})
    services = {
        service.urn
        for service in neighbours(subject.graph, subject.resource, SERVICE)
        if selects(read(service.properties, "spec.selector", {}), labels)
    }
    return [
        ingress
        for ingress in neighbours(subject.graph, subject.resource, INGRESS)
        if services & {service.urn for service in _backends(subject.graph, ingress)}
    ]


def _backends(graph: Graph, ingress: Resource) -> list[Resource]:
    """Returns the Services of the stack that an Ingress sends to."""
    spec = read(ingress.properties, "spec", {})
    backends = [read(spec, "defaultBackend", {})]
    for entry in items(spec, "rules"):
        backends += [read(path, "backend", {}) for path in items(entry, "http.paths")]
    home = neighbours(graph, ingress, SERVICE)
    return [
        service
        for service in home
        if any(
            names(graph, ingress, "service.name", service, within=backend) for backend in backends
        )
    ]


def _plan(subject: Subject) -> ShutdownBudget:
    for stack in subject.graph.of(STACK):
        plan = read(stack.properties, ("plan", "shutdown", subject.resource.name))
        if plan:
            return ShutdownBudget.from_data(plan)
    message = "the stack exports no plan.shutdown of it, which says what lag to assume"
    raise OutsideError(message)


def _configured_keep_alive(subject: Subject) -> int:
    """Returns what NGINX's configuration in a ConfigMap of the pods says, or 0."""
    spec = read(subject.resource.properties, "spec.template.spec", {})
    config_maps = neighbours(subject.graph, subject.resource, CONFIG_MAP)
    for volume in items(spec, "volumes"):
        for config_map in config_maps:
            if not names(
                subject.graph, subject.resource, "configMap.name", config_map, within=volume
            ):
                continue
            for text in read(config_map.properties, "data", {}).values():
                if found := KEEP_ALIVE.search(text):
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


def _number(found: Mapping[str, str], key: str, default: int) -> int:
    text = found.get(key, "")
    return int(text) if text.isdigit() else default
