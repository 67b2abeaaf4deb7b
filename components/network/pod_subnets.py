"""Subnets for pods alone, and the parts of subnets that are kept for prefixes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from components.tags import name_tag
from planning.subnets import plan_pod_subnets, prefix_reservations


@dataclass(frozen=True, kw_only=True, slots=True)
class PodSubnetsArgs:
    """Inputs of :class:`PodSubnets`.

    :param cidr: a second block of the VPC, /16 to /21.
    :param route_tables: IDs of the private route tables, by zone.
    :param reserve_prefixes: keep three quarters of each subnet for /28 prefixes.
    """

    vpc_id: pulumi.Input[str]
    cidr: IPv4Network
    route_tables: Mapping[str, pulumi.Input[str]]
    reserve_prefixes: bool


class PodSubnets(pulumi.ComponentResource):
    """A second block of the VPC, with a subnet for pods in each zone, routed as the private ones.

    The subnets carry no role tag: no load balancer is to take the pods' addresses.
    ``associations`` and ``reservations`` are for others to wait for. Output: ``subnet_ids`` by
    zone.
    """

    subnet_ids: Mapping[str, pulumi.Output[str]]
    associations: tuple[pulumi.Resource, ...]
    reservations: Sequence[pulumi.Resource]

    def __init__(
        self, name: str, args: PodSubnetsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:network:PodSubnets", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        blocks = plan_pod_subnets(args.cidr, args.route_tables)
        # Through the association: before it the VPC has no such addresses.
        vpc_id = aws.ec2.VpcIpv4CidrBlockAssociation(
            name, vpc_id=args.vpc_id, cidr_block=str(args.cidr), opts=child
        ).vpc_id
        self.subnet_ids = {
            zone: aws.ec2.Subnet(
                f"{name}-{zone}",
                vpc_id=vpc_id,
                availability_zone=zone,
                cidr_block=str(block),
                map_public_ip_on_launch=False,
                tags=name_tag(f"{name}-{zone}"),
                opts=child,
            ).id
            for zone, block in blocks.items()
        }
        self.associations = tuple(
            aws.ec2.RouteTableAssociation(
                f"{name}-{zone}", subnet_id=subnet_id, route_table_id=table, opts=child
            )
            for zone, subnet_id in self.subnet_ids.items()
            for table in [args.route_tables[zone]]
        )
        self.reservations = (
            reserve_prefixes(name, self.subnet_ids, blocks, child) if args.reserve_prefixes else []
        )
        self.register_outputs({"subnetIds": self.subnet_ids})


def reserve_prefixes(
    name: str,
    subnet_ids: Mapping[str, pulumi.Output[str]],
    blocks: Mapping[str, IPv4Network],
    opts: pulumi.ResourceOptions,
) -> Sequence[aws.ec2.SubnetCidrReservation]:
    """Returns the reservations that keep parts of subnets for /28 prefixes.

    :param subnet_ids: the subnets, by zone.
    :param blocks: their blocks, by zone.
    """
    return [
        aws.ec2.SubnetCidrReservation(
            f"{name}-{zone}-{str(part).replace('/', '-')}",
            subnet_id=subnet_ids[zone],
            cidr_block=str(part),
            reservation_type="prefix",
            description="Prefixes of pods",
            opts=opts,
        )
        for zone, block in blocks.items()
        for part in prefix_reservations(block)
    ]
