"""Gateways of the Gateway API: whose they are, what they lead to, and what is set for them.

The load balancer controller makes an ALB or an NLB of a Gateway of its classes
(https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/gateway/gateway/).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from deployment.resource import Resource
from deployment.types import (
    GATEWAY_CLASS,
    GATEWAY_CONFIGURATION,
    ROUTES,
    SERVICE,
    TARGET_CONFIGURATION,
)

from .graph import Graph, once
from .objects import name, names, namespace
from .reading import Path, mappings, number, read, text, whole
from .unknown import OutsideError, UnreadableError

APPLICATION: Final = "application"
# What each of the controllers of classes makes.
_CONTROLLERS: Final = {"gateway.k8s.aws/alb": APPLICATION, "gateway.k8s.aws/nlb": "network"}
# Classes that other controllers make by themselves, so that no program has them
# (https://istio.io/latest/docs/tasks/traffic-management/ingress/gateway-api/,
# https://docs.cilium.io/en/stable/network/servicemesh/gateway-api/gateway-api/).
_OF_OTHERS: Final = ("istio", "cilium")
_PARAMETERS: Final = "infrastructure.parametersRef"


def kind_of(graph: Graph, gateway: Resource) -> str:
    """Returns which load balancer of AWS's comes of a Gateway, or nothing.

    :raises OutsideError: where its class is not part of the stack.
    """
    own = text(gateway.properties, "spec.gatewayClassName")
    if (found := _class(graph, gateway)) is not None:
        return _CONTROLLERS.get(text(found.properties, "spec.controllerName"), "")
    if own.partition("-")[0] in _OF_OTHERS:
        return ""
    raise OutsideError(f"its class {own} is not part of the stack")


def _class(graph: Graph, gateway: Resource) -> Resource | None:
    own = text(gateway.properties, "spec.gatewayClassName")
    return next((known for known in graph.of(GATEWAY_CLASS) if name(known) == own), None)


def _configurations(graph: Graph, gateway: Resource) -> list[Resource]:
    """Returns the configurations of a Gateway's load balancer, the one that counts more first.

    https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/gateway/customization/
    """
    found: list[Resource] = []
    if own := text(gateway.properties, f"spec.{_PARAMETERS}.name"):
        found.append(_named(graph, GATEWAY_CONFIGURATION, own, namespace(gateway)))
    of_class = _class(graph, gateway)
    if of_class is not None and (own := text(of_class.properties, "spec.parametersRef.name")):
        home = text(of_class.properties, "spec.parametersRef.namespace")
        shared = _named(graph, GATEWAY_CONFIGURATION, own, home)
        yields = text(shared.properties, "spec.mergingMode") == "prefer-gateway"
        found.insert(len(found) if yields else 0, shared)
    return found


def _named(graph: Graph, token: str, wanted: str, home: str) -> Resource:
    for known in graph.of(token):
        if name(known) == wanted and namespace(known) == home:
            return known
    raise OutsideError(f"its {token.rsplit(':', 1)[-1]} {wanted} is not part of the stack")


def attribute(graph: Graph, gateway: Resource, wanted: str) -> str:
    """Returns an attribute of a Gateway's load balancer, or nothing."""
    pairs = (
        pair
        for configuration in _configurations(graph, gateway)
        for pair in mappings(configuration.properties, "spec.loadBalancerAttributes")
    )
    return next((text(pair, "value") for pair in pairs if text(pair, "key") == wanted), "")


def listeners(gateway: Resource) -> list[Mapping[str, Any]]:
    """Returns the listeners of a Gateway that end what clients send, if it is encrypted."""
    return [
        listener
        for listener in mappings(gateway.properties, "spec.listeners")
        if text(listener, "tls.mode", "Terminate") == "Terminate"
    ]


