"""Storage: requirements 5 and 35 to 37."""

import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any

from graph_model import Graph

from deployment.resource import Resource
from requirement_checks.network import subnets_by_role
from requirement_checks.ordering import NODE_GROUP, attachments_of
from requirement_checks.registry import requirement
from requirement_checks.workloads import DEPLOYMENT, SERVICE, STATEFUL_SET, pod_of

STORAGE_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"
CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
MOUNT_TARGET = "aws:efs/mountTarget:MountTarget"
NETWORK_POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
NFS_PORT = 2049


def classes_of(graph: Graph, provisioner: str) -> list[Resource]:
    """Returns the StorageClasses of a driver."""
    return [c for c in graph.of(STORAGE_CLASS) if c.inputs["provisioner"] == provisioner]


def name_of(resource: Resource) -> str:
    """Returns the name of an object in the cluster."""
    name: str = resource.outputs["metadata"]["name"]
    return name


def place_of(resource: Resource) -> str:
    """Returns the namespace of an object in the cluster."""
    namespace: str = resource.inputs["metadata"]["namespace"]
    return namespace


def cluster_ips(graph: Graph) -> dict[str, Resource]:
    """Returns the Services by their cluster IPs."""
    return {service.outputs["spec"]["clusterIP"]: service for service in graph.of(SERVICE)}


def file_servers(graph: Graph) -> list[Resource]:
    """Returns the workloads in the cluster behind the server of an NFS class."""
    services = cluster_ips(graph)
    servers = {c.inputs["parameters"]["server"] for c in classes_of(graph, "nfs.csi.k8s.io")}
    places = {place_of(services[server]) for server in servers & services.keys()}
    return [workload for workload in graph.of(STATEFUL_SET) if place_of(workload) in places]


def claims_of(workload: Resource) -> set[str]:
    """Returns the names of the claims that a workload's pods share."""
    return {
        volume["persistentVolumeClaim"]["claimName"]
        for volume in pod_of(workload).get("volumes", [])
        if "persistentVolumeClaim" in volume
    }


@requirement(5)
def storage_goes_from_its_users_to_its_server(graph: Graph) -> Iterator[str]:
    classes = {name_of(storage_class): storage_class for storage_class in graph.of(STORAGE_CLASS)}
    claims = {(place_of(claim), name_of(claim)): claim for claim in graph.of(CLAIM)}
    for workload in [*graph.of(DEPLOYMENT), *graph.of(STATEFUL_SET)]:
        for name in claims_of(workload):
            yield from graph.missing_waits([workload], [claims[place_of(workload), name]])
        for template in workload.inputs["spec"].get("volumeClaimTemplates", []):
            yield from graph.missing_waits(
                [workload], [classes[template["spec"]["storageClassName"]]]
            )
    for claim in claims.values():
        yield from graph.missing_waits([claim], [classes[claim.inputs["spec"]["storageClassName"]]])
    driver = graph.release("csi-driver-nfs")
    yield from graph.missing_waits(classes_of(graph, "nfs.csi.k8s.io"), [driver])
    servers = [*graph.of(MOUNT_TARGET), *file_servers(graph)]
    yield from graph.missing_waits([driver], [*servers, *graph.of(NODE_GROUP)])
    for storage_class in classes_of(graph, "ebs.csi.aws.com"):
        addon = graph.addon("aws-ebs-csi-driver")
        yield from graph.missing_waits([storage_class], [addon])
        attachments = attachments_of(graph, addon.inputs["serviceAccountRoleArn"])
        yield from graph.missing_waits([addon], [*attachments, *graph.of(NODE_GROUP)])


@requirement(35)
def nodes_reach_the_file_server(graph: Graph) -> Iterator[str]:
    systems = {fs.outputs["dnsName"] for fs in graph.of("aws:efs/fileSystem:FileSystem")}
    for storage_class in graph.of(STORAGE_CLASS):
        for key, value in storage_class.inputs["parameters"].items():
            if re.search(r"\.svc(\.|$)|\.cluster\.local\.?$|(^|\.)localhost$", value):
                yield f"{storage_class} has {key} {value}, which no node resolves"
    for storage_class in classes_of(graph, "nfs.csi.k8s.io"):
        server: str = storage_class.inputs["parameters"]["server"]
        if re.fullmatch(r"[\d.]+", server):
            if ip_address(server).is_loopback or ip_address(server).is_link_local:
                yield f"{storage_class} is served by {server}, which each node has of its own"
        elif "." not in server or (systems and server not in systems):
            yield f"{storage_class} is served by {server}, which is nobody's"
    vpc = graph.one("aws:ec2/vpc:Vpc").inputs
    if not (vpc.get("enableDnsSupport") and vpc.get("enableDnsHostnames")):
        yield "the VPC resolves no names"


