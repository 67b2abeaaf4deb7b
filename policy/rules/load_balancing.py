"""Ingresses and Services."""

import json
from collections.abc import Iterator
from typing import Final

from deployment.types import INGRESS, SERVICE

from .reading import read
from .registry import Level, Severity, Subject, rule

ALB: Final = "alb.ingress.kubernetes.io/"
NLB_TARGET: Final = "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type"
# Policies that take TLS 1.0 or 1.1, the default among them
# (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html).
MODERN: Final = ("ELBSecurityPolicy-TLS13-1-2", "ELBSecurityPolicy-TLS13-1-3")


def annotation(subject: Subject, key: str) -> str:
    """Returns an annotation of the load balancer controller, or nothing."""
    return str(read(subject.read("metadata.annotations", {}), (f"{ALB}{key}",), ""))


def attributes(subject: Subject, key: str) -> dict[str, str]:
    """Returns the attributes in an annotation such as ``a=1,b=2``."""
    pairs = (item.partition("=") for item in annotation(subject, key).split(","))
    return {name.strip(): value.strip() for name, _, value in pairs if name.strip()}


def is_alb(subject: Subject) -> bool:
    """Returns whether the load balancer controller serves an Ingress."""
    return subject.read("spec.ingressClassName", "alb") == "alb"


@rule(
    subjects=[INGRESS],
    severity=Severity.HIGH,
    sources=["R30"],
    remediation="Keep target-type ip in components/apps/web_app_exposure.py.",
)
def load_balancers_send_to_pods(subject: Subject) -> Iterator[str]:
    """Instance targets take a node port and a hop through kube-proxy, and drop at scale-in."""
    if is_alb(subject) and annotation(subject, "target-type") != "ip":
        yield f"has target type {annotation(subject, 'target-type') or 'of the default'}"


@rule(
    subjects=[INGRESS],
    severity=Severity.HIGH,
    level=Level.ADVISORY,
    sources=["CKV_AWS_2", "CKV_AWS_103"],
    remediation="Set certificateArn of eks-platform:sampleApp, or of the application.",
)
def load_balancers_speak_tls(subject: Subject) -> Iterator[str]:
    """Without TLS everybody on the way reads and changes what people send."""
    if not is_alb(subject):
        return
    ports = json.loads(annotation(subject, "listen-ports") or '[{"HTTP": 80}]')
    kinds = {kind for port in ports for kind in port}
    if "HTTPS" not in kinds:
        yield "listens for HTTP alone"
    elif "HTTP" in kinds and not annotation(subject, "ssl-redirect"):
        yield "answers HTTP and does not redirect it"
    if "HTTPS" in kinds and not annotation(subject, "ssl-policy").startswith(MODERN):
        yield f"has TLS policy {annotation(subject, 'ssl-policy') or 'of the default'}"


@rule(
    subjects=[INGRESS],
    severity=Severity.MEDIUM,
    sources=["CKV_AWS_131"],
    remediation="Keep drop_invalid_header_fields in components/apps/web_app_exposure.py.",
)
def load_balancers_drop_invalid_headers(subject: Subject) -> Iterator[str]:
    """Header fields that servers read differently smuggle requests past the load balancer."""
    key = "routing.http.drop_invalid_header_fields.enabled"
    if is_alb(subject) and attributes(subject, "load-balancer-attributes").get(key) != "true":
        yield "lets invalid header fields through"


@rule(
    subjects=[INGRESS],
    severity=Severity.LOW,
    level=Level.ADVISORY,
    sources=["CKV_AWS_91"],
    remediation="Set accessLogsBucket of eks-platform:sampleApp, or of the application.",
)
def load_balancers_log_access(subject: Subject) -> Iterator[str]:
    """Without access logs nobody can tell who asked for what, and what was answered."""
    logs = attributes(subject, "load-balancer-attributes")
    if is_alb(subject) and logs.get("access_logs.s3.enabled") != "true":
        yield "keeps no access logs"


@rule(
    subjects=[SERVICE],
    severity=Severity.MEDIUM,
    sources=["R30"],
    remediation="Make the Service ClusterIP behind an Ingress, or LoadBalancer with IP targets.",
)
def no_node_ports(subject: Subject) -> Iterator[str]:
    """A node port opens every node, and sends through nodes that have no such pod."""
    kind = subject.read("spec.type", "ClusterIP")
    if kind == "NodePort" or any(read(port, "nodePort") for port in subject.items("spec.ports")):
        yield "opens a node port"
    elif kind == "LoadBalancer":
        annotations = subject.read("metadata.annotations", {})
        if read(annotations, (NLB_TARGET,)) != "ip":
            yield "sends to nodes and not to pods"
        if subject.read("spec.allocateLoadBalancerNodePorts", default=True):
            yield "gets node ports that it does not need"
