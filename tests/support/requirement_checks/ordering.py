"""Order of creation and destruction: requirements 1 to 7, but for storage (5)."""

from collections.abc import Iterator

from graph_model import Graph

from deployment.resource import Resource
from requirement_checks.registry import requirement

ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
OIDC = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"


def attachments_of(graph: Graph, role_arn: str) -> list[Resource]:
    """Returns the policy attachments of the role with that ARN."""
    return [a for a in graph.of(ATTACHMENT) if role_arn.endswith(f"/{a.inputs['role']}")]


def nat_routes(graph: Graph) -> list[Resource]:
    """Returns the routes to NAT gateways."""
    return [r for r in graph.of("aws:ec2/route:Route") if r.inputs.get("natGatewayId")]


def private_associations(graph: Graph) -> list[Resource]:
    """Returns the associations of subnets with the route tables that lead to NAT gateways."""
    tables = {route.inputs["routeTableId"] for route in nat_routes(graph)}
    return [a for a in graph.of(ASSOCIATION) if a.inputs["routeTableId"] in tables]


def public_ways(graph: Graph) -> list[Resource]:
    """Returns the routes to the internet gateway and the associations with their tables."""
    routes = [r for r in graph.of("aws:ec2/route:Route") if r.inputs.get("gatewayId")]
    tables = {route.inputs["routeTableId"] for route in routes}
    return [
        *routes,
        *(a for a in graph.of(ASSOCIATION) if a.inputs["routeTableId"] in tables),
    ]


@requirement(1)
def nodes_wait_for_the_cni(graph: Graph) -> Iterator[str]:
    yield from graph.missing_waits(graph.of(NODE_GROUP), [graph.addon("vpc-cni")])


@requirement(2)
def the_cni_waits_for_its_permissions(graph: Graph) -> Iterator[str]:
    addon = graph.addon("vpc-cni")
    role_arn = addon.inputs.get("serviceAccountRoleArn", "")
    attachments = attachments_of(graph, role_arn)
    yield from graph.missing_waits([addon], [*graph.of(OIDC), *attachments])
    if not attachments:
        yield f"{addon} has a role without policies: {role_arn!r}"


@requirement(3)
def addons_come_on_their_side_of_the_nodes(graph: Graph) -> Iterator[str]:
    nodes = graph.of(NODE_GROUP)
    yield from graph.missing_waits(nodes, [graph.addon("vpc-cni"), graph.addon("kube-proxy")])
    yield from graph.missing_waits([graph.addon("coredns"), graph.addon("metrics-server")], nodes)


@requirement(4)
def the_controller_outlives_every_ingress(graph: Graph) -> Iterator[str]:
    controller = graph.release("aws-load-balancer-controller")
    yield from graph.missing_waits(graph.of(INGRESS), [controller])
    account = controller.inputs["values"]["serviceAccount"]
    role_arn = account["annotations"]["eks.amazonaws.com/role-arn"]
    attachments = attachments_of(graph, role_arn)
    if not attachments:
        yield f"{controller} has a role without policies: {role_arn!r}"
    needed = [graph.addon("vpc-cni"), *graph.of(NODE_GROUP), *graph.of(OIDC), *nat_routes(graph)]
    yield from graph.missing_waits([controller], [*attachments, *needed])


@requirement(6)
def what_pulls_images_waits_for_the_way_out(graph: Graph) -> Iterator[str]:
    pullers = [
        resource
        for resource in graph
        if resource.type in {NODE_GROUP, "kubernetes:helm.sh/v3:Release"}
        or resource.inputs.get("kind") in {"Deployment", "StatefulSet", "DaemonSet", "Job"}
    ]
    yield from graph.missing_waits(pullers, [*nat_routes(graph), *private_associations(graph)])
    # A NAT gateway leads nowhere from a subnet that does not reach the internet itself.
    gateways = graph.of("aws:ec2/natGateway:NatGateway")
    for gateway in gateways:
        subnet = gateway.inputs["subnetId"]
        ways = [w for w in public_ways(graph) if w.inputs.get("subnetId", subnet) == subnet]
        yield from graph.missing_waits([gateway], ways)


@requirement(7)
def kubernetes_objects_wait_for_access(graph: Graph) -> Iterator[str]:
    access = graph.of("aws:eks/accessPolicyAssociation:AccessPolicyAssociation")
    if access:
        objects = [resource for resource in graph if resource.type.startswith("kubernetes:")]
        yield from graph.missing_waits(objects, access)
