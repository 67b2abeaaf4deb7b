"""Mutants of the order of creation and destruction."""

from deployment.types import (
    ADDON,
    ATTACHMENT,
    CLAIM,
    INGRESS,
    NODE_GROUP,
    RELEASE,
    ROUTE,
    ROUTE_TABLE_ASSOCIATION,
    SERVICE,
    STORAGE_CLASS,
    VPC_ENDPOINT,
)
from policy_mutants.registry import Deployment, Properties, breaks, keeps


@breaks("nodes-after-the-vpc-cni")
def nodes_do_not_wait_for_the_cni(deployment: Deployment) -> None:
    deployment.cut(deployment.all(NODE_GROUP)[0], deployment.all(ADDON, "vpc-cni"))


@keeps("nodes-after-the-vpc-cni")
def nodes_do_not_wait_for_kube_proxy(deployment: Deployment) -> None:
    deployment.cut(deployment.all(NODE_GROUP)[0], deployment.all(ADDON, "kube-proxy"))


@breaks("nodes-after-their-way-out")
def nodes_without_nat_do_not_wait_for_endpoints(deployment: Deployment) -> None:
    deployment.remove(ROUTE, "private")


@keeps("nodes-after-their-way-out")
def nodes_without_nat_wait_for_endpoints(deployment: Deployment) -> None:
    deployment.remove(ROUTE, "private")
    group, own = deployment.all(NODE_GROUP)[0], deployment.all(VPC_ENDPOINT)
    group["dependencies"] += [endpoint["urn"] for endpoint in own]


@breaks("ingresses-before-their-controller-goes")
def the_ingress_does_not_wait_for_its_controller(deployment: Deployment) -> None:
    deployment.cut(deployment.all(INGRESS)[0], deployment.all(RELEASE, "load-balancer"))


@keeps("ingresses-before-their-controller-goes")
def the_ingress_waits_by_way_of_another(deployment: Deployment) -> None:
    ingress, controller = deployment.all(INGRESS)[0], deployment.all(RELEASE, "load-balancer")
    deployment.cut(ingress, controller)
    service = deployment.all(SERVICE)[0]
    ingress["dependencies"].append(service["urn"])
    service.setdefault("dependencies", []).append(controller[0]["urn"])


def _with_an_nlb(deployment: Deployment) -> None:
    spec = {
        "type": "LoadBalancer",
        "loadBalancerClass": "service.k8s.aws/nlb",
        "allocateLoadBalancerNodePorts": False,
        "selector": {"app": "elsewhere"},
        "ports": [{"port": 443, "targetPort": 8443, "protocol": "TCP"}],
    }
    key = "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type"
    metadata = {"name": "tcp", "namespace": "elsewhere", "annotations": {key: "ip"}}
    described = {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}
    deployment.add(SERVICE, "tcp", described)


@breaks("ingresses-before-their-controller-goes")
def the_service_of_an_nlb_does_not_wait(deployment: Deployment) -> None:
    _with_an_nlb(deployment)


@keeps("ingresses-before-their-controller-goes")
def the_service_of_an_nlb_waits(deployment: Deployment) -> None:
    _with_an_nlb(deployment)
    controller = deployment.all(RELEASE, "load-balancer")[0]["urn"]
    deployment.resources[-1]["dependencies"] = [controller]


@breaks("controllers-before-their-permissions-go")
def the_controller_loses_a_policy_first(deployment: Deployment) -> None:
    attachments = deployment.all(ATTACHMENT, "load-balancer-controller-manage")
    deployment.cut(deployment.all(RELEASE, "load-balancer")[0], attachments)


@breaks("controllers-before-their-permissions-go", RELEASE, "load-balancer")
def the_controller_has_no_role(release: Properties) -> None:
    del release["values"]["serviceAccount"]["annotations"]


@keeps("controllers-before-their-permissions-go", RELEASE, "load-balancer")
def the_controller_has_three_replicas(release: Properties) -> None:
    release["values"]["replicaCount"] = 3


@breaks("controllers-before-their-permissions-go")
def the_cni_waits_for_its_role_alone(deployment: Deployment) -> None:
    deployment.cut(deployment.all(ADDON, "vpc-cni")[0], deployment.all(ATTACHMENT, "vpc-cni"))


@keeps("controllers-before-their-permissions-go", ADDON, "vpc-cni")
def the_cni_does_not_keep_what_is_tuned(addon: Properties) -> None:
    addon["resolveConflictsOnUpdate"] = "OVERWRITE"


@breaks("nodes-after-their-way-out")
def nodes_do_not_wait_for_a_nat_route(deployment: Deployment) -> None:
    deployment.cut(deployment.all(NODE_GROUP)[0], deployment.all(ROUTE, "nat")[:1])


@breaks("nodes-after-their-way-out")
def nodes_do_not_wait_for_an_association(deployment: Deployment) -> None:
    associations = deployment.all(ROUTE_TABLE_ASSOCIATION, "private")[:1]
    deployment.cut(deployment.all(NODE_GROUP)[0], associations)


@keeps("nodes-after-their-way-out")
def nodes_wait_for_a_route_by_way_of_an_addon(deployment: Deployment) -> None:
    addon, routes = deployment.all(ADDON, "kube-proxy")[0], deployment.all(ROUTE, "nat")[:1]
    deployment.cut(deployment.all(NODE_GROUP)[0], routes)
    addon.setdefault("dependencies", []).append(routes[0]["urn"])


@breaks("controllers-while-there-are-nodes")
def metrics_server_comes_early(deployment: Deployment) -> None:
    deployment.cut(deployment.all(ADDON, "metrics-server")[0], deployment.all(NODE_GROUP))


@keeps("controllers-while-there-are-nodes")
def a_node_agent_comes_before_the_nodes(deployment: Deployment) -> None:
    addon = deployment.all(ADDON, "coredns")[0]["inputs"]
    pods = {**addon, "addonName": "eks-pod-identity-agent"}
    deployment.add(ADDON, "eks-pod-identity-agent", pods)


@breaks("volumes-before-their-driver-goes")
def the_class_does_not_wait_for_its_driver(deployment: Deployment) -> None:
    deployment.cut(deployment.all(STORAGE_CLASS)[0], deployment.all(RELEASE, "nfs"))


def _claim(deployment: Deployment, *earlier: str) -> None:
    metadata = {"name": "content", "namespace": "sample-app"}
    name = deployment.all(STORAGE_CLASS)[0]["outputs"]["metadata"]["name"]
    deployment.add(CLAIM, "content", {"metadata": metadata, "spec": {"storageClassName": name}})
    deployment.resources[-1]["dependencies"] = list(earlier)


@breaks("volumes-before-their-driver-goes")
def a_claim_does_not_wait_for_its_class(deployment: Deployment) -> None:
    _claim(deployment)


@keeps("volumes-before-their-driver-goes")
def a_claim_waits_for_its_class(deployment: Deployment) -> None:
    _claim(deployment, deployment.all(STORAGE_CLASS)[0]["urn"])
