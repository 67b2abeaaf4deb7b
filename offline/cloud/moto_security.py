"""How security groups, launch templates, endpoints and flow logs behave."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from deployment import types

from .behaviour import Behaviour, Inputs
from .cloud import Cloud, Thing
from .moto_network import OfEc2
from .network import INTERFACE

if TYPE_CHECKING:
    from moto.ec2.models import EC2Backend

# How long the AWS provider tries to delete a group that is still in use
# (https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ec2/vpc_security_group.go).
_GROUP_PATIENCE: Final = 15 * 60
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFlowLogs.html
_AGGREGATION_SECONDS: Final = 600


def _users_of_group(cloud: Cloud, group: Thing) -> Iterator[Thing]:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html."""
    for interface in cloud.of(INTERFACE):
        if group.id in interface.properties["securityGroups"]:
            yield interface
    for rule in cloud.of(types.INGRESS_RULE, referencedSecurityGroupId=group.id):
        if rule.inputs["securityGroupId"] != group.id:
            yield rule


def _adopt_group(ec2: "EC2Backend", _group: Thing, inputs: Inputs) -> object:
    """The VPC has its default group already: it is taken over, and its rules go."""
    groups = ec2.groups[ec2.get_vpc(inputs["vpcId"]).id].values()
    group = next(found for found in groups if found.is_default)
    group.ingress_rules.clear()
    group.egress_rules.clear()
    return group


def _rule(inputs: Inputs) -> dict[str, Any]:
    """Returns a rule as moto's requests take it."""
    source = inputs.get("referencedSecurityGroupId")
    return {
        "group_name_or_id": inputs["securityGroupId"],
        "ip_protocol": inputs["ipProtocol"],
        "from_port": inputs.get("fromPort"),
        "to_port": inputs.get("toPort"),
        "ip_ranges": [{"CidrIp": inputs["cidrIpv4"]}] if inputs.get("cidrIpv4") else [],
        "source_groups": [{"GroupId": source}] if source else [],
    }


def _make_endpoint(ec2: "EC2Backend", _endpoint: Thing, inputs: Inputs) -> object:
    return ec2.create_vpc_endpoint(
        inputs["vpcId"],
        inputs["serviceName"],
        inputs.get("vpcEndpointType") or "Gateway",
        inputs.get("policy"),
        list(inputs.get("routeTableIds") or []),
        subnet_ids=list(inputs.get("subnetIds") or []),
        security_group_ids=list(inputs.get("securityGroupIds") or []),
        private_dns_enabled=inputs.get("privateDnsEnabled"),
    )


def _make_flow_log(ec2: "EC2Backend", _log: Thing, inputs: Inputs) -> object:
    made, _ = ec2.create_flow_logs(
        "VPC",
        [inputs["vpcId"]],
        inputs["trafficType"],
        inputs["iamRoleArn"],
        inputs.get("logDestinationType") or "cloud-watch-logs",
        inputs["logDestination"],
        "",
        inputs.get("logFormat") or "",
        inputs.get("maxAggregationInterval") or _AGGREGATION_SECONDS,
    )
    return made[0]


SECURITY: Final[Mapping[str, Behaviour]] = {
    types.SECURITY_GROUP: OfEc2(
        make=lambda ec2, group, inputs: ec2.create_security_group(
            group.properties["name"], group.properties["description"], inputs["vpcId"]
        ),
        users=_users_of_group,
        in_use="DependencyViolation: resource {thing.id} has a dependent object",
        remove=lambda ec2, group: ec2.delete_security_group(group_id=group.id),
        patience=_GROUP_PATIENCE,
    ),
    # It is never deleted: it goes with its VPC.
    types.DEFAULT_SECURITY_GROUP: OfEc2(make=_adopt_group, remove=lambda *_: None),
    types.INGRESS_RULE: OfEc2(
        make=lambda ec2, _, inputs: ec2.authorize_security_group_ingress(**_rule(inputs))[0][0],
        remove=lambda ec2, rule: ec2.revoke_security_group_ingress(
            **_rule(rule.inputs), security_rule_ids=[rule.id]
        ),
    ),
    types.LAUNCH_TEMPLATE: OfEc2(
        make=lambda ec2, template, inputs: ec2.create_launch_template(
            template.properties["name"], inputs.get("description") or "", dict(inputs), {}
        ),
        change=lambda ec2, template, inputs: ec2.get_launch_template(template.id).create_version(
            dict(inputs), inputs.get("description") or ""
        ),
        remove=lambda ec2, template: ec2.delete_launch_template("", template.id),
    ),
    types.VPC_ENDPOINT: OfEc2(
        make=_make_endpoint,
        remove=lambda ec2, endpoint: ec2.delete_vpc_endpoints([endpoint.id]),
        stands_in=lambda inputs: inputs.get("subnetIds") or [],
    ),
    types.FLOW_LOG: OfEc2(
        make=_make_flow_log, remove=lambda ec2, log: ec2.delete_flow_logs([log.id])
    ),
}
