"""How requests reach a web application: Service, Ingress and network policy."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs

from planning.shutdown import ShutdownBudget

_SERVICE_PORT: Final = 80
# TLS 1.2 and 1.3 with forward secrecy
# (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html).
_TLS_POLICY: Final = "ELBSecurityPolicy-TLS13-1-2-2021-06"


@dataclass(frozen=True, kw_only=True, slots=True)
class PodPeer:
    """Pods that an application opens connections to.

    :param namespace: their namespace.
    :param labels: what all of them are labelled with.
    :param port: where they listen for TCP.
    """

    namespace: str
    labels: Mapping[str, str]
    port: int


def service(
    name: str, metadata: ObjectMetaArgs, labels: Mapping[str, str], opts: pulumi.ResourceOptions
) -> kubernetes.core.v1.Service:
    """Creates a Service with a cluster IP; the load balancer takes the pods from it."""
    return kubernetes.core.v1.Service(
        name,
        # It is there before its pods and does not wait for their endpoints.
        metadata=_annotated(metadata, {"pulumi.com/skipAwait": "true"}),
        spec=kubernetes.core.v1.ServiceSpecArgs(
            type="ClusterIP",
            selector=labels,
            ports=[
                kubernetes.core.v1.ServicePortArgs(
                    name="http", port=_SERVICE_PORT, target_port="http", protocol="TCP"
                )
            ],
        ),
        opts=opts,
    )


def ingress(
    name: str,
    metadata: ObjectMetaArgs,
    *,
    service_name: pulumi.Input[str],
    health_path: str,
    scheme: str,
    hostname: str | None,
    certificate_arn: str | None,
    access_logs_bucket: str | None,
    shutdown: ShutdownBudget,
    tags: Mapping[str, str],
    opts: pulumi.ResourceOptions,
) -> kubernetes.networking.v1.Ingress:
    """Creates an Ingress, that is an ALB with a target group of pod IPs.

    Every annotation is of
    https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/.
    """
    backend = kubernetes.networking.v1.IngressBackendArgs(
        service=kubernetes.networking.v1.IngressServiceBackendArgs(
            name=service_name,
            port=kubernetes.networking.v1.ServiceBackendPortArgs(number=_SERVICE_PORT),
        )
    )
    path = kubernetes.networking.v1.HTTPIngressPathArgs(
        path="/", path_type="Prefix", backend=backend
    )
    alb = {
        "scheme": scheme,
        "target-type": "ip",
        "backend-protocol": "HTTP",
        "healthcheck-path": health_path,
        # Two failures of 10 s and the target is out; two successes and it is in.
        "healthcheck-interval-seconds": "10",
        "healthcheck-timeout-seconds": "5",
        "healthy-threshold-count": "2",
        "unhealthy-threshold-count": "2",
        "success-codes": "200",
        "target-group-attributes": (
            f"deregistration_delay.timeout_seconds={shutdown.deregistration_delay_seconds}"
        ),
        "load-balancer-attributes": ",".join(
            [
                f"idle_timeout.timeout_seconds={shutdown.idle_timeout_seconds}",
                "routing.http.drop_invalid_header_fields.enabled=true",
                *_access_logs(name, access_logs_bucket),
            ]
        ),
        **_listeners(certificate_arn),
    }
    if tags:
        alb["tags"] = ",".join(f"{key}={value}" for key, value in sorted(tags.items()))
    annotations = {f"alb.ingress.kubernetes.io/{key}": value for key, value in alb.items()}
    # Ready when the controller has made the load balancer, not when pods answer: they come later.
    annotations["pulumi.com/waitFor"] = "jsonpath={.status.loadBalancer.ingress[0].hostname}"
    return kubernetes.networking.v1.Ingress(
        name,
        metadata=_annotated(metadata, annotations),
        spec=kubernetes.networking.v1.IngressSpecArgs(
            ingress_class_name="alb",
            rules=[
                kubernetes.networking.v1.IngressRuleArgs(
                    host=hostname,
                    http=kubernetes.networking.v1.HTTPIngressRuleValueArgs(paths=[path]),
                )
            ],
        ),
        opts=opts,
    )


def network_policy(
    name: str,
    metadata: ObjectMetaArgs,
    labels: Mapping[str, str],
    *,
    port: int,
    load_balancer_blocks: Sequence[IPv4Network],
    reachable_blocks: Sequence[IPv4Network],
    reachable_pods: Sequence[PodPeer],
    opts: pulumi.ResourceOptions,
) -> kubernetes.networking.v1.NetworkPolicy:
    """Creates a policy that admits the load balancer and lets out only what is named."""
    return kubernetes.networking.v1.NetworkPolicy(
        name,
        metadata=metadata,
        spec=kubernetes.networking.v1.NetworkPolicySpecArgs(
            pod_selector=LabelSelectorArgs(match_labels=labels),
            policy_types=["Ingress", "Egress"],
            ingress=[
                kubernetes.networking.v1.NetworkPolicyIngressRuleArgs(
                    from_=_peers(load_balancer_blocks),
                    ports=[
                        kubernetes.networking.v1.NetworkPolicyPortArgs(port=port, protocol="TCP")
                    ],
                )
            ],
            egress=_egress(reachable_blocks, reachable_pods),
        ),
        opts=opts,
    )


def pod_peer(
    namespace: str, labels: Mapping[str, str]
) -> kubernetes.networking.v1.NetworkPolicyPeerArgs:
    """Returns the pods of a namespace that have these labels, as one side of a rule."""
    return kubernetes.networking.v1.NetworkPolicyPeerArgs(
        namespace_selector=LabelSelectorArgs(
            match_labels={"kubernetes.io/metadata.name": namespace}
        ),
        pod_selector=LabelSelectorArgs(match_labels=labels),
    )


def _peers(
    blocks: Sequence[IPv4Network],
) -> list[kubernetes.networking.v1.NetworkPolicyPeerArgs]:
    return [
        kubernetes.networking.v1.NetworkPolicyPeerArgs(
            ip_block=kubernetes.networking.v1.IPBlockArgs(cidr=str(block))
        )
        for block in blocks
    ]


def _egress(
    blocks: Sequence[IPv4Network], pods: Sequence[PodPeer]
) -> list[kubernetes.networking.v1.NetworkPolicyEgressRuleArgs]:
    if not blocks and not pods:
        return []
    rules = [
        kubernetes.networking.v1.NetworkPolicyEgressRuleArgs(
            to=[pod_peer("kube-system", {"k8s-app": "kube-dns"})],
            ports=[
                kubernetes.networking.v1.NetworkPolicyPortArgs(port=53, protocol=protocol)
                for protocol in ("UDP", "TCP")
            ],
        ),
        *(
            kubernetes.networking.v1.NetworkPolicyEgressRuleArgs(
                to=[pod_peer(pod.namespace, pod.labels)],
                ports=[
                    kubernetes.networking.v1.NetworkPolicyPortArgs(port=pod.port, protocol="TCP")
                ],
            )
            for pod in pods
        ),
    ]
    if blocks:
        rules.append(kubernetes.networking.v1.NetworkPolicyEgressRuleArgs(to=_peers(blocks)))
    return rules


def _listeners(certificate_arn: str | None) -> dict[str, str]:
    if certificate_arn is None:
        return {"listen-ports": json.dumps([{"HTTP": 80}])}
    return {
        "listen-ports": json.dumps([{"HTTP": 80}, {"HTTPS": 443}]),
        "ssl-redirect": "443",
        "certificate-arn": certificate_arn,
        "ssl-policy": _TLS_POLICY,
    }


def _access_logs(name: str, bucket: str | None) -> list[str]:
    if bucket is None:
        return []
    return [
        "access_logs.s3.enabled=true",
        f"access_logs.s3.bucket={bucket}",
        f"access_logs.s3.prefix={name}",
    ]


def _annotated(metadata: ObjectMetaArgs, annotations: Mapping[str, str]) -> ObjectMetaArgs:
    return ObjectMetaArgs(
        name=metadata.name,
        namespace=metadata.namespace,
        labels=metadata.labels,
        annotations=annotations,
    )
