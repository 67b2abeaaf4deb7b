"""What two sections must agree on."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import ValidationInfo
from pydantic.alias_generators import to_camel

from planning.instance_types import InstanceType
from planning.pod_ips.limits import HOST_NETWORK_PODS, max_pods, pod_interfaces
from planning.scheduling import REPELLING_EFFECTS, may_run_on_spot
from planning.shutdown import broken

from .infrastructure import NetworkSettings
from .node_groups import NodeGroupSettings
from .section import Cloud, Place
from .storage import NfsSettings
from .vpc_cni import VpcCniSettings
from .workloads import WebAppSettings, WordpressSettings

_REPELLING_TAINT: Final[dict[str, Any]] = {
    "properties": {"effect": {"enum": sorted(REPELLING_EFFECTS)}},
    "required": ["effect"],
}
# What editors know of a node group that keeps ordinary pods away.
REPELLING_SCHEMA: Final[dict[str, Any]] = {
    "properties": {"taints": {"contains": _REPELLING_TAINT}},
    "required": ["taints"],
}


def too_long_for_spot(app: WebAppSettings, info: ValidationInfo) -> Iterator[tuple[Place, str]]:
    """Yields what a spot node that takes the application's pods would cut."""
    groups: Mapping[str, NodeGroupSettings] = info.data.get("node_groups", {})
    on_spot = may_run_on_spot(
        (group.capacity_type, group.taint_effects) for group in groups.values()
    )
    for verdict in broken(app.shutdown.budget, on_spot=on_spot):
        yield ("shutdown", to_camel(verdict.field)), verdict.message


def without_shared_storage(
    wordpress: WordpressSettings, nfs: NfsSettings | None
) -> Iterator[tuple[Place, str]]:
    """Yields what WordPress misses of shared storage."""
    if nfs is None:
        yield (), "needs the section nfs: its replicas share their files"
    elif wordpress.storage_class and wordpress.storage_class not in nfs.all_classes:
        known = ", ".join(sorted(nfs.all_classes))
        yield (
            ("storageClass",),
            f"must be a class of nfs ({known}), got {wordpress.storage_class!r}",
        )


def pod_block_mistakes(
    vpc_cni: VpcCniSettings, network: NetworkSettings
) -> Iterator[tuple[Place, str]]:
    """Yields what is wrong between the mode and the pods' own block."""
    custom = vpc_cni.mode == "custom-networking"
    if custom and network.pod_cidr is None:
        yield ("mode",), "custom-networking needs network.podCidr, such as 100.64.0.0/16"
    if not custom and network.pod_cidr is not None:
        yield (
            ("mode",),
            (
                f"leaves network.podCidr {network.pod_cidr} unused; set custom-networking, or "
                f"remove podCidr, got {vpc_cni.mode!r}"
            ),
        )


def unfit_for_cni(
    vpc_cni: VpcCniSettings, group: str, kind: InstanceType
) -> Iterator[tuple[Place, str]]:
    """Yields what an instance type of a group cannot do for its pods."""
    mode, minimum = vpc_cni.cni_mode, vpc_cni.minimum_ip_target
    if mode.prefix_delegation and not kind.nitro:
        place = "mode" if vpc_cni.mode == "prefix" else "prefix_delegation"
        yield (
            (to_camel(place),),
            f"prefixes need Nitro instances, and nodeGroups.{group} has {kind.name}",
        )
    if not pod_interfaces(kind, mode):
        yield (
            ("mode",),
            f"leaves no interface for pods on {kind.name} in nodeGroups.{group}",
        )
    most = max_pods(kind, mode) - HOST_NETWORK_PODS
    if minimum is not None and minimum > most:
        yield (
            ("minimumIpTarget",),
            (
                f"must be at most {most}, the pods with addresses of {kind.name} in "
                f"nodeGroups.{group}, got {minimum}"
            ),
        )


def not_offered(
    group: NodeGroupSettings, zones: tuple[str, ...], cloud: Cloud
) -> Iterator[tuple[Place, str]]:
    """Yields the instance types that a zone of the stack does not offer."""
    for index, kind in enumerate(map(cloud.instance_type, group.instance_types)):
        if kind and (missing := sorted(set(zones) - kind.zones)):
            message = f"{kind.name!r} is not offered in {', '.join(missing)}"
            yield ("instanceTypes", index), message
