"""The section about who adds nodes and takes them away."""

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import Field

from planning.durations import PATTERN, seconds
from planning.instance_types import InstanceType
from planning.lists import repeated
from planning.node_images import Family, ami_type, image_fault, named_like, no_image
from planning.pools import nodes_within
from planning.shutdown import NodeLimit

from .checks import DISTINCT, Check, at_most, text
from .node_groups import TaintSettings
from .section import Cloud, FollowsError, Section, key_of
from .types import GiB, InstanceTypeName, LabelKey, LabelValue, NodeGroupName, ZoneName

# Go's durations, of whole hours, minutes and seconds
# (https://github.com/kubernetes-sigs/karpenter/blob/main/pkg/apis/crds/karpenter.sh_nodepools.yaml).
Duration = Annotated[
    str, text(f"{PATTERN}|Never", "must be a duration such as 720h or 1m30s, or Never")
]
GracePeriod = Annotated[str, text(PATTERN, "must be a duration such as 30m or 1h30m")]
BudgetNodes = Annotated[
    str,
    text("(100|[0-9]{1,2})%|[0-9]+", 'must be nodes in quotes, such as "1", or a share as "10%"'),
]
ImageVersion = Annotated[
    str, text(r"latest|v[0-9][0-9A-Za-z.-]{0,15}", "must be latest, or a release such as v20261101")
]
# The longest that Cluster Autoscaler is asked to wait: a day.
_LONGEST_GRACE: Final = 86_400
# Where people name none: that of Cluster Autoscaler itself
# (https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md#what-are-the-parameters-to-ca).
_GRACE: Final = 600
# Of which every pod of the platform itself has less.
_LEAST_GRACE: Final = 60


class PoolLimits(Section):
    """``limits`` of a pool: where Karpenter stops to start nodes."""

    cpu: int = Field(ge=1, le=1_000_000, examples=[32])
    """Cores of all of its nodes together."""
    memory_gib: int = Field(ge=1, le=16_000_000, examples=[128])
    """Memory of all of its nodes together."""


class DisruptionBudget(Section):
    """An entry of ``budgets``."""

    nodes: BudgetNodes = Field(examples=["10%"])
    """How many nodes Karpenter may take away at a time, or which share of them."""
    schedule: str | None = Field(default=None, examples=["0 9 * * mon-fri"])
    """When the budget begins to count, as cron has it, in UTC; absent: always. With duration."""
    duration: GracePeriod | None = Field(default=None, examples=["8h"])
    """How long it counts from then on. With schedule."""

    def conflicts(self) -> Iterator[tuple[str, str | FollowsError]]:
        """Yields a schedule without a duration, and the reverse."""
        if (self.schedule is None) != (self.duration is None):
            yield "schedule", FollowsError("goes with duration, and duration with it", "duration")


