"""What must hold in a cluster for nodes, pods and controllers to work."""

from collections.abc import Iterable, Iterator
from typing import Final

from deployment.types import ACCESS_POLICY, ADDON, CLUSTER, NODE_GROUP, RELEASE, VPC_ENDPOINT

from .cloud import Cloud, Thing
from .identity import has_policy, is_trusted, is_visible, may, role_of
from .network import has_route_to_internet

# The endpoints by which nodes pull images without the internet
# (https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html).
_IMAGE_ENDPOINTS: Final = ("ecr.api", "ecr.dkr", "s3")
# The one by which the network plugin asks for addresses without the internet (the same page).
_NETWORK_ENDPOINTS: Final = ("ec2",)
# Those by which the load balancer controller gets its role and works (the same page).
_CONTROLLER_ENDPOINTS: Final = ("sts", "ec2", "elasticloadbalancing")
CONTROLLER_CHART: Final = "aws-load-balancer-controller"
# What the controller cannot do without, of its policy.
_CONTROLLER_ACTIONS: Final = (
    "ec2:DescribeSubnets",
    "elasticloadbalancing:CreateLoadBalancer",
    "elasticloadbalancing:DeleteLoadBalancer",
    "elasticloadbalancing:DescribeLoadBalancers",
)


def first(failures: Iterable[str]) -> str:
    """Returns the first failure that says something, or nothing."""
    return next(filter(None, failures), "")


def api_failure(cloud: Cloud) -> str:
    """Returns why whoever deploys cannot use the Kubernetes API; empty: they can."""
    clusters = cloud.ready(CLUSTER)
    if not clusters:
        return "configured Kubernetes cluster is unreachable: no such host"
    access = clusters[0].inputs.get("accessConfig") or {}
    # Whoever creates a cluster is its admin unless it is told otherwise
    # (https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateAccessConfigRequest.html).
    if access.get("bootstrapClusterCreatorAdminPermissions", True):
        return ""
    if any(is_visible(cloud, association) for association in admin_policies(cloud)):
        return ""
    return "Unauthorized: the server has asked for the client to provide credentials"


def admin_policies(cloud: Cloud) -> list[Thing]:
    """Returns the access policies by which somebody may do anything in the cluster."""
    return [
        association
        for association in cloud.of(ACCESS_POLICY)
        if str(association.inputs["policyArn"]).endswith("/AmazonEKSClusterAdminPolicy")
        and association.inputs["accessScope"]["type"] == "cluster"
    ]


def addon(cloud: Cloud, name: str) -> Thing | None:
    """Returns an add-on that is active."""
    return next(iter(cloud.ready(ADDON, addonName=name)), None)


def network_plugin_failure(cloud: Cloud) -> str:
    """Returns why pods get no address on a new node; empty: they get one."""
    cni = addon(cloud, "vpc-cni")
    if cni is None:
        return "container runtime network not ready: cni plugin not initialized"
    own = cni.inputs.get("serviceAccountRoleArn")
    # Without a role of its own it uses that of the nodes.
    for arn in [own] if own else [group.inputs["nodeRoleArn"] for group in cloud.of(NODE_GROUP)]:
        role = role_of(cloud, arn)
        if role is None or not has_policy(cloud, role, "AmazonEKS_CNI_Policy"):
            return (
                "aws-node: UnauthorizedOperation: not authorized to perform ec2:DescribeInstances"
            )
        if own and not is_trusted(cloud, role):
            return "aws-node: InvalidIdentityToken: No OpenIDConnect provider found in your account"
    return ""


def image_failure(cloud: Cloud, subnet_id: str) -> str:
    """Returns why a node in a subnet cannot pull images; empty: it can."""
    if _reaches(cloud, subnet_id, _IMAGE_ENDPOINTS):
        return ""
    return f"failed to pull image: dial tcp: i/o timeout (no route from {subnet_id})"


def addresses_failure(cloud: Cloud, subnet_id: str) -> str:
    """Returns why the network plugin of a node in a subnet gets no addresses; empty: it does."""
    if _reaches(cloud, subnet_id, _NETWORK_ENDPOINTS):
        return ""
    return f"aws-node: failed to reach ec2: dial tcp: i/o timeout (no route from {subnet_id})"


def _reaches(cloud: Cloud, subnet_id: str, endpoints: tuple[str, ...]) -> bool:
    services = {str(found.inputs["serviceName"]) for found in cloud.ready(VPC_ENDPOINT)}
    private = all(any(service.endswith(f".{name}") for service in services) for name in endpoints)
    return private or has_route_to_internet(cloud, subnet_id)


def ready_groups(cloud: Cloud) -> list[Thing]:
    """Returns the node groups whose nodes take pods."""
    if addon(cloud, "vpc-cni") is None:
        return []
    groups = cloud.ready(NODE_GROUP)
    return [group for group in groups if group.inputs["scalingConfig"]["desiredSize"]]


def services_failure(cloud: Cloud) -> str:
    """Returns why pods do not find each other and the internet by name; empty: they do."""
    if addon(cloud, "kube-proxy") is None:
        return "no kube-proxy: the address of a Service leads nowhere"
    if addon(cloud, "coredns") is None:
        return "no CoreDNS: names do not resolve"
    return ""


def release_of(cloud: Cloud, chart: str) -> Thing | None:
    """Returns a release of a chart that is deployed."""
    return next(iter(cloud.ready(RELEASE, chart=chart)), None)


def pods_failure(cloud: Cloud) -> str:
    """Returns why no new pod of any kind comes up; empty: it does."""
    groups = ready_groups(cloud)
    if not groups:
        return "0 nodes are available: no node is Ready"
    subnets = (subnet for group in groups for subnet in group.inputs["subnetIds"])
    return first(image_failure(cloud, subnet) for subnet in subnets)


def route_failure(cloud: Cloud, endpoints: tuple[str, ...]) -> str:
    """Returns why pods do not reach services of AWS, by their endpoints; empty: they do."""
    for group in ready_groups(cloud):
        for subnet_id in group.inputs["subnetIds"]:
            if not _reaches(cloud, subnet_id, endpoints):
                return f"dial tcp: i/o timeout (no route from {subnet_id} to AWS's services)"
    return ""


def controller_failure(cloud: Cloud) -> str:
    """Returns why no load balancer is made or deleted; empty: the controller works."""
    return first(_controller_failures(cloud))


def _controller_failures(cloud: Cloud) -> Iterator[str]:
    release = release_of(cloud, CONTROLLER_CHART)
    if release is None:
        yield "no load balancer controller runs"
        return
    yield pods_failure(cloud)
    yield services_failure(cloud)
    yield route_failure(cloud, _CONTROLLER_ENDPOINTS)
    account = release.inputs["values"]["serviceAccount"]
    role = role_of(cloud, account["annotations"]["eks.amazonaws.com/role-arn"])
    if role is None:
        yield "AccessDenied: the controller's role does not exist"
    elif not is_trusted(cloud, role):
        yield "InvalidIdentityToken: No OpenIDConnect provider found in your account"
    elif not may(cloud, role, _CONTROLLER_ACTIONS):
        yield "AccessDenied: the controller's role is not authorized to perform its actions"
