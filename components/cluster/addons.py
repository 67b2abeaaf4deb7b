"""EKS add-ons, one component each, so that others wait for just the one that they need."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True, slots=True)
class ManagedAddonArgs:
    """Inputs of :class:`ManagedAddon`.

    :param addon_name: EKS's name, such as ``coredns``.
    :param cluster_name: the cluster's name.
    :param version: a build such as ``v1.22.3-eksbuild.1``; ``None``: EKS's default for the cluster
        when the add-on is created, which then stays.
    :param configuration: what differs from the add-on's defaults, by the keys of its schema;
        values may be outputs.
    :param role_arn: the role of its service account.
    :param depends_on: what must be there before it and outlive it.
    :param hooks: what runs before and after changes of it.
    """

    addon_name: str
    cluster_name: pulumi.Input[str]
    version: str | None = None
    configuration: Mapping[str, Any] = field(default_factory=dict[str, Any])
    role_arn: pulumi.Input[str] | None = None
    depends_on: Sequence[pulumi.Resource] = ()
    hooks: pulumi.ResourceHookBinding | None = None


class ManagedAddon(pulumi.ComponentResource):
    """An EKS add-on.

    It takes over what a cluster may already run of the same name, and keeps what people tuned on
    update (requirement 23). ``addon`` is for others to wait for. Output: ``addon_version``.
    """

    addon: aws.eks.Addon
    addon_version: pulumi.Output[str]

    def __init__(
        self, name: str, args: ManagedAddonArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:addons:ManagedAddon", name, None, opts)
        self.addon = aws.eks.Addon(
            name,
            addon_name=args.addon_name,
            cluster_name=args.cluster_name,
            addon_version=args.version,
            configuration_values=pulumi.Output.from_input(args.configuration).apply(canonical_json)
            if args.configuration
            else None,
            service_account_role_arn=args.role_arn,
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="PRESERVE",
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=list(args.depends_on), hooks=args.hooks
            ),
        )
        self.addon_version = self.addon.addon_version
        self.register_outputs({"addonVersion": self.addon_version})


def canonical_json(data: Mapping[str, Any]) -> str:
    """Returns JSON that is the same text for the same data (requirement 22)."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"))
