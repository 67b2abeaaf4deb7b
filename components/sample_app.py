"""An application to copy: NGINX behind an ALB, which leaves without dropping a request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final, Literal

import pulumi
import pulumi_kubernetes as kubernetes

from planning.shutdown import ShutdownBudget

from .nginx_config import index_html, nginx_conf
from .sample_app_exposure import ingress, network_policy, service
from .sample_app_pods import deployment, disruption_budget, scaler

LABEL: Final = "app.kubernetes.io/name"


@dataclass(frozen=True, kw_only=True, slots=True)
class SampleAppArgs:
    """Inputs of :class:`SampleApp`.

    :param image: an NGINX image with a tag or a digest.
    :param min_replicas: two or more, spread over zones.
    :param cpu_request: what a pod is promised, such as ``200m``.
    :param cpu_limit: what a pod gets at most.
    :param scheme: who reaches the load balancer.
    :param load_balancer_blocks: the subnets of the load balancer, whence all requests come.
    :param hostname: the host name of the Ingress rule; ``None``: any.
    :param certificate_arn: an ACM certificate; with it HTTPS, without it HTTP.
    :param shutdown: the numbers of a graceful stop.
    :param after: the load balancer controller's release, which must outlive the Ingress.
    :param tags: carried by the load balancer.
    """

    image: str
    min_replicas: int
    max_replicas: int
    cpu_request: str
    cpu_limit: str
    scheme: Literal["internal", "internet-facing"]
    load_balancer_blocks: Sequence[IPv4Network]
    hostname: str | None = None
    certificate_arn: str | None = None
    shutdown: ShutdownBudget
    after: Sequence[pulumi.Resource]
    tags: Mapping[str, str]

    def __post_init__(self) -> None:
        if not 2 <= self.min_replicas <= self.max_replicas:  # noqa: PLR2004  requirement 33
            message = (
                "min_replicas: must be at least 2 and at most max_replicas "
                f"{self.max_replicas}, got {self.min_replicas}"
            )
            raise ValueError(message)
        if not self.after:
            message = "after: an Ingress needs its controller before it and after it"
            raise ValueError(message)


class SampleApp(pulumi.ComponentResource):
    """A namespace with NGINX in it, and everything that a web application should have.

    Creates the namespace (readiness gates, restricted pods), a ConfigMap with page and
    configuration, a service account without rights, Service and Ingress, then the Deployment, its
    autoscaler and disruption budget, and a network policy. Output: ``ingress_hostname``.
    """

    ingress_hostname: pulumi.Output[str]

    def __init__(
        self, name: str, args: SampleAppArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:sample_app:SampleApp", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        labels = {LABEL: name}
        namespace = kubernetes.core.v1.Namespace(
            name,
            metadata=kubernetes.meta.v1.ObjectMetaArgs(
                name=name,
                labels={
                    **labels,
                    # The controller adds a readiness gate to pods that are made after this label,
                    # the Service and the Ingress (requirement 33).
                    "elbv2.k8s.aws/pod-readiness-gate-inject": "enabled",
                    "pod-security.kubernetes.io/enforce": "restricted",
                    "pod-security.kubernetes.io/warn": "restricted",
                    "pod-security.kubernetes.io/audit": "restricted",
                },
            ),
            opts=child,
        )
        metadata = kubernetes.meta.v1.ObjectMetaArgs(
            name=name, namespace=namespace.metadata.name, labels=labels
        )
        # Named by Pulumi, so that changed files make a new ConfigMap and with it a rollout.
        files = kubernetes.core.v1.ConfigMap(
            f"{name}-files",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(
                namespace=namespace.metadata.name, labels=labels
            ),
            data={"nginx.conf": nginx_conf(args.shutdown), "index.html": index_html(name)},
            opts=child,
        )
        account = kubernetes.core.v1.ServiceAccount(
            name, metadata=metadata, automount_service_account_token=False, opts=child
        )
        network_policy(name, metadata, labels, args.load_balancer_blocks, child)
        app_service = service(name, metadata, labels, child)
        app_ingress = ingress(
            name,
            metadata,
            service_name=app_service.metadata.name,
            scheme=args.scheme,
            hostname=args.hostname,
            certificate_arn=args.certificate_arn,
            shutdown=args.shutdown,
            tags=args.tags,
            # Nothing else says that the controller has to outlive what it made for the Ingress.
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after)),
        )
        app = deployment(
            name,
            metadata,
            labels,
            image=args.image,
            replicas=args.min_replicas,
            cpu_request=args.cpu_request,
            cpu_limit=args.cpu_limit,
            files=files.metadata.name,
            account=account.metadata.name,
            shutdown=args.shutdown,
            opts=pulumi.ResourceOptions(
                parent=self,
                # Pods made before them would have no readiness gate.
                depends_on=[app_service, app_ingress],
                # The autoscaler's, from the first minute on.
                ignore_changes=["spec.replicas"],
            ),
        )
        scaler(
            name,
            metadata,
            deployment_name=app.metadata.name,
            min_replicas=args.min_replicas,
            max_replicas=args.max_replicas,
            opts=child,
        )
        disruption_budget(name, metadata, labels, child)
        self.ingress_hostname = app_ingress.status.load_balancer.ingress[0].hostname
        self.register_outputs({"ingressHostname": self.ingress_hostname})
