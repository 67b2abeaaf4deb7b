"""EKS add-ons, one component each, so that others wait for just the one that they need."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pulumi
import pulumi_aws as aws

from components.identity.irsa import IrsaRole, IrsaRoleArgs, OidcProvider
from components.identity.pod_identity import PodIdentityRole, PodIdentityRoleArgs
from components.pods.chart import SYSTEM_NAMESPACE

from .upgrade_guard import addon_guard


@dataclass(frozen=True, kw_only=True, slots=True)
class AddonRole:
    """What an add-on may do in AWS, by a role of its own.

    :param service_account: the add-on's service account, which alone may assume the role.
    :param policies: the ARNs of the role's policies, no two of one name.
    :param namespace: the namespace of the service account.
    :param by: how pods get the role: by the cluster's OIDC provider or by EKS Pod Identity.
    """

    service_account: str
    policies: Sequence[str]
    namespace: str = SYSTEM_NAMESPACE
    by: Literal["irsa", "pod-identity"] = "irsa"

    @property
    def policy_arns(self) -> Mapping[str, str]:
        """The policies by their names, which stay when others come and go."""
        return {arn.rpartition("/")[2]: arn for arn in self.policies}


@dataclass(frozen=True, kw_only=True, slots=True)
class ManagedAddonArgs:
    """Inputs of :class:`ManagedAddon`.

    :param addon_name: EKS's name, such as ``coredns``.
    :param cluster_name: the cluster's name.
    :param version: a build such as ``v1.22.3-eksbuild.1``; ``None``: EKS's default for the cluster
        when the add-on is created, which then stays.
    :param configuration: what differs from the add-on's defaults, by the keys of its schema;
        values may be outputs.
    :param role_arn: the role of its service account, where that is there already.
    :param role: the role to make for its service account.
    :param oidc: the cluster's identity provider, for a role by IRSA.
    :param control_plane: the version that the control plane will have, which guards ``version``.
    :param depends_on: what must be there before it and outlive it.
    :param hooks: what runs before and after changes of it.
    """

    addon_name: str
    cluster_name: pulumi.Input[str]
    version: str | None = None
    configuration: Mapping[str, Any] = field(default_factory=dict[str, Any])
    role_arn: pulumi.Input[str] | None = None
    role: AddonRole | None = None
    oidc: OidcProvider | None = None
    control_plane: str | None = None
    depends_on: Sequence[pulumi.Resource] = ()
    hooks: pulumi.ResourceHookBinding | None = None

    def __post_init__(self) -> None:
        if self.role and self.role_arn is not None:
            raise ValueError("role_arn: has no place beside role, which makes one")
        if self.role and self.role.by == "irsa" and self.oidc is None:
            raise ValueError("oidc: a role by IRSA needs the cluster's identity provider")


class ManagedAddon(pulumi.ComponentResource):
    """An EKS add-on.

    Creates the add-on and, where it is to have one, its role, which it waits for. It takes over
    what a cluster may already run of the same name, and keeps what people tuned on update
    (requirement 23). ``addon`` is for others to wait for. Output: ``addon_version``.
    """

    addon: aws.eks.Addon
    addon_version: pulumi.Output[str]

    def __init__(
        self, name: str, args: ManagedAddonArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:addons:ManagedAddon", name, None, opts)
        hooks = args.hooks
        if hooks is None and args.version and args.control_plane:
            hooks = addon_guard(name, args.addon_name, args.control_plane)
        self.addon = aws.eks.Addon(
            name,
            addon_name=args.addon_name,
            cluster_name=args.cluster_name,
            addon_version=args.version,
            configuration_values=pulumi.Output.from_input(args.configuration).apply(canonical_json)
            if args.configuration
            else None,
            service_account_role_arn=self._irsa_role_arn(name, args),
            pod_identity_associations=self._pod_identity(name, args),
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="PRESERVE",
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.depends_on), hooks=hooks),
        )
        self.addon_version = self.addon.addon_version
        self.register_outputs({"addonVersion": self.addon_version})

    def _irsa_role_arn(self, name: str, args: ManagedAddonArgs) -> pulumi.Input[str] | None:
        role = args.role
        if role is None or role.by != "irsa" or args.oidc is None:
            return args.role_arn
        return IrsaRole(
            name,
            IrsaRoleArgs(
                oidc=args.oidc,
                namespace=role.namespace,
                service_account=role.service_account,
                policy_arns=role.policy_arns,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        ).arn

    def _pod_identity(
        self, name: str, args: ManagedAddonArgs
    ) -> list[aws.eks.AddonPodIdentityAssociationArgs] | None:
        role = args.role
        if role is None or role.by != "pod-identity":
            return None
        made = PodIdentityRole(
            name,
            PodIdentityRoleArgs(
                cluster_name=args.cluster_name,
                namespace=role.namespace,
                service_account=role.service_account,
                policy_arns=role.policy_arns,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return [
            aws.eks.AddonPodIdentityAssociationArgs(
                role_arn=made.arn, service_account=role.service_account
            )
        ]


def canonical_json(data: Mapping[str, Any]) -> str:
    """Returns JSON that is the same text for the same data (requirement 22)."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"))
