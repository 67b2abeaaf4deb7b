"""The section about nodes."""

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import Field, ValidationInfo, field_validator

from planning import aws_limits
from planning.lists import repeated
from planning.node_images import IMAGES, Family, ami_type, image_fault, no_image
from planning.volumes import GP3_THROUGHPUT, volume_faults

from .checks import DISTINCT, Check, at_most, not_below
from .section import Cloud, FollowsError, Section, cloud_of, key_of
from .types import (
    AmiId,
    AmiType,
    CapacityReservation,
    GiB,
    LabelKey,
    LabelValue,
    TaintKey,
    TaintValue,
    Unavailable,
    ZoneName,
)

# EKS's quota of nodes in a managed node group, which it raises on request
# (https://docs.aws.amazon.com/eks/latest/userguide/service-quotas.html).
MOST_NODES: Final = 450
# The largest cluster that EKS supports
# (https://aws.amazon.com/blogs/containers/amazon-eks-enables-ultra-scale-ai-ml-workloads-with-support-for-100k-nodes-per-cluster/).
_LARGEST_CLUSTER: Final = 100_000
Nodes = Annotated[int, Field(ge=0, le=_LARGEST_CLUSTER)]
DiskType = Literal["gp3", "gp2", "io2", "io1"]
_NOT_EMPTY: Final = Check(
    lambda names: None if names else "needs at least one instance type, such as t3.medium",
    {"minItems": 1},
)


_ZONES: Final = Check(
    lambda zones: None if zones else "needs at least one zone; leave the key out for all of them",
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
    """EC2 instance types in order of preference, which every zone of the group offers. All run the
    same image: for x86_64 or arm64, with NVIDIA's or Neuron's driver where they have such devices.
    """
    ami_type: AmiType | None = None
    """The image of EKS, in EKS's words, such as BOTTLEROCKET_x86_64. Absent: that of Amazon Linux
    2023 which the instance types need. With amiId the one that your image is built on."""
    ami_id: AmiId | None = Field(default=None, examples=["ami-0123456789abcdef0"])
    """An image of your own, which needs amiType. It is for you to move with cluster.version."""
    zones: Annotated[tuple[ZoneName, ...], _ZONES, DISTINCT] | None = None
    """Some of network.zones, where the nodes are; absent: all of them."""
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
    capacity_reservation: CapacityReservation | None = Field(
        default=None, examples=["cr-0123456789abcdef0"]
    )
    """An On-Demand Capacity Reservation that the nodes start in and nowhere else; it is of one
    instance type in one zone."""
    disk_gib: Annotated[GiB, Field(ge=20)] = 30
    """Size of the encrypted volume that holds images, logs and what pods write."""
    disk_type: DiskType = "gp3"
    """The volume's type."""
    disk_iops: Annotated[int, Field(ge=100, le=256_000)] | None = None
    """Operations a second: of gp3 3,000 (when absent) to 80,000 and 500 for each GiB, of io2 100 to
    256,000 and 1,000 for each GiB, of io1 100 to 64,000 and 50 for each GiB."""
    disk_throughput: (
        Annotated[int, Field(ge=GP3_THROUGHPUT.start, le=GP3_THROUGHPUT.stop - 1)] | None
    ) = None
    """MiB a second of gp3, 125 (when absent) to 2,000, and 1 for each 4 operations."""
    max_unavailable: Unavailable = 1
    """How many nodes an update may replace at a time, 1 to 100, or a share of them, such as "33%".
    """
    update_strategy: Literal["DEFAULT", "MINIMAL"] = "DEFAULT"
    """Whether an update starts new nodes before it takes old ones away, or with MINIMAL after."""
    node_repair: bool = False
    """EKS replaces nodes that stay unhealthy."""
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

    @property
    def most_unavailable(self) -> int:
        """How many nodes an update may replace at a time when there are ``maxSize``."""
        if isinstance(self.max_unavailable, int):
            return self.max_unavailable
        share = -(-int(self.max_unavailable.removesuffix("%")) * self.max_size // 100)
        return min(share, aws_limits.MOST_UNAVAILABLE)

    def zones_of(self, all_zones: tuple[str, ...]) -> tuple[str, ...]:
        """Returns the zones of the group, in the network's order."""
        return tuple(zone for zone in all_zones if self.zones is None or zone in self.zones)

    def image(self, cloud: Cloud) -> str:
        """Returns EKS's name of the image.

        :raises ValueError: where the stack file names none and none of EKS fits.
        """
        kinds = filter(None, map(cloud.instance_type, self.instance_types))
        return self.ami_type or ami_type([*kinds])

    @property
    def family(self) -> Family:
        """How nodes are configured at boot."""
        return IMAGES[self.ami_type].family if self.ami_type else "AL2023"

    def image_faults(self, cloud: Cloud) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Yields place and message of instance types without an image, and of a wrong image."""
        kinds = [kind for kind in map(cloud.instance_type, self.instance_types) if kind]
        if self.ami_type:
            for kind in kinds:
                if fault := image_fault(self.ami_type, kind, own=self.ami_id is not None):
                    yield (key_of("ami_type"),), f"{fault}, got {self.ami_type!r}"
            return
        key, reasons = key_of("instance_types"), {kind.name: no_image(kind) for kind in kinds}
        for name, reason in reasons.items():
            if reason:
                yield (key, self.instance_types.index(name)), f"{name!r} has no image: {reason}"
        if kinds and not any(reasons.values()):
            try:
                ami_type(kinds)
            except ValueError as error:
                yield (key,), str(error)

    def conflicts(self) -> Iterator[tuple[str, str | FollowsError]]:
        """Yields what of disk, image and reservation does not go together."""
        if self.ami_id and self.ami_type is None:
            built = "the image of EKS that it is built on, and by which nodes are configured"
            yield "ami_id", FollowsError(f"needs amiType, {built}", "amiType")
        fields = {"size": "disk_gib", "iops": "disk_iops", "throughput": "disk_throughput"}
        volume = (self.disk_type, self.disk_gib, self.disk_iops, self.disk_throughput)
        for part, fault in volume_faults(*volume):
            yield fields[part], FollowsError(fault, "diskType", "diskGiB", "diskIops")
        if self.capacity_reservation:
            if self.capacity_type != "ON_DEMAND":
                wanted = "needs capacityType ON_DEMAND: it is paid for whether it is used or not"
                yield "capacity_reservation", f"{wanted}, got {self.capacity_type}"
            for field, values in (("instance_types", self.instance_types), ("zones", self.zones)):
                if values is None or len(values) != 1:
                    got = "none" if values is None else len(values)
                    wanted = f"needs exactly one entry of {key_of(field)}, that of the reservation"
                    yield "capacity_reservation", f"{wanted}, got {got}"

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
