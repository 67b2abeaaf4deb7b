"""Mutants of node groups and launch templates."""

from deployment.types import ATTACHMENT, LAUNCH_TEMPLATE, NODE_GROUP, SUBNET
from policy_mutants.registry import Deployment, Properties, breaks, keeps

_POLICY = "arn:aws:iam::aws:policy/"


@breaks("no-open-ssh", NODE_GROUP)
def ssh_is_open(group: Properties) -> None:
    group["remoteAccess"] = {"ec2SshKey": "ops"}


@keeps("no-open-ssh", NODE_GROUP)
def ssh_is_for_a_bastion(group: Properties) -> None:
    group["remoteAccess"] = {"ec2SshKey": "ops", "sourceSecurityGroupIds": ["sg-1"]}


@breaks("nodes-in-private-subnets")
def nodes_are_in_a_public_subnet(deployment: Deployment) -> None:
    public = deployment.all(SUBNET, "network-public")[0]["id"]
    deployment.change(NODE_GROUP, "", lambda group: group["subnetIds"].append(public))


@keeps("nodes-in-private-subnets", NODE_GROUP)
def nodes_are_in_another_order_of_subnets(group: Properties) -> None:
    group["subnetIds"].reverse()


@breaks("imds-v2-only", LAUNCH_TEMPLATE)
def tokens_are_optional(template: Properties) -> None:
    template["metadataOptions"]["httpTokens"] = "optional"


@breaks("imds-v2-only", LAUNCH_TEMPLATE)
def metadata_options_are_the_default(template: Properties) -> None:
    del template["metadataOptions"]


@keeps("imds-v2-only", LAUNCH_TEMPLATE)
def there_is_no_metadata_service(template: Properties) -> None:
    template["metadataOptions"] = {"httpEndpoint": "disabled"}


@breaks("imds-out-of-reach-of-pods", LAUNCH_TEMPLATE)
def the_hop_limit_is_two(template: Properties) -> None:
    template["metadataOptions"]["httpPutResponseHopLimit"] = 2


@keeps("imds-out-of-reach-of-pods", LAUNCH_TEMPLATE)
def the_hop_limit_is_the_default(template: Properties) -> None:
    del template["metadataOptions"]["httpPutResponseHopLimit"]


@breaks("node-disks-encrypted", LAUNCH_TEMPLATE)
def a_disk_is_in_clear(template: Properties) -> None:
    template["blockDeviceMappings"][0]["ebs"]["encrypted"] = "false"


@breaks("node-disks-encrypted", LAUNCH_TEMPLATE)
def the_disk_of_bottlerocket_s_data_is_in_clear(template: Properties) -> None:
    template["blockDeviceMappings"].append({"deviceName": "/dev/xvdb", "ebs": {"volumeSize": 20}})


@breaks("node-disks-encrypted", LAUNCH_TEMPLATE)
def the_disk_is_the_image_s(template: Properties) -> None:
    del template["blockDeviceMappings"]


@keeps("node-disks-encrypted", LAUNCH_TEMPLATE)
def the_node_has_an_instance_store(template: Properties) -> None:
    template["blockDeviceMappings"].append({"deviceName": "/dev/sdb", "virtualName": "ephemeral0"})


@keeps("node-disks-encrypted", LAUNCH_TEMPLATE)
def system_and_data_are_on_two_disks(template: Properties) -> None:
    ebs = {"volumeSize": 20, "encrypted": "true"}
    template["blockDeviceMappings"].append({"deviceName": "/dev/xvdb", "ebs": ebs})


@breaks("nodes-without-public-addresses", LAUNCH_TEMPLATE)
def nodes_get_public_addresses(template: Properties) -> None:
    template["networkInterfaces"] = [{"associatePublicIpAddress": "true"}]


@keeps("nodes-without-public-addresses", LAUNCH_TEMPLATE)
def nodes_get_an_interface(template: Properties) -> None:
    template["networkInterfaces"] = [{"associatePublicIpAddress": "false"}]


@breaks("node-role-carries-no-more-than-nodes-need", ATTACHMENT, "nodes-registry")
def nodes_carry_the_cni_policy(attachment: Properties) -> None:
    attachment["policyArn"] = f"{_POLICY}AmazonEKS_CNI_Policy"


@keeps("node-role-carries-no-more-than-nodes-need", ATTACHMENT, "nodes-registry")
def nodes_may_pull_only(attachment: Properties) -> None:
    attachment["policyArn"] = f"{_POLICY}AmazonEC2ContainerRegistryPullOnly"