class PoolSettings(Section):
    """An entry of ``autoscaling.pools``: nodes that Karpenter starts for pods without room."""

    instance_types: Annotated[
        tuple[InstanceTypeName, ...],
        Check(lambda names: None if names else "needs at least one instance type", {"minItems": 1}),
        at_most(100, "Karpenter's plan counts each of them"),
        DISTINCT,
    ] = Field(examples=[("m6i.large",)])
    """What Karpenter may choose from, for all zones of the pool and of one architecture."""
    limits: PoolLimits
    """Where Karpenter stops to start nodes; subnets must hold them."""
    capacity_types: Annotated[
        tuple[Literal["on-demand", "spot"], ...],
        Check(lambda kinds: None if kinds else "needs on-demand, spot or both", {"minItems": 1}),
        DISTINCT,
    ] = ("on-demand",)
    """How the instances may be bought; with both, Karpenter takes spot while there is some."""
    zones: (
        Annotated[
            tuple[ZoneName, ...],
            Check(lambda zones: None if zones else "needs at least one zone", {"minItems": 1}),
            DISTINCT,
        ]
        | None
    ) = None
    """Some of network.zones; absent: all of them."""
    image: Literal["al2023", "bottlerocket"] = "al2023"
    """The family of EKS's images."""
    image_version: ImageVersion = "latest"
    """A release of the image; latest replaces nodes whenever EKS builds another one."""
    disk_gib: Annotated[GiB, Field(ge=20)] = 30
    """Size of the encrypted gp3 volume for images, logs and what pods write."""
    consolidation: Literal["WhenEmptyOrUnderutilized", "WhenEmpty"] = "WhenEmptyOrUnderutilized"
    """Which nodes Karpenter takes away to save money."""
    consolidate_after: Duration = "1m"
    """For how long pods must have stayed the same before it does, or Never."""
    expire_after: Duration = "720h"
    """The age at which a node is replaced, or Never."""
    termination_grace_period: GracePeriod | None = None
    """How long a drain may take before pods are killed; absent: as long as pods and their
    disruption budgets want. It must cover graceSeconds of every application."""
    budgets: Annotated[tuple[DisruptionBudget, ...], at_most(50, "Karpenter takes no more")] = ()
    """How many nodes go at a time; absent: 10 % of them."""
    labels: dict[LabelKey, LabelValue] = Field(default={})
    """Kubernetes labels of the nodes."""
    taints: Annotated[
        tuple[TaintSettings, ...],
        Check(lambda taints: repeated([f"{t.key} with {t.effect}" for t in taints]), {}),
    ] = ()
    """Taints of the nodes, which keep other pods away."""

    @property
    def taint_effects(self) -> set[str]:
        """The effects of its taints."""
        return {taint.effect for taint in self.taints}

    @property
    def family(self) -> Family:
        """How nodes are configured at boot."""
        return "AL2023" if self.image == "al2023" else "Bottlerocket"

    @property
    def buys_spot(self) -> bool:
        """Whether nodes may be spot instances."""
        return "spot" in self.capacity_types

    def zones_of(self, all_zones: tuple[str, ...]) -> tuple[str, ...]:
        """Returns the zones of the pool, in the network's order."""
        return tuple(zone for zone in all_zones if self.zones is None or zone in self.zones)

    def kinds(self, cloud: Cloud) -> tuple[InstanceType, ...]:
        """Returns the instance types, as far as they are known."""
        return tuple(filter(None, map(cloud.instance_type, self.instance_types)))

    def most_nodes(self, cloud: Cloud) -> int:
        """Returns how many nodes its limits allow, if all are of the smallest type."""
        limits = self.limits
        return nodes_within(self.kinds(cloud), limits.cpu, limits.memory_gib * 1024)

    def faults(self, cloud: Cloud) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Yields place and message of instance types that no image, sale or limit is for."""
        key, kinds = key_of("instance_types"), self.kinds(cloud)
        for kind in kinds:
            place = key, self.instance_types.index(kind.name)
            name = named_like(self.family, kind)
            fault = image_fault(name, kind, own=False) if name else no_image(kind) or "none fits it"
            if fault:
                yield place, f"{kind.name!r} has no image: {fault}"
            for usage in sorted(set(self.capacity_types) - set(kind.usage_classes)):
                yield place, f"EC2 does not sell {kind.name} as {usage}"
        if len({kind.architectures[-1] for kind in kinds}) > 1:
            try:
                ami_type(kinds)
            except ValueError as error:
                yield (key,), str(error)
        if kinds and not self.most_nodes(cloud):
            yield ("limits",), "leave room for no node: the smallest instance type has more"


class AutoscalingSettings(Section):
    """``autoscaling``: who adds nodes for pods without room, and takes idle ones away."""

    mode: Literal["none", "cluster-autoscaler", "karpenter"] = "none"
    """Nobody; Cluster Autoscaler, which moves the desired size of nodeGroups between minSize and
    maxSize; or Karpenter, which starts the nodes of pools beside those of nodeGroups."""
    expander: Literal["least-waste", "most-pods", "random"] = "least-waste"
    """With cluster-autoscaler: which of several node groups grows."""
    max_graceful_termination_seconds: Annotated[int, Field(ge=_LEAST_GRACE, le=_LONGEST_GRACE)] = (
        _GRACE
    )
    """With cluster-autoscaler: how long pods of a node that goes may take; it must cover
    graceSeconds of every application."""
    pools: dict[NodeGroupName, PoolSettings] = Field(default={})
    """With karpenter: what nodes it may start, by name."""

    def conflicts(self) -> Iterator[tuple[str, str | FollowsError]]:
        """Yields keys that have no effect with the mode, and what the mode lacks."""
        of_mode = {
            "expander": "cluster-autoscaler",
            "max_graceful_termination_seconds": "cluster-autoscaler",
            "pools": "karpenter",
        }
        for field, mode in of_mode.items():
            if field in self.model_fields_set and self.mode != mode:
                yield field, f"has no effect with mode {self.mode}; it is for mode {mode}"
        if self.mode == "karpenter" and not self.pools:
            yield "pools", FollowsError("needs at least one pool with mode karpenter", "mode")

    def node_limits(self, nodes: str | None) -> tuple[NodeLimit, ...]:
        """Returns how long nodes that go wait for a pod, by the key that says so.

        :param nodes: the nodes that the pod asks for; ``None``: any.
        """
        if self.mode == "cluster-autoscaler":
            key = f"autoscaling.{key_of('max_graceful_termination_seconds')}"
            return (NodeLimit(seconds=self.max_graceful_termination_seconds, key=key),)
        return tuple(
            NodeLimit(
                seconds=seconds(pool.termination_grace_period),
                key=f"autoscaling.pools.{name}.terminationGracePeriod",
            )
            for name, pool in self.pools.items()
            if pool.termination_grace_period and nodes in {None, name}
        )
