"""Node groups and their instances."""

from collections.abc import Iterator
from typing import Final

from deployment.resource import Resource
from deployment.types import (
    ATTACHMENT,
    ATTACHMENTS,
    AUTO_SCALING_GROUP,
    CLUSTER,
    DISK_ENCRYPTION,
    LAUNCH_CONFIGURATION,
    LAUNCH_TEMPLATE,
    NODE_GROUP,
    ROLE,
    ROLE_POLICY,
    TEMPLATE_STACK,
)
from policy.catalogue import Severity, Subject, rule
from policy.documents import name_of
from policy.graph import Graph, once
from policy.machines import are_nodes, roles, subnets
from policy.reading import flag, mapping, mappings, read, text, texts, whole
from policy.routes import is_public
from policy.templates import groups_of

# The last part of their ARNs; the second registry policy is a narrower one, and the last policy is
# what Auto Mode's nodes need (https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html,
# https://docs.aws.amazon.com/eks/latest/userguide/auto-create-node-role.html).
NODE_POLICIES: Final = {
    "AmazonEKSWorkerNodePolicy",
    "AmazonEC2ContainerRegistryReadOnly",
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonSSMManagedInstanceCore",
    "AmazonEKSWorkerNodeMinimalPolicy",
}
TEMPLATES: Final = (LAUNCH_TEMPLATE, LAUNCH_CONFIGURATION)


@rule(NODE_GROUP, Severity.HIGH, "CKV_AWS_100")
def no_open_ssh(subject: Subject) -> Iterator[str]:
    """With a key and no source groups, EKS opens port 22 of every node to the internet.

    Leave remoteAccess out, or name remoteAccess.sourceSecurityGroupIds.

    Leave remote_access out of components/cluster/nodes.py; Session Manager needs no port.
    """
    access = mapping(subject.resource.properties, "remoteAccess")
    if text(access, "ec2SshKey") and not texts(access, "sourceSecurityGroupIds"):
        yield "opens SSH to everybody"


@rule(
    [NODE_GROUP, AUTO_SCALING_GROUP, TEMPLATE_STACK],
    Severity.HIGH,
    "CIS 5.4.3",
    "R17",
    of_stack=True,
)
def nodes_in_private_subnets(subject: Subject) -> Iterator[str]:
    """A node in a public subnet is one security group away from the internet.

    Name private subnets in subnetIds, or in vpcZoneIdentifiers.

    Keep node groups on network.private_subnet_ids in __main__.py.
    """
    if subject.resource.type == TEMPLATE_STACK:
        # What it makes stands beside it; it is judged by itself where that cannot be read.
        list(groups_of(subject.resource))
    elif are_nodes(subject.graph, subject.resource):
        for subnet in subnets(subject.graph, subject.resource):
            if is_public(subject.graph, subnet):
                yield f"is in {subnet}, which leads to an internet gateway"


@rule(TEMPLATES, Severity.HIGH, "CKV_AWS_79", "BP", "R26")
def imds_v2_only(subject: Subject) -> Iterator[str]:
    """Version 1 of the metadata service gives a node's credentials to a forged request.

    Set metadataOptions.httpTokens to required.

    Keep http_tokens="required" in components/cluster/nodes.py.
    """
    if subject.text("metadataOptions.httpEndpoint") != "disabled":
        tokens = subject.text("metadataOptions.httpTokens", "optional")
        if tokens != "required":
            yield f"has tokens {tokens} for the metadata service"


@rule(TEMPLATES, Severity.HIGH, "CKV_AWS_341", "BP", "R26")
def imds_out_of_reach_of_pods(subject: Subject) -> Iterator[str]:
    """With a hop limit above 1 every pod can take the node's credentials.

    Set metadataOptions.httpPutResponseHopLimit to 1.

    Keep http_put_response_hop_limit=1 in components/cluster/nodes.py.
    """
    limit = subject.number("metadataOptions.httpPutResponseHopLimit", 1)
    if limit != 1 and subject.text("metadataOptions.httpEndpoint") != "disabled":
        yield f"has a hop limit of {whole(limit)}"


