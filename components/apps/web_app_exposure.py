"""How requests reach a web application: an Ingress, that is a load balancer."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Final, Literal

import pulumi
import pulumi_kubernetes as kubernetes

from components.pods.hardened import Home
from components.pods.pod_network import annotated
from planning.aws_limits import TLS_POLICY
from planning.shutdown import LoadBalancer, ShutdownBudget
from planning.weights import ACTIONS, USE_ANNOTATION, forward_action

# Where the Service in front of a web application listens.
SERVICE_PORT: Final = 80


@dataclass(frozen=True, kw_only=True, slots=True)
class Exposure:
    """How a web application is reached.

    :param scheme: who reaches the load balancer.
    :param load_balancer_blocks: the subnets of the load balancer, where all requests come from.
    :param load_balancer: an ALB of an Ingress, or an NLB of a Service, which knows no host names.
    :param hostname: the host name of the Ingress rule; ``None``: any.
    :param certificate_arn: an ACM certificate; with it HTTPS, without it HTTP.
    :param access_logs_bucket: an S3 bucket that admits the load balancer's logs, which get the
        application's name in front; ``None``: none are kept.
    :param tags: carried by the load balancer.
    :param tls_policy: the load balancer's policy for HTTPS.
    """

    scheme: Literal["internal", "internet-facing"]
    load_balancer_blocks: Sequence[IPv4Network]
    load_balancer: LoadBalancer = "alb"
    hostname: str | None = None
    certificate_arn: str | None = None
    access_logs_bucket: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    tls_policy: str = TLS_POLICY

    def __post_init__(self) -> None:
        if self.load_balancer == "nlb" and self.hostname is not None:
            raise ValueError("hostname: an NLB knows no host names; name it in DNS alone")


def ingress(
    home: Home,
    exposure: Exposure,
    *,
    service_name: pulumi.Input[str],
    shares: Mapping[str, int] | None = None,
    health_path: str,
    shutdown: ShutdownBudget,
    opts: pulumi.ResourceOptions,
) -> kubernetes.networking.v1.Ingress:
    """Creates an Ingress, that is an ALB with a target group of pod IPs for each Service.

    Every annotation is of
    https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/.

    :param service_name: the Service that gets all requests.
    :param shares: the Services that share them by their weights, instead; that of the first
        Service keeps its target group, which the controller names after Ingress, Service and port.
    """
    name = home.name
    backend = kubernetes.networking.v1.IngressBackendArgs(
        service=kubernetes.networking.v1.IngressServiceBackendArgs(
            name=name if shares else service_name,
            port=kubernetes.networking.v1.ServiceBackendPortArgs(name=USE_ANNOTATION)
            if shares
            else kubernetes.networking.v1.ServiceBackendPortArgs(number=SERVICE_PORT),
        )
    )
    path = kubernetes.networking.v1.HTTPIngressPathArgs(
        path="/", path_type="Prefix", backend=backend
    )
    alb = {
        "scheme": exposure.scheme,
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
                *_access_logs(name, exposure.access_logs_bucket),
            ]
        ),
        **_listeners(exposure),
    }
    if exposure.tags:
        alb["tags"] = ",".join(f"{key}={tag}" for key, tag in sorted(exposure.tags.items()))
    annotations = {f"alb.ingress.kubernetes.io/{key}": value for key, value in alb.items()}
    if shares:
        annotations[f"{ACTIONS}{name}"] = forward_action(shares, SERVICE_PORT)
    # Ready when the controller has made the load balancer, not when pods answer: they come later.
    annotations["pulumi.com/waitFor"] = "jsonpath={.status.loadBalancer.ingress[0].hostname}"
    return kubernetes.networking.v1.Ingress(
        name,
        metadata=annotated(home.metadata, annotations),
        spec=kubernetes.networking.v1.IngressSpecArgs(
            ingress_class_name="alb",
            rules=[
                kubernetes.networking.v1.IngressRuleArgs(
                    host=exposure.hostname,
                    http=kubernetes.networking.v1.HTTPIngressRuleValueArgs(paths=[path]),
                )
            ],
        ),
        opts=opts,
    )


def _listeners(exposure: Exposure) -> dict[str, str]:
    if exposure.certificate_arn is None:
        return {"listen-ports": json.dumps([{"HTTP": 80}])}
    return {
        "listen-ports": json.dumps([{"HTTP": 80}, {"HTTPS": 443}]),
        "ssl-redirect": "443",
        "certificate-arn": exposure.certificate_arn,
        "ssl-policy": exposure.tls_policy,
    }


def _access_logs(name: str, bucket: str | None) -> list[str]:
    if bucket is None:
        return []
    return [
        "access_logs.s3.enabled=true",
        f"access_logs.s3.bucket={bucket}",
        f"access_logs.s3.prefix={name}",
    ]
