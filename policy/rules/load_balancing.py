"""Ingresses and Services."""

from collections.abc import Iterator
from typing import Final

from deployment.types import CLUSTER, INGRESS, RELEASE, SERVICE
from planning.aws_limits import MODERN_TLS
from policy.catalogue import Level, Severity, Subject, rule
from policy.charts import values
from policy.controllers import LOAD_BALANCER_CONTROLLER, controllers
from policy.graph import Graph, once
from policy.ingresses import (
    attribute,
    default_target,
    default_tls_policy,
    is_alb,
    listeners,
    redirects,
    setting,
    target_type,
)
from policy.reading import flag, number
from policy.unknown import UnreadableError

# Annotations that hold attributes.
LOAD_BALANCER: Final = "load-balancer-attributes"
TARGET_GROUP: Final = "target-group-attributes"
NLB_TARGET: Final = "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type"
NLB_TYPE: Final = "service.beta.kubernetes.io/aws-load-balancer-type"
# The class of Auto Mode, whose targets are pods unless somebody says otherwise
# (https://docs.aws.amazon.com/eks/latest/userguide/auto-configure-nlb.html), and the type that once
# was an NLB with pods for targets.
OF_AUTO_MODE: Final = "eks.amazonaws.com/nlb"
# Auto Mode's, and the load balancer controller's
# (https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/nlb/).
NLB_CLASSES: Final = (OF_AUTO_MODE, "service.k8s.aws/nlb")
NLB_BY_IP: Final = "nlb-ip"
NLB_EXTERNAL: Final = "external"


@rule(INGRESS, Severity.HIGH, "R30", of_stack=True)
def load_balancers_send_to_pods(subject: Subject) -> Iterator[str]:
    """Instance targets take a node port and a hop through kube-proxy, and drop at scale-in.

    Set the annotation alb.ingress.kubernetes.io/target-type to ip.

    Keep target-type ip in components/apps/web_app_exposure.py.
    """
    if is_alb(subject.graph, subject.resource):
        target = target_type(subject.graph, subject.resource)
        if target != "ip":
            yield f"has target type {target}" if target else "names no target type"


@rule(INGRESS, Severity.HIGH, "CKV_AWS_2", "CKV_AWS_103", level=Level.ADVISORY, of_stack=True)
def load_balancers_speak_tls(subject: Subject) -> Iterator[str]:
    """Without TLS everybody on the way reads and changes what people send.

    Give the annotations alb.ingress.kubernetes.io/ a certificate-arn, listen-ports with HTTPS, an
    ssl-redirect, and an ssl-policy of TLS 1.2 or later.

    Set certificateArn of eks-platform:sampleApp, or of the application.
    """
    graph, ingress = subject.graph, subject.resource
    if not is_alb(graph, ingress):
        return
    protocols = listeners(graph, ingress)
    if "HTTPS" not in protocols:
        yield "listens for HTTP alone"
        return
    if "HTTP" in protocols and not redirects(graph, ingress):
        yield "answers HTTP and does not redirect it"
    policy = setting(graph, ingress, "ssl-policy") or default_tls_policy(graph)
    if not policy.startswith(MODERN_TLS):
        yield f"has TLS policy {policy}" if policy else "has the default TLS policy, an old one"


@rule(INGRESS, Severity.MEDIUM, "CKV_AWS_131", of_stack=True)
def load_balancers_drop_invalid_headers(subject: Subject) -> Iterator[str]:
    """Header fields that servers read differently smuggle requests past the load balancer.

    Add routing.http.drop_invalid_header_fields.enabled=true to the annotation
    alb.ingress.kubernetes.io/load-balancer-attributes.

    Keep drop_invalid_header_fields in components/apps/web_app_exposure.py.
    """
    if not _has(subject, "routing.http.drop_invalid_header_fields.enabled"):
        yield "lets invalid header fields through"


@rule(INGRESS, Severity.LOW, "CKV_AWS_91", level=Level.ADVISORY, of_stack=True)
def load_balancers_log_access(subject: Subject) -> Iterator[str]:
    """Without access logs nobody can tell who asked for what, and what was answered.

    Add access_logs.s3.enabled=true and access_logs.s3.bucket to the annotation
    alb.ingress.kubernetes.io/load-balancer-attributes.

    Set accessLogsBucket of eks-platform:sampleApp, or of the application.
    """
    if not _has(subject, "access_logs.s3.enabled"):
        yield "keeps no access logs"


def _has(subject: Subject, name: str) -> bool:
    """Returns whether an attribute is on, or there is no ALB that could have it."""
    graph, ingress = subject.graph, subject.resource
    return not is_alb(graph, ingress) or attribute(graph, ingress, LOAD_BALANCER, name) == "true"


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