@rule([*TEMPLATES, NODE_GROUP], Severity.HIGH, "CKV_AWS_8", "R26", of_stack=True)
def node_disks_encrypted(subject: Subject) -> Iterator[str]:
    """Whoever gets a copy of an unencrypted disk reads its images, logs and volumes of pods.

    Set blockDeviceMappings with ebs.encrypted true (of a launch configuration rootBlockDevice), or
    encrypt all disks of the region with aws.ebs.EncryptionByDefault.

    Keep encrypted disks in components/cluster/nodes.py.
    """
    if encrypts_by_default(subject.graph):
        return
    if subject.resource.type == NODE_GROUP:
        # https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html#managed-node-group-concepts
        if subject.read("launchTemplate") is None:
            yield "has no launch template, and EKS's own encrypts no disk"
        return
    if subject.resource.type == LAUNCH_CONFIGURATION:
        yield from _of_configuration(subject)
        return
    disks = subject.mappings("blockDeviceMappings")
    if not disks:
        yield "names no disk, and the image's own may not be encrypted"
    for disk in disks:
        if read(disk, "ebs") and not flag(disk, "ebs.encrypted"):
            yield f"has an unencrypted disk: {text(disk, 'deviceName', 'without a name')}"


def _of_configuration(subject: Subject) -> Iterator[str]:
    if not subject.flag("rootBlockDevice.encrypted"):
        yield "has an unencrypted disk: rootBlockDevice"
    for disk in subject.mappings("ebsBlockDevices"):
        if not flag(disk, "encrypted"):
            yield f"has an unencrypted disk: {text(disk, 'deviceName', 'without a name')}"


@once
def encrypts_by_default(graph: Graph) -> bool:
    """Returns whether the stack makes EC2 encrypt every new disk of the region."""
    return any(flag(one.properties, "enabled", default=True) for one in graph.of(DISK_ENCRYPTION))


@rule(TEMPLATES, Severity.HIGH, "CKV_AWS_88", "R17")
def nodes_without_public_addresses(subject: Subject) -> Iterator[str]:
    """A node with a public address can be reached from the internet.

    Leave associatePublicIpAddress out of networkInterfaces, or set it to false.

    Leave network_interfaces out of components/cluster/nodes.py.
    """
    is_template = subject.resource.type == LAUNCH_TEMPLATE
    own = subject.resource.properties
    for interface in subject.mappings("networkInterfaces") if is_template else [own]:
        if flag(interface, "associatePublicIpAddress"):
            yield "gives nodes public addresses"


@rule([NODE_GROUP, AUTO_SCALING_GROUP, CLUSTER], Severity.HIGH, "BP", "R8", of_stack=True)
def node_role_carries_no_more_than_nodes_need(subject: Subject) -> Iterator[str]:
    """What the node role may do, a pod that escapes may do, on every node.

    Give the permission to a role of one service account, by IRSA or by Pod Identity, and take it
    off the role that nodeRoleArn names, or that the launch template's instance profile has.

    Give the permission to a role of one service account, with IrsaRole in
    components/identity/irsa.py, and not to NodeRole.
    """
    for role in _roles(subject):
        for policy in carried(subject.graph, role):
            if policy not in NODE_POLICIES:
                yield f"has a role that carries {policy}"


def _roles(subject: Subject) -> list[Resource]:
    """Returns the roles of nodes: of a node group, of a group of one's own, of Auto Mode."""
    if subject.resource.type == NODE_GROUP:
        return subject.named("nodeRoleArn", ROLE)
    if subject.resource.type == CLUSTER:
        return subject.named("computeConfig.nodeRoleArn", ROLE)
    is_of_nodes = are_nodes(subject.graph, subject.resource)
    return roles(subject.graph, subject.resource) if is_of_nodes else []


def carried(graph: Graph, role: Resource) -> Iterator[str]:
    """Yields the names of the policies of a role, in whatever way it has them."""
    for token, path in ((ATTACHMENT, "role"), (ATTACHMENTS, "roles")):
        for attachment in graph.users(role, token, path):
            yield name_of(text(attachment.properties, "policyArn"))
    yield from map(name_of, texts(role.properties, "managedPolicyArns"))
    for policy in graph.users(role, ROLE_POLICY, "role"):
        yield f"the policy {policy} of its own"
    for inline in mappings(role.properties, "inlinePolicies"):
        if read(inline, "policy"):
            yield f"the policy {text(inline, 'name', 'without a name')} of its own"
