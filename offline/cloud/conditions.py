"""What must hold in a cluster for nodes, pods and controllers to work."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from deployment.types import (
    ACCESS_POLICY,
    ADDON,
    CLUSTER,
    NODE_GROUP,
    RELEASE,
    VPC_ENDPOINT,
)

from .identity import has_policy, is_trusted, is_visible, may, role_of
from .network import has_route_to_internet

if TYPE_CHECKING:
    from .cloud import Cloud, Thing

# The endpoints by which nodes pull images without the internet
# (https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html).
_IMAGE_ENDPOINTS: Final = ("ecr.api", "ecr.dkr", "s3")
# The one by which the network plugin asks for addresses without the internet (the same page).
_NETWORK_ENDPOINTS: Final = ("ec2",)
CONTROLLER_CHART: Final = "aws-load-balancer-controller"
# What the controller cannot do without, of its policy.
_CONTROLLER_ACTIONS: Final = (
    "ec2:DescribeSubnets",
    "elasticloadbalancing:CreateLoadBalancer",
    "elasticloadbalancing:DeleteLoadBalancer",
    "elasticloadbalancing:DescribeLoadBalancers",
)


def cluster_of(cloud: "Cloud", name: object) -> "Thing | None":
    """Returns the cluster of a name, if it is there."""
    return next((cluster for cluster in cloud.of(CLUSTER) if cluster.id == name), None)


def api_failure(cloud: "Cloud") -> str:
    """Returns why whoever deploys cannot use the Kubernetes API; empty: they can."""
    clusters = [cluster for cluster in cloud.of(CLUSTER) if cluster.is_ready]
    if not clusters:
        return "configured Kubernetes cluster is unreachable: no such host"
    access = clusters[0].inputs.get("accessConfig") or {}
    # Whoever creates a cluster is its admin unless it is told otherwise
    # (https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateAccessConfigRequest.html).
    if access.get("bootstrapClusterCreatorAdminPermissions", True):
        return ""
    if any(is_visible(cloud, association) for association in cloud.of(ACCESS_POLICY)):
        return ""
    return "Unauthorized: the server has asked for the client to provide credentials"


def addon(cloud: "Cloud", name: str) -> "Thing | None":
    """Returns an add-on that is active."""
    return next(
        (
            found
            for found in cloud.of(ADDON)
            if found.is_ready and found.inputs["addonName"] == name
        ),
        None,
    )


def network_plugin_failure(cloud: "Cloud") -> str:
    """Returns why pods get no address on a new node; empty: they get one."""
    cni = addon(cloud, "vpc-cni")
    if cni is None:
        return "container runtime network not ready: cni plugin not initialized"
    arn = cni.inputs.get("serviceAccountRoleArn")
    if arn is None:
        # Without a role of its own it uses that of the nodes.
        groups = cloud.of(NODE_GROUP)
        roles = [role_of(cloud, group.inputs["nodeRoleArn"]) for group in groups]
    else:
        roles = [role_of(cloud, arn)]
    for role in roles:
        if role is None or not has_policy(cloud, role, "AmazonEKS_CNI_Policy"):
            return (
                "aws-node: UnauthorizedOperation: not authorized to perform ec2:DescribeInstances"
            )
        if arn is not None and not is_trusted(cloud, role):
            return "aws-node: InvalidIdentityToken: No OpenIDConnect provider found in your account"
    return ""


def image_failure(cloud: "Cloud", subnet_id: str) -> str:
    """Returns why a node in a subnet cannot pull images; empty: it can."""
    if _reaches(cloud, subnet_id, _IMAGE_ENDPOINTS):
        return ""
    return f"failed to pull image: dial tcp: i/o timeout (no route from {subnet_id})"


def addresses_failure(cloud: "Cloud", subnet_id: str) -> str:
    """Returns why the network plugin of a node in a subnet gets no addresses; empty: it does."""
    if _reaches(cloud, subnet_id, _NETWORK_ENDPOINTS):
        return ""
    return f"aws-node: failed to reach ec2: dial tcp: i/o timeout (no route from {subnet_id})"


def _reaches(cloud: "Cloud", subnet_id: str, endpoints: tuple[str, ...]) -> bool:
    services = {
        str(endpoint.inputs["serviceName"])
        for endpoint in cloud.of(VPC_ENDPOINT)
        if endpoint.is_ready
    }
    private = all(any(service.endswith(f".{name}") for service in services) for name in endpoints)
    return private or has_route_to_internet(cloud, subnet_id)


def ready_groups(cloud: "Cloud") -> list["Thing"]:
    """Returns the node groups whose nodes take pods."""
    if addon(cloud, "vpc-cni") is None:
        return []
    return [
        group
        for group in cloud.of(NODE_GROUP)
        if group.is_ready and group.inputs["scalingConfig"]["desiredSize"]
    ]


def services_failure(cloud: "Cloud") -> str:
    """Returns why pods do not find each other and the internet by name; empty: they do."""
    if addon(cloud, "kube-proxy") is None:
        return "no kube-proxy: the address of a Service leads nowhere"
    if addon(cloud, "coredns") is None:
        return "no CoreDNS: names do not resolve"
    return ""


def release_of(cloud: "Cloud", chart: str) -> "Thing | None":
    """Returns a release of a chart that is deployed."""
    return next(
        (found for found in cloud.of(RELEASE) if found.is_ready and found.inputs["chart"] == chart),
        None,
    )


def pods_failure(cloud: "Cloud") -> str:
    """Returns why no new pod of any kind comes up; empty: it does."""
    groups = ready_groups(cloud)
    if not groups:
        return "0 nodes are available: no node is Ready"
    failures = [
        image_failure(cloud, subnet) for group in groups for subnet in group.inputs["subnetIds"]
    ]
    return next(filter(None, failures), "")


def controller_failures(cloud: "Cloud") -> Iterator[str]:
    """Yields why the load balancer controller does not do its work."""
    release = release_of(cloud, CONTROLLER_CHART)
    if release is None:
        yield "no load balancer controller runs"
        return
    yield pods_failure(cloud)
    yield services_failure(cloud)
    account = release.inputs["values"]["serviceAccount"]
    role = role_of(cloud, account["annotations"]["eks.amazonaws.com/role-arn"])
    if role is None:
        yield "AccessDenied: the controller's role does not exist"
    elif not is_trusted(cloud, role):
        yield "InvalidIdentityToken: No OpenIDConnect provider found in your account"
    elif not may(cloud, role, _CONTROLLER_ACTIONS):
        yield "AccessDenied: the controller's role is not authorized to perform its actions"


def controller_failure(cloud: "Cloud") -> str:
    """Returns why no load balancer is made or deleted; empty: the controller works."""
    return next(filter(None, controller_failures(cloud)), "")
