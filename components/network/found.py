"""A network of a cluster, however it came to be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import pulumi

from planning.layout import SubnetRole, SubnetSpace


class AnyNetwork(Protocol):
    """What the rest of the platform asks of a network.

    Subnet IDs are by zone. ``egress`` and ``reservations`` are for others to wait for.
    """

    @property
    def vpc_id(self) -> pulumi.Input[str]:
        """The VPC's ID."""
        ...

    @property
    def layout(self) -> Sequence[SubnetSpace]:
        """Its subnets by zone and role."""
        ...

    @property
    def private_subnet_ids(self) -> Mapping[str, pulumi.Input[str]]:
        """The subnets of nodes."""
        ...

    @property
    def control_plane_subnet_ids(self) -> Mapping[str, pulumi.Input[str]]:
        """The subnets of the control plane."""
        ...

    @property
    def pod_subnet_ids(self) -> Mapping[str, pulumi.Input[str]]:
        """The subnets of pods alone."""
        ...

    @property
    def egress(self) -> Sequence[pulumi.Resource]:
        """The ways out."""
        ...

    @property
    def reservations(self) -> Sequence[pulumi.Resource]:
        """What keeps parts of subnets for prefixes."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class ExistingNetwork:
    """A network that is there already: nothing of it is made, and nothing to wait for.

    :param layout: its subnets, with their IDs.
    """

    vpc_id: str
    layout: Sequence[SubnetSpace]
    egress: Sequence[pulumi.Resource] = ()
    reservations: Sequence[pulumi.Resource] = ()

    @property
    def private_subnet_ids(self) -> Mapping[str, str]:
        """The subnets of nodes."""
        return self._ids("private")

    @property
    def control_plane_subnet_ids(self) -> Mapping[str, str]:
        """The subnets of the control plane: its own, or else the private ones."""
        return self._ids("control-plane") or self.private_subnet_ids

    @property
    def pod_subnet_ids(self) -> Mapping[str, str]:
        """The subnets of pods alone."""
        return self._ids("pods")

    def _ids(self, role: SubnetRole) -> Mapping[str, str]:
        return {space.zone: space.id for space in self.layout if space.role == role}
