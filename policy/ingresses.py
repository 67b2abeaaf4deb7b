"""Ingresses: whose they are, what they lead to, and what is set for them."""

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from deployment.resource import Resource
from deployment.types import INGRESS, INGRESS_CLASS, SERVICE
from planning.weights import ACTIONS, USE_ANNOTATION, shares_of_action

from . import charts
from .catalogue import Subject
from .controllers import LOAD_BALANCER_CONTROLLER, controllers, in_auto_mode
from .graph import Graph, once
from .label_selectors import maps
from .objects import Place, named, neighbours, place, selecting
from .reading import as_list, mapping, mappings, read, text, whole
from .unknown import OutsideError, UnreadableError

ALB: Final = "alb.ingress.kubernetes.io/"
# The controllers of Ingresses that make an ALB: the load balancer controller's, and Auto Mode's
# (https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/ingress_class/,
# https://docs.aws.amazon.com/eks/latest/userguide/auto-configure-alb.html).
OF_THE_CONTROLLER: Final = "ingress.k8s.aws/alb"
OF_AUTO_MODE: Final = "eks.amazonaws.com/alb"
# The class of Services that it takes, and what the annotations of a Service begin with.
OF_A_SERVICE: Final = "service.k8s.aws/nlb"
NLB: Final = "service.beta.kubernetes.io/aws-load-balancer-"
# The class that the controller's chart makes, and the annotation that named one before there were
# classes.
ITS_CLASS: Final = "alb"
DEPRECATED: Final = "kubernetes.io/ingress.class"
DEFAULT_CLASS: Final = "ingressclass.kubernetes.io/is-default-class"
# The annotations that IngressClassParams override, by what those call them
# (https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/ingress_class/#ingressclassparams).
_PARAMETERS: Final = {
    "certificate-arn": "certificateArn",
    "load-balancer-attributes": "loadBalancerAttributes",
    "ssl-policy": "sslPolicy",
    "ssl-redirect": "sslRedirectPort",
    "target-group-attributes": "targetGroupAttributes",
    "target-type": "targetType",
}
# What holds for all Ingresses of a group, whichever of them says it
# (https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/).
_OF_A_GROUP: Final = ("certificate-arn", "load-balancer-attributes", "ssl-policy", "ssl-redirect")
_GROUP: Final = "group.name"
# Where backends are and what they name, and where the API's first version has both.
_OF_BACKENDS: Final = ("defaultBackend", "service.name", "service.port.name")
_FIRST_VERSION: Final = "/v1beta1:Ingress::"
_OF_FIRST_VERSION: Final = ("backend", "serviceName", "servicePort")


@once
def is_alb(graph: Graph, ingress: Resource) -> bool:
    """Returns whether an ALB comes of an Ingress: by its class's controller, whatever its name.

    :raises OutsideError: where the class is not part of the stack and nothing else tells.
    """
    own = _class_name(ingress)
    if (found := _class(graph, own)) is not None:
        return _controller(found) in {OF_THE_CONTROLLER, OF_AUTO_MODE}
    if own == ITS_CLASS:
        return True
    is_annotated = any(key.startswith(ALB) for key in _annotations(ingress))
    of_charts = _classes_of_charts(graph)
    if own:
        if is_annotated and own not in of_charts and ITS_CLASS in own:
            raise OutsideError(f"its class {own} is not part of the stack")
        return own in of_charts
    if not is_annotated and not of_charts:
        raise OutsideError("names no class, and the default one is not part of the stack")
    return True


def _annotations(ingress: Resource) -> Mapping[str, Any]:
    return mapping(ingress.properties, "metadata.annotations")


def _class_name(ingress: Resource) -> str:
    deprecated = text(_annotations(ingress), (DEPRECATED,))
    return deprecated or text(ingress.properties, "spec.ingressClassName")


@once
def _class(graph: Graph, own: str) -> Resource | None:
    """Returns the class of a name, or the default one where there is none."""
    for known in graph.of(INGRESS_CLASS):
        is_default = text(_annotations(known), (DEFAULT_CLASS,)) == "true"
        if text(known.properties, "metadata.name") == own if own else is_default:
            return known
    return None


