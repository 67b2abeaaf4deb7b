"""Shared storage: every backend in both stacks, default classes, and passwords that stay secret."""

import json
import re
from ipaddress import ip_address
from itertools import pairwise

import pytest
from backends import BACKENDS, exported_backend
from conftest import STACKS
from graph_model import Graph
from network_parts import subnets_by_role
from object_parts import classes_of, file_servers, name_of, place_of, pod_of, workloads
from platforms import broken_rules
from programs import record_platform, run_platform

from deployment.export import export
from deployment.properties import SECRET_SIGNATURE, plain_map
from deployment.types import (
    BACKUP_POLICY,
    CLAIM,
    CLUSTER,
    CONFIG_MAP,
    DEPLOYMENT,
    FILE_SYSTEM,
    INGRESS_RULE,
    MOUNT_TARGET,
    NAMESPACE,
    NETWORK_POLICY,
    NODE_GROUP,
    SECRET,
    STORAGE_CLASS,
)
from offline.providers.random import password
from report.console import PlainConsole
from report.shown import shown
from report.terminal import show

PASSWORD = "random:index/randomPassword:RandomPassword"
PATCH = "kubernetes:storage.k8s.io/v1:StorageClassPatch"
# What NFS-Ganesha needs of root, and nothing more (components/storage/ganesha_config.py).
FILE_SERVER_CAPABILITIES = {
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "SETGID",
    "SETUID",
}
DEFAULT = "storageclass.kubernetes.io/is-default-class"


@pytest.fixture(params=sorted(BACKENDS))
def backend(request: pytest.FixtureRequest) -> str:
    """The name of each backend in turn."""
    return str(request.param)


@pytest.fixture
def storage_graph(backend: str, stack: str) -> Graph:
    """A shipped stack with a backend, and WordPress on it."""
    return Graph(json.loads(exported_backend(backend, stack)))


def defaults(graph: Graph) -> dict[str, str]:
    """Returns what each StorageClass says of being the default, EKS's own included."""
    return {
        name_of(found): found.inputs["metadata"].get("annotations", {}).get(DEFAULT, "")
        for found in [*graph.of(STORAGE_CLASS), *graph.of(PATCH)]
    }


def test_every_backend_keeps_to_the_policies(backend: str, stack: str) -> None:
    assert broken_rules(json.loads(exported_backend(backend, stack))) == []


