"""The section about nodes."""

from typing import Annotated, Final, Literal

from pydantic import Field, ValidationInfo, field_validator

from planning import aws_limits
from planning.instance_types import ami_type, no_image
from planning.lists import repeated

from .checks import DISTINCT, Check, at_most, not_below
from .section import Section, cloud_of, raise_all
from .types import GiB, LabelKey, LabelValue, TaintKey, TaintValue

# EKS's quota of nodes in a managed node group, which it raises on request
# (https://docs.aws.amazon.com/eks/latest/userguide/service-quotas.html).
MOST_NODES: Final = 450
# The largest cluster that EKS supports
# (https://aws.amazon.com/blogs/containers/amazon-eks-enables-ultra-scale-ai-ml-workloads-with-support-for-100k-nodes-per-cluster/).
_LARGEST_CLUSTER: Final = 100_000
Nodes = Annotated[int, Field(ge=0, le=_LARGEST_CLUSTER)]
_NOT_EMPTY: Final = Check(
    lambda names: None if names else "needs at least one instance type, such as t3.medium",
    {"minItems": 1},
)


class TaintSettings(Section):
    """An entry of ``taints``."""

    key: TaintKey = Field(examples=["workload"])
    """The taint's key, of the form of a label's."""
    value: TaintValue = ""
    """The taint's value."""
    effect: Literal["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"] = Field(
        examples=["NO_SCHEDULE"]
    )
    """What happens to pods that do not tolerate the taint, in EKS's words."""


def _taints_twice(taints: tuple[TaintSettings, ...]) -> str | None:
    return repeated([f"{taint.key} with {taint.effect}" for taint in taints])


class NodeGroupSettings(Section):
    """An entry of ``nodeGroups``: managed nodes of one kind."""

    instance_types: Annotated[
        tuple[str, ...],
        _NOT_EMPTY,
        at_most(aws_limits.MOST_INSTANCE_TYPES, "EKS takes no more for a group"),
        DISTINCT,
    ] = Field(examples=[("m6i.large",)])
    """EC2 instance types in order of preference, which every zone of the stack offers. All run the
    same image of Amazon Linux 2023: for x86_64 or arm64, with NVIDIA's or Neuron's driver where
    they have such devices."""
    min_size: Nodes = Field(examples=[2])
    """The fewest nodes that an autoscaler may leave."""
    desired_size: Annotated[Nodes, not_below("min_size")] = Field(examples=[2])
    """How many nodes to create, minSize or more; what an autoscaler changes later is left alone."""
    max_size: Annotated[
        int, Field(ge=1, le=_LARGEST_CLUSTER), not_below("desired_size", "min_size")
    ] = Field(examples=[4])
    """The most nodes that an autoscaler may make, desiredSize or more; the subnets must hold them.
    """
    capacity_type: Literal["ON_DEMAND", "SPOT"] = "ON_DEMAND"
    """How the instances are bought."""
    disk_gib: Annotated[GiB, Field(ge=20)] = 30
    """Size of the root volume, encrypted gp3."""
    max_unavailable: int = Field(default=1, ge=1, le=aws_limits.MOST_UNAVAILABLE)
    """How many nodes an update may replace at a time."""
    labels: dict[LabelKey, LabelValue] = Field(default={})
    """Kubernetes labels of the nodes."""
    taints: Annotated[
        tuple[TaintSettings, ...],
        at_most(aws_limits.MOST_TAINTS, "EKS takes no more for a group"),
        Check(_taints_twice, {}),
    ] = ()
    """Taints of the nodes, which keep other pods away."""

    @property
    def taint_effects(self) -> set[str]:
        """The effects of its taints."""
        return {taint.effect for taint in self.taints}

    @field_validator("instance_types")
    @classmethod
    def _check_instance_types(cls, names: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if cloud := cloud_of(info):
            kinds = [kind for kind in map(cloud.instance_type, names) if kind]
            raise_all(
                ((names.index(kind.name),), f"{kind.name!r} has no image: {reason}")
                for kind in kinds
                if (reason := no_image(kind))
            )
            if kinds:
                ami_type(kinds)
        return names

    @field_validator("capacity_type")
    @classmethod
    def _check_capacity_type(cls, capacity_type: str, info: ValidationInfo) -> str:
        if cloud := cloud_of(info):
            usage_class = capacity_type.lower().replace("_", "-")
            for kind in filter(None, map(cloud.instance_type, info.data.get("instance_types", ()))):
                if usage_class not in kind.usage_classes:
                    sold = " and ".join(kind.usage_classes)
                    raise ValueError(f"EC2 sells {kind.name} as {sold} only, got {capacity_type}")
        return capacity_type
