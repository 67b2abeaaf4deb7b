"""The VPC CNI's warm targets: which of them work together, and what to set in small subnets.

Their meaning: https://github.com/aws/amazon-vpc-cni-k8s/blob/master/docs/eni-and-ip-target.md and
https://github.com/aws/amazon-vpc-cni-k8s/blob/master/docs/prefix-and-ip-target.md.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from planning.instance_types import InstanceType

from .limits import slots_per_interface

# What the add-on's manifest sets when nobody says anything
# (https://github.com/aws/amazon-vpc-cni-k8s/blob/master/charts/aws-vpc-cni/values.yaml).
DEFAULT_WARM_ENI_TARGET: Final = 1
DEFAULT_WARM_PREFIX_TARGET: Final = 1

# Recommended in small subnets, and never more than an interface has beside its own address, so that
# a node holds at no time more than with AWS's defaults: the pods that a node starts at once without
# a call to EC2, and those that find an address ready later. A decision of this project
# (docs/pod-ips.md), not AWS's.
_RECOMMENDED_MINIMUM: Final = 10
_RECOMMENDED_WARM: Final = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class WarmTargets:
    """The warm targets that somebody set; ``None`` is unset, as 0 is for the two IP targets.

    :param minimum_ip_target: addresses that a node holds at least.
    :param warm_ip_target: free addresses that a node holds.
    :param warm_eni_target: free network interfaces that a node holds.
    :param warm_prefix_target: free prefixes that a node holds.
    """

    minimum_ip_target: int | None = None
    warm_ip_target: int | None = None
    warm_eni_target: int | None = None
    warm_prefix_target: int | None = None

    @property
    def minimum(self) -> int:
        """The addresses that a node holds at least; 0 where that is not set."""
        return self.minimum_ip_target or 0

    @property
    def warm(self) -> int:
        """The free addresses that a node holds at least; 0 where that is not set."""
        return self.warm_ip_target or 0

    @property
    def warm_enis(self) -> int:
        """The free interfaces' worth of addresses that a node holds at least."""
        return DEFAULT_WARM_ENI_TARGET if self.warm_eni_target is None else self.warm_eni_target

    @property
    def warm_prefixes(self) -> int:
        """The free prefixes that a node holds at least."""
        if self.warm_prefix_target is None:
            return DEFAULT_WARM_PREFIX_TARGET
        return self.warm_prefix_target

    @property
    def count_addresses(self) -> bool:
        """Whether the two IP targets decide, which override the others."""
        return bool(self.minimum or self.warm)

    @property
    def are_named(self) -> bool:
        """Whether any target is set."""
        return self != WarmTargets()

    def in_force(self, *, prefixes: bool) -> dict[str, int]:
        """Returns the targets that decide, AWS's defaults included, by the add-on's variable."""
        if self.count_addresses:
            return {"MINIMUM_IP_TARGET": self.minimum, "WARM_IP_TARGET": self.warm}
        if prefixes:
            return {"WARM_PREFIX_TARGET": self.warm_prefixes}
        return {"WARM_ENI_TARGET": self.warm_enis}


def mistakes(
    targets: WarmTargets, *, prefixes: bool, key: Callable[[str], str]
) -> Iterator[tuple[str, str]]:
    """Yields field and message for each target that a stack must not have (requirement 21).

    What is said of a field depends on it and on the fields before it alone.

    :param prefixes: whether nodes hold prefixes.
    :param key: the name by which the reader knows a field.
    """
    yield from starvation(targets, key=key)
    yield from ignored(targets, prefixes=prefixes, key=key)


def starvation(targets: WarmTargets, *, key: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """Yields field and message where a node never asks for more addresses than its minimum.

    https://github.com/aws/amazon-vpc-cni-k8s/issues/2650 has the report.
    """
    if targets.minimum and not targets.warm:
        minimum = key("minimum_ip_target")
        yield (
            "warm_ip_target",
            f"must be at least 1 beside {minimum}, or pods above {minimum} get no address at all",
        )


def ignored(
    targets: WarmTargets, *, prefixes: bool, key: Callable[[str], str]
) -> Iterator[tuple[str, str]]:
    """Yields field and message for each target that the CNI ignores, or that costs too many calls.

    The parameters are those of :func:`mistakes`.
    """
    minimum, warm = key("minimum_ip_target"), key("warm_ip_target")
    if targets.minimum_ip_target == 0:
        yield "minimum_ip_target", "0 is the same as none; remove it"
    if targets.warm_ip_target is not None and not targets.minimum:
        reason = (
            "0 alone is the same as none"
            if targets.warm_ip_target == 0
            else "alone makes a call to EC2 for almost each pod that starts or stops"
        )
        yield "warm_ip_target", f"{reason}; set {minimum}, too, to the pods of an ordinary node"
    named = [minimum] * bool(targets.minimum) + [warm] * bool(targets.warm)
    overriders = " and ".join(named)
    if targets.warm_eni_target is not None:
        if named:
            yield "warm_eni_target", f"has no effect beside {overriders}; remove one or the other"
        elif prefixes:
            better = key("warm_prefix_target")
            yield "warm_eni_target", f"has no effect with prefixes; set {better}, or remove it"
    if targets.warm_prefix_target is not None:
        if not prefixes:
            yield "warm_prefix_target", "has no effect without prefixes; remove it"
        elif named:
            yield (
                "warm_prefix_target",
                f"has no effect beside {overriders}; remove one or the other",
            )
        elif targets.warm_prefix_target == 0:
            yield (
                "warm_prefix_target",
                "0 leaves pods waiting for EC2 whenever a prefix is full; at least 1",
            )


def recommend(kinds: Iterable[InstanceType]) -> WarmTargets:
    """Returns the targets to set in small subnets, for all of these instance types together.

    :raises ValueError: for no instance type.
    """
    slots = min(slots_per_interface(kind) for kind in kinds)
    return WarmTargets(
        minimum_ip_target=min(_RECOMMENDED_MINIMUM, slots),
        warm_ip_target=min(_RECOMMENDED_WARM, slots),
    )
