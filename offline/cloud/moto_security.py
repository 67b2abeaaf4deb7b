"""How security groups and launch templates behave, and what stands in subnets as endpoints."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from deployment.types import INGRESS_RULE, LAUNCH_TEMPLATE, VPC_ENDPOINT

from .behaviour import Behaviour
from .moto_behaviour import OfMoto
from .moto_network import ec2_of
from .network import INTERFACE, add_interface, remove_interfaces

if TYPE_CHECKING:
    from .cloud import Cloud, Thing

# How long the AWS provider tries to delete a group that is still in use
# (https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ec2/vpc_security_group.go).
_GROUP_PATIENCE: Final = 15 * 60


def _make_group(cloud: "Cloud", thing: "Thing") -> str:
    made = ec2_of(cloud, thing).create_security_group(
        thing.properties["name"], thing.properties["description"], thing.inputs["vpcId"]
    )
    return made.id


def _what_uses_group(cloud: "Cloud", group: "Thing") -> str:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html."""
    by_interfaces = any(
        group.id in found.properties["securityGroups"] for found in cloud.of(INTERFACE)
    )
    by_rules = any(
        rule.inputs.get("referencedSecurityGroupId") == group.id
        and rule.inputs["securityGroupId"] != group.id
        for rule in cloud.of(INGRESS_RULE)
    )
    if by_interfaces or by_rules:
        return f"DependencyViolation: resource {group.id} has a dependent object"
    return ""


def _adopt_group(cloud: "Cloud", thing: "Thing") -> str:
    """The VPC has its default group already: it is taken over, and its rules go."""
    ec2 = ec2_of(cloud, thing)
    vpc = ec2.get_vpc(thing.inputs["vpcId"])
    group = next(found for found in ec2.groups[vpc.id].values() if found.is_default)
    group.ingress_rules.clear()
    group.egress_rules.clear()
    return group.id


def _rule(thing: "Thing") -> dict[str, Any]:
    """Returns a rule as moto's requests take it."""
    inputs = thing.inputs
    source = inputs.get("referencedSecurityGroupId")
    return {
        "ip_protocol": inputs["ipProtocol"],
        "from_port": inputs.get("fromPort"),
        "to_port": inputs.get("toPort"),
        "ip_ranges": [{"CidrIp": inputs["cidrIpv4"]}] if inputs.get("cidrIpv4") else [],
        "source_groups": [{"GroupId": source}] if source else [],
    }


def _make_rule(cloud: "Cloud", thing: "Thing") -> str:
    rules, _ = ec2_of(cloud, thing).authorize_security_group_ingress(
        thing.inputs["securityGroupId"], **_rule(thing)
    )
    return rules[0].id


def _remove_rule(cloud: "Cloud", thing: "Thing") -> None:
    ec2_of(cloud, thing).revoke_security_group_ingress(
        thing.inputs["securityGroupId"], **_rule(thing), security_rule_ids=[thing.id]
    )


def _make_template(cloud: "Cloud", thing: "Thing") -> str:
    made = ec2_of(cloud, thing).create_launch_template(
        thing.properties["name"], thing.inputs.get("description") or "", dict(thing.inputs), {}
    )
    return made.id


def _change_template(cloud: "Cloud", thing: "Thing", inputs: Mapping[str, Any]) -> None:
    template = ec2_of(cloud, thing).get_launch_template(thing.id)
    template.create_version(dict(inputs), inputs.get("description") or "")


def _remove_template(cloud: "Cloud", thing: "Thing") -> None:
    ec2_of(cloud, thing).delete_launch_template("", thing.id)


def _make_endpoint(cloud: "Cloud", thing: "Thing") -> str:
    inputs = thing.inputs
    made = ec2_of(cloud, thing).create_vpc_endpoint(
        inputs["vpcId"],
        inputs["serviceName"],
        inputs.get("vpcEndpointType") or "Gateway",
        inputs.get("policy"),
        list(inputs.get("routeTableIds") or []),
        subnet_ids=list(inputs.get("subnetIds") or []),
        security_group_ids=list(inputs.get("securityGroupIds") or []),
        private_dns_enabled=inputs.get("privateDnsEnabled"),
    )
    return made.id


def _place_endpoint(cloud: "Cloud", thing: "Thing") -> None:
    groups = thing.inputs.get("securityGroupIds") or []
    for subnet in thing.inputs.get("subnetIds") or []:
        add_interface(cloud, subnet, owner=thing.id, security_groups=groups)


def _make_flow_log(cloud: "Cloud", thing: "Thing") -> str:
    made, _ = ec2_of(cloud, thing).create_flow_logs(
        "VPC",
        [thing.inputs["vpcId"]],
        thing.inputs["trafficType"],
        thing.inputs["iamRoleArn"],
        thing.inputs.get("logDestinationType") or "cloud-watch-logs",
        thing.inputs["logDestination"],
        "",
        thing.inputs.get("logFormat") or "",
        thing.inputs.get("maxAggregationInterval") or _AGGREGATION_SECONDS,
    )
    return made[0].id


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFlowLogs.html
_AGGREGATION_SECONDS: Final = 600


def _take_interfaces(cloud: "Cloud", thing: "Thing") -> None:
    remove_interfaces(cloud, thing.id)


def _leave_group(_cloud: "Cloud", _thing: "Thing") -> None:
    """A default group is never deleted: it goes with its VPC."""


SECURITY: Final[Mapping[str, Behaviour]] = {
    "aws:ec2/securityGroup:SecurityGroup": OfMoto(
        make=_make_group,
        hindrance=_what_uses_group,
        remove=lambda cloud, thing: ec2_of(cloud, thing).delete_security_group(group_id=thing.id),
        patience=_GROUP_PATIENCE,
    ),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": OfMoto(
        make=_adopt_group, remove=_leave_group
    ),
    INGRESS_RULE: OfMoto(make=_make_rule, remove=_remove_rule),
    LAUNCH_TEMPLATE: OfMoto(make=_make_template, change=_change_template, remove=_remove_template),
    VPC_ENDPOINT: OfMoto(
        make=_make_endpoint,
        made=_place_endpoint,
        remove=lambda cloud, thing: ec2_of(cloud, thing).delete_vpc_endpoints([thing.id]),
        gone=_take_interfaces,
    ),
    "aws:ec2/flowLog:FlowLog": OfMoto(
        make=_make_flow_log,
        remove=lambda cloud, thing: ec2_of(cloud, thing).delete_flow_logs([thing.id]),
    ),
}
