"""Each requirement on storage is seen broken with the backend that it is about."""

import json
from collections.abc import Callable

import pytest
from backends import exported_backend
from breakages import Breakage, Data, cut, inputs, resources
from graph_model import Graph
from requirement_checks import violations

BREAKAGES: dict[str, tuple[int, Breakage]] = {}

ADDON = "aws:eks/addon:Addon"
CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
NAMESPACE = "kubernetes:core/v1:Namespace"
NETWORK_POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
RELEASE = "kubernetes:helm.sh/v3:Release"
STATEFUL_SET = "kubernetes:apps/v1:StatefulSet"
STORAGE_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"


def breaks(number: int) -> Callable[[Breakage], Breakage]:
    """Registers a breakage with the one requirement that it breaks."""

    def register(breakage: Breakage) -> Breakage:
        BREAKAGES[breakage.__name__] = (number, breakage)
        return breakage

    return register


def pod(data: Data, token: str, name: str) -> Data:
    """Returns the pod of a workload."""
    found: Data = inputs(data, token, name)["spec"]["template"]["spec"]
    return found


@breaks(5)
def the_driver_does_not_wait_for_the_server(data: Data) -> None:
    cut(resources(data, RELEASE, "nfs")[0], resources(data, STATEFUL_SET, "nfs-server"))


@breaks(5)
def a_claim_does_not_wait_for_its_class(data: Data) -> None:
    cut(resources(data, CLAIM)[0], resources(data, STORAGE_CLASS, "nfs"))


@breaks(5)
def pods_do_not_wait_for_their_claim(data: Data) -> None:
    cut(resources(data, DEPLOYMENT, "wordpress")[0], resources(data, CLAIM))


@breaks(5)
def a_volume_does_not_wait_for_its_driver(data: Data) -> None:
    cut(resources(data, STORAGE_CLASS, "ebs")[0], resources(data, ADDON, "ebs"))


@breaks(5)
def the_volumes_driver_loses_its_policy_first(data: Data) -> None:
    token = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    cut(resources(data, ADDON, "ebs")[0], resources(data, token, "ebs"))


@breaks(9)
def the_volumes_driver_borrows_a_role(data: Data) -> None:
    role = inputs(data, ADDON, "vpc-cni")["serviceAccountRoleArn"]
    inputs(data, ADDON, "ebs")["serviceAccountRoleArn"] = role


@breaks(32)
def apache_drops_idle_connections_early(data: Data) -> None:
    files = inputs(data, "kubernetes:core/v1:ConfigMap", "wordpress-files")["data"]
    files["ports.conf"] = files["ports.conf"].replace("KeepAliveTimeout 75", "KeepAliveTimeout 5")


@breaks(34)
def the_server_is_privileged(data: Data) -> None:
    (container,) = pod(data, STATEFUL_SET, "nfs-server")["containers"]
    container["securityContext"]["privileged"] = True


@breaks(34)
def the_server_administers_its_node(data: Data) -> None:
    (container,) = pod(data, STATEFUL_SET, "nfs-server")["containers"]
    container["securityContext"]["capabilities"]["add"].append("SYS_ADMIN")


@breaks(34)
def the_server_is_on_the_nodes_network(data: Data) -> None:
    pod(data, STATEFUL_SET, "nfs-server")["hostNetwork"] = True


@breaks(34)
def the_server_serves_the_nodes_files(data: Data) -> None:
    volumes = pod(data, STATEFUL_SET, "nfs-server")["volumes"]
    volumes.append({"name": "node", "hostPath": {"path": "/"}})


@breaks(34)
def the_database_runs_as_root(data: Data) -> None:
    pod(data, STATEFUL_SET, "mysql")["securityContext"]["runAsUser"] = 0


@breaks(34)
def an_application_gets_a_capability(data: Data) -> None:
    (container,) = pod(data, DEPLOYMENT, "wordpress")["containers"]
    container["securityContext"]["capabilities"]["add"] = ["DAC_READ_SEARCH"]


@breaks(34)
def another_namespace_allows_privileges(data: Data) -> None:
    labels = inputs(data, NAMESPACE, "mysql")["metadata"]["labels"]
    labels["pod-security.kubernetes.io/enforce"] = "privileged"


@breaks(35)
def a_class_names_the_service(data: Data) -> None:
    parameters = inputs(data, STORAGE_CLASS, "nfs")["parameters"]
    parameters["server"] = "nfs-server.nfs-server.svc.cluster.local"


@breaks(35)
def a_class_names_the_service_in_short(data: Data) -> None:
    inputs(data, STORAGE_CLASS, "nfs")["parameters"]["server"] = "nfs-server"


@breaks(35)
def a_class_names_the_node_itself(data: Data) -> None:
    inputs(data, STORAGE_CLASS, "nfs")["parameters"]["server"] = "127.0.0.1"


@breaks(36)
def all_claims_share_a_directory(data: Data) -> None:
    inputs(data, STORAGE_CLASS, "nfs")["parameters"]["subDir"] = "everybody"


@breaks(36)
def the_version_is_negotiated(data: Data) -> None:
    inputs(data, STORAGE_CLASS, "nfs")["mountOptions"].remove("nfsvers=4.1")


@breaks(37)
def volumes_are_in_clear(data: Data) -> None:
    del inputs(data, STORAGE_CLASS, "ebs")["parameters"]["encrypted"]


@breaks(37)
def the_server_is_open_to_everybody(data: Data) -> None:
    rule = inputs(data, NETWORK_POLICY, "nfs-server")["spec"]["ingress"][0]
    rule["from"].append({"ipBlock": {"cidr": "0.0.0.0/0"}})


@breaks(37)
def the_server_is_open_on_every_port(data: Data) -> None:
    del inputs(data, NETWORK_POLICY, "nfs-server")["spec"]["ingress"][0]["ports"]


@breaks(37)
def the_server_has_no_policy(data: Data) -> None:
    policy = resources(data, NETWORK_POLICY, "nfs-server")[0]
    data["deployment"]["resources"].remove(policy)


@pytest.mark.parametrize("name", sorted(BREAKAGES))
def test_a_broken_requirement_is_seen(name: str) -> None:
    data = json.loads(exported_backend("in-cluster", "prod"))
    number, breakage = BREAKAGES[name]
    breakage(data)
    assert violations(Graph(data)).keys() == {number}
