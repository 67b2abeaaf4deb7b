"""Ways from a VPC to AWS services that do not pass through NAT."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from components.tags import name_tag
from planning.aws_place import AwsPlace

from .https import admit_https


@dataclass(frozen=True, kw_only=True, slots=True)
class VpcEndpointsArgs:
    """Inputs of :class:`VpcEndpoints`.

    :param vpc_cidrs: the blocks of the VPC, that of pods included.
    :param route_tables: IDs of the route tables that get the S3 route, by a stable key.
    :param interface_services: services such as ``ecr.api``, each with an endpoint of its own.
    :param subnet_ids: where interface endpoints get their addresses, by zone.
    """

    vpc_id: pulumi.Input[str]
    vpc_cidrs: Sequence[IPv4Network]
    place: AwsPlace
    route_tables: Mapping[str, pulumi.Input[str]]
    interface_services: tuple[str, ...]
    subnet_ids: Mapping[str, pulumi.Input[str]]


class VpcEndpoints(pulumi.ComponentResource):
    """A gateway endpoint for S3, which costs nothing, and interface endpoints as asked.

    Interface endpoints share a security group that admits HTTPS from the VPC only. ``ways`` is for
    others to wait for. Output: ``s3_endpoint_id``.
    """

    s3_endpoint_id: pulumi.Output[str]
    ways: tuple[pulumi.Resource, ...]

    def __init__(
        self, name: str, args: VpcEndpointsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:network:VpcEndpoints", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        s3 = aws.ec2.VpcEndpoint(
            f"{name}-s3",
            vpc_id=args.vpc_id,
            service_name=args.place.gateway_service("s3"),
            vpc_endpoint_type="Gateway",
            route_table_ids=list(args.route_tables.values()),
            tags=name_tag(f"{name}-s3"),
            opts=child,
        )
        self.s3_endpoint_id, ways = s3.id, list[pulumi.Resource]([s3])
        if args.interface_services:
            group = aws.ec2.SecurityGroup(
                f"{name}-interfaces",
                vpc_id=args.vpc_id,
                description="HTTPS from the VPC to interface endpoints",
                tags=name_tag(f"{name}-interfaces"),
                opts=child,
            )
            ways += [
                admit_https(
                    f"{name}-interfaces-https",
                    block,
                    security_group_id=group.id,
                    description="HTTPS from the VPC",
                    opts=child,
                )
                for block in args.vpc_cidrs
            ]
            ways += [
                aws.ec2.VpcEndpoint(
                    f"{name}-{service}",
                    vpc_id=args.vpc_id,
                    service_name=args.place.interface_service(service),
                    vpc_endpoint_type="Interface",
                    subnet_ids=list(args.subnet_ids.values()),
                    security_group_ids=[group.id],
                    private_dns_enabled=True,
                    tags=name_tag(f"{name}-{service}"),
                    opts=child,
                )
                for service in args.interface_services
            ]
        self.ways = tuple(ways)
        self.register_outputs({"s3EndpointId": self.s3_endpoint_id})
