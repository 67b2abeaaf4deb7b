"""Each requirement's check sees its requirement broken, and no other check is alarmed.

A breakage changes the exported graph of a shipped stack in one place, as a careless edit of the
program would.
"""

import json
from collections.abc import Callable

import pytest
from breakages import Breakage, Data, cut, inputs, resources
from conftest import exported_text
from graph_model import Graph
from requirement_checks import CHECKS, violations

BREAKAGES: dict[str, tuple[set[int], Breakage]] = {}

CLUSTER = "aws:eks/cluster:Cluster"
LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
ADDON = "aws:eks/addon:Addon"
RELEASE = "kubernetes:helm.sh/v3:Release"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
STORAGE_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"
SUBNET = "aws:ec2/subnet:Subnet"


def breaks(*numbers: int) -> Callable[[Breakage], Breakage]:
    """Registers a breakage with the requirements that it breaks."""

    def register(breakage: Breakage) -> Breakage:
        BREAKAGES[breakage.__name__] = (set(numbers), breakage)
        return breakage

    return register


@breaks(1, 3, 4)
def nodes_do_not_wait_for_the_cni(data: Data) -> None:
    cut(resources(data, NODE_GROUP)[0], resources(data, ADDON, "vpc-cni"))


@breaks(2)
def the_cni_waits_for_its_role_alone(data: Data) -> None:
    attachments = resources(data, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "vpc-cni")
    cut(resources(data, ADDON, "vpc-cni")[0], attachments)


@breaks(3)
def kube_proxy_comes_late(data: Data) -> None:
    cut(resources(data, NODE_GROUP)[0], resources(data, ADDON, "kube-proxy"))


@breaks(3)
def metrics_server_comes_early(data: Data) -> None:
    cut(resources(data, ADDON, "metrics-server")[0], resources(data, NODE_GROUP))


@breaks(4, 6)
def the_ingress_does_not_wait_for_its_controller(data: Data) -> None:
    cut(resources(data, INGRESS)[0], resources(data, RELEASE, "load-balancer-controller"))


@breaks(4)
def the_controller_loses_a_policy_first(data: Data) -> None:
    token = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    attachments = resources(data, token, "load-balancer-controller-manage")
    cut(resources(data, RELEASE, "load-balancer-controller")[0], attachments)


@breaks(5)
def the_class_does_not_wait_for_the_driver(data: Data) -> None:
    cut(resources(data, STORAGE_CLASS)[0], resources(data, RELEASE, "nfs"))


@breaks(5)
def the_driver_does_not_wait_for_a_mount_target(data: Data) -> None:
    targets = resources(data, "aws:efs/mountTarget:MountTarget")
    cut(resources(data, RELEASE, "nfs")[0], targets[:1])


@breaks(4, 6)
def nodes_do_not_wait_for_a_nat_route(data: Data) -> None:
    cut(resources(data, NODE_GROUP)[0], resources(data, "aws:ec2/route:Route", "nat")[:1])


@breaks(6)
def nodes_do_not_wait_for_a_private_association(data: Data) -> None:
    token = "aws:ec2/routeTableAssociation:RouteTableAssociation"
    cut(resources(data, NODE_GROUP)[0], resources(data, token, "private")[:1])


@breaks(6)
def a_nat_gateway_does_not_wait_for_its_way_out(data: Data) -> None:
    token = "aws:ec2/routeTableAssociation:RouteTableAssociation"
    cut(resources(data, "aws:ec2/natGateway:NatGateway")[0], resources(data, token, "public"))


@breaks(7)
def kubernetes_does_not_wait_for_access(data: Data) -> None:
    provider = resources(data, "pulumi:providers:kubernetes", "cluster-kubernetes")[0]
    token = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
    cut(provider, resources(data, token))


@breaks(8)
def nodes_carry_the_cni_policy(data: Data) -> None:
    token = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    arn = "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"
    inputs(data, token, "nodes-registry")["policyArn"] = arn


@breaks(9)
def a_role_trusts_every_service_account(data: Data) -> None:
    role = inputs(data, "aws:iam/role:Role", "vpc-cni")
    role["assumeRolePolicy"] = role["assumeRolePolicy"].replace("aws-node", "*")


@breaks(9)
def a_role_trusts_every_audience(data: Data) -> None:
    role = inputs(data, "aws:iam/role:Role", "vpc-cni")
    trust = json.loads(role["assumeRolePolicy"])
    equals = trust["Statement"][0]["Condition"]["StringEquals"]
    del equals[next(key for key in equals if key.endswith(":aud"))]
    role["assumeRolePolicy"] = json.dumps(trust)


