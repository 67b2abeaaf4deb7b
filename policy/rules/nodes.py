"""Node groups and their instances."""

from collections.abc import Iterator
from typing import Final

from deployment.types import ATTACHMENT, LAUNCH_TEMPLATE, NODE_GROUP, ROLE, SUBNET

from .network_paths import is_public
from .reading import read, whole
from .registry import Severity, Subject, rule

# The last part of their ARNs; the second registry policy is a narrower one
# (https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html).
NODE_POLICIES: Final = frozenset(
    {
        "AmazonEKSWorkerNodePolicy",
        "AmazonEC2ContainerRegistryReadOnly",
        "AmazonEC2ContainerRegistryPullOnly",
        "AmazonSSMManagedInstanceCore",
    }
)


@rule(
    subjects=[NODE_GROUP],
    severity=Severity.HIGH,
    sources=["CKV_AWS_100"],
    remediation="Leave remote_access out of components/cluster/nodes.py; "
    "Session Manager needs no port.",
)
def no_open_ssh(subject: Subject) -> Iterator[str]:
    """With a key and no source groups, EKS opens port 22 of every node to the internet."""
    access = subject.read("remoteAccess", {})
    if read(access, "ec2SshKey") and not read(access, "sourceSecurityGroupIds"):
        yield "opens SSH to everybody"


@rule(
    subjects=[NODE_GROUP],
    severity=Severity.HIGH,
    sources=["CIS 5.4.3", "R17"],
    remediation="Keep node groups on network.private_subnet_ids in __main__.py.",
    of_stack=True,
)
def nodes_in_private_subnets(subject: Subject) -> Iterator[str]:
    """A node in a public subnet is one security group away from the internet."""
    for subnet in subject.named("subnetIds", SUBNET, several=True):
        if is_public(subject.graph, subnet):
            yield f"is in {subnet}, which leads to an internet gateway"


@rule(
    subjects=[LAUNCH_TEMPLATE],
    severity=Severity.HIGH,
    sources=["CKV_AWS_79", "BP", "R26"],
    remediation='Keep http_tokens="required" in components/cluster/nodes.py.',
)
def imds_v2_only(subject: Subject) -> Iterator[str]:
    """Version 1 of the metadata service gives a node's credentials to a forged request."""
    if subject.read("metadataOptions.httpEndpoint") != "disabled":
        tokens = subject.read("metadataOptions.httpTokens", "optional")
        if tokens != "required":
            yield f"has tokens {tokens} for the metadata service"


@rule(
    subjects=[LAUNCH_TEMPLATE],
    severity=Severity.HIGH,
    sources=["CKV_AWS_341", "BP", "R26"],
    remediation="Keep http_put_response_hop_limit=1 in components/cluster/nodes.py.",
)
def imds_out_of_reach_of_pods(subject: Subject) -> Iterator[str]:
    """With a hop limit above 1 every pod can take the node's credentials."""
    limit = subject.read("metadataOptions.httpPutResponseHopLimit", 1)
    if limit != 1:
        yield f"has a hop limit of {whole(limit)}"


@rule(
    subjects=[LAUNCH_TEMPLATE],
    severity=Severity.HIGH,
    sources=["CKV_AWS_8", "R26"],
    remediation="Keep encrypted disks in components/cluster/nodes.py.",
)
def node_disks_encrypted(subject: Subject) -> Iterator[str]:
    """A node's disk holds images, logs and the volumes of pods in clear otherwise."""
    disks = subject.items("blockDeviceMappings")
    if not disks:
        yield "names no disk, and an image's own may be in clear"
    for disk in disks:
        if read(disk, "ebs") and str(read(disk, "ebs.encrypted", "false")).lower() != "true":
            yield f"has a disk in clear: {read(disk, 'deviceName', 'without a name')}"


@rule(
    subjects=[LAUNCH_TEMPLATE],
    severity=Severity.HIGH,
    sources=["CKV_AWS_88", "R17"],
    remediation="Leave network_interfaces out of components/cluster/nodes.py.",
)
def nodes_without_public_addresses(subject: Subject) -> Iterator[str]:
    """A node with a public address can be reached from the internet."""
    for interface in subject.items("networkInterfaces"):
        if str(read(interface, "associatePublicIpAddress", "false")).lower() == "true":
            yield "gives nodes public addresses"


@rule(
    subjects=[NODE_GROUP],
    severity=Severity.HIGH,
    sources=["BP", "R8"],
    remediation="Give the permission to a role of one service account, with IrsaRole in "
    "components/identity/irsa.py, and not to NodeRole.",
    of_stack=True,
)
def node_role_carries_no_more_than_nodes_need(subject: Subject) -> Iterator[str]:
    """What the node role may do, a pod that escapes may do, on every node."""
    for role in subject.named("nodeRoleArn", ROLE):
        for attachment in subject.graph.users(role, ATTACHMENT, "role"):
            policy = str(attachment.properties["policyArn"]).rsplit("/", maxsplit=1)[-1]
            if policy not in NODE_POLICIES:
                yield f"has a role that carries {policy}"