def _controller(ingress_class: Resource) -> str:
    return text(ingress_class.properties, "spec.controller")


@once
def _classes_of_charts(graph: Graph) -> set[str]:
    """Returns the names that the controller's charts give to their classes."""
    found = charts.releases(graph, LOAD_BALANCER_CONTROLLER)
    return {charts.value(release, "ingressClass", ITS_CLASS) for release in found}


def setting(graph: Graph, ingress: Resource, key: str) -> str:
    """Returns what an annotation, or what overrides or stands for it, says; or nothing.

    In this order: the parameters of the Ingress's class, its own annotation, those of the other
    Ingresses of its group.
    """
    if (of_class := _parameter(graph, ingress, key)) is not None:
        return of_class
    own, group = _annotation(ingress, key), _annotation(ingress, _GROUP)
    return own or (_of_group(graph, group, key) if group and key in _OF_A_GROUP else "")


@once
def _of_group(graph: Graph, group: str, key: str) -> str:
    """Returns what the first Ingress of a group says that says it, or nothing."""
    same = graph.grouped(INGRESS, _group)[group]
    return next(filter(None, (_annotation(one, key) for one in same)), "")


def _group(_: Graph, ingress: Resource) -> str:
    return _annotation(ingress, _GROUP)


def attribute(graph: Graph, ingress: Resource, key: str, name: str) -> str:
    """Returns an attribute in an annotation such as ``a=1,b=2``, or nothing."""
    return _pairs(setting(graph, ingress, key)).get(name, "")


def _pairs(given: str) -> dict[str, str]:
    pairs = (item.partition("=") for item in given.split(","))
    return {known.strip(): value.strip() for known, _, value in pairs}


def listeners(graph: Graph, ingress: Resource) -> set[str]:
    """Returns the protocols that an Ingress listens for.

    Without the annotation that is HTTPS where there is a certificate, else HTTP
    (https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#listen-ports).
    """
    given = _annotation(ingress, "listen-ports")
    if not given:
        return {"HTTPS" if setting(graph, ingress, "certificate-arn") else "HTTP"}
    try:
        ports = json.loads(given)
    except (RecursionError, ValueError):
        raise UnreadableError(f"{ALB}listen-ports is no JSON") from None
    return {protocol for port in mappings({"ports": ports}, "ports") for protocol in port}


def redirects(graph: Graph, ingress: Resource) -> bool:
    """Returns whether an Ingress sends HTTP to HTTPS: by its setting, or by an action."""
    if setting(graph, ingress, "ssl-redirect"):
        return True
    for key in _annotations(ingress):
        if key.startswith(f"{ALB}actions."):
            # Both spellings of its keys are in use.
            said = text(_annotations(ingress), (key,)).replace(" ", "").lower()
            if '"redirect"' in said and '"protocol":"https"' in said:
                return True
    return False


def target_type(graph: Graph, ingress: Resource) -> str:
    """Returns the target type of an Ingress, or nothing where its controller's own holds."""
    if own := setting(graph, ingress, "target-type"):
        return own
    if in_auto_mode(graph):
        return "ip"
    return default_target(graph)


def default_target(graph: Graph) -> str:
    """Returns the target type that the controller has been given for what names none, or nothing.

    :raises OutsideError: where the controller is not part of the stack.
    """
    return _of_the_controller(graph, "defaultTargetType", "--default-target-type")


def default_tls_policy(graph: Graph) -> str:
    """Returns the TLS policy that the controller has been given for what names none, or nothing.

    :raises OutsideError: where the controller is not part of the stack.
    """
    if in_auto_mode(graph):
        return ""
    return _of_the_controller(graph, "defaultSSLPolicy", "--default-ssl-policy")


def _of_the_controller(graph: Graph, key: str, argument: str) -> str:
    if not controllers(graph, LOAD_BALANCER_CONTROLLER):
        raise OutsideError(
            "names none, and the load balancer controller, which has a default, is not part of the"
            " stack"
        )
    return charts.setting(graph, LOAD_BALANCER_CONTROLLER, key, argument)


