"""The part of ``network`` about a VPC that is there already."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Final

from pydantic import ConfigDict, Field

from planning.layout import SubnetRole

from .checks import DISTINCT, Check, text
from .section import Place, Section, alternatives, key_of

VPC_ID: Final = text(r"vpc-([0-9a-f]{8}|[0-9a-f]{17})", "must be the ID of a VPC")
VpcId = Annotated[str, VPC_ID]
SubnetId = Annotated[str, text(r"subnet-([0-9a-f]{8}|[0-9a-f]{17})", "must be the ID of a subnet")]
_FIELDS: Final[Mapping[SubnetRole, str]] = {
    "public": "public",
    "private": "private",
    "pods": "pods",
    "control-plane": "control_plane",
}


class SubnetChoice(Section):
    """Subnets of ``network.existing`` that play a role: by their IDs, or by tags of theirs."""

    model_config = ConfigDict(json_schema_extra=alternatives(["ids"], ["tags"]))

    ids: Annotated[tuple[SubnetId, ...], DISTINCT] | None = Field(
        default=None, examples=[("subnet-0a1b2c3d4e5f67890",)]
    )
    """Their IDs, one in each zone."""
    tags: (
        Annotated[
            dict[str, str],
            Check(
                lambda tags: None if tags else "needs at least one tag, or every subnet has it",
                {"minProperties": 1},
            ),
        ]
        | None
    ) = Field(default=None, examples=[{"kubernetes.io/role/internal-elb": "1"}])
    """Tags that each of them has, in the place of ids; one in each zone is to have them."""

    def conflicts(self) -> Iterator[tuple[str, str]]:
        """Yields what is given twice, or not at all."""
        if self.ids is None and self.tags is None:
            yield "ids", "is required where tags are not there"
        elif self.ids is not None and self.tags is not None:
            yield "tags", "goes in the place of ids, and not beside it"


class ExistingSubnets(Section):
    """``network.existing.subnets``: which subnets play which role."""

    private: SubnetChoice
    """Where nodes are, in two zones or more, with a way out by NAT or endpoints, and the tag
    kubernetes.io/role/internal-elb."""
    public: SubnetChoice | None = None
    """Where load balancers are that face the internet, in the zones of private ones, with a route
    to an internet gateway and the tag kubernetes.io/role/elb; absent: there are none."""
    control_plane: SubnetChoice | None = None
    """Where EKS has its network interfaces, in two zones or more; absent: in private ones."""
    pods: SubnetChoice | None = None
    """Where pods are with vpcCni.mode custom-networking, in the zones of private ones."""

    @property
    def by_role(self) -> Mapping[SubnetRole, SubnetChoice]:
        """The choices that are made, by role."""
        choices: dict[SubnetRole, SubnetChoice | None] = {
            role: getattr(self, field) for role, field in _FIELDS.items()
        }
        return {role: choice for role, choice in choices.items() if choice is not None}


class ExistingSettings(Section):
    """``network.existing``: a VPC that is there already, of which the platform changes nothing."""

    vpc_id: VpcId = Field(examples=["vpc-0a1b2c3d4e5f67890"])
    """The VPC's ID."""
    subnets: ExistingSubnets
    """Its subnets, by what they are for."""


def place_of(role: SubnetRole | None) -> Place:
    """Returns the key of a role's subnets below ``network``; ``None``: that of the VPC."""
    return ("existing", "subnets", key_of(_FIELDS[role])) if role else ("existing", "vpcId")
