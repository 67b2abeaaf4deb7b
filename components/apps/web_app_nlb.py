"""How connections reach a web application without an Ingress: an NLB that sends to pods."""

from collections.abc import Mapping
from typing import Final

import pulumi
import pulumi_kubernetes as kubernetes

from components.pods.hardened import Home
from components.pods.pod_network import annotated
from planning.shutdown import ShutdownBudget

from .web_app_exposure import SERVICE_PORT, Exposure

# Which the load balancer controller takes, and Kubernetes' own leaves alone
# (https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/nlb/).
NLB_CLASS: Final = "service.k8s.aws/nlb"
_TLS_PORT: Final = 443


def nlb_service(
    home: Home,
    exposure: Exposure,
    *,
    port_name: str,
    health_path: str,
    shutdown: ShutdownBudget,
    opts: pulumi.ResourceOptions,
) -> kubernetes.core.v1.Service:
    """Creates a Service, that is an NLB with a target group of pod IPs and no node port.

    Every annotation is of
    https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/annotations/.

    :param port_name: what the port is called in the pods.
    """
    port = SERVICE_PORT if exposure.certificate_arn is None else _TLS_PORT
    attributes: dict[str, int | str] = {
        "deregistration_delay.timeout_seconds": shutdown.deregistration_delay_seconds,
        # The pod itself ends its connections; one that is cut would be cut mid-request.
        "deregistration_delay.connection_termination.enabled": "false",
        # Pods see addresses of the load balancer's subnets, which their network policy admits.
        "preserve_client_ip.enabled": "false",
    }
    nlb = {
        "scheme": exposure.scheme,
        "nlb-target-type": "ip",
        "healthcheck-protocol": "http",
        "healthcheck-path": health_path,
        # Two failures of 10 s and the target is out; two successes and it is in.
        "healthcheck-interval": "10",
        "healthcheck-healthy-threshold": "2",
        "healthcheck-unhealthy-threshold": "2",
        "healthcheck-success-codes": "200",
        "target-group-attributes": _pairs(attributes),
    }
    if exposure.certificate_arn is not None:
        nlb |= {
            "ssl-cert": exposure.certificate_arn,
            "ssl-ports": str(_TLS_PORT),
            "ssl-negotiation-policy": exposure.tls_policy,
        }
    if exposure.access_logs_bucket is not None:
        logs = {"enabled": "true", "bucket": exposure.access_logs_bucket, "prefix": home.name}
        nlb["attributes"] = _pairs({f"access_logs.s3.{key}": value for key, value in logs.items()})
    if exposure.tags:
        nlb["additional-resource-tags"] = _pairs(exposure.tags)
    annotations = {
        f"service.beta.kubernetes.io/aws-load-balancer-{key}": value for key, value in nlb.items()
    }
    # Ready when the controller has made the load balancer, not when pods answer: they come later.
    annotations["pulumi.com/waitFor"] = "jsonpath={.status.loadBalancer.ingress[0].hostname}"
    return kubernetes.core.v1.Service(
        home.name,
        metadata=annotated(home.metadata, annotations),
        spec=kubernetes.core.v1.ServiceSpecArgs(
            type="LoadBalancer",
            load_balancer_class=NLB_CLASS,
            allocate_load_balancer_node_ports=False,
            selector=home.labels,
            ports=[
                kubernetes.core.v1.ServicePortArgs(
                    name=port_name, port=port, target_port=port_name, protocol="TCP"
                )
            ],
        ),
        opts=opts,
    )


def _pairs(values: Mapping[str, int | str]) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(values.items()))