@breaks(10)
def access_is_by_config_map_too(data: Data) -> None:
    inputs(data, CLUSTER)["accessConfig"]["authenticationMode"] = "API_AND_CONFIG_MAP"


@breaks(11)
def a_policy_allows_everything_of_a_service(data: Data) -> None:
    policy = inputs(data, "aws:iam/policy:Policy", "manage")
    policy["policy"] = policy["policy"].replace("ec2:CreateSecurityGroup", "ec2:*")


@breaks(11)
def a_policy_is_not_narrowed(data: Data) -> None:
    policy = inputs(data, "aws:iam/policy:Policy", "manage")
    document = json.loads(policy["policy"])
    for statement in document["Statement"]:
        if "elasticloadbalancing:RegisterTargets" in statement["Action"]:
            statement["Resource"] = "*"
    policy["policy"] = json.dumps(document)


@breaks(11)
def an_arn_names_another_partition(data: Data) -> None:
    log = inputs(data, "aws:ec2/flowLog:FlowLog")
    log["iamRoleArn"] = log["iamRoleArn"].replace("arn:aws:", "arn:aws-cn:")


@breaks(13, 20)
def two_subnets_overlap(data: Data) -> None:
    one, other = resources(data, SUBNET, "private")[:2]
    one["inputs"]["cidrBlock"] = other["inputs"]["cidrBlock"]


@breaks(14)
def a_public_subnet_is_not_tagged(data: Data) -> None:
    del inputs(data, SUBNET, "public")["tags"]["kubernetes.io/role/elb"]


@breaks(14, 20)
def a_control_plane_subnet_is_small(data: Data) -> None:
    subnet = inputs(data, SUBNET, "control-plane")
    subnet["cidrBlock"] = subnet["cidrBlock"].split("/")[0] + "/28"


@breaks(15)
def two_zones_swap_their_nat_gateways(data: Data) -> None:
    one, other = resources(data, "aws:ec2/route:Route", "nat")[:2]
    one["inputs"]["natGatewayId"], other["inputs"]["natGatewayId"] = (
        other["inputs"]["natGatewayId"],
        one["inputs"]["natGatewayId"],
    )


@breaks(16)
def the_default_security_group_has_a_rule(data: Data) -> None:
    token = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
    inputs(data, token)["ingress"] = [{"protocol": "-1", "self": True}]


@breaks(16)
def flow_logs_are_kept_for_ever(data: Data) -> None:
    del inputs(data, "aws:cloudwatch/logGroup:LogGroup", "flow-logs")["retentionInDays"]


@breaks(16)
def the_s3_endpoint_misses_a_table(data: Data) -> None:
    endpoint = inputs(data, "aws:ec2/vpcEndpoint:VpcEndpoint", "s3")
    table = resources(data, "aws:ec2/routeTable:RouteTable", "private")[0]["id"]
    endpoint["routeTableIds"].remove(table)


@breaks(17)
def nodes_are_in_a_public_subnet(data: Data) -> None:
    public = resources(data, SUBNET, "public")[0]["id"]
    inputs(data, NODE_GROUP)["subnetIds"].append(public)


@breaks(17)
def a_subnet_gives_public_addresses(data: Data) -> None:
    inputs(data, SUBNET, "private")["mapPublicIpOnLaunch"] = True


@breaks(18)
def a_second_group_is_owned_by_the_cluster(data: Data) -> None:
    group = inputs(data, "aws:ec2/securityGroup:SecurityGroup", "nfs")
    group["tags"]["kubernetes.io/cluster/eks-platform-prod"] = "owned"


@breaks(18)
def nodes_get_a_group_of_their_own(data: Data) -> None:
    inputs(data, LAUNCH_TEMPLATE)["vpcSecurityGroupIds"] = ["sg-1"]


def environment(data: Data) -> Data:
    """Returns the CNI's environment."""
    addon = inputs(data, ADDON, "vpc-cni")
    found: Data = json.loads(addon["configurationValues"]).get("env", {})
    return found


def configure(data: Data, environment: Data) -> None:
    """Gives the CNI another environment."""
    addon = inputs(data, ADDON, "vpc-cni")
    configuration = {**json.loads(addon["configurationValues"]), "env": environment}
    addon["configurationValues"] = json.dumps(configuration, sort_keys=True, separators=(",", ":"))


