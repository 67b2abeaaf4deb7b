"""What AWS says before anything is built: the account, its region's zones and instance types."""

from collections.abc import Sequence
from functools import cached_property

import pulumi_aws as aws

from planning.aws_place import AwsPlace
from planning.instance_types import InstanceType, ami_type

# EC2's error code for a type that it does not know in the region
# (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html).
_UNKNOWN_TYPE = "InvalidInstanceType"


class Account:
    """The AWS account and region of the stack's provider; each answer is asked for once."""

    def __init__(self) -> None:
        self._zones: frozenset[str] | None = None
        self._instance_types: dict[str, InstanceType | None] = {}

    @cached_property
    def place(self) -> AwsPlace:
        """Where everything of the stack is."""
        return AwsPlace(
            partition=aws.get_partition().partition,
            region=aws.get_region().region,
            account_id=aws.get_caller_identity().account_id,
        )

    @property
    def partition(self) -> str:
        """The partition that the region is in, such as ``aws``."""
        return self.place.partition

    @property
    def zones(self) -> frozenset[str]:
        """The names of the region's availability zones, without Local Zones."""
        if self._zones is None:
            in_every_account = aws.GetAvailabilityZonesFilterArgs(
                name="opt-in-status", values=["opt-in-not-required"]
            )
            self._zones = frozenset(aws.get_availability_zones(filters=[in_every_account]).names)
        return self._zones

    def instance_type(self, name: str) -> InstanceType | None:
        """Returns the instance type, or ``None`` where the region does not offer it."""
        if name not in self._instance_types:
            self._instance_types[name] = _find_instance_type(name)
        return self._instance_types[name]

    def ami_type(self, names: Sequence[str]) -> str:
        """Returns the EKS AMI type that fits all of these instance types.

        :raises ValueError: where no AMI type does.
        """
        return ami_type([kind for kind in map(self.instance_type, names) if kind])


def _find_instance_type(name: str) -> InstanceType | None:
    try:
        found = aws.ec2.get_instance_type(instance_type=name)
    except Exception as error:
        # The SDK raises plain exceptions; EC2's error code is all that tells them apart.
        if _UNKNOWN_TYPE in str(error):
            return None
        raise
    offerings = aws.ec2.get_instance_type_offerings(
        location_type="availability-zone",
        filters=[aws.ec2.GetInstanceTypeOfferingsFilterArgs(name="instance-type", values=[name])],
    )
    cards = {card.index: card.maximum_interfaces for card in found.network_cards}
    return InstanceType(
        name=name,
        architectures=tuple(found.supported_architectures),
        zones=frozenset(offerings.locations),
        vcpus=found.default_vcpus,
        memory_mib=found.memory_size,
        nitro=found.bare_metal or found.hypervisor == "nitro",
        network_interfaces=cards[found.default_network_card_index],
        addresses_per_interface=found.maximum_ipv4_addresses_per_interface,
    )
