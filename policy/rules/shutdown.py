"""Whether pods leave without dropping a request: the numbers of Deployment, Ingress and Service."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from .graph import Graph, Resource
from .load_balancing import attributes
from .places import names, neighbours
from .pods import selects, template
from .reading import items, read, whole
from .registry import Severity, Subject, rule
from .types import CONFIG_MAP, DEPLOYMENT, INGRESS, NODE_GROUP, SERVICE, STACK
from .unseen import OutsideError, each

# Kubernetes' and the load balancer's own, where nothing is said
# (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination,
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html).
GRACE_SECONDS: Final = 30
DEREGISTRATION_SECONDS: Final = 300
IDLE_SECONDS: Final = 60
SPOT_NOTICE_SECONDS: Final = 120
KEEP_ALIVE: Final = re.compile(r"\bkeepalive_timeout (\d+)s;")


@dataclass(frozen=True, kw_only=True, slots=True)
class Assumed:
    """What a manifest does not hold: the stack's plan says it, by application."""

    lag: float
    longest: float
    drain: float
    keep_alive: float


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


def _of_pods(subject: Subject, plan: Assumed) -> Iterator[str]:
    spec = read(subject.resource.properties, "spec.template.spec", {})
    grace = read(spec, "terminationGracePeriodSeconds", GRACE_SECONDS)
    for container in items(spec, "containers"):
        sleep = read(container, "lifecycle.preStop.sleep.seconds", 0)
        if not sleep > plan.lag:
            yield f"preStop {whole(sleep)} s does not exceed the lag {whole(plan.lag)} s"
        if not grace > sleep + plan.longest:
            yield (
                f"grace period {whole(grace)} s does not exceed preStop {whole(sleep)} s and the "
                f"longest request {whole(plan.longest)} s"
            )
        elif not plan.longest <= plan.drain <= grace - sleep:
            yield (
                f"drain limit {whole(plan.drain)} s is not between the longest request "
                f"{whole(plan.longest)} s and what is left of the grace period, "
                f"{whole(grace - sleep)} s"
            )
    if grace >= SPOT_NOTICE_SECONDS and _may_be_on_spot(subject.graph):
        yield f"grace period {whole(grace)} s outlasts a spot node's {SPOT_NOTICE_SECONDS} s"


def _of_load_balancer(ingress: Resource, plan: Assumed) -> Iterator[str]:
    delay = _number(
        attributes(Subject(resource=ingress, options={}), "target-group-attributes"),
        "deregistration_delay.timeout_seconds",
        DEREGISTRATION_SECONDS,
    )
    if not delay >= plan.lag + plan.longest:
        yield (
            f"deregistration delay {delay} s is below the lag {whole(plan.lag)} s and the longest "
            f"request {whole(plan.longest)} s"
        )


def _of_connections(subject: Subject, ingress: Resource, plan: Assumed) -> Iterator[str]:
    idle = _number(
        attributes(Subject(resource=ingress, options={}), "load-balancer-attributes"),
        "idle_timeout.timeout_seconds",
        IDLE_SECONDS,
    )
    keep_alive = _configured_keep_alive(subject) or plan.keep_alive
    if not keep_alive > idle:
        yield f"keep-alive {whole(keep_alive)} s does not exceed the idle timeout {idle} s"


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


def _plan(subject: Subject) -> Assumed:
    for stack in subject.graph.of(STACK):
        plan = read(stack.properties, ("plan", "shutdown", subject.resource.name))
        if plan:
            return Assumed(
                lag=plan["propagationSeconds"],
                longest=plan["longestRequestSeconds"],
                drain=plan["drainLimitSeconds"],
                keep_alive=plan["keepAliveSeconds"],
            )
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
    return any(
        read(group.properties, "capacityType") == "SPOT" and not items(group.properties, "taints")
        for group in graph.of(NODE_GROUP)
    )


def _number(found: Mapping[str, str], key: str, default: int) -> int:
    text = found.get(key, "")
    return int(text) if text.isdigit() else default
