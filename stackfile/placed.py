"""Sections whose pods may ask for nodes that are kept for them."""

from collections.abc import Iterator, Mapping
from typing import Any

from planning.scheduling.placement import ANYWHERE, Placement, placement

from .autoscaling import AutoscalingSettings, PoolSettings
from .names import pool_name
from .node_groups import NodeGroupSettings
from .section import Place, Section, key_of
from .types import NodeGroupName


class PlacedSection(Section):
    """A section, or an entry of one, with pods of its own."""

    nodes: NodeGroupName | None = None
    """The node group of nodeGroups, or the pool of autoscaling.pools, that its pods run on and
    nowhere else: selector and tolerations follow from it. Absent: any node without taints."""


# Node groups and Karpenter's pools by their names.
_Nodes = tuple[Mapping[str, NodeGroupSettings], Mapping[str, PoolSettings]]


def nodes_of(sections: Mapping[str, Any]) -> _Nodes:
    """Returns node groups and pools among sections by field, as far as they are valid."""
    autoscaling: AutoscalingSettings | None = sections.get("autoscaling")
    return sections.get("node_groups", {}), autoscaling.pools if autoscaling else {}


def asked_for(value: object, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Yields each name of nodes that a section or its entries ask for, with its place."""
    if isinstance(value, PlacedSection) and value.nodes:
        yield (*place, "nodes"), value.nodes
    entries = value if isinstance(value, Mapping) else {}
    if isinstance(value, Section):
        entries = {key_of(field): getattr(value, field) for field in type(value).model_fields}
    for name, entry in entries.items():
        yield from asked_for(entry, (*place, str(name)))


def nodes_faults(value: object, earlier: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Yields what is wrong with the names of nodes that a section asks for."""
    if not {"node_groups", "autoscaling"} <= earlier.keys():
        return
    groups, pools = nodes_of(earlier)
    for place, name in asked_for(value):
        if name not in groups and name not in pools:
            known = ", ".join((*groups, *(f"{pool} (pool)" for pool in pools)))
            yield place, f"must be a node group or a pool of Karpenter ({known}), got {name!r}"
        elif name in groups and name in pools:
            both = f"nodeGroups.{name} and autoscaling.pools.{name} both have this name"
            yield place, f"is not clear: {both}; rename one of them, got {name!r}"


def placed(name: str | None, nodes: _Nodes) -> Placement:
    """Returns where pods run that ask for a node group or a pool by its name."""
    if name is None:
        return ANYWHERE
    groups, pools = nodes
    found = groups.get(name) or pools[name]
    taints = ((one.key, one.value, one.effect) for one in found.taints)
    return placement(name, name if name in groups else pool_name(name), taints)