@breaks(19)
def nodes_take_the_default_number_of_pods(data: Data) -> None:
    del inputs(data, LAUNCH_TEMPLATE)["userData"]


@breaks(19)
def prefixes_are_switched_off_under_the_nodes(data: Data) -> None:
    configure(data, {"WARM_ENI_TARGET": "1"})


@breaks(20)
def a_subnet_is_too_small_for_the_plan(data: Data) -> None:
    stack = resources(data, "pulumi:pulumi:Stack")[0]
    entry = stack["outputs"]["plan"]["subnets"][0]
    entry["neededAddresses"] = entry["usableAddresses"] + 1


@breaks(20)
def nodes_outgrow_the_plan(data: Data) -> None:
    inputs(data, NODE_GROUP)["scalingConfig"]["maxSize"] = 450


@breaks(21)
def a_warm_ip_target_stands_alone(data: Data) -> None:
    configure(data, {"ENABLE_PREFIX_DELEGATION": "true", "WARM_IP_TARGET": "2"})


@breaks(21)
def one_target_overrides_another(data: Data) -> None:
    named = {"MINIMUM_IP_TARGET": "6", "WARM_IP_TARGET": "2"}
    configure(data, {**environment(data), **named})


@breaks(21)
def an_interface_target_stands_beside_prefixes(data: Data) -> None:
    configure(data, {"ENABLE_PREFIX_DELEGATION": "true", "WARM_ENI_TARGET": "1"})


@breaks(21)
def no_prefix_is_kept_warm(data: Data) -> None:
    configure(data, {**environment(data), "WARM_PREFIX_TARGET": "0"})


@breaks(29)
def the_control_plane_may_skip_a_version(data: Data) -> None:
    del resources(data, CLUSTER)[0]["resourceHooks"]


@breaks(29)
def the_cni_may_skip_a_version(data: Data) -> None:
    del resources(data, ADDON, "vpc-cni")[0]["resourceHooks"]


@breaks(29)
def nodes_may_fall_behind(data: Data) -> None:
    del resources(data, NODE_GROUP)[0]["resourceHooks"]


@breaks(22)
def addon_configuration_is_not_sorted(data: Data) -> None:
    addon = inputs(data, ADDON, "vpc-cni")
    items = reversed(json.loads(addon["configurationValues"]).items())
    addon["configurationValues"] = json.dumps(dict(items), separators=(",", ":"))


@breaks(22)
def an_environment_value_is_a_number(data: Data) -> None:
    configure(data, {**environment(data), "WARM_PREFIX_TARGET": 1})


@breaks(23)
def the_cni_forgets_what_is_tuned(data: Data) -> None:
    inputs(data, ADDON, "vpc-cni")["resolveConflictsOnUpdate"] = "OVERWRITE"


@breaks(24)
def the_key_does_not_rotate(data: Data) -> None:
    inputs(data, "aws:kms/key:Key", "secrets")["enableKeyRotation"] = False


@breaks(24)
def a_log_type_is_missing(data: Data) -> None:
    inputs(data, CLUSTER)["enabledClusterLogTypes"].remove("audit")


@breaks(24)
def the_cluster_does_not_wait_for_its_log_group(data: Data) -> None:
    groups = resources(data, "aws:cloudwatch/logGroup:LogGroup", "cluster-control-plane")
    cut(resources(data, CLUSTER)[0], groups)


@breaks(24)
def prod_can_be_deleted(data: Data) -> None:
    inputs(data, CLUSTER)["deletionProtection"] = False


@breaks(25)
def the_endpoint_is_open(data: Data) -> None:
    config = inputs(data, CLUSTER)["vpcConfig"]
    config.update(endpointPublicAccess=True, publicAccessCidrs=["0.0.0.0/0"])


@breaks(25)
def the_endpoint_says_nothing(data: Data) -> None:
    config = inputs(data, CLUSTER)["vpcConfig"]
    config.pop("endpointPublicAccess", None)
    config.pop("publicAccessCidrs", None)


@breaks(26)
def the_hop_limit_is_two(data: Data) -> None:
    inputs(data, LAUNCH_TEMPLATE)["metadataOptions"]["httpPutResponseHopLimit"] = 2


@breaks(26)
def a_disk_is_in_clear(data: Data) -> None:
    inputs(data, LAUNCH_TEMPLATE)["blockDeviceMappings"][0]["ebs"]["encrypted"] = "false"


@breaks(26)
def the_controller_asks_the_metadata_service(data: Data) -> None:
    del inputs(data, RELEASE, "load-balancer-controller")["values"]["vpcId"]


