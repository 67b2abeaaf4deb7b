"""Cluster and nodes: requirements 24 to 29."""

from collections.abc import Iterator

from graph_model import Graph

from requirement_checks.network import world_open
from requirement_checks.ordering import NODE_GROUP
from requirement_checks.registry import requirement

LOG_TYPES = {"api", "audit", "authenticator", "controllerManager", "scheduler"}
LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"


@requirement(24)
def the_control_plane_is_encrypted_logged_and_supported(graph: Graph) -> Iterator[str]:
    cluster = graph.one("aws:eks/cluster:Cluster")
    encryption = cluster.inputs.get("encryptionConfig", {})
    keys = {key.outputs["arn"]: key for key in graph.of("aws:kms/key:Key")}
    key = keys.get(encryption.get("provider", {}).get("keyArn", ""))
    if key is None or not key.inputs.get("enableKeyRotation"):
        yield f"secrets are encrypted by {key}, without rotation"
    if encryption.get("resources") != ["secrets"]:
        yield f"encrypted are {encryption.get('resources')}"
    if set(cluster.inputs.get("enabledClusterLogTypes", [])) != LOG_TYPES:
        yield f"logs are {cluster.inputs.get('enabledClusterLogTypes')}"
    name = f"/aws/eks/{cluster.inputs['name']}/cluster"
    groups = [
        group
        for group in graph.of("aws:cloudwatch/logGroup:LogGroup")
        if group.inputs.get("name") == name
    ]
    if not groups or not groups[0].inputs.get("retentionInDays"):
        yield f"there is no log group {name} with retention"
    else:
        # EKS makes the group again where it goes first.
        yield from graph.missing_waits([cluster], groups)
    if cluster.inputs.get("upgradePolicy", {}).get("supportType") != "STANDARD":
        yield f"support is {cluster.inputs.get('upgradePolicy')}"
    environment = cluster.inputs.get("tags", {}).get("environment")
    if environment == "prod" and cluster.inputs.get("deletionProtection") is not True:
        yield "prod can be deleted"


@requirement(25)
def the_endpoint_is_private_or_for_listed_networks(graph: Graph) -> Iterator[str]:
    config = graph.one("aws:eks/cluster:Cluster").inputs["vpcConfig"]
    if config.get("endpointPrivateAccess") is not True:
        yield "the private endpoint is off"
    # Absent means on, and absent blocks mean everybody.
    if config.get("endpointPublicAccess", True):
        blocks = config.get("publicAccessCidrs") or ["0.0.0.0/0"]
        if opened := [block for block in blocks if world_open(block)]:
            yield f"the public endpoint is open to {opened}"


@requirement(26)
def pods_cannot_take_the_nodes_credentials(graph: Graph) -> Iterator[str]:
    templates = {template.id: template for template in graph.of(LAUNCH_TEMPLATE)}
    for group in graph.of(NODE_GROUP):
        template = templates.get(group.inputs.get("launchTemplate", {}).get("id", ""))
        if template is None:
            yield f"{group} has no launch template"
            continue
        options = template.inputs.get("metadataOptions", {})
        if options.get("httpTokens") != "required":
            yield f"{template} takes IMDSv1"
        if options.get("httpPutResponseHopLimit") != 1:
            yield f"{template} answers pods: {options}"
        disks = template.inputs.get("blockDeviceMappings", [])
        if not disks or any(disk["ebs"].get("encrypted") != "true" for disk in disks):
            yield f"{template} has disks in clear: {disks}"
    values = graph.release("aws-load-balancer-controller").inputs["values"]
    if not values.get("region") or values.get("vpcId") != graph.one("aws:ec2/vpc:Vpc").id:
        yield f"the controller is told {values.get('region')}, {values.get('vpcId')}"


@requirement(27)
def the_provider_knows_the_cluster_by_its_arn(graph: Graph) -> Iterator[str]:
    arn = graph.one("aws:eks/cluster:Cluster").outputs["arn"]
    used = {r.provider for r in graph if r.type.startswith("kubernetes:")}
    for provider in graph.of("pulumi:providers:kubernetes"):
        reference = f"{provider.urn}::{provider.id}"
        if reference in used and provider.inputs.get("clusterIdentifier") != arn:
            yield f"{provider} knows the cluster by {provider.inputs.get('clusterIdentifier')}"


@requirement(28)
def an_autoscaler_may_move_the_size(graph: Graph) -> Iterator[str]:
    for group in graph.of(NODE_GROUP):
        if "scalingConfig.desiredSize" not in group.ignore_changes:
            yield f"{group} goes back to its first size on the next up"


@requirement(29)
def versions_are_guarded(graph: Graph) -> Iterator[str]:
    guarded = [
        *graph.of("aws:eks/cluster:Cluster"),
        graph.addon("vpc-cni"),
        *graph.of(NODE_GROUP),
    ]
    for resource in guarded:
        # What the hooks refuse: tests/program/test_upgrade_guard.py.
        if not resource.hooks.get("BeforeUpdate"):
            yield f"{resource} may change to any version"
