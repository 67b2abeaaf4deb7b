"""A VPC laid out for EKS."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.tags import name_tag
from planning.aws_place import AwsPlace
from planning.layout import ROLE_TAGS, SubnetRole, SubnetSpace, blocks_of, made_layout
from planning.lists import repeated
from planning.subnets import check_pod_block, check_vpc_block, plan_subnets

from .flow_logs import FlowLogs, FlowLogsArgs
from .pod_subnets import PodSubnets, PodSubnetsArgs, reserve_prefixes
from .vpc_endpoints import VpcEndpoints, VpcEndpointsArgs


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkArgs:
    """Inputs of :class:`Network`.

    :param cidr: the VPC's block, /16 to /24.
    :param zones: at least two availability zones.
    :param pod_cidr: a second block, in which pods get subnets of their own.
    :param reserve_prefixes: keep three quarters of each subnet with pods for /28 prefixes, so that
        single addresses do not break the blocks that prefixes need whole.
    :param nat: one NAT gateway, in the zone whose name sorts first, or one in each zone; or none,
        and then no internet gateway and no public subnets either.
    :param interface_endpoints: services such as ``ecr.api`` to reach without NAT.
    :param flow_log_retention_days: a period that CloudWatch Logs accepts.
    """

    cidr: IPv4Network
    zones: tuple[str, ...]
    pod_cidr: IPv4Network | None = None
    reserve_prefixes: bool = False
    nat: Literal["single", "per-zone", "none"]
    place: AwsPlace
    interface_endpoints: tuple[str, ...] = ()
    flow_log_retention_days: int = 14

    def __post_init__(self) -> None:
        if len(set(self.zones)) < 2:  # noqa: PLR2004  EKS's own minimum, requirement 13
            raise ValueError(
                f"zones: EKS needs subnets in at least two zones, got {list(self.zones)}"
            )
        for field in ("zones", "interface_endpoints"):
            if message := repeated(getattr(self, field)):
                raise ValueError(f"{field}: {message}")
        checks: dict[str, Callable[[], object]] = {
            "cidr": lambda: check_vpc_block(self.cidr),
            "zones": lambda: plan_subnets(self.cidr, self.zones),
            "pod_cidr": lambda: self.pod_cidr and check_pod_block(self.pod_cidr, self.cidr),
        }
        for field, check in checks.items():
            try:
                check()
            except ValueError as error:
                raise ValueError(f"{field}: {error}") from None


class Network(pulumi.ComponentResource):
    """A VPC with public, private and control-plane subnets in each zone.

    Creates the VPC with DNS on, its default security group emptied, an internet gateway, NAT
    gateways, a private route table for each zone, one public route table, one for the control plane
    without a way out, a gateway endpoint for S3, interface endpoints as asked, and flow logs.
    Without NAT there is no way to the internet and from it, and nothing public.

    With ``pod_cidr`` also :class:`components.network.pod_subnets.PodSubnets`; with
    ``reserve_prefixes`` the CIDR reservations of the subnets that hold pods.

    Outputs: ``vpc_id``; ``public_subnet_ids``, ``private_subnet_ids``,
    ``control_plane_subnet_ids`` and ``pod_subnet_ids`` by zone, the last one empty without
    ``pod_cidr``. For others to wait for: ``reservations``; and ``egress``, the routes to NAT or
    else the endpoints, and the associations that put subnets on routes, without which no image is
    pulled and no controller reaches AWS (requirement 6). ``layout`` has the blocks.
    """

    vpc_id: pulumi.Output[str]
    public_subnet_ids: Mapping[str, pulumi.Output[str]]
    private_subnet_ids: Mapping[str, pulumi.Output[str]]
    control_plane_subnet_ids: Mapping[str, pulumi.Output[str]]
    pod_subnet_ids: Mapping[str, pulumi.Output[str]]
    reservations: Sequence[pulumi.Resource]
    egress: tuple[pulumi.Resource, ...]
    layout: Sequence[SubnetSpace]

    def __init__(
        self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:network:Network", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        public = args.nat != "none"
        self.layout = made_layout(args.cidr, args.zones, args.pod_cidr, public=public)

        vpc = aws.ec2.Vpc(
            f"{name}-vpc",
            cidr_block=str(args.cidr),
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags=name_tag(name),
            opts=self._child,
        )
        self.vpc_id = vpc.id
        # Adopted and emptied, so that nothing gets rules by forgetting to name a group.
        aws.ec2.DefaultSecurityGroup(
            f"{name}-default",
            vpc_id=vpc.id,
            ingress=[],
            egress=[],
            tags=name_tag(f"{name}-default-closed"),
            opts=self._child,
        )
        self.public_subnet_ids = self._subnets("public")
        self.private_subnet_ids = self._subnets("private")
        self.control_plane_subnet_ids = self._subnets("control-plane")
        nat_gateways = self._ways_to_the_internet() if public else {}
        private_tables = {
            zone: self._route_table(f"private-{zone}") for zone in self.private_subnet_ids
        }
        private_ways = [
            self._associate(f"private-{zone}", self.private_subnet_ids[zone], table)
            for zone, table in private_tables.items()
        ]
        nat_routes = [
            aws.ec2.Route(
                f"{name}-private-{zone}-nat",
                route_table_id=private_tables[zone],
                destination_cidr_block="0.0.0.0/0",
                nat_gateway_id=gateway,
                opts=self._child,
            )
            for zone, gateway in nat_gateways.items()
        ]
        self.egress = (*nat_routes, *private_ways)
        self.pod_subnet_ids, self.reservations = {}, []
        if args.pod_cidr:
            self._add_pod_subnets(args.pod_cidr, private_tables)
        elif args.reserve_prefixes:
            private_blocks = blocks_of(self.layout, "private")
            self.reservations = reserve_prefixes(
                f"{name}-private", self.private_subnet_ids, private_blocks, self._child
            )
        control_plane_table = self._route_table("control-plane")
        for zone, subnet_id in self.control_plane_subnet_ids.items():
            self._associate(f"control-plane-{zone}", subnet_id, control_plane_table)

        endpoints = VpcEndpoints(
            f"{name}-endpoints",
            VpcEndpointsArgs(
                vpc_id=vpc.id,
                vpc_cidrs=[args.cidr, *([args.pod_cidr] if args.pod_cidr else [])],
                place=args.place,
                route_tables={**private_tables, "control-plane": control_plane_table},
                interface_services=args.interface_endpoints,
                subnet_ids=self.private_subnet_ids,
            ),
            opts=self._child,
        )
        if not public:
            self.egress += endpoints.ways
        FlowLogs(
            f"{name}-flow-logs",
            FlowLogsArgs(
                vpc_id=vpc.id, retention_days=args.flow_log_retention_days, place=args.place
            ),
            opts=self._child,
        )
        self.register_outputs(
            {
                "vpcId": self.vpc_id,
                "publicSubnetIds": self.public_subnet_ids,
                "privateSubnetIds": self.private_subnet_ids,
                "controlPlaneSubnetIds": self.control_plane_subnet_ids,
                "podSubnetIds": self.pod_subnet_ids,
            }
        )

    def _add_pod_subnets(
        self, block: IPv4Network, route_tables: Mapping[str, pulumi.Output[str]]
    ) -> None:
        added = PodSubnets(
            f"{self._name}-pods",
            PodSubnetsArgs(
                vpc_id=self.vpc_id,
                cidr=block,
                route_tables=route_tables,
                reserve_prefixes=self._args.reserve_prefixes,
            ),
            opts=self._child,
        )
        self.pod_subnet_ids, self.reservations = added.subnet_ids, added.reservations
        self.egress += added.associations

    def _ways_to_the_internet(self) -> Mapping[str, pulumi.Output[str]]:
        """Returns the NAT gateway that each zone uses, with public routes from there on."""
        internet_gateway = aws.ec2.InternetGateway(
            f"{self._name}-internet",
            vpc_id=self.vpc_id,
            tags=name_tag(self._name),
            opts=self._child,
        )
        public_routes = self._route_table("public")
        public_route = aws.ec2.Route(
            f"{self._name}-public-internet",
            route_table_id=public_routes,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=internet_gateway.id,
            opts=self._child,
        )
        public_ways = {
            zone: self._associate(f"public-{zone}", subnet_id, public_routes)
            for zone, subnet_id in self.public_subnet_ids.items()
        }
        return self._nat_gateways(public_route, public_ways)

    def _subnets(self, role: SubnetRole) -> Mapping[str, pulumi.Output[str]]:
        """Returns the subnet that plays a role in each zone."""
        role_tag = {ROLE_TAGS[role]: "1"} if role in ROLE_TAGS else {}
        return {
            zone: aws.ec2.Subnet(
                f"{self._name}-{role}-{zone}",
                vpc_id=self.vpc_id,
                availability_zone=zone,
                cidr_block=str(block),
                # Those in public ones, load balancers and NAT gateways, bring their own addresses.
                map_public_ip_on_launch=False,
                tags={**name_tag(f"{self._name}-{role}-{zone}"), **role_tag},
                opts=self._child,
            ).id
            for zone, block in blocks_of(self.layout, role).items()
        }

    def _route_table(self, role: str) -> pulumi.Output[str]:
        name = f"{self._name}-{role}"
        return aws.ec2.RouteTable(
            name, vpc_id=self.vpc_id, tags=name_tag(name), opts=self._child
        ).id

    def _associate(
        self, key: str, subnet_id: pulumi.Input[str], route_table_id: pulumi.Input[str]
    ) -> aws.ec2.RouteTableAssociation:
        return aws.ec2.RouteTableAssociation(
            f"{self._name}-{key}",
            subnet_id=subnet_id,
            route_table_id=route_table_id,
            opts=self._child,
        )

    def _nat_gateways(
        self, route: pulumi.Resource, ways: Mapping[str, pulumi.Resource]
    ) -> Mapping[str, pulumi.Output[str]]:
        """Returns the NAT gateway that each zone uses.

        :param route: from public subnets to the internet gateway.
        :param ways: by zone, what puts its public subnet on that route.
        """
        single = self._args.nat == "single"
        # By name and not by place in the list, which nobody thinks of as meaning anything.
        zones = sorted(self.public_subnet_ids)
        homes = zones[:1] if single else zones
        gateways: dict[str, pulumi.Output[str]] = {}
        for zone in homes:
            name = f"{self._name}-nat-{zone}"
            address = aws.ec2.Eip(name, domain="vpc", tags=name_tag(name), opts=self._child)
            gateways[zone] = aws.ec2.NatGateway(
                name,
                subnet_id=self.public_subnet_ids[zone],
                allocation_id=address.id,
                tags=name_tag(name),
                # A NAT gateway works only while its subnet reaches the internet gateway, which none
                # of its inputs says.
                opts=pulumi.ResourceOptions(parent=self, depends_on=[route, ways[zone]]),
            ).id
        return {zone: gateways[homes[0] if single else zone] for zone in zones}
