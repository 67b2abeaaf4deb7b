"""The Amazon VPC CNI, which gives pods their addresses."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

from components.identity.irsa import IrsaRole, IrsaRoleArgs, OidcProvider
from components.pods.chart import SYSTEM_NAMESPACE
from planning.aws_place import AwsPlace
from planning.pod_ips.limits import CniMode
from planning.pod_ips.targets import WarmTargets, mistakes

from .addons import ManagedAddon, ManagedAddonArgs
from .upgrade_guard import vpc_cni_guard


@dataclass(frozen=True, kw_only=True, slots=True)
class VpcCniArgs:
    """Inputs of :class:`VpcCni`.

    :param cluster_name: the cluster's name.
    :param mode: single addresses or /28 prefixes (Nitro instances only), in the nodes' subnets or
        in subnets of the pods' own.
    :param targets: what a node holds in reserve (:func:`planning.pod_ips.targets.mistakes`).
    :param pod_subnet_ids: the pods' subnets by zone, with custom networking and only then.
    :param pod_security_group_id: the security group of the interfaces there.
    :param version: the add-on's version; ``None``: EKS's default when the add-on is created.
    :param network_policy: enforce NetworkPolicy objects on the nodes.
    """

    cluster_name: pulumi.Input[str]
    oidc: OidcProvider
    place: AwsPlace
    mode: CniMode
    targets: WarmTargets
    pod_subnet_ids: Mapping[str, pulumi.Input[str]] = field(
        default_factory=dict[str, pulumi.Input[str]]
    )
    pod_security_group_id: pulumi.Input[str] | None = None
    version: str | None = None
    network_policy: bool = True

    def __post_init__(self) -> None:
        for name, message in mistakes(
            self.targets, prefixes=self.mode.prefix_delegation, key=lambda name: name
        ):
            raise ValueError(f"targets.{name}: {message}")
        given = bool(self.pod_subnet_ids), self.pod_security_group_id is not None
        if given != (self.mode.custom_networking,) * 2:
            raise ValueError(
                "pod_subnet_ids, pod_security_group_id: custom networking needs both, no other "
                "mode has any"
            )


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
                namespace=SYSTEM_NAMESPACE,
                service_account="aws-node",
                policy_arns={"cni": args.place.managed_policy("AmazonEKS_CNI_Policy")},
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
                hooks=vpc_cni_guard(name),
            ),
            opts=child,
        ).addon
        self.register_outputs({"roleArn": self.role_arn})


def addon_configuration(args: VpcCniArgs) -> dict[str, Any]:
    """Returns the add-on's configuration; its schema wants environment values as strings."""
    environment = {
        target.upper(): str(value)
        for target, value in asdict(args.targets).items()
        if value is not None
    }
    if args.mode.prefix_delegation:
        environment["ENABLE_PREFIX_DELEGATION"] = "true"
    configuration: dict[str, Any] = {
        "enableNetworkPolicy": "true" if args.network_policy else "false"
    }
    if args.mode.custom_networking:
        environment["AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG"] = "true"
        # A node finds the configuration that is named as its zone.
        environment["ENI_CONFIG_LABEL_DEF"] = "topology.kubernetes.io/zone"
        # Made by the add-on with its own definition of the kind, so that neither comes too late.
        configuration["eniConfig"] = {
            "create": True,
            "subnets": {
                zone: {"id": subnet_id, "securityGroups": [args.pod_security_group_id]}
                for zone, subnet_id in args.pod_subnet_ids.items()
            },
        }
    if environment:
        configuration["env"] = environment
    return configuration