@requirement(36)
def mounts_wait_and_volumes_are_kept_by_decision(graph: Graph) -> Iterator[str]:
    secrets = {name_of(secret): secret for secret in graph.of("kubernetes:core/v1:Secret")}
    for storage_class in classes_of(graph, "nfs.csi.k8s.io"):
        options = storage_class.inputs.get("mountOptions", [])
        parameters = storage_class.inputs["parameters"]
        if not any(option.startswith("nfsvers=") for option in options) or "hard" not in options:
            yield f"{storage_class} mounts with {options}"
        if not storage_class.inputs.get("reclaimPolicy") or not parameters.get("onDelete"):
            yield f"{storage_class} says nothing of deleted volumes"
        secret = secrets.get(parameters.get("csi.storage.k8s.io/provisioner-secret-name", ""))
        # What it says is secret here; test_nfs_storage.py compares it with the class.
        if secret is None or not secret.inputs.get("stringData"):
            yield f"{storage_class} deletes volumes without its mount options"
        if parameters.get("mountPermissions", "0777") not in {"0", "0750", "0770"}:
            yield f"{storage_class} opens volumes to everybody"
        if "${pvc.metadata.namespace}/${pvc.metadata.name}" not in parameters.get("subDir", ""):
            yield f"{storage_class} puts claims into one directory"


@requirement(37)
def files_are_encrypted_near_and_for_nodes_only(graph: Graph) -> Iterator[str]:
    for file_system in graph.of("aws:efs/fileSystem:FileSystem"):
        yield from _efs_faults(graph, file_system)
    for storage_class in classes_of(graph, "ebs.csi.aws.com"):
        if storage_class.inputs["parameters"].get("encrypted") != "true":
            yield f"{storage_class} makes volumes in clear"
    private = {subnet.inputs["cidrBlock"] for subnet in subnets_by_role(graph)["private"]}
    for server in file_servers(graph):
        policies = [p for p in graph.of(NETWORK_POLICY) if place_of(p) == place_of(server)]
        opened = [_admitted(policy) for policy in policies]
        if opened != [(private, {NFS_PORT})]:
            yield f"{server} is open to {opened}"


def _efs_faults(graph: Graph, file_system: Resource) -> Iterator[str]:
    nodes = graph.one("aws:eks/cluster:Cluster").outputs["vpcConfig"]["clusterSecurityGroupId"]
    private = {subnet.id for subnet in subnets_by_role(graph)["private"]}
    rules = graph.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    production = graph.one("aws:eks/cluster:Cluster").inputs.get("tags", {}).get("environment")
    identifier = file_system.id
    if file_system.inputs.get("encrypted") is not True:
        yield f"{file_system} is in clear"
    targets = [t for t in graph.of(MOUNT_TARGET) if t.inputs["fileSystemId"] == identifier]
    if {target.inputs["subnetId"] for target in targets} != private:
        yield f"{file_system} has no mount target in each private zone"
    for group in {g for target in targets for g in target.inputs.get("securityGroups", [])}:
        opened = [rule.inputs for rule in rules if rule.inputs["securityGroupId"] == group]
        if [
            (rule.get("fromPort"), rule.get("toPort"), rule.get("referencedSecurityGroupId"))
            for rule in opened
        ] != [(NFS_PORT, NFS_PORT, nodes)]:
            yield f"{file_system} is open to {opened}"
    backups = [
        policy.inputs["backupPolicy"]["status"]
        for policy in graph.of("aws:efs/backupPolicy:BackupPolicy")
        if policy.inputs["fileSystemId"] == identifier
    ]
    if production == "prod" and backups != ["ENABLED"]:
        yield f"{file_system} has no backups in prod"


def _admitted(policy: Resource) -> tuple[set[str], set[int]]:
    """Returns the blocks and ports that a network policy admits; everybody is 0.0.0.0/0."""
    rules: list[Mapping[str, Any]] = policy.inputs["spec"].get("ingress", [])
    peers = [peer for rule in rules for peer in rule.get("from") or [{}]]
    blocks = {peer.get("ipBlock", {}).get("cidr", "0.0.0.0/0") for peer in peers}
    return blocks, {port["port"] for rule in rules for port in rule.get("ports") or [{"port": 0}]}
