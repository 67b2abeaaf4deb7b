"""Mutants of VPC, subnets and security groups."""

from deployment.types import (
    CLUSTER,
    DEFAULT_SECURITY_GROUP,
    FLOW_LOG,
    INGRESS_RULE,
    LAUNCH_TEMPLATE,
    NAT_GATEWAY,
    ROUTE,
    SECURITY_GROUP,
    SECURITY_GROUP_RULE,
    SUBNET,
    VPC,
)
from policy_mutants.registry import Deployment, Properties, breaks, keeps


@breaks("vpc-flow-logs")
def there_are_no_flow_logs(deployment: Deployment) -> None:
    deployment.remove(FLOW_LOG)


@keeps("vpc-flow-logs", FLOW_LOG)
def flow_logs_are_of_rejected_traffic(log: Properties) -> None:
    log["trafficType"] = "REJECT"


@breaks("default-security-group-closed", DEFAULT_SECURITY_GROUP)
def the_default_group_has_a_rule(group: Properties) -> None:
    rule = {"protocol": "-1", "fromPort": 0, "toPort": 0, "self": True}
    group["ingress"] = [rule]


@breaks("default-security-group-closed")
def the_default_group_is_aws_s(deployment: Deployment) -> None:
    deployment.remove(DEFAULT_SECURITY_GROUP)


@keeps("default-security-group-closed", DEFAULT_SECURITY_GROUP)
def the_default_group_lists_nothing(group: Properties) -> None:
    group.pop("ingress", None)
    group.pop("egress", None)


@breaks("subnets-give-no-public-addresses", SUBNET, "network-private")
def a_subnet_gives_public_addresses(subnet: Properties) -> None:
    subnet["mapPublicIpOnLaunch"] = True


@keeps("subnets-give-no-public-addresses", SUBNET, "network-private")
def a_subnet_says_nothing_of_addresses(subnet: Properties) -> None:
    del subnet["mapPublicIpOnLaunch"]


@breaks("vpc-resolves-names", VPC)
def the_vpc_gives_no_host_names(vpc: Properties) -> None:
    del vpc["enableDnsHostnames"]


@breaks("vpc-resolves-names", VPC)
def the_vpc_has_no_dns(vpc: Properties) -> None:
    vpc["enableDnsSupport"] = False


@keeps("vpc-resolves-names", VPC)
def dns_support_is_the_default(vpc: Properties) -> None:
    del vpc["enableDnsSupport"]


@breaks("subnets-tagged-for-load-balancers", SUBNET, "network-public")
def a_public_subnet_has_no_role(subnet: Properties) -> None:
    del subnet["tags"]["kubernetes.io/role/elb"]


@breaks("subnets-tagged-for-load-balancers", SUBNET, "network-private")
def a_private_subnet_has_no_role(subnet: Properties) -> None:
    del subnet["tags"]["kubernetes.io/role/internal-elb"]


@breaks("subnets-tagged-for-load-balancers", SUBNET, "control-plane")
def a_control_plane_subnet_has_a_role(subnet: Properties) -> None:
    subnet["tags"]["kubernetes.io/role/internal-elb"] = "1"


@keeps("subnets-tagged-for-load-balancers", SUBNET, "network-public")
def a_subnet_has_another_tag(subnet: Properties) -> None:
    subnet["tags"]["kubernetes.io/cluster/shop"] = "shared"


@breaks("nat-in-each-zone")
def two_zones_swap_their_gateways(deployment: Deployment) -> None:
    one, other = deployment.all(ROUTE, "nat")[:2]
    gateways = [route["inputs"]["natGatewayId"] for route in (other, one)]
    for route, gateway in zip((one, other), gateways, strict=True):
        route["inputs"]["natGatewayId"] = route["outputs"]["natGatewayId"] = gateway


@keeps("nat-in-each-zone", NAT_GATEWAY)
def a_gateway_has_more_addresses(gateway: Properties) -> None:
    gateway["secondaryAllocationIds"] = ["eipalloc-1"]


@breaks("nothing-but-web-ports-open-to-the-world", INGRESS_RULE, "nfs-nodes")
def files_are_open_to_the_world(rule: Properties) -> None:
    rule.pop("referencedSecurityGroupId")
    rule["cidrIpv4"] = "0.0.0.0/0"


@breaks("nothing-but-web-ports-open-to-the-world")
def ssh_is_open_to_the_world(deployment: Deployment) -> None:
    opened = {"type": "ingress", "description": "SSH", "protocol": "tcp"}
    ports = {"fromPort": 22, "toPort": 22, "ipv6CidrBlocks": ["::/0"]}
    deployment.add(SECURITY_GROUP_RULE, "ssh", {"securityGroupId": "sg-1", **opened, **ports})


@breaks("nothing-but-web-ports-open-to-the-world", SECURITY_GROUP)
def a_group_opens_all_ports(group: Properties) -> None:
    rule = {"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}
    group["ingress"] = [{**rule, "description": "All"}]


@keeps("nothing-but-web-ports-open-to-the-world", SECURITY_GROUP)
def a_group_opens_https(group: Properties) -> None:
    rule = {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["0.0.0.0/0"]}
    group["ingress"] = [{**rule, "description": "HTTPS"}]


@keeps("nothing-but-web-ports-open-to-the-world")
def a_group_reaches_the_world(deployment: Deployment) -> None:
    opened = {"type": "egress", "description": "Way out", "protocol": "-1"}
    ports = {"fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}
    deployment.add(SECURITY_GROUP_RULE, "out", {"securityGroupId": "sg-1", **opened, **ports})


@breaks("security-groups-described", SECURITY_GROUP)
def a_group_says_nothing(group: Properties) -> None:
    del group["description"]


@breaks("security-groups-described", INGRESS_RULE, "nfs-nodes")
def a_rule_says_nothing(rule: Properties) -> None:
    rule["description"] = "Managed by Pulumi"


@keeps("security-groups-described", INGRESS_RULE, "nfs-nodes")
def a_rule_says_something_else(rule: Properties) -> None:
    rule["description"] = "Files for the nodes"


def _owned(deployment: Deployment, *beside: str) -> None:
    """Tags a group as the cluster's, and gives it to nodes beside others."""
    (group,) = deployment.all(SECURITY_GROUP, "nfs")
    tag = {"kubernetes.io/cluster/eks-platform-prod": "owned"}
    deployment.change(SECURITY_GROUP, "nfs", lambda found: found["tags"].update(tag))
    groups = {"vpcSecurityGroupIds": [group["id"], *beside]}
    deployment.change(LAUNCH_TEMPLATE, "", lambda template: template.update(groups))


@breaks("cluster-tag-on-no-group-of-yours")
def nodes_have_two_groups_that_the_cluster_owns(deployment: Deployment) -> None:
    outputs = deployment.all(CLUSTER)[0]["outputs"]
    _owned(deployment, outputs["vpcConfig"]["clusterSecurityGroupId"])


@keeps("cluster-tag-on-no-group-of-yours")
def nodes_have_one_group_that_the_cluster_owns(deployment: Deployment) -> None:
    _owned(deployment, "sg-of-somebody-else")


@keeps("cluster-tag-on-no-group-of-yours", SECURITY_GROUP, "nfs")
def a_group_names_the_cluster_in_a_tag_of_its_own(group: Properties) -> None:
    group["tags"]["cluster"] = "eks-platform-prod"
