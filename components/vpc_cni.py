"""The Amazon VPC CNI, which gives pods their addresses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pulumi
import pulumi_aws as aws

from .addons import ManagedAddon, ManagedAddonArgs
from .irsa import IrsaRole, IrsaRoleArgs, OidcProvider


@dataclass(frozen=True, kw_only=True, slots=True)
class VpcCniArgs:
    """Inputs of :class:`VpcCni`.

    :param mode: single secondary addresses for pods, or /28 prefixes (Nitro instances only).
    :param network_policy: enforce NetworkPolicy objects on the nodes.
    :param minimum_ip_target: addresses that a node holds at least.
    :param warm_ip_target: free addresses that a node holds at least.
    :param warm_eni_target: free network interfaces that a node holds at least.
    :param warm_prefix_target: free prefixes that a node holds at least; mode ``prefix`` only.
    """

    cluster_name: pulumi.Input[str]
    oidc: OidcProvider
    partition: str
    mode: Literal["secondary-ip", "prefix"]
    version: str | None = None
    network_policy: bool = True
    minimum_ip_target: int | None = None
    warm_ip_target: int | None = None
    warm_eni_target: int | None = None
    warm_prefix_target: int | None = None
    tags: Mapping[str, str]

    def __post_init__(self) -> None:
        if self.warm_prefix_target is not None and self.mode != "prefix":
            message = f"warm_prefix_target: has no effect in mode {self.mode}"
            raise ValueError(message)


class VpcCni(pulumi.ComponentResource):
    """The managed add-on ``vpc-cni`` with a role of its own.

    Creates the IRSA role and the add-on, which waits for the role's policy (requirement 2).
    ``addon`` is what every node group waits for (requirement 1). Output: ``role_arn``.
    """

    addon: aws.eks.Addon
    role_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: VpcCniArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:vpc_cni:VpcCni", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        role = IrsaRole(
            name,
            IrsaRoleArgs(
                oidc=args.oidc,
                namespace="kube-system",
                service_account="aws-node",
                policy_arns={"cni": f"arn:{args.partition}:iam::aws:policy/AmazonEKS_CNI_Policy"},
                tags=args.tags,
            ),
            opts=child,
        )
        self.role_arn = role.arn
        self.addon = ManagedAddon(
            name,
            ManagedAddonArgs(
                addon_name="vpc-cni",
                cluster_name=args.cluster_name,
                version=args.version,
                configuration=addon_configuration(args),
                role_arn=role.arn,
                tags=args.tags,
            ),
            opts=child,
        ).addon
        self.register_outputs({"roleArn": self.role_arn})


def addon_configuration(args: VpcCniArgs) -> dict[str, Any]:
    """Returns the add-on's configuration; its schema wants environment values as strings."""
    targets = {
        "MINIMUM_IP_TARGET": args.minimum_ip_target,
        "WARM_IP_TARGET": args.warm_ip_target,
        "WARM_ENI_TARGET": args.warm_eni_target,
        "WARM_PREFIX_TARGET": args.warm_prefix_target,
    }
    environment = {key: str(value) for key, value in targets.items() if value is not None}
    if args.mode == "prefix":
        environment["ENABLE_PREFIX_DELEGATION"] = "true"
    configuration: dict[str, Any] = {
        "enableNetworkPolicy": "true" if args.network_policy else "false"
    }
    if environment:
        configuration["env"] = environment
    return configuration
