"""Load balancers: of Ingresses, Gateways and Services, and of the program's own making."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from deployment.types import (
    BALANCER,
    BINDING,
    CLASSIC_BALANCER,
    CLUSTER,
    GATEWAY,
    INGRESS,
    LISTENER,
    RELEASE,
    SERVICE,
    TARGET_GROUP,
)
from planning.aws_limits import MODERN_TLS
from policy import elb, gateways
from policy.catalogue import Check, Level, Severity, Subject, rule
from policy.charts import values
from policy.controllers import LOAD_BALANCER_CONTROLLER, controllers
from policy.graph import Graph, once
from policy.ingresses import (
    OF_A_SERVICE,
    attribute,
    default_target,
    default_tls_policy,
    is_alb,
    listeners,
    redirects,
    setting,
    target_type,
)
from policy.reading import flag, number, text
from policy.unknown import UnreadableError

# Annotations that hold attributes.
BALANCER_ATTRIBUTES: Final = "load-balancer-attributes"
TARGET_ATTRIBUTES: Final = "target-group-attributes"
NLB_TARGET: Final = "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type"
NLB_TYPE: Final = "service.beta.kubernetes.io/aws-load-balancer-type"
# The class of Auto Mode, whose targets are pods unless somebody says otherwise
# (https://docs.aws.amazon.com/eks/latest/userguide/auto-configure-nlb.html), and the type that once
# was an NLB with pods for targets.
OF_AUTO_MODE: Final = "eks.amazonaws.com/nlb"
NLB_CLASSES: Final = (OF_AUTO_MODE, OF_A_SERVICE)
NLB_BY_IP: Final = "nlb-ip"
NLB_EXTERNAL: Final = "external"
ENCRYPTED: Final = ("HTTPS", "TLS")


@rule([INGRESS, GATEWAY, BINDING, TARGET_GROUP], Severity.HIGH, "R30", of_stack=True)
def load_balancers_send_to_pods(subject: Subject) -> Iterator[str]:
    """Instance targets take a node port and a hop through kube-proxy, and drop at scale-in.

    Set the annotation alb.ingress.kubernetes.io/target-type to ip; of a Gateway set
    defaultConfiguration.targetType in a TargetGroupConfiguration, of a target group targetType, and
    bind it to a Service by a TargetGroupBinding.

    Keep target-type ip in components/apps/web_app_exposure.py.
    """
    for target in sorted(set(_targets(subject)) - {"ip"}):
        yield f"has target type {target}" if target else "names no target type"


def _targets(subject: Subject) -> Iterator[str]:
    """Yields the target types of what leads to pods or to their nodes."""
    graph, front = subject.graph, subject.resource
    if front.type == INGRESS and is_alb(graph, front):
        yield target_type(graph, front)
    if front.type == GATEWAY and gateways.kind_of(graph, front):
        for service in gateways.backends(graph, front):
            yield gateways.target_type(graph, front, service) or default_target(graph)
    if front.type == BINDING:
        yield elb.binding_target(graph, front)
    if front.type == TARGET_GROUP:
        own = subject.text("targetType", elb.DEFAULT_TARGET)
        if own == elb.DEFAULT_TARGET and elb.is_for_nodes(graph, front):
            yield own


@rule(
    [INGRESS, GATEWAY, LISTENER, CLASSIC_BALANCER],
    Severity.HIGH,
    "CKV_AWS_2",
    "CKV_AWS_103",
    level=Level.ADVISORY,
    of_stack=True,
)
def load_balancers_speak_tls(subject: Subject) -> Iterator[str]:
    """Without TLS everybody on the way reads and changes what people send.

    Give the annotations alb.ingress.kubernetes.io/ a certificate-arn, listen-ports with HTTPS, an
    ssl-redirect, and an ssl-policy of TLS 1.2 or later; a Gateway listeners with HTTPS and, in its
    LoadBalancerConfiguration, sslPolicy; a listener protocol HTTPS and sslPolicy.

    Set certificateArn of eks-platform:sampleApp, or of the application.
    """
    yield from _IN_THE_CLEAR[subject.resource.type](subject)


def _of_ingress(subject: Subject) -> Iterator[str]:
    graph, ingress = subject.graph, subject.resource
    if not is_alb(graph, ingress):
        return
    protocols = listeners(graph, ingress)
    if "HTTPS" not in protocols:
        yield "listens for HTTP alone"
        return
    if "HTTP" in protocols and not redirects(graph, ingress):
        yield "answers HTTP and does not redirect it"
    yield from _of_policy(setting(graph, ingress, "ssl-policy") or default_tls_policy(graph))


def _of_gateway(subject: Subject) -> Iterator[str]:
    graph, gateway = subject.graph, subject.resource
    if not gateways.kind_of(graph, gateway):
        return
    for listener in gateways.listeners(gateway):
        protocol, own = text(listener, "protocol"), text(listener, "name")
        if protocol == "HTTP" and gateways.answers(graph, gateway, listener):
            yield f"answers HTTP and does not redirect it (listener {own})"
        if protocol in ENCRYPTED:
            policy = gateways.tls_policy(graph, gateway, listener) or default_tls_policy(graph)
            yield from (f"{line} (listener {own})" for line in _of_policy(policy))


def _of_listener(subject: Subject) -> Iterator[str]:
    # One of a Gateway Load Balancer has neither a protocol nor a port.
    protocol = subject.text("protocol", "HTTP" if subject.read("port") is not None else "")
    if protocol in ENCRYPTED:
        yield from _of_policy(subject.text("sslPolicy"))
    elif protocol == "HTTP" and any(map(_answers, elb.actions(subject))):
        yield "answers HTTP and does not redirect it"


def _answers(action: Mapping[str, Any]) -> bool:
    """Returns whether an action gives what was asked for."""
    kind = text(action, "type")
    is_safe = kind == "redirect" and text(action, "redirect.protocol") == "HTTPS"
    return not is_safe and kind != "fixed-response"


def _of_classic(subject: Subject) -> Iterator[str]:
    protocols = {text(one, "lbProtocol").lower() for one in subject.mappings("listeners")}
    if "http" in protocols:
        yield "answers HTTP and does not redirect it"


def _of_policy(policy: str) -> Iterator[str]:
    if not policy.startswith(MODERN_TLS):
        yield f"has TLS policy {policy}" if policy else "has the default TLS policy, an old one"


_IN_THE_CLEAR: Final[Mapping[str, Check]] = {
    INGRESS: _of_ingress,
    GATEWAY: _of_gateway,
    LISTENER: _of_listener,
    CLASSIC_BALANCER: _of_classic,
}


@rule([INGRESS, GATEWAY, BALANCER], Severity.MEDIUM, "CKV_AWS_131", of_stack=True)
def load_balancers_drop_invalid_headers(subject: Subject) -> Iterator[str]:
    """Header fields that servers read differently smuggle requests past the load balancer.

    Add routing.http.drop_invalid_header_fields.enabled=true to the annotation
    alb.ingress.kubernetes.io/load-balancer-attributes, or to loadBalancerAttributes of a Gateway's
    LoadBalancerConfiguration; of a load balancer set dropInvalidHeaderFields to true.

    Keep drop_invalid_header_fields in components/apps/web_app_exposure.py.
    """
    key = "routing.http.drop_invalid_header_fields.enabled"
    if not _has(subject, key, "dropInvalidHeaderFields"):
        yield "lets invalid header fields through"


@rule(
    [INGRESS, GATEWAY, BALANCER, CLASSIC_BALANCER],
    Severity.LOW,
    "CKV_AWS_91",
    level=Level.ADVISORY,
    of_stack=True,
)
def load_balancers_log_access(subject: Subject) -> Iterator[str]:
    """Without access logs nobody can tell who asked for what, and what was answered.

    Add access_logs.s3.enabled=true and access_logs.s3.bucket to the annotation
    alb.ingress.kubernetes.io/load-balancer-attributes, or to loadBalancerAttributes of a Gateway's
    LoadBalancerConfiguration; of a load balancer set accessLogs.

    Set accessLogsBucket of eks-platform:sampleApp, or of the application.
    """
    if not _has(subject, "access_logs.s3.enabled", "accessLogs.enabled"):
        yield "keeps no access logs"


def _has(subject: Subject, name: str, path: str) -> bool:
    """Returns whether an attribute is on, or there is no ALB that could have it.

    :param name: of the attribute.
    :param path: of the same thing in a load balancer that the program makes itself.
    """
    graph, front = subject.graph, subject.resource
    if front.type == INGRESS:
        return (
            not is_alb(graph, front) or attribute(graph, front, BALANCER_ATTRIBUTES, name) == "true"
        )
    if front.type == GATEWAY:
        is_one = gateways.kind_of(graph, front) == gateways.APPLICATION
        return not is_one or gateways.attribute(graph, front, name) == "true"
    if front.type == CLASSIC_BALANCER:
        return subject.flag(path, default=subject.read("accessLogs") is not None)
    kind = subject.text("loadBalancerType", gateways.APPLICATION)
    return kind != gateways.APPLICATION or subject.flag(path)


@rule(SERVICE, Severity.MEDIUM, "R30", of_stack=True)
def no_node_ports(subject: Subject) -> Iterator[str]:
    """A node port opens every node, and sends through nodes that have no such pod.

    Make spec.type ClusterIP behind an Ingress, or LoadBalancer with IP targets (the annotation
    service.beta.kubernetes.io/aws-load-balancer-nlb-target-type) and allocateLoadBalancerNodePorts
    false.
    """
    kind, allocates = subject.text("spec.type", "ClusterIP"), "spec.allocateLoadBalancerNodePorts"
    asked = any(number(port, "nodePort") for port in subject.mappings("spec.ports"))
    if kind == "LoadBalancer":
        # Whoever lets Kubernetes allocate ports has them among the outputs as well.
        is_allocated = subject.flag(allocates, default=True)
        asked = asked and not is_allocated
        if not _sends_to_pods(subject):
            yield "sends to nodes and not to pods"
        elif is_allocated:
            yield "gets node ports that it does not need"
    if kind == "NodePort" or asked:
        yield "opens a node port"


def _sends_to_pods(subject: Subject) -> bool:
    """Returns whether the targets of a Service's load balancer are pods.

    :raises UnreadableError: for a load balancer of somebody else's.
    """
    of_class = subject.text("spec.loadBalancerClass")
    if of_class and of_class not in NLB_CLASSES:
        raise UnreadableError(f"its class {of_class} is of no load balancer of AWS's")
    if target := subject.text(("metadata", "annotations", NLB_TARGET)):
        return target == "ip"
    of_type = subject.text(("metadata", "annotations", NLB_TYPE))
    if of_class == OF_AUTO_MODE or of_type == NLB_BY_IP:
        return True
    if not of_class and of_type != NLB_EXTERNAL and not _takes_all(subject.graph):
        return False
    return default_target(subject.graph) == "ip"


@once
def _takes_all(graph: Graph) -> bool:
    """Returns whether the controller takes Services that do not ask for it, as far as is known.

    It does unless it is told not to; in a cluster without it Kubernetes sends to nodes.
    """
    known = controllers(graph, LOAD_BALANCER_CONTROLLER)
    key = "enableServiceMutatorWebhook"
    told = [flag(values(one), key, default=True) for one in known if one.type == RELEASE]
    return all(told) if known else not graph.of(CLUSTER)