def ingresses_of(subject: Subject) -> list[Resource]:
    """Returns the Ingresses of an ALB that lead to a workload's pods."""
    graph, services = subject.graph, selecting(subject, SERVICE, "spec.selector", maps)
    if not neighbours(graph, subject.resource, INGRESS):
        return []
    by_service = _by_service(graph, place(graph, subject.resource))
    found = {urn for service in services for urn in by_service.get(service.urn, ())}
    return [graph.by_urn[urn] for urn in sorted(found) if is_alb(graph, graph.by_urn[urn])]


@once
def _by_service(graph: Graph, home: Place) -> Mapping[str, list[str]]:
    """Returns the Ingresses of a namespace by the Services that they send to, all by URN."""
    found: dict[str, list[str]] = defaultdict(list)
    for ingress in graph.grouped(INGRESS, place)[home]:
        for service in backends(graph, ingress):
            found[service.urn].append(ingress.urn)
    return found


def is_nlb(service: Resource) -> bool:
    """Returns whether the load balancer controller makes an NLB for a Service, because it asks.

    https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/nlb/
    """
    spec = mapping(service.properties, "spec")
    of_type = text(service.properties, ("metadata", "annotations", f"{NLB}type"))
    asks = text(spec, "loadBalancerClass") == OF_A_SERVICE or of_type in {"external", "nlb-ip"}
    return text(spec, "type") == "LoadBalancer" and asks


def nlbs_of(subject: Subject) -> list[Resource]:
    """Returns the Services of an NLB that select a workload's pods."""
    return [one for one in selecting(subject, SERVICE, "spec.selector", maps) if is_nlb(one)]


def attribute_of_nlb(service: Resource, key: str, name: str) -> str:
    """Returns an attribute in an annotation of a Service such as ``a=1,b=2``, or nothing."""
    given = text(service.properties, ("metadata", "annotations", f"{NLB}{key}"))
    return _pairs(given).get(name, "")


def backends(graph: Graph, ingress: Resource) -> list[Resource]:
    """Returns the Services of the stack that an Ingress sends to, or may by another weight."""
    spec = mapping(ingress.properties, "spec")
    is_first = _FIRST_VERSION in ingress.urn
    default, service_name, port = _OF_FIRST_VERSION if is_first else _OF_BACKENDS
    found = [mapping(spec, default)]
    for entry in mappings(spec, "rules"):
        found += [mapping(path, "backend") for path in mappings(entry, "http.paths")]
    return [
        service
        for backend in found
        for service in (
            _of_action(graph, ingress, text(backend, service_name))
            if read(backend, port) == USE_ANNOTATION
            else named(graph, ingress, service_name, SERVICE, within=backend)
        )
    ]


def _of_action(graph: Graph, ingress: Resource, action: str) -> list[Resource]:
    """Returns the Services of the stack that an action in an annotation forwards to."""
    try:
        shares = shares_of_action(text(_annotations(ingress), (f"{ACTIONS}{action}",)) or "{}")
    except ValueError as error:
        raise UnreadableError(f"{ACTIONS}{action} {error}") from None
    return [
        service
        for known in shares
        for service in named(graph, ingress, ("name",), SERVICE, within={"name": known})
    ]


def _annotation(ingress: Resource, key: str) -> str:
    return text(_annotations(ingress), (f"{ALB}{key}",))


def _parameter(graph: Graph, ingress: Resource, key: str) -> str | None:
    """Returns what the parameters of an Ingress's class say in the form of the annotation."""
    found = _class(graph, _class_name(ingress))
    wanted = found and text(found.properties, "spec.parameters.name")
    if not wanted or key not in _PARAMETERS:
        return None
    found = _parameters(graph, wanted)
    return found and _as_annotation(read(found.properties, ("spec", _PARAMETERS[key])))


@once
def _parameters(graph: Graph, wanted: str) -> Resource | None:
    """Returns the parameters of that name."""
    return next(
        (
            resource
            for resource in graph
            if resource.short_type == "IngressClassParams"
            and wanted == text(resource.properties, "metadata.name")
        ),
        None,
    )


def _as_annotation(value: Any) -> str | None:
    if value is None:
        return None
    return ",".join(
        f"{text(each, 'key')}={text(each, 'value')}" if isinstance(each, Mapping) else f"{each}"
        for each in map(whole, as_list(value))
    )
