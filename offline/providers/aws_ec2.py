"""What EC2 computes when it creates a resource."""

from collections.abc import Mapping
from typing import Any, Final

from .aws_request import Creator, Request
from .simulated import Creation, digest


def _ec2(prefix: str, arn_type: str, **computed: Any) -> Creator:
    """Returns the creator of an EC2 resource that computes an ID, an ARN and constants."""

    def create(request: Request) -> Creation:
        made = request.id(prefix)
        arn = request.arn("ec2", f"{arn_type}/{made}")
        return Creation(id=made, computed={"arn": arn, "ownerId": request.account_id, **computed})

    return create


def _vpc(request: Request) -> Creation:
    made = request.id("vpc")
    return Creation(
        id=made,
        computed={
            "arn": request.arn("ec2", f"vpc/{made}"),
            "ownerId": request.account_id,
            "defaultSecurityGroupId": request.id("sg"),
            "defaultRouteTableId": request.id("rtb"),
            "mainRouteTableId": request.id("rtb"),
            "defaultNetworkAclId": request.id("acl"),
            "instanceTenancy": "default",
        },
    )


def _security_group(request: Request) -> Creation:
    made = request.id("sg")
    return Creation(
        id=made,
        computed={
            "arn": request.arn("ec2", f"security-group/{made}"),
            "name": request.name,
            "ownerId": request.account_id,
            # Pulumi's default where the program gives none.
            "description": request.inputs.get("description") or "Managed by Pulumi",
        },
    )


def _default_security_group(request: Request) -> Creation:
    """The group that the VPC has already; see ``_vpc``."""
    made = str(request.inputs["vpcId"]).replace("vpc-", "sg-")
    return Creation(
        id=made,
        computed={
            "arn": request.arn("ec2", f"security-group/{made}"),
            "ownerId": request.account_id,
            "name": "default",
            "description": "default VPC security group",
        },
    )


def _security_group_rule(request: Request) -> Creation:
    made = request.id("sgr")
    arn = request.arn("ec2", f"security-group-rule/{made}")
    return Creation(id=made, computed={"arn": arn, "securityGroupRuleId": made})


def _route(request: Request) -> Creation:
    return Creation(
        id=f"r-{request.inputs['routeTableId']}{digest(request.urn, 10)}",
        computed={"origin": "CreateRoute", "state": "active"},
    )


def _elastic_ip(request: Request) -> Creation:
    made = request.id("eipalloc")
    return Creation(
        id=made,
        computed={
            "arn": request.arn("ec2", f"elastic-ip/{made}"),
            "allocationId": made,
            "publicIp": _public_address(request),
        },
    )


def _nat_gateway(request: Request) -> Creation:
    return Creation(
        id=request.id("nat"),
        computed={"connectivityType": "public", "publicIp": _public_address(request)},
    )


def _public_address(request: Request) -> str:
    """Returns an address of the block that RFC 5737 keeps for documentation."""
    return f"198.51.100.{int(digest(request.urn, 2), 16)}"


def _endpoint(request: Request) -> Creation:
    made = request.id("vpce")
    return Creation(
        id=made,
        computed={
            "arn": request.arn("ec2", f"vpc-endpoint/{made}"),
            "ownerId": request.account_id,
            "state": "available",
            "prefixListId": request.id("pl"),
        },
    )


def _launch_template(request: Request) -> Creation:
    made = request.id("lt")
    return Creation(
        id=made,
        computed={
            "arn": request.arn("ec2", f"launch-template/{made}"),
            "name": request.name,
            "latestVersion": 1,
            "defaultVersion": 1,
        },
    )


def _flow_log(request: Request) -> Creation:
    made = request.id("fl")
    return Creation(id=made, computed={"arn": request.arn("ec2", f"vpc-flow-log/{made}")})


def _cidr_reservation(request: Request) -> Creation:
    return Creation(id=request.id("scr"), computed={"ownerId": request.account_id})


def _plain(prefix: str) -> Creator:
    """Returns the creator of a resource that computes nothing but an ID."""
    return lambda request: Creation(id=request.id(prefix), computed={})


CREATORS: Final[Mapping[str, Creator]] = {
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _default_security_group,
    "aws:ec2/eip:Eip": _elastic_ip,
    "aws:ec2/flowLog:FlowLog": _flow_log,
    "aws:ec2/internetGateway:InternetGateway": _ec2("igw", "internet-gateway"),
    "aws:ec2/launchTemplate:LaunchTemplate": _launch_template,
    "aws:ec2/natGateway:NatGateway": _nat_gateway,
    "aws:ec2/route:Route": _route,
    "aws:ec2/routeTable:RouteTable": _ec2("rtb", "route-table", propagatingVgws=[]),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": _plain("rtbassoc"),
    "aws:ec2/securityGroup:SecurityGroup": _security_group,
    "aws:ec2/subnet:Subnet": _ec2("subnet", "subnet"),
    "aws:ec2/subnetCidrReservation:SubnetCidrReservation": _cidr_reservation,
    "aws:ec2/vpc:Vpc": _vpc,
    "aws:ec2/vpcEndpoint:VpcEndpoint": _endpoint,
    "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation": _plain("vpc-cidr-assoc"),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _security_group_rule,
}
