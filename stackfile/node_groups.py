"""The section about nodes."""

from typing import Annotated, Final, Literal

from pydantic import Field, ValidationInfo, field_validator

from planning.instance_types import ami_type

from .checks import DISTINCT, Check, not_below
from .section import Section, cloud_of, raise_all
from .types import LabelKey, LabelValue

# EKS's quota of nodes in a managed node group
# (https://docs.aws.amazon.com/eks/latest/userguide/service-quotas.html).
MOST_NODES: Final = 450
Nodes = Annotated[int, Field(ge=0, le=MOST_NODES)]
_NOT_EMPTY: Final = Check(
    lambda names: None if names else "needs at least one instance type, such as t3.medium",
    {"minItems": 1},
)


class TaintSettings(Section):
    """An entry of ``taints``."""

    key: LabelKey = Field(examples=["workload"])
    """The taint's key, of the form of a label's."""
    value: LabelValue = ""
    """The taint's value."""
    effect: Literal["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"] = Field(
        examples=["NO_SCHEDULE"]
    )
    """What happens to pods that do not tolerate the taint, in EKS's words."""


class NodeGroupSettings(Section):
    """An entry of ``nodeGroups``: managed nodes of one kind."""

    instance_types: Annotated[tuple[str, ...], _NOT_EMPTY, DISTINCT] = Field(
        examples=[("m6i.large",)]
    )
    """EC2 instance types in order of preference, all x86_64 or all arm64, that every zone of the
    stack offers. The nodes run Amazon Linux 2023."""
    min_size: Nodes = Field(examples=[2])
    """The fewest nodes that an autoscaler may leave."""
    desired_size: Annotated[Nodes, not_below("min_size")] = Field(examples=[2])
    """How many nodes to create, minSize or more; what an autoscaler changes later is left alone."""
    max_size: Annotated[int, Field(ge=1, le=MOST_NODES), not_below("desired_size", "min_size")] = (
        Field(examples=[4])
    )
    """The most nodes that an autoscaler may make, desiredSize or more; the subnets must hold them.
    """
    capacity_type: Literal["ON_DEMAND", "SPOT"] = "ON_DEMAND"
    """How the instances are bought."""
    disk_gib: int = Field(default=30, ge=20, le=16384)
    """Size of the root volume, encrypted gp3."""
    max_unavailable: int = Field(default=1, ge=1, le=100)
    """How many nodes an update may replace at a time."""
    labels: dict[LabelKey, LabelValue] = Field(default={})
    """Kubernetes labels of the nodes."""
    taints: tuple[TaintSettings, ...] = ()
    """Taints of the nodes, which keep other pods away."""

    @property
    def taint_effects(self) -> set[str]:
        """The effects of its taints."""
        return {taint.effect for taint in self.taints}

    @field_validator("instance_types")
    @classmethod
    def _check_instance_types(cls, names: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if cloud := cloud_of(info):
            kinds = [cloud.instance_type(name) for name in names]
            raise_all(
                ((index,), f"{names[index]!r} is not an instance type of the region")
                for index, kind in enumerate(kinds)
                if kind is None
            )
            ami_type([kind for kind in kinds if kind])
        return names
