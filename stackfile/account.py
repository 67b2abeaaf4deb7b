"""What AWS says before anything is built: the account, its region's zones and instance types."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from itertools import chain
from typing import Any

import pulumi_aws as aws

from planning.aws_place import AwsPlace
from planning.found_network import FoundNetwork
from planning.instance_types import InstanceType, accelerator
from planning.layout import SubnetRole

from .load import declared
from .network_lookup import find_network
from .offline import OfflineSettings
from .placeholders import OFFLINE_ROLE
from .section import SubnetSelection

# EC2's error code for a type that it does not know in the region
# (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html).
_UNKNOWN_TYPE = "InvalidInstanceType"


class Account:
    """The AWS account and region of the stack's provider; each answer is asked for once.

    In an offline run data answers in AWS's place, and what the stack file declares completes it.
    What an account has said, to us or into a recording, no declaration changes.
    """

    def __init__(self) -> None:
        self._instance_types: dict[str, InstanceType | None] = {}

    @cached_property
    def place(self) -> AwsPlace:
        """Where everything of the stack is."""
        partition = aws.get_partition()
        return AwsPlace(
            partition=partition.partition,
            region=aws.get_region().region,
            account_id=self._caller.account_id,
            dns_suffix=partition.dns_suffix,
        )

    @property
    def partition(self) -> str:
        """The partition that the region is in, such as ``aws``."""
        return self.place.partition

    @property
    def source(self) -> str | None:
        """The name of the data that answers in AWS's place; ``None``: AWS itself answers."""
        role, _, session = self._caller.user_id.partition(":")
        return session if role == OFFLINE_ROLE else None

    @property
    def zones(self) -> Mapping[str, str]:
        """The ID of each availability zone by name; empty where the ID is not known."""
        declared_ids = {zone: known or "" for zone, known in self._declared.zones.items()}
        return self._asked_zones if self._is_an_account else declared_ids or self._asked_zones

    def instance_type(self, name: str) -> InstanceType | None:
        """Returns the instance type, or ``None`` where nobody knows it in the region."""
        if name not in self._instance_types:
            self._instance_types[name] = self._instance_type(name)
        return self._instance_types[name]

    def network(
        self, vpc_id: str, subnets: Mapping[SubnetRole, SubnetSelection]
    ) -> FoundNetwork | str:
        """Returns a VPC with these subnets of it, or what of them nobody knows."""
        found = find_network(vpc_id, subnets)
        if isinstance(found, FoundNetwork):
            return found
        region = self.place.region
        if self.source is None:
            return f"{found} is not in this account in {region}"
        way = f"`make record REGION={region} VPC={vpc_id}`"
        return f"{found} is not known to the offline data: run {way} once, or again"

    @cached_property
    def _caller(self) -> aws.GetCallerIdentityResult:
        return aws.get_caller_identity()

    @cached_property
    def _declared(self) -> OfflineSettings:
        return declared()

    @cached_property
    def _asked_zones(self) -> Mapping[str, str]:
        """The zones of the region without Local Zones, as AWS or the data has them."""
        in_every_account = aws.GetAvailabilityZonesFilterArgs(
            name="opt-in-status", values=["opt-in-not-required"]
        )
        found = aws.get_availability_zones(filters=[in_every_account])
        return dict(zip(found.names, found.zone_ids, strict=True))

    @property
    def _is_an_account(self) -> bool:
        """Whether an account has answered: only its own names of zones have known IDs."""
        return any(self._asked_zones.values())

    def _instance_type(self, name: str) -> InstanceType | None:
        declared_type = self._declared.instance_types.get(name)
        if declared_type and not self._is_an_account:
            return declared_type.kind(name, frozenset(self.zones))
        found = _find_instance_type(name)
        unknown = frozenset(self.zones).difference(self._asked_zones)
        return replace(found, unknown_zones=unknown) if found else None


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
        accelerator=accelerator(_makers(found), neuron=bool(found.neuron_devices)),
        other_attachments=sum(one.count for one in (*found.instance_disks, *_devices(found))),
        usage_classes=tuple(found.supported_usages_classes),
    )


def _makers(found: aws.ec2.GetInstanceTypeResult) -> Iterable[str]:
    """Returns the maker of each kind of device that needs a driver."""
    return [device.manufacturer for device in _devices(found)]


def _devices(found: aws.ec2.GetInstanceTypeResult) -> Iterable[Any]:
    """Returns each kind of device that needs a driver."""
    return chain(found.gpuses, found.inference_accelerators, found.fpgas, found.media_accelerators)
