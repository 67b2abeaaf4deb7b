"""Order of creation and destruction, where the policies ask for less."""

import pytest
from graph_model import Graph
from network_parts import nat_routes
from object_parts import classes_of, file_servers, name_of, place_of, pod_of, workloads
from platforms import platform_graph

from deployment.resource import Resource
from deployment.types import (
    ACCESS_POLICY,
    ATTACHMENT,
    CLAIM,
    DEPLOYMENT,
    INGRESS,
    MOUNT_TARGET,
    NAMESPACE,
    NAT_GATEWAY,
    NODE_GROUP,
    OIDC_PROVIDER,
    RELEASE,
    ROUTE,
    ROUTE_TABLE_ASSOCIATION,
    SERVICE,
    STORAGE_CLASS,
)

CONTROLLER = "aws-load-balancer-controller"


def missing(graph: Graph, laters: list[Resource], earliers: list[Resource]) -> list[str]:
    """Returns a line for each of the later ones that does not wait for one of the earlier."""
    return list(graph.missing_waits(laters, earliers))


def attachments_of(graph: Graph, role_arn: str) -> list[Resource]:
    """Returns the policy attachments of the role with that ARN."""
    return [a for a in graph.of(ATTACHMENT) if role_arn.endswith(f"/{a.inputs['role']}")]


def test_the_cni_waits_for_its_permissions(platform: Graph) -> None:
    """Requirement 2."""
    addon = platform.addon("vpc-cni")
    attachments = attachments_of(platform, addon.inputs["serviceAccountRoleArn"])
    assert attachments
    assert missing(platform, [addon], [*platform.of(OIDC_PROVIDER), *attachments]) == []


def test_addons_come_on_their_side_of_the_nodes(whole_platform: Graph) -> None:
    """Requirements 1 and 3."""
    nodes = whole_platform.of(NODE_GROUP)
    before = [whole_platform.addon(name) for name in ("vpc-cni", "kube-proxy")]
    after = [whole_platform.addon(name) for name in ("coredns", "metrics-server")]
    assert missing(whole_platform, nodes, before) == []
    assert missing(whole_platform, after, nodes) == []


def test_the_controller_works_as_long_as_there_are_ingresses(platform: Graph) -> None:
    """Requirement 4."""
    controller = platform.release(CONTROLLER)
    account = controller.inputs["values"]["serviceAccount"]
    attachments = attachments_of(platform, account["annotations"]["eks.amazonaws.com/role-arn"])
    assert attachments
    needed = [
        *attachments,
        platform.addon("vpc-cni"),
        *platform.of(NODE_GROUP),
        *platform.of(OIDC_PROVIDER),
        *nat_routes(platform),
    ]
    assert missing(platform, platform.of(INGRESS), [controller]) == []
    assert missing(platform, [controller], needed) == []


def test_storage_goes_from_its_server_to_its_users(whole_platform: Graph) -> None:
    """Requirement 5."""
    nodes, driver = whole_platform.of(NODE_GROUP), whole_platform.release("csi-driver-nfs")
    assert missing(whole_platform, classes_of(whole_platform, "nfs.csi.k8s.io"), [driver]) == []
    servers = [*whole_platform.of(MOUNT_TARGET), *file_servers(whole_platform)]
    assert missing(whole_platform, [driver], [*servers, *nodes]) == []
    for storage_class in classes_of(whole_platform, "ebs.csi.aws.com"):
        addon = whole_platform.addon("aws-ebs-csi-driver")
        attachments = attachments_of(whole_platform, addon.inputs["serviceAccountRoleArn"])
        assert attachments
        assert missing(whole_platform, [storage_class], [addon]) == []
        assert missing(whole_platform, [addon], [*attachments, *nodes]) == []
    classes = {name_of(found): found for found in whole_platform.of(STORAGE_CLASS)}
    claims = {(place_of(claim), name_of(claim)): claim for claim in whole_platform.of(CLAIM)}
    for claim in claims.values():
        storage_class = classes[claim.inputs["spec"]["storageClassName"]]
        assert missing(whole_platform, [claim], [storage_class]) == []
    for workload in workloads(whole_platform):
        used = [
            claims[place_of(workload), volume["persistentVolumeClaim"]["claimName"]]
            for volume in pod_of(workload).get("volumes", [])
            if "persistentVolumeClaim" in volume
        ]
        templates = workload.inputs["spec"].get("volumeClaimTemplates", [])
        used += [classes[template["spec"]["storageClassName"]] for template in templates]
        assert not used or missing(whole_platform, [workload], used) == []


def test_what_pulls_images_waits_for_the_way_out(platform: Graph) -> None:
    """Requirement 6."""
    pullers = [*platform.of(NODE_GROUP), *platform.of(RELEASE), *workloads(platform)]
    assert missing(platform, pullers, ways(platform, nat_routes(platform))) == []
    # A NAT gateway leads nowhere from a subnet that does not reach the internet itself.
    public = ways(platform, [r for r in platform.of(ROUTE) if r.inputs.get("gatewayId")])
    for gateway in platform.of(NAT_GATEWAY):
        subnet = gateway.inputs["subnetId"]
        own = [way for way in public if way.inputs.get("subnetId", subnet) == subnet]
        assert missing(platform, [gateway], own) == []


def ways(graph: Graph, routes: list[Resource]) -> list[Resource]:
    """Returns the routes and the associations with their tables."""
    tables = {route.inputs["routeTableId"] for route in routes}
    associations = graph.of(ROUTE_TABLE_ASSOCIATION)
    return [*routes, *(a for a in associations if a.inputs["routeTableId"] in tables)]


@pytest.mark.parametrize("name", ["prod", "in-cluster"])
def test_kubernetes_objects_wait_for_access(name: str) -> None:
    """Requirement 7, where a stack file names who has access."""
    graph = platform_graph(name)
    objects = [resource for resource in graph if resource.type.startswith("kubernetes:")]
    assert missing(graph, objects, graph.of(ACCESS_POLICY)) == []


def test_pods_wait_for_what_sends_to_them(platform: Graph) -> None:
    """Requirement 33: the readiness gate is put into pods that come after Service and Ingress.

    Behind an NLB the Service is all there is.
    """
    for deployment in platform.of(DEPLOYMENT):
        place = place_of(deployment)
        first = [
            resource
            for resource in [*platform.of(SERVICE), *platform.of(INGRESS)]
            if place_of(resource) == place
        ]
        homes = [home for home in platform.of(NAMESPACE) if name_of(home) == place]
        by_nlb = any(r.inputs["spec"].get("type") == "LoadBalancer" for r in first)
        assert {r.type for r in first} == ({SERVICE} if by_nlb else {SERVICE, INGRESS})
        assert missing(platform, [deployment], [*first, *homes]) == []