@breaks(27)
def the_provider_knows_the_cluster_by_its_kubeconfig(data: Data) -> None:
    del inputs(data, "pulumi:providers:kubernetes", "cluster-kubernetes")["clusterIdentifier"]


@breaks(28)
def the_size_is_reset(data: Data) -> None:
    del resources(data, NODE_GROUP)[0]["ignoreChanges"]


@breaks(30)
def the_controller_sends_to_nodes(data: Data) -> None:
    values = inputs(data, RELEASE, "load-balancer-controller")["values"]
    values["defaultTargetType"] = "instance"


@breaks(30)
def a_service_opens_a_node_port(data: Data) -> None:
    inputs(data, "kubernetes:core/v1:Service")["spec"]["type"] = "NodePort"


@breaks(31)
def the_controller_is_alone(data: Data) -> None:
    inputs(data, RELEASE, "load-balancer-controller")["values"]["replicaCount"] = 1


@breaks(31)
def the_service_webhook_is_on(data: Data) -> None:
    values = inputs(data, RELEASE, "load-balancer-controller")["values"]
    del values["enableServiceMutatorWebhook"]


@breaks(32)
def there_is_no_pre_stop(data: Data) -> None:
    spec = inputs(data, DEPLOYMENT)["spec"]["template"]["spec"]
    del spec["containers"][0]["lifecycle"]


@breaks(32)
def the_idle_timeout_is_long(data: Data) -> None:
    annotations = inputs(data, INGRESS)["metadata"]["annotations"]
    key = "alb.ingress.kubernetes.io/load-balancer-attributes"
    annotations[key] = annotations[key].replace("=60", "=3600")


@breaks(33)
def there_are_no_readiness_gates(data: Data) -> None:
    labels = inputs(data, "kubernetes:core/v1:Namespace")["metadata"]["labels"]
    del labels["elbv2.k8s.aws/pod-readiness-gate-inject"]


@breaks(6, 33)
def pods_come_before_the_ingress(data: Data) -> None:
    cut(resources(data, DEPLOYMENT)[0], resources(data, INGRESS))


@breaks(33)
def zones_are_optional(data: Data) -> None:
    spec = inputs(data, DEPLOYMENT)["spec"]["template"]["spec"]
    spec["topologySpreadConstraints"][0]["whenUnsatisfiable"] = "ScheduleAnyway"


@breaks(34)
def a_container_may_write(data: Data) -> None:
    container = inputs(data, DEPLOYMENT)["spec"]["template"]["spec"]["containers"][0]
    container["securityContext"]["readOnlyRootFilesystem"] = False


@breaks(34)
def an_image_floats(data: Data) -> None:
    container = inputs(data, DEPLOYMENT)["spec"]["template"]["spec"]["containers"][0]
    container["image"] = "nginx:latest"


@breaks(35)
def the_file_server_is_a_service_name(data: Data) -> None:
    parameters = inputs(data, STORAGE_CLASS)["parameters"]
    parameters["server"] = "nfs.storage.svc.cluster.local"


@breaks(36)
def mounts_are_soft(data: Data) -> None:
    options = inputs(data, STORAGE_CLASS)["mountOptions"]
    options[options.index("hard")] = "soft"


@breaks(37)
def the_file_system_is_in_clear(data: Data) -> None:
    inputs(data, "aws:efs/fileSystem:FileSystem")["encrypted"] = False


@breaks(37)
def the_file_system_is_open_to_the_vpc(data: Data) -> None:
    token = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    rule = inputs(data, token, "nfs-nodes")
    del rule["referencedSecurityGroupId"]
    rule["cidrIpv4"] = "10.0.0.0/8"


@breaks(37)
def prod_has_no_backups(data: Data) -> None:
    policy = inputs(data, "aws:efs/backupPolicy:BackupPolicy")
    policy["backupPolicy"]["status"] = "DISABLED"


@breaks(39)
def a_resource_has_no_tags(data: Data) -> None:
    del inputs(data, "aws:efs/fileSystem:FileSystem")["tags"]


@pytest.mark.parametrize("name", sorted(BREAKAGES))
def test_a_broken_requirement_is_seen(name: str) -> None:
    data = json.loads(exported_text("prod"))
    numbers, breakage = BREAKAGES[name]
    breakage(data)
    assert violations(Graph(data)).keys() == numbers


def test_every_check_was_seen_to_fail() -> None:
    seen = {number for numbers, _ in BREAKAGES.values() for number in numbers}
    assert seen == set(CHECKS)
