"""Ingresses and Services."""

import json
from collections.abc import Iterator
from typing import Final

from deployment.resource import Resource
from deployment.types import INGRESS, SERVICE
from policy.catalogue import Level, Severity, Subject, rule
from policy.reading import read

ALB: Final = "alb.ingress.kubernetes.io/"
# Annotations that hold attributes.
LOAD_BALANCER: Final = "load-balancer-attributes"
TARGET_GROUP: Final = "target-group-attributes"
NLB_TARGET: Final = "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type"
# Policies that take TLS 1.0 or 1.1, the default among them
# (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html).
MODERN: Final = ("ELBSecurityPolicy-TLS13-1-2", "ELBSecurityPolicy-TLS13-1-3")


def annotation(ingress: Resource, key: str) -> str:
    """Returns an annotation for the load balancer controller, or nothing."""
    return str(read(ingress.properties, ("metadata", "annotations", f"{ALB}{key}"), ""))


def attribute(ingress: Resource, key: str, name: str) -> str:
    """Returns an attribute in an annotation such as ``a=1,b=2``, or nothing."""
    pairs = (item.partition("=") for item in annotation(ingress, key).split(","))
    return {known.strip(): value.strip() for known, _, value in pairs}.get(name, "")


def is_alb(ingress: Resource) -> bool:
    """Returns whether the load balancer controller serves an Ingress."""
    return read(ingress.properties, "spec.ingressClassName", "alb") == "alb"


@rule(INGRESS, Severity.HIGH, "R30")
def load_balancers_send_to_pods(subject: Subject) -> Iterator[str]:
    """Instance targets take a node port and a hop through kube-proxy, and drop at scale-in.

    Keep target-type ip in components/apps/web_app_exposure.py.
    """
    if is_alb(subject.resource) and (target := annotation(subject.resource, "target-type")) != "ip":
        yield f"has target type {target}" if target else "names no target type"


@rule(INGRESS, Severity.HIGH, "CKV_AWS_2", "CKV_AWS_103", level=Level.ADVISORY)
def load_balancers_speak_tls(subject: Subject) -> Iterator[str]:
    """Without TLS everybody on the way reads and changes what people send.

    Set certificateArn of eks-platform:sampleApp, or of the application.
    """
    ingress = subject.resource
    if not is_alb(ingress):
        return
    ports = json.loads(annotation(ingress, "listen-ports") or '[{"HTTP": 80}]')
    kinds = {kind for port in ports for kind in port}
    if "HTTPS" not in kinds:
        yield "listens for HTTP alone"
        return
    if "HTTP" in kinds and not annotation(ingress, "ssl-redirect"):
        yield "answers HTTP and does not redirect it"
    policy = annotation(ingress, "ssl-policy")
    if not policy.startswith(MODERN):
        yield f"has TLS policy {policy}" if policy else "has the default TLS policy, an old one"


@rule(INGRESS, Severity.MEDIUM, "CKV_AWS_131")
def load_balancers_drop_invalid_headers(subject: Subject) -> Iterator[str]:
    """Header fields that servers read differently smuggle requests past the load balancer.

    Keep drop_invalid_header_fields in components/apps/web_app_exposure.py.
    """
    name = "routing.http.drop_invalid_header_fields.enabled"
    if is_alb(subject.resource) and attribute(subject.resource, LOAD_BALANCER, name) != "true":
        yield "lets invalid header fields through"


@rule(INGRESS, Severity.LOW, "CKV_AWS_91", level=Level.ADVISORY)
def load_balancers_log_access(subject: Subject) -> Iterator[str]:
    """Without access logs nobody can tell who asked for what, and what was answered.

    Set accessLogsBucket of eks-platform:sampleApp, or of the application.
    """
    name = "access_logs.s3.enabled"
    if is_alb(subject.resource) and attribute(subject.resource, LOAD_BALANCER, name) != "true":
        yield "keeps no access logs"


@rule(SERVICE, Severity.MEDIUM, "R30")
def no_node_ports(subject: Subject) -> Iterator[str]:
    """A node port opens every node, and sends through nodes that have no such pod.

    Make the Service ClusterIP behind an Ingress, or LoadBalancer with IP targets.
    """
    kind = subject.read("spec.type", "ClusterIP")
    if kind == "NodePort" or any(read(port, "nodePort") for port in subject.items("spec.ports")):
        yield "opens a node port"
    elif kind == "LoadBalancer":
        if subject.read(("metadata", "annotations", NLB_TARGET)) != "ip":
            yield "sends to nodes and not to pods"
        if subject.read("spec.allocateLoadBalancerNodePorts", default=True):
            yield "gets node ports that it does not need"
