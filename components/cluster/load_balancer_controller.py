"""The AWS Load Balancer Controller, which turns an Ingress into an ALB that sends to pod IPs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any, Final, Literal

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

import versions
from components.identity.iam import document
from components.identity.irsa import IrsaRole, IrsaRoleArgs, OidcProvider
from components.pods.chart import SYSTEM_NAMESPACE, account_values, release
from planning.aws_place import AwsPlace
from planning.images import eks_registry
from planning.scheduling.workloads import LOAD_BALANCER_CONTROLLER as WORKLOAD

from .load_balancer_policy import Scope, controller_policies

SERVICE_ACCOUNT: Final = "aws-load-balancer-controller"


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadBalancerControllerArgs:
    """Inputs of :class:`LoadBalancerController`.

    :param cluster_name: the cluster's name.
    :param vpc_id: the VPC of its load balancers.
    :param replicas: two or more, so that one survives a drain.
    :param cpu_request: CPU time that each of them is promised.
    :param memory_request: memory that each of them is promised.
    :param memory_limit: memory that each of them gets at most.
    :param waf: whether Ingresses may have web ACLs.
    :param shield: whether Ingresses may ask for Shield Advanced.
    :param tls_policy: for HTTPS of Ingresses that name none; ``None``: the controller's own.
    :param scheme: of every load balancer of an Ingress; ``None``: each says it.
    :param inbound_cidrs: who may connect to every load balancer of an Ingress; none: each says it.
    :param image_repository: where its image is pulled from; absent: from the chart's own public
        registry, or from EKS's where nodes do not reach that.
    :param has_internet: whether nodes reach public registries.
    :param depends_on: what must be there before it and outlive it: nodes and cluster DNS.
    :param tags: carried by every load balancer that it makes.
    """

    cluster_name: pulumi.Input[str]
    oidc: OidcProvider
    vpc_id: pulumi.Input[str]
    place: AwsPlace
    replicas: int
    cpu_request: str = WORKLOAD.each.cpu_quantity
    memory_request: str = WORKLOAD.each.memory_quantity
    memory_limit: str = "256Mi"
    waf: bool = True
    shield: bool = True
    tls_policy: str | None = None
    scheme: Literal["internal", "internet-facing"] | None = None
    inbound_cidrs: tuple[IPv4Network, ...] = ()
    image_repository: str | None = None
    has_internet: bool = True
    depends_on: Sequence[pulumi.Resource]
    tags: Mapping[str, str]

    def __post_init__(self) -> None:
        if self.replicas < 2:  # noqa: PLR2004  requirement 31
            raise ValueError(f"replicas: needs at least 2 to survive a drain, got {self.replicas}")


class LoadBalancerController(pulumi.ComponentResource):
    """The controller's Helm release with its own role.

    ``release`` is what every Ingress depends on, so that on destroy the controller still runs, with
    its permissions, when the Ingresses go; otherwise their load balancers, network interfaces and
    security groups stay behind (requirement 4). Output: ``role_arn``.
    """

    release: kubernetes.helm.v3.Release
    role_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: LoadBalancerControllerArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(
            "eks-platform:load_balancer_controller:LoadBalancerController", name, None, opts
        )
        child = pulumi.ResourceOptions(parent=self)
        scope = Scope(place=args.place, vpc_id=args.vpc_id, waf=args.waf, shield=args.shield)
        policies = {
            key: aws.iam.Policy(
                f"{name}-{key}",
                description=f"AWS Load Balancer Controller: {key}",
                policy=document(*statements),
                opts=child,
            ).arn
            for key, statements in controller_policies(scope).items()
        }
        role = IrsaRole(
            name,
            IrsaRoleArgs(
                oidc=args.oidc,
                namespace=SYSTEM_NAMESPACE,
                service_account=SERVICE_ACCOUNT,
                policy_arns=policies,
            ),
            opts=child,
        )
        self.role_arn = role.arn
        self.release = release(
            name,
            "aws-load-balancer-controller",
            version=versions.LOAD_BALANCER_CONTROLLER_CHART,
            repository=versions.LOAD_BALANCER_CONTROLLER_REPOSITORY,
            values=_chart_values(args, role.arn),
            # No value of the chart names the nodes that it runs on, or the DNS that it asks.
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.depends_on)),
        )
        self.register_outputs({"roleArn": self.role_arn})


def _image(args: LoadBalancerControllerArgs) -> dict[str, Any]:
    """Returns where the image is pulled from where it is not the chart's own public registry.

    From China that is not to be relied on.
    """
    repository, place = args.image_repository, args.place
    if repository is None and (place.partition == "aws-cn" or not args.has_internet):
        registry = eks_registry(place.region, place.dns_suffix)
        repository = registry and f"{registry}/amazon/aws-load-balancer-controller"
    return {"image": {"repository": repository}} if repository else {}


def _chart_values(args: LoadBalancerControllerArgs, role_arn: pulumi.Input[str]) -> dict[str, Any]:
    return {
        "clusterName": args.cluster_name,
        # Given, so that it never asks the nodes' metadata service, which pods cannot reach.
        "region": args.place.region,
        "vpcId": args.vpc_id,
        "replicaCount": args.replicas,
        "podDisruptionBudget": {"maxUnavailable": 1},
        "serviceAccount": account_values(SERVICE_ACCOUNT, role_arn),
        # Pod IPs behind every load balancer: no NodePort, no hop through kube-proxy.
        "defaultTargetType": "ip",
        # While no controller runs, its failure would block every new Service of the cluster.
        "enableServiceMutatorWebhook": False,
        # A new certificate at each upgrade would break the webhooks until all replicas have it.
        "keepTLSSecret": True,
        "defaultTags": dict(args.tags),
        **_image(args),
        **_features(args),
        "resources": {
            "requests": {"cpu": args.cpu_request, "memory": args.memory_request},
            "limits": {"memory": args.memory_limit},
        },
    }


def _features(args: LoadBalancerControllerArgs) -> dict[str, Any]:
    """Returns what differs from the controller's own: it has all features on."""
    values: dict[str, Any] = {}
    if not args.waf:
        values |= {"enableWaf": False, "enableWafv2": False}
    if not args.shield:
        values["enableShield"] = False
    if args.tls_policy:
        values["defaultSSLPolicy"] = args.tls_policy
    parameters: dict[str, Any] = {}
    if args.scheme:
        parameters["scheme"] = args.scheme
    if args.inbound_cidrs:
        parameters["inboundCIDRs"] = [str(block) for block in args.inbound_cidrs]
    if parameters:
        values["ingressClassParams"] = {"spec": parameters}
    return values
