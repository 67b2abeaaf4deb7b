"""A web application that leaves without dropping a request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from pathlib import PurePosixPath
from typing import Final, Literal

import pulumi
import pulumi_kubernetes as kubernetes

from planning.shutdown import ShutdownBudget, violations

from .web_app_exposure import ingress, network_policy, service
from .web_app_pods import Container, Files, deployment, disruption_budget, scaler

LABEL: Final = "app.kubernetes.io/name"


@dataclass(frozen=True, kw_only=True, slots=True)
class GracefulWebAppArgs:
    """Inputs of :class:`GracefulWebApp`.

    :param container: what runs.
    :param files: texts that the container reads, by absolute path; no two of one base name.
    :param min_replicas: two or more, spread over zones.
    :param scheme: who reaches the load balancer.
    :param load_balancer_blocks: the subnets of the load balancer, whence all requests come.
    :param reachable_blocks: where the application may open connections to; with any, cluster DNS,
        too; empty: nowhere.
    :param hostname: the host name of the Ingress rule; ``None``: any.
    :param certificate_arn: an ACM certificate; with it HTTPS, without it HTTP.
    :param access_logs_bucket: an S3 bucket that admits the load balancer's logs, which get the
        application's name in front; ``None``: none are kept.
    :param shutdown: the numbers of a graceful stop; the application must stop by itself within
        ``drain_limit_seconds`` of its stop signal and keep idle connections for longer than
        ``idle_timeout_seconds``.
    :param after: the load balancer controller's release, which must outlive the Ingress.
    :param tags: carried by the load balancer.
    """

    container: Container
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    min_replicas: int
    max_replicas: int
    scheme: Literal["internal", "internet-facing"]
    load_balancer_blocks: Sequence[IPv4Network]
    reachable_blocks: Sequence[IPv4Network] = ()
    hostname: str | None = None
    certificate_arn: str | None = None
    access_logs_bucket: str | None = None
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
        if found := violations(self.shutdown):
            message = f"shutdown.{found[0].field}: {found[0].message}"
            raise ValueError(message)
        if len(_keys(self.files)) != len(set(_keys(self.files).values())):
            message = f"files: two have one base name in {sorted(self.files)}"
            raise ValueError(message)


class GracefulWebApp(pulumi.ComponentResource):
    """A namespace with an HTTP application in it that gets all of a graceful stop by construction.

    Creates the namespace (readiness gates, restricted pods), a ConfigMap where there are files, a
    service account without rights, Service and Ingress, then the Deployment (preStop sleep, grace
    period, probes, hardened, spread over zones, no pod taken away before a new one is a healthy
    target), its autoscaler and disruption budget, and a network policy. The load balancer gets its
    deregistration delay and idle timeout from the same numbers. Output: ``ingress_hostname``.
    """

    ingress_hostname: pulumi.Output[str]

    def __init__(
        self, name: str, args: GracefulWebAppArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:graceful_web_app:GracefulWebApp", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        labels = {LABEL: name}
        namespace = _namespace(name, labels, child)
        metadata = kubernetes.meta.v1.ObjectMetaArgs(
            name=name, namespace=namespace.metadata.name, labels=labels
        )
        account = kubernetes.core.v1.ServiceAccount(
            name, metadata=metadata, automount_service_account_token=False, opts=child
        )
        network_policy(
            name,
            metadata,
            labels,
            port=args.container.port,
            load_balancer_blocks=args.load_balancer_blocks,
            reachable_blocks=args.reachable_blocks,
            opts=child,
        )
        app_service = service(name, metadata, labels, child)
        app_ingress = ingress(
            name,
            metadata,
            service_name=app_service.metadata.name,
            health_path=args.container.health_path,
            scheme=args.scheme,
            hostname=args.hostname,
            certificate_arn=args.certificate_arn,
            access_logs_bucket=args.access_logs_bucket,
            shutdown=args.shutdown,
            tags=args.tags,
            # Nothing else says that the controller has to outlive what it made for the Ingress.
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after)),
        )
        app = deployment(
            name,
            metadata,
            labels,
            container=args.container,
            files=self._files(name, namespace, labels, args.files),
            replicas=args.min_replicas,
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

    def _files(
        self,
        name: str,
        namespace: kubernetes.core.v1.Namespace,
        labels: Mapping[str, str],
        texts: Mapping[str, str],
    ) -> Files | None:
        if not texts:
            return None
        keys = _keys(texts)
        # Named by Pulumi, so that changed files make a new ConfigMap and with it a rollout.
        config_map = kubernetes.core.v1.ConfigMap(
            f"{name}-files",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(
                namespace=namespace.metadata.name, labels=labels
            ),
            data={keys[path]: text for path, text in texts.items()},
            opts=pulumi.ResourceOptions(parent=self),
        )
        return Files(config_map=config_map.metadata.name, keys=keys)


def _namespace(
    name: str, labels: Mapping[str, str], opts: pulumi.ResourceOptions
) -> kubernetes.core.v1.Namespace:
    return kubernetes.core.v1.Namespace(
        name,
        metadata=kubernetes.meta.v1.ObjectMetaArgs(
            name=name,
            labels={
                **labels,
                # The controller adds a readiness gate to pods that are made after this label, the
                # Service and the Ingress (requirement 33).
                "elbv2.k8s.aws/pod-readiness-gate-inject": "enabled",
                "pod-security.kubernetes.io/enforce": "restricted",
                "pod-security.kubernetes.io/warn": "restricted",
                "pod-security.kubernetes.io/audit": "restricted",
            },
        ),
        opts=opts,
    )


def _keys(texts: Mapping[str, str]) -> dict[str, str]:
    """Returns the ConfigMap's key of each file, its base name."""
    return {path: PurePosixPath(path).name for path in texts}
