"""Node groups and their instances."""

from collections.abc import Iterator
from typing import Final

from deployment.types import ATTACHMENT, LAUNCH_TEMPLATE, NODE_GROUP, ROLE, SUBNET
from policy.catalogue import Severity, Subject, rule
from policy.reading import read, whole
from policy.routes import is_public

# The last part of their ARNs; the second registry policy is a narrower one
# (https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html).
NODE_POLICIES: Final = {
    "AmazonEKSWorkerNodePolicy",
    "AmazonEC2ContainerRegistryReadOnly",
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonSSMManagedInstanceCore",
}


@rule(NODE_GROUP, Severity.HIGH, "CKV_AWS_100")
def no_open_ssh(subject: Subject) -> Iterator[str]:
    """With a key and no source groups, EKS opens port 22 of every node to the internet.

    Leave remote_access out of components/cluster/nodes.py; Session Manager needs no port.
    """
    access = subject.read("remoteAccess", {})
    if read(access, "ec2SshKey") and not read(access, "sourceSecurityGroupIds"):
        yield "opens SSH to everybody"


@rule(NODE_GROUP, Severity.HIGH, "CIS 5.4.3", "R17", of_stack=True)
def nodes_in_private_subnets(subject: Subject) -> Iterator[str]:
    """A node in a public subnet is one security group away from the internet.

    Keep node groups on network.private_subnet_ids in __main__.py.
    """
    for subnet in subject.named("subnetIds", SUBNET, several=True):
        if is_public(subject.graph, subnet):
            yield f"is in {subnet}, which leads to an internet gateway"


@rule(LAUNCH_TEMPLATE, Severity.HIGH, "CKV_AWS_79", "BP", "R26")
def imds_v2_only(subject: Subject) -> Iterator[str]:
    """Version 1 of the metadata service gives a node's credentials to a forged request.

    Keep http_tokens="required" in components/cluster/nodes.py.
    """
    if subject.read("metadataOptions.httpEndpoint") != "disabled":
        tokens = subject.read("metadataOptions.httpTokens", "optional")
        if tokens != "required":
            yield f"has tokens {tokens} for the metadata service"


@rule(LAUNCH_TEMPLATE, Severity.HIGH, "CKV_AWS_341", "BP", "R26")
def imds_out_of_reach_of_pods(subject: Subject) -> Iterator[str]:
    """With a hop limit above 1 every pod can take the node's credentials.

    Keep http_put_response_hop_limit=1 in components/cluster/nodes.py.
    """
    limit = subject.read("metadataOptions.httpPutResponseHopLimit", 1)
    if limit != 1:
        yield f"has a hop limit of {whole(limit)}"


@rule(LAUNCH_TEMPLATE, Severity.HIGH, "CKV_AWS_8", "R26")
def node_disks_encrypted(subject: Subject) -> Iterator[str]:
    """Whoever gets a copy of an unencrypted disk reads its images, logs and volumes of pods.

    Keep encrypted disks in components/cluster/nodes.py.
    """
    disks = subject.items("blockDeviceMappings")
    if not disks:
        yield "names no disk, and the image's own may not be encrypted"
    for disk in disks:
        if read(disk, "ebs") and str(read(disk, "ebs.encrypted", "false")).lower() != "true":
            yield f"has an unencrypted disk: {read(disk, 'deviceName', 'without a name')}"


@rule(LAUNCH_TEMPLATE, Severity.HIGH, "CKV_AWS_88", "R17")
def nodes_without_public_addresses(subject: Subject) -> Iterator[str]:
    """A node with a public address can be reached from the internet.

    Leave network_interfaces out of components/cluster/nodes.py.
    """
    for interface in subject.items("networkInterfaces"):
        if str(read(interface, "associatePublicIpAddress", "false")).lower() == "true":
            yield "gives nodes public addresses"


@rule(NODE_GROUP, Severity.HIGH, "BP", "R8", of_stack=True)
def node_role_carries_no_more_than_nodes_need(subject: Subject) -> Iterator[str]:
    """What the node role may do, a pod that escapes may do, on every node.

    Give the permission to a role of one service account, with IrsaRole in
    components/identity/irsa.py, and not to NodeRole.
    """
    for role in subject.named("nodeRoleArn", ROLE):
        for attachment in subject.graph.users(role, ATTACHMENT, "role"):
            policy = str(attachment.properties["policyArn"]).rsplit("/", maxsplit=1)[-1]
            if policy not in NODE_POLICIES:
                yield f"has a role that carries {policy}"