def test_pods_are_restricted_but_for_the_file_server(storage_graph: Graph) -> None:
    """Requirement 34: the file server is root, with what NFS-Ganesha needs and nothing more."""
    levels = {
        name_of(home): home.inputs["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
        for home in storage_graph.of(NAMESPACE)
    }
    servers = file_servers(storage_graph)
    for workload in workloads(storage_graph):
        pod = pod_of(workload)
        serves_files = workload in servers
        assert levels[place_of(workload)] == ("privileged" if serves_files else "restricted")
        assert pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault"
        assert pod["automountServiceAccountToken"] is False
        assert serves_files or pod["securityContext"]["runAsUser"]
        for container in pod["containers"]:
            assert {"livenessProbe", "readinessProbe", "startupProbe"} <= container.keys()
            context = container["securityContext"]
            assert context["readOnlyRootFilesystem"] is True
            assert context["allowPrivilegeEscalation"] is False
            assert context["capabilities"]["drop"] == ["ALL"]
            allowed = FILE_SERVER_CAPABILITIES if serves_files else set[str]()
            assert set(context["capabilities"].get("add", [])) == allowed


def test_numbers_of_a_shutdown_are_those_of_the_plan_whatever_the_server(
    storage_graph: Graph,
) -> None:
    """Requirement 32, for NGINX and Apache alike."""
    plans = storage_graph.stack.outputs["plan"]["shutdown"]
    for workload in storage_graph.of(DEPLOYMENT):
        plan, place = plans[workload.name], place_of(workload)
        texts = "".join(
            text
            for config_map in storage_graph.of(CONFIG_MAP)
            if place_of(config_map) == place
            for text in config_map.inputs["data"].values()
        )
        for key, words in {
            "keepAliveSeconds": "keepalive_timeout|KeepAliveTimeout",
            "drainLimitSeconds": "worker_shutdown_timeout|GracefulShutdownTimeout",
        }.items():
            found = re.findall(rf"^\s*(?:{words}) (\d+)", texts, re.MULTILINE)
            assert found == [str(plan[key])]


def test_nodes_reach_the_file_server(storage_graph: Graph) -> None:
    """Requirement 35."""
    systems = {system.outputs["dnsName"] for system in storage_graph.of(FILE_SYSTEM)}
    for storage_class in classes_of(storage_graph, "nfs.csi.k8s.io"):
        assert not systems or storage_class.inputs["parameters"]["server"] in systems


def test_the_options_of_a_class_are_there_for_deletion(storage_graph: Graph) -> None:
    """Requirement 36; what the secret says: test_components.py."""
    secrets = {name_of(secret): secret.inputs for secret in storage_graph.of(SECRET)}
    for storage_class in classes_of(storage_graph, "nfs.csi.k8s.io"):
        parameters = storage_class.inputs["parameters"]
        assert secrets[parameters["csi.storage.k8s.io/provisioner-secret-name"]]["stringData"]
        assert "${pvc.metadata.namespace}/${pvc.metadata.name}" in parameters["subDir"]


@pytest.mark.parametrize("stack", STACKS)
def test_efs_has_a_target_in_each_zone_that_is_for_nodes_alone(stack: str) -> None:
    """Requirement 37."""
    graph = Graph(json.loads(exported_backend("efs", stack)))
    file_system, targets = graph.one(FILE_SYSTEM), graph.of(MOUNT_TARGET)
    private = {subnet.id for subnet in subnets_by_role(graph)["private"]}
    assert {target.inputs["subnetId"] for target in targets} == private
    assert {target.inputs["fileSystemId"] for target in targets} == {file_system.id}
    nodes = graph.one(CLUSTER).outputs["vpcConfig"]["clusterSecurityGroupId"]
    (group,) = {group for target in targets for group in target.inputs["securityGroups"]}
    (opened,) = (
        rule.inputs for rule in graph.of(INGRESS_RULE) if rule.inputs["securityGroupId"] == group
    )
    assert (opened["fromPort"], opened["toPort"]) == (2049, 2049)
    assert opened["referencedSecurityGroupId"] == nodes
    assert graph.one(BACKUP_POLICY).inputs["fileSystemId"] == file_system.id


@pytest.mark.parametrize("stack", STACKS)
def test_a_server_in_the_cluster_is_for_nodes_alone(stack: str) -> None:
    """Requirement 37."""
    graph = Graph(json.loads(exported_backend("in-cluster", stack)))
    private = {subnet.inputs["cidrBlock"] for subnet in subnets_by_role(graph)["private"]}
    (server,) = file_servers(graph)
    (policy,) = (p for p in graph.of(NETWORK_POLICY) if place_of(p) == place_of(server))
    (admitted,) = policy.inputs["spec"]["ingress"]
    assert {peer["ipBlock"]["cidr"] for peer in admitted["from"]} == private
    assert [port["port"] for port in admitted["ports"]] == [2049]


@pytest.mark.parametrize("stack", STACKS)
def test_a_server_in_the_cluster_comes_before_its_classes_and_they_before_claims(
    stack: str,
) -> None:
    graph = Graph(json.loads(exported_backend("in-cluster", stack)))
    servers, classes = file_servers(graph), classes_of(graph, "nfs.csi.k8s.io")
    claims = graph.of(CLAIM)
    (application,) = (d for d in graph.of(DEPLOYMENT) if d.name == "wordpress")
    driver = graph.release("csi-driver-nfs")
    chain = [[application], claims, classes, [driver], servers, graph.of(NODE_GROUP)]
    for laters, earliers in pairwise(chain):
        assert list(graph.missing_waits(laters, earliers)) == []
    assert len(claims) == len(servers) == 1


@pytest.mark.parametrize("stack", STACKS)
def test_classes_name_the_cluster_ip_of_the_server(stack: str) -> None:
    """Requirement 35: nodes do not ask cluster DNS."""
    graph = Graph(json.loads(exported_backend("in-cluster", stack)))
    (storage_class,) = classes_of(graph, "nfs.csi.k8s.io")
    server = storage_class.inputs["parameters"]["server"]
    (service,) = (s for s in graph.of("kubernetes:core/v1:Service") if place_of(s) == "nfs-server")
    assert service.outputs["spec"]["clusterIP"] == str(ip_address(server))
    assert [port["port"] for port in service.inputs["spec"]["ports"]] == [2049]


def test_exactly_one_class_is_the_default(storage_graph: Graph, backend: str) -> None:
    found = defaults(storage_graph)
    wanted = "keep" if backend == "external" else "nfs-csi"
    assert found.pop(wanted) == "true"
    assert set(found.values()) == {"false"}
    assert {"gp2", "gp3"} <= found.keys()


def test_a_stack_with_volumes_of_its_own_has_gp3_as_its_default() -> None:
    found = defaults(Graph(run_platform({"nfs": {"backend": "in-cluster"}})))
    assert found == {"gp2": "false", "gp3": "true", "nfs-csi": "false"}


def test_without_a_default_of_its_own_a_stack_leaves_that_of_eks() -> None:
    assert defaults(Graph(run_platform({"nfs": {"backend": "efs"}}))) == {"nfs-csi": "false"}


def test_each_class_decides_about_its_volumes() -> None:
    graph = Graph(json.loads(exported_backend("external", "dev")))
    decided = {
        name_of(found): (found.inputs["reclaimPolicy"], found.inputs["parameters"]["onDelete"])
        for found in classes_of(graph, "nfs.csi.k8s.io")
    }
    assert decided == {"keep": ("Retain", "archive"), "scratch": ("Delete", "delete")}


def test_an_external_server_makes_neither_a_file_system_nor_a_server() -> None:
    changes = {"nfs": {"backend": "external", "server": "10.9.0.5", "share": "/exports"}}
    graph = Graph(run_platform(changes))
    assert not [r for r in graph if r.type.startswith("aws:efs")]
    assert file_servers(graph) == []
    (storage_class,) = classes_of(graph, "nfs.csi.k8s.io")
    parameters = storage_class.inputs["parameters"]
    assert (parameters["server"], parameters["share"]) == ("10.9.0.5", "/exports")
    assert "EFS mount target" not in json.dumps(graph.one("pulumi:pulumi:Stack").outputs)


def test_efs_moves_files_and_has_the_throughput_that_is_asked_for() -> None:
    graph = Graph(json.loads(exported_backend("efs", "prod")))
    inputs = graph.one("aws:efs/fileSystem:FileSystem").inputs
    assert inputs["lifecyclePolicies"] == [{"transitionToIa": "AFTER_30_DAYS"}]
    assert (inputs["throughputMode"], inputs["provisionedThroughputInMibps"]) == (
        "provisioned",
        128,
    )
    one_day = run_platform({"nfs": {"lifecycleDays": 1}})
    inputs = Graph(one_day).one("aws:efs/fileSystem:FileSystem").inputs
    assert inputs["lifecyclePolicies"] == [{"transitionToIa": "AFTER_1_DAY"}]
    assert inputs["throughputMode"] == "elastic"


def test_wordpress_shares_its_content_among_three_replicas(storage_graph: Graph) -> None:
    (application,) = (d for d in storage_graph.of(DEPLOYMENT) if d.name == "wordpress")
    assert application.inputs["spec"]["replicas"] == 3
    (claim,) = storage_graph.of(CLAIM)
    assert claim.inputs["spec"]["accessModes"] == ["ReadWriteMany"]
    (container,) = pod_of(application)["containers"]
    paths = [mount["mountPath"] for mount in container["volumeMounts"]]
    # Who mounts outer directories last hides the inner ones.
    assert paths == sorted(paths)
    assert {"/var/www/html", "/var/www/html/wp-content"} <= set(paths)


def test_only_wordpress_reaches_its_database(storage_graph: Graph) -> None:
    policies = {place_of(policy): policy for policy in storage_graph.of(NETWORK_POLICY)}
    (admitted,) = policies["wordpress-mysql"].inputs["spec"]["ingress"]
    (peer,) = admitted["from"]
    assert peer["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "wordpress"}
    assert peer["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": "wordpress"}
    assert [port["port"] for port in admitted["ports"]] == [3306]
    assert policies["wordpress-mysql"].inputs["spec"].get("egress", []) == []
    dns, database = policies["wordpress"].inputs["spec"]["egress"]
    assert [port["port"] for port in dns["ports"]] == [53, 53]
    (peer,) = database["to"]
    assert peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] == (
        "wordpress-mysql"
    )
    assert [port["port"] for port in database["ports"]] == [3306]


def test_passwords_are_files_and_no_variables(storage_graph: Graph) -> None:
    paths: dict[str, str] = {}
    for workload in workloads(storage_graph):
        for container in pod_of(workload)["containers"]:
            variables = {entry["name"]: entry["value"] for entry in container.get("env", [])}
            assert not [v for v in container.get("env", []) if "valueFrom" in v]
            words = re.compile(r"PASSWORD|_KEY|_SALT|SECRET|TOKEN")
            paths |= {name: text for name, text in variables.items() if words.search(name)}
    # MySQL's two, WordPress's one, and its eight keys and salts.
    assert len(paths) == 11
    assert all(name.endswith("_FILE") for name in paths)
    assert all(path.startswith("/run/secrets/") for path in paths.values())


def test_no_password_is_in_clear_in_the_graph(backend: str, stack: str) -> None:
    text = exported_backend(backend, stack)
    graph = Graph(json.loads(text))
    passwords = [password(found.urn, found.inputs["length"]) for found in graph.of(PASSWORD)]
    assert len(passwords) == len(set(passwords)) == 10
    assert [found for found in passwords if found in text] == []
    kept = [s for s in graph.of(SECRET) if place_of(s).startswith("wordpress")]
    assert len(kept) == 2
    for secret in kept:
        assert SECRET_SIGNATURE in json.dumps(secret.inputs["stringData"])


def test_no_password_is_in_what_a_preview_prints(
    backend: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    changes = {"nfs": dict(BACKENDS[backend]), "wordpress": {}}
    resources = record_platform(changes)
    show(shown(export(resources)), PlainConsole(width=200))
    written = capfd.readouterr()
    texts = (written.out, written.err, caplog.text)
    handed_over = {
        str(text)
        for resource in resources
        if resource.type == SECRET and resource.name.startswith("wordpress")
        for text in plain_map(resource.inputs)["stringData"].values()
    }
    # Nine of WordPress's and two of MySQL's, of which they share one.
    assert len(handed_over) == 10
    assert "wordpress-secret-files" in written.out
    assert [text for text in handed_over if any(text in captured for captured in texts)] == []
