"""A web application that leaves without dropping a request."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Final

import pulumi
import pulumi_kubernetes as kubernetes

from components.pods.hardened import home
from components.pods.placement import ANYWHERE, Placement
from components.pods.pod_network import (
    PodPeer,
    block_peers,
    cluster_ip_service,
    egress_to,
    network_policy,
)
from planning.shutdown import ShutdownBudget, broken

from .web_app_exposure import SERVICE_PORT, Exposure, ingress
from .web_app_nlb import nlb_service
from .web_app_pods import Container, Scaling, deployment, disruption_budget, scaler
from .web_app_volumes import Contents, mounts

# What the application's port is called in its pods.
_PORT_NAME: Final = "http"


@dataclass(frozen=True, kw_only=True, slots=True)
class GracefulWebAppArgs:
    """Inputs of :class:`GracefulWebApp`.

    :param container: what runs.
    :param contents: what the container sees besides its image.
    :param reachable_blocks: where the application may open connections to.
    :param reachable_pods: whom it may open connections to in the cluster. With any of either,
        cluster DNS, too; without: nowhere.
    :param shutdown: the numbers of a graceful stop; the application must stop by itself within
        ``drain_limit_seconds`` of its stop signal and keep idle connections for longer than
        ``idle_timeout_seconds``.
    :param placement: on which nodes its pods run.
    :param depends_on: what must be there before it and outlive it: the load balancer controller's
        release, or else an Ingress is never deleted, and whatever the application asks.
    """

    container: Container
    contents: Contents = field(default_factory=Contents)
    scaling: Scaling
    exposure: Exposure
    reachable_blocks: Sequence[IPv4Network] = ()
    reachable_pods: Sequence[PodPeer] = ()
    shutdown: ShutdownBudget
    placement: Placement = ANYWHERE
    depends_on: Sequence[pulumi.Resource]

    def __post_init__(self) -> None:
        if not self.depends_on:
            raise ValueError("depends_on: an Ingress needs its controller before it and after it")
        if found := broken(self.shutdown, behind=self.exposure.load_balancer):
            raise ValueError(f"shutdown.{found[0].field}: {found[0].message}")


class GracefulWebApp(pulumi.ComponentResource):
    """A namespace with an HTTP application in it that gets all of a graceful stop by construction.

    Creates the namespace (readiness gates, restricted pods), what holds the container's contents,
    a service account without rights, Service and Ingress, or the Service of an NLB alone, then the
    Deployment (preStop sleep, grace
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
        # The controller adds a readiness gate to pods that are made after this label, the Service
        # and the Ingress (requirement 33).
        gate = {"elbv2.k8s.aws/pod-readiness-gate-inject": "enabled"}
        place = home(name, more_labels=gate, opts=child)
        network_policy(
            place,
            clients=block_peers(args.exposure.load_balancer_blocks),
            port=args.container.port,
            egress=egress_to(args.reachable_blocks, args.reachable_pods),
            opts=child,
        )
        # Nothing else says that the controller has to outlive what it made for them.
        outlived = pulumi.ResourceOptions(parent=self, depends_on=list(args.depends_on))
        balanced: kubernetes.core.v1.Service | kubernetes.networking.v1.Ingress
        if args.exposure.load_balancer == "nlb":
            balanced = nlb_service(
                place,
                args.exposure,
                port_name=_PORT_NAME,
                health_path=args.container.health_path,
                shutdown=args.shutdown,
                opts=outlived,
            )
            reached: list[pulumi.Resource] = [balanced]
        else:
            app_service = cluster_ip_service(
                place, port_name=_PORT_NAME, port=SERVICE_PORT, opts=child
            )
            balanced = ingress(
                place,
                args.exposure,
                service_name=app_service.metadata.name,
                health_path=args.container.health_path,
                shutdown=args.shutdown,
                opts=outlived,
            )
            reached = [app_service, balanced]
        deployment(
            place,
            args.container,
            mounts=mounts(place, args.contents, child),
            replicas=args.scaling.min_replicas,
            shutdown=args.shutdown,
            placement=args.placement,
            opts=pulumi.ResourceOptions(
                parent=self,
                # Pods made before them would have no readiness gate.
                depends_on=reached,
                # The autoscaler's, from the first minute on.
                ignore_changes=["spec.replicas"],
            ),
        )
        scaler(place, args.scaling, child)
        disruption_budget(place, child)
        self.ingress_hostname = balanced.status.load_balancer.ingress[0].hostname
        self.register_outputs({"ingressHostname": self.ingress_hostname})
