"""Hooks that refuse a change of versions which EKS does not survive, at preview already.

What they refuse, :mod:`planning.upgrades` says (requirement 29).
"""

from collections.abc import Callable, Mapping
from typing import Any

import pulumi

from planning.addons import KUBE_PROXY
from planning.upgrades import (
    control_plane_mistake,
    kube_proxy_mistake,
    node_mistake,
    step_back,
    vpc_cni_mistake,
)


class UpgradeRefusedError(pulumi.RunError):
    """A change of versions that would fail, or leave a cluster that nobody supports."""


def control_plane_guard(name: str, *, protect: bool) -> pulumi.ResourceTransform:
    """Returns the transform that guards the cluster inside of ``eks.Cluster``.

    :param protect: whether the engine refuses to delete it, before it deletes anything; AWS alone
        would refuse when nodes and applications are gone already.

    That component has no option for the resources which it makes, so that all goes on by way of
    the engine. The control plane also stays in the zones that it was made in: EKS refuses
    subnets in any others (https://github.com/aws/containers-roadmap/issues/2330), and a zone that
    is added later serves nodes, pods and load balancers without it.
    """
    binding = _before_update(name, "version", control_plane_mistake)

    def transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.type_ != "aws:eks/cluster:Cluster":
            return None
        args.opts.hooks = binding
        args.opts.protect = protect
        args.opts.ignore_changes = [*(args.opts.ignore_changes or []), "vpcConfig.subnetIds"]
        return pulumi.ResourceTransformResult(props=args.props, opts=args.opts)

    return transform


def vpc_cni_guard(name: str) -> pulumi.ResourceHookBinding:
    """Returns the hook of the add-on ``vpc-cni``."""
    return _before_update(name, "addonVersion", vpc_cni_mistake)


def addon_guard(name: str, addon_name: str, control_plane: str) -> pulumi.ResourceHookBinding:
    """Returns the hook of another add-on, which says where it goes back.

    kube-proxy stays near the control plane. Of the others nobody has rules that EKS keeps.

    :param control_plane: the version that the control plane will have.
    """

    def mistake(old: str, new: str) -> str | None:
        if warning := step_back(old, new):
            pulumi.log.warn(f"{name}: {warning}")
        if addon_name == KUBE_PROXY:
            return kube_proxy_mistake(control_plane, old, new)
        return None

    return _before_update(name, "addonVersion", mistake)


def node_guard(name: str, control_plane: str) -> pulumi.ResourceHookBinding:
    """Returns the hook of a node group.

    :param control_plane: the version that the control plane will have.
    """
    return _before_update(
        name, "version", lambda old, new: node_mistake(control_plane, old=old, new=new)
    )


def _before_update(
    name: str, key: str, mistake: Callable[[str, str], str | None]
) -> pulumi.ResourceHookBinding:
    """Returns a hook that compares a version before the update with the one after it."""

    def check(args: pulumi.ResourceHookArgs) -> None:
        # What runs is an output; the input may never have named a version.
        old = _text(args.old_outputs, key) or _text(args.old_inputs, key)
        new = _text(args.new_inputs, key)
        # Without a new version AWS keeps the old one.
        if old is None or new is None:
            return
        try:
            message = mistake(old, new)
        except ValueError as error:
            pulumi.log.warn(f"{args.name}: the change from {old} to {new} is not checked: {error}")
            return
        if message:
            raise UpgradeRefusedError(f"{args.name}: {message}")

    hook = pulumi.ResourceHook(
        f"{name}-upgrade", check, pulumi.ResourceHookOptions(on_dry_run=True)
    )
    return pulumi.ResourceHookBinding(before_update=[hook])


def _text(properties: Mapping[str, Any] | None, key: str) -> str | None:
    value = (properties or {}).get(key)
    return value if isinstance(value, str) else None
