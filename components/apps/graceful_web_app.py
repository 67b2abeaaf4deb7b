"""A web application that leaves without dropping a request."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network
from typing import Final

import pulumi
import pulumi_kubernetes as kubernetes

from components.pods.hardened import Home, home_in, namespace
from components.pods.placement import ANYWHERE, Placement
from components.pods.pod_network import (
    PodPeer,
    block_peers,
    cluster_ip_service,
    egress_to,
    network_policy,
)
from components.secrets.store import SecretStore
from planning.shutdown import ShutdownBudget, broken
from planning.weights import ALL, candidate_name

from .delivery import Delivery, shift_guard
from .web_app_exposure import SERVICE_PORT, Exposure, ingress
from .web_app_nlb import nlb_service
from .web_app_pods import Container, Scaling, deployment, disruption_budget, scaler
from .web_app_volumes import Contents, Mounts, kept_files, mounts

# What the application's port is called in its pods.
_PORT_NAME: Final = "http"


@dataclass(frozen=True, kw_only=True, slots=True)
class GracefulWebAppArgs:
    """Inputs of :class:`GracefulWebApp`.

    :param container: what runs.
    :param contents: what the container sees besides its image.
    :param secrets: what keeps its secret files; ``None``: a Secret in the cluster.
    :param reachable_blocks: where the application may open connections to.
    :param reachable_pods: whom it may open connections to in the cluster. With any of either,
        cluster DNS, too; without: nowhere.
    :param shutdown: the numbers of a graceful stop; the application must stop by itself within
        ``drain_limit_seconds`` of its stop signal and keep idle connections for longer than
        ``idle_timeout_seconds``. They hold for both versions.
    :param placement: on which nodes its pods run.
    :param delivery: two versions behind one ALB, by weights; ``None``: one, by rolling updates.
    :param depends_on: what must be there before it and outlive it: the load balancer controller's
        release, or else an Ingress is never deleted, and whatever the application asks.
    """

    container: Container
    contents: Contents = field(default_factory=Contents)
    secrets: SecretStore | None = None
    scaling: Scaling
    exposure: Exposure
    reachable_blocks: Sequence[IPv4Network] = ()
    reachable_pods: Sequence[PodPeer] = ()
    shutdown: ShutdownBudget
    placement: Placement = ANYWHERE
    delivery: Delivery | None = None
    depends_on: Sequence[pulumi.Resource]

    def __post_init__(self) -> None:
        if not self.depends_on:
            raise ValueError("depends_on: an Ingress needs its controller before it and after it")
        if self.delivery and self.exposure.load_balancer == "nlb":
            raise ValueError("delivery: needs an ALB, which shares out requests, not connections")
        if found := broken(self.shutdown, behind=self.exposure.load_balancer):
            raise ValueError(f"shutdown.{found[0].field}: {found[0].message}")


class GracefulWebApp(pulumi.ComponentResource):
    """A namespace with an HTTP application in it that gets all of a graceful stop by construction.

    Creates the namespace (readiness gates, restricted pods), what holds the container's contents,
    a service account without rights, Service and Ingress, or the Service of an NLB alone, then the
    Deployment (preStop sleep, grace period, probes, hardened, spread over zones, no pod taken away
    before a new one is a healthy target), its autoscaler and disruption budget, and a network
    policy. The load balancer gets its deregistration delay and idle timeout from the same numbers.
    A candidate has Service, Deployment, autoscaler, budget and policy of its own in the same
    namespace, named and labelled ``<name>-candidate``, and a target group of the same load
    balancer. ``pods`` is for others to wait for. Output: ``ingress_hostname``.
    """

    pods: list[kubernetes.apps.v1.Deployment]
    ingress_hostname: pulumi.Output[str]

    def __init__(
        self, name: str, args: GracefulWebAppArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:graceful_web_app:GracefulWebApp", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        # The controller adds a readiness gate to pods that are made after this label, the Service
        # and the Ingress (requirement 33).
        gate = {"elbv2.k8s.aws/pod-readiness-gate-inject": "enabled"}
        space = namespace(name, more_labels=gate, opts=child)
        secret = kept_files(space, name, args.contents, args.secrets, child)
        place = home_in(space, name, role_arn=secret.role_arn if secret else None, opts=child)
        _admit(place, args, child)
        balanced: kubernetes.core.v1.Service | kubernetes.networking.v1.Ingress
        delivery = args.delivery
        candidate = (
            place.beside(candidate_name(name)) if delivery and delivery.image is not None else None
        )
        by_version: list[pulumi.Resource] = []
        if args.exposure.load_balancer == "nlb":
            balanced = nlb_service(
                place,
                args.exposure,
                port_name=_PORT_NAME,
                health_path=args.container.health_path,
                shutdown=args.shutdown,
                # Nothing else says that the controller has to outlive what it made for them.
                opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.depends_on)),
            )
        else:
            app_service = cluster_ip_service(
                place, port_name=_PORT_NAME, port=SERVICE_PORT, opts=child
            )
            by_version.append(app_service)
            if candidate:
                _admit(candidate, args, child)
                by_version.append(
                    cluster_ip_service(
                        candidate, port_name=_PORT_NAME, port=SERVICE_PORT, opts=child
                    )
                )
            balanced = ingress(
                place,
                args.exposure,
                service_name=app_service.metadata.name,
                shares={place.name: ALL - delivery.weight, candidate.name: delivery.weight}
                if delivery and candidate
                else None,
                health_path=args.container.health_path,
                shutdown=args.shutdown,
                opts=pulumi.ResourceOptions(
                    parent=self,
                    # The same; and an annotation names Services in a text, which is no input: with
                    # one of several missing, the controller changes nothing.
                    depends_on=[*args.depends_on, *(by_version if candidate else ())],
                    hooks=shift_guard(name) if delivery else None,
                ),
            )
        shown = mounts(place, args.contents, child, secret)
        stable_service, *candidate_service = by_version or [balanced]
        self.pods = [self._run(place, args, shown, [stable_service, balanced])]
        if delivery and candidate and delivery.image:
            least = delivery.min_replicas or args.scaling.min_replicas
            its_args = replace(
                args,
                container=replace(args.container, image=delivery.image),
                scaling=replace(args.scaling, min_replicas=least),
            )
            self.pods.append(self._run(candidate, its_args, shown, [*candidate_service, balanced]))
        self.ingress_hostname = balanced.status.load_balancer.ingress[0].hostname
        self.register_outputs({"ingressHostname": self.ingress_hostname})

    def _run(
        self,
        version: Home,
        args: GracefulWebAppArgs,
        shown: Mounts,
        reached: Sequence[pulumi.Resource],
    ) -> kubernetes.apps.v1.Deployment:
        """Runs one version, after what sends requests to it."""
        made = deployment(
            version,
            args.container,
            mounts=shown,
            scaling=args.scaling,
            shutdown=args.shutdown,
            placement=args.placement,
            opts=pulumi.ResourceOptions(
                parent=self,
                # Pods made before them would have no readiness gate. When a version goes, its
                # pods go after the Ingress has ceased to name it, and before its Service.
                depends_on=list(reached),
                # The autoscaler's, from the first minute on.
                ignore_changes=["spec.replicas"],
            ),
        )
        child = pulumi.ResourceOptions(parent=self)
        scaler(version, args.scaling, child)
        disruption_budget(version, child)
        return made


def _admit(version: Home, args: GracefulWebAppArgs, opts: pulumi.ResourceOptions) -> None:
    """Lets the load balancer reach the pods of a version, and those what they ask."""
    network_policy(
        version,
        clients=block_peers(args.exposure.load_balancer_blocks),
        port=args.container.port,
        egress=egress_to(args.reachable_blocks, args.reachable_pods),
        opts=opts,
    )