def tls_policy(graph: Graph, gateway: Resource, listener: Mapping[str, Any]) -> str:
    """Returns the TLS policy that is set for a listener, or nothing."""
    wanted = f"{text(listener, 'protocol')}:{whole(number(listener, 'port'))}"
    found = (
        text(one, "sslPolicy")
        for configuration in _configurations(graph, gateway)
        for one in mappings(configuration.properties, "spec.listenerConfigurations")
        if text(one, "protocolPort") == wanted
    )
    return next(filter(None, found), "")


def answers(graph: Graph, gateway: Resource, listener: Mapping[str, Any]) -> bool:
    """Returns whether a listener does more than to send clients to HTTPS."""
    return any(
        not any(
            text(step, "requestRedirect.scheme").lower() == "https"
            for step in mappings(rule, "filters")
        )
        for route in _routes(graph, gateway, listener)
        for rule in mappings(route.properties, "spec.rules")
    )


def _routes(
    graph: Graph, gateway: Resource, listener: Mapping[str, Any] | None = None
) -> Iterator[Resource]:
    """Yields the routes of a Gateway, or of one of its listeners."""
    for token in ROUTES:
        for route in graph.of(token):
            for parent in mappings(route.properties, "spec.parentRefs"):
                if _is_parent(graph, route, parent, gateway) and (
                    listener is None or _is_for(parent, listener)
                ):
                    yield route
                    break


def _is_parent(graph: Graph, route: Resource, parent: Mapping[str, Any], gateway: Resource) -> bool:
    home = text(parent, "namespace", namespace(route))
    is_gateway = text(parent, "kind", "Gateway") == "Gateway"
    return (
        is_gateway
        and home == namespace(gateway)
        and names(graph, route, "name", gateway, within=parent)
    )


def _is_for(parent: Mapping[str, Any], listener: Mapping[str, Any]) -> bool:
    section, port = text(parent, "sectionName"), number(parent, "port")
    return section in {"", text(listener, "name")} and port in {0, number(listener, "port")}


@once
def backends(graph: Graph, gateway: Resource) -> list[Resource]:
    """Returns the Services of the stack that a Gateway sends to."""
    found = [
        service
        for route in _routes(graph, gateway)
        for rule in mappings(route.properties, "spec.rules")
        for backend in mappings(rule, "backendRefs")
        if text(backend, "kind", "Service") == "Service"
        for service in graph.of(SERVICE)
        if namespace(service) == text(backend, "namespace", namespace(route))
        and names(graph, route, "name", service, within=backend)
    ]
    return list({service.urn: service for service in found}.values())


def reached(graph: Graph, gateway: Resource) -> frozenset[str]:
    """Returns the URNs of the Services of the stack that a Gateway sends to."""
    return frozenset(service.urn for service in backends(graph, gateway))


def target_type(graph: Graph, gateway: Resource, service: Resource) -> str:
    """Returns the target type that is set for a Service behind a Gateway, or nothing."""
    return next(
        filter(None, (text(one, "targetType") for one in _targets(graph, gateway, service))), ""
    )


def _targets(graph: Graph, gateway: Resource, service: Resource) -> Iterator[Mapping[str, Any]]:
    """Yields what is set for the target groups of a Service, what counts more first.

    https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/gateway/targetgroupconfig/
    """
    configuration: Path = "spec.defaultConfiguration"
    for known in graph.of(TARGET_CONFIGURATION):
        if _is_of(graph, known, service):
            if read(known.properties, "spec.routeConfigurations"):
                raise UnreadableError(f"{known} has routeConfigurations, which no rule reads")
            yield read(known.properties, configuration, {})
    for shared in _configurations(graph, gateway):
        if wanted := text(shared.properties, "spec.defaultTargetGroupConfiguration.name"):
            found = _named(graph, TARGET_CONFIGURATION, wanted, namespace(shared))
            yield read(found.properties, configuration, {})


def _is_of(graph: Graph, known: Resource, service: Resource) -> bool:
    is_service = text(known.properties, "spec.targetReference.kind", "Service") == "Service"
    return (
        is_service
        and namespace(known) == namespace(service)
        and names(graph, known, "spec.targetReference.name", service)
    )
