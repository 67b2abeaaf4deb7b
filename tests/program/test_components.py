"""Components by themselves: what they refuse, and what others can rely on."""

from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any, Final

import pytest
from graph_model import Graph
from platforms import broken_rules
from programs import record_text, run_text
from pulumi.runtime.proto import resource_pb2

from components.apps.apache_config import apache_files
from components.apps.delivery import Delivery
from components.apps.graceful_web_app import GracefulWebAppArgs
from components.apps.nginx_config import nginx_conf
from components.apps.web_app_exposure import Exposure
from components.apps.web_app_pods import Container, Resources, Scaling
from components.apps.web_app_volumes import Contents
from components.cluster.cluster import ClusterArgs
from components.cluster.load_balancer_controller import LoadBalancerControllerArgs
from components.cluster.nodes import NodeGroupArgs
from components.cluster.vpc_cni import VpcCniArgs
from components.identity.irsa import IrsaRoleArgs
from components.network.network import NetworkArgs
from components.secrets.secret import SecretArgs
from components.secrets.store import SecretStoreArgs
from components.storage.efs import EfsArgs
from components.storage.nfs_server import NfsServerArgs
from components.storage.nfs_storage import FileServer, NfsClass, NfsStorageArgs
from deployment.properties import plain_map
from offline.monitor import RecordingMonitor
from planning.aws_place import AwsPlace
from planning.pod_ips.limits import CniMode
from planning.pod_ips.targets import WarmTargets
from planning.shutdown import derive_budget
from policy.rules import RULES

ANY: Any = object()
BUDGET = derive_budget(propagation_seconds=20, longest_request_seconds=20)
SLOWER = derive_budget(propagation_seconds=120, longest_request_seconds=20)
BEHIND_AN_NLB = Exposure(scheme="internal", load_balancer_blocks=[], load_balancer="nlb")
PLACE = AwsPlace(partition="aws", region="eu-west-1", account_id="111122223333")
BLOCK = IPv4Network("10.1.0.0/16")
NETWORK: dict[str, Any] = {
    "cidr": IPv4Network("10.0.0.0/16"),
    "zones": ("eu-west-1a", "eu-west-1b"),
    "nat": "per-zone",
    "place": PLACE,
}
CLUSTER: dict[str, Any] = {
    "cluster_name": "c",
    "version": "1.36",
    "vpc_id": "vpc-1",
    "subnet_ids": ["subnet-1"],
    "public_access_cidrs": (),
    "admins": (),
    "deletion_protection": True,
    "log_retention_days": 30,
    "place": PLACE,
    "tags": {},
}
IRSA: dict[str, Any] = {
    "oidc": ANY,
    "namespace": "kube-system",
    "service_account": "one",
    "policy_arns": {},
}
CNI: dict[str, Any] = {
    "cluster_name": "c",
    "oidc": ANY,
    "place": PLACE,
    "mode": CniMode(),
    "targets": WarmTargets(),
}
NODES: dict[str, Any] = {
    "cluster_name": "c",
    "version": "1.36",
    "role_arn": "r",
    "subnet_ids": ["subnet-1"],
    "instance_types": ["t3.medium"],
    "ami_type": "AL2023_x86_64_STANDARD",
    "max_pods": 17,
    "min_size": 1,
    "desired_size": 1,
    "max_size": 1,
    "depends_on": [ANY],
    "tags": {},
}
CONTROLLER: dict[str, Any] = {
    "cluster_name": "c",
    "oidc": ANY,
    "vpc_id": "vpc-1",
    "place": PLACE,
    "replicas": 2,
    "depends_on": [ANY],
    "tags": {},
}
CONTAINER: dict[str, Any] = {
    "image": "ghcr.io/team/app:1.0.0",
    "port": 8080,
    "health_path": "/healthz",
    "user_id": 1000,
    "resources": Resources(cpu_request="200m", cpu_limit="500m"),
}
APP: dict[str, Any] = {
    "container": Container(**CONTAINER),
    "scaling": Scaling(min_replicas=2, max_replicas=4),
    "exposure": Exposure(scheme="internal", load_balancer_blocks=[IPv4Network("10.0.0.0/24")]),
    "shutdown": BUDGET,
    "depends_on": [ANY],
}
SCALING: dict[str, Any] = {"min_replicas": 2, "max_replicas": 4}
DEFAULT_CLASS: Final = NfsClass(reclaim_policy="Retain", on_delete="archive", default=True)
NFS: dict[str, Any] = {
    "server": FileServer(server="10.0.0.5", share="/"),
    "classes": {"nfs-csi": DEFAULT_CLASS},
    "depends_on": [ANY],
}
EFS: dict[str, Any] = {
    "vpc_id": "vpc-1",
    "subnet_ids": {"eu-west-1a": "subnet-1"},
    "node_security_group_id": "sg-1",
    "backup": True,
}
NFS_SERVER: dict[str, Any] = {
    "storage_class": "gp3",
    "volume_gib": 20,
    "node_blocks": [IPv4Network("10.0.0.0/24")],
    "depends_on": [ANY],
}
STORE: dict[str, Any] = {"cluster_name": "c", "oidc": ANY, "place": PLACE, "depends_on": [ANY]}
SECRET: dict[str, Any] = {
    "store": ANY,
    "namespace": "n",
    "service_account": "s",
    "values": {"password": "x"},
}
MISTAKES: list[tuple[type, dict[str, Any], dict[str, Any], str]] = [
    (NetworkArgs, NETWORK, {"zones": ("eu-west-1a",)}, "zones: "),
    (NetworkArgs, NETWORK, {"cidr": IPv4Network("10.0.0.0/25")}, "between /16 and /24"),
    (ClusterArgs, CLUSTER, {"public_access_cidrs": (IPv4Network("0.0.0.0/0"),)}, "public_access"),
    (ClusterArgs, CLUSTER, {"private_access_cidrs": (IPv4Network("0.0.0.0/0"),)}, "private_access"),
    (NetworkArgs, NETWORK, {"interface_endpoints": ("sts", "sts")}, "names sts more than once"),
    (ClusterArgs, CLUSTER, {"private_access_cidrs": (BLOCK, BLOCK)}, "names 10.1.0.0/16 more"),
    (ClusterArgs, CLUSTER, {"admins": ("a", "a")}, "admins: names a more than once"),
    (IrsaRoleArgs, IRSA, {"service_account": "*"}, "service_account: "),
    (IrsaRoleArgs, IRSA, {"namespace": ""}, "namespace: "),
    (
        VpcCniArgs,
        CNI,
        {"targets": WarmTargets(warm_prefix_target=1)},
        "targets.warm_prefix_target: ",
    ),
    (VpcCniArgs, CNI, {"mode": CniMode(custom_networking=True)}, "pod_subnet_ids, "),
    (VpcCniArgs, CNI, {"pod_subnet_ids": {"eu-west-1a": "subnet-1"}}, "pod_subnet_ids, "),
    (NodeGroupArgs, NODES, {"desired_size": 2}, "desired_size: "),
    (NodeGroupArgs, NODES, {"depends_on": []}, "depends_on: "),
    (LoadBalancerControllerArgs, CONTROLLER, {"replicas": 1}, "replicas: "),
    (Container, CONTAINER, {"user_id": 0}, "user_id: "),
    (Container, CONTAINER, {"port": 80}, "port: "),
    (Scaling, SCALING, {"min_replicas": 1}, "min_replicas: "),
    (Scaling, SCALING, {"max_replicas": 1}, "min_replicas: "),
    (GracefulWebAppArgs, APP, {"depends_on": []}, "depends_on: "),
    (
        GracefulWebAppArgs,
        APP,
        {"exposure": BEHIND_AN_NLB, "shutdown": SLOWER, "delivery": Delivery()},
        "delivery: needs an ALB",
    ),
    (Delivery, {}, {"image": "nginx:1.31.6", "weight": 101}, "weight: must be 0 to 100, got 101"),
    (Delivery, {}, {"weight": 5}, "weight: needs image"),
    (Contents, {}, {"files": {"/a/x": "1", "/b/x": "2"}}, "files: "),
    (Contents, {}, {"secret_files": {"/a/x": "1", "/b/x": "2"}}, "secret_files: "),
    (SecretStoreArgs, STORE, {"recovery_days": 6}, "recovery_days: must be 7 to 30, got 6"),
    (SecretStoreArgs, STORE, {"refresh_minutes": 0}, "refresh_minutes: "),
    (SecretArgs, SECRET, {"values": {}}, "values: a secret needs one"),
    (SecretArgs, SECRET, {"values": {"admin-password": "x"}}, "got 'admin-password'"),
    (NfsStorageArgs, NFS, {"classes": {}}, "classes: "),
    (NfsStorageArgs, NFS, {"classes": {"a": DEFAULT_CLASS, "b": DEFAULT_CLASS}}, "classes: "),
    (EfsArgs, EFS, {"provisioned_mibps": 10}, "provisioned_mibps: "),
    (EfsArgs, EFS, {"throughput_mode": "provisioned"}, "provisioned_mibps: "),
    (NfsServerArgs, NFS_SERVER, {"node_blocks": []}, "node_blocks: "),
    (
        GracefulWebAppArgs,
        APP,
        {"shutdown": replace(BUDGET, pre_stop_seconds=5)},
        "shutdown.pre_stop_seconds: must exceed",
    ),
]


@pytest.mark.parametrize(("kind", "good", "bad", "fragment"), MISTAKES)
def test_arguments_are_checked_by_name(
    kind: type, good: dict[str, Any], bad: dict[str, Any], fragment: str
) -> None:
    kind(**good)
    with pytest.raises(ValueError, match=fragment):
        kind(**{**good, **bad})


def test_a_role_is_ready_only_with_its_policies(tmp_path: Path) -> None:
    """Requirement 2: whoever uses the ARN waits for the attachments, without saying so."""
    data = run_text(
        tmp_path,
        """
        import pulumi
        import pulumi_aws as aws
        from components.identity.irsa import IrsaRole, IrsaRoleArgs, OidcProvider
        provider = aws.iam.OpenIdConnectProvider(
            "oidc", url="https://example.com/id", client_id_lists=["sts.amazonaws.com"])
        role = IrsaRole("role", IrsaRoleArgs(
            oidc=OidcProvider(arn=provider.arn, issuer=pulumi.Output.from_input("example.com/id")),
            namespace="kube-system", service_account="one",
            policy_arns={"a": "arn:aws:iam::aws:policy/A", "b": "arn:aws:iam::aws:policy/B"}))
        aws.eks.Addon("user", cluster_name="c", addon_name="x", service_account_role_arn=role.arn)
        """,
    )
    graph = Graph(data)
    attachments = graph.of("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    assert len(attachments) == 2
    assert list(graph.missing_waits([graph.addon("x")], attachments)) == []
    assert graph.addon("x").inputs["serviceAccountRoleArn"].startswith("arn:aws:iam::")


def test_deleting_a_volume_mounts_as_the_class_does(tmp_path: Path) -> None:
    """Requirement 36."""
    resources = record_text(
        tmp_path,
        """
        import pulumi_aws as aws
        from components.storage.nfs_storage import FileServer, NfsClass, NfsStorage, NfsStorageArgs
        vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
        NfsStorage("nfs", NfsStorageArgs(
            server=FileServer(server="10.0.0.5", share="/exports"),
            classes={"nfs-csi": NfsClass(
                reclaim_policy="Delete", on_delete="delete", default=True)},
            depends_on=[vpc]))
        """,
    )
    by_type = {resource.type: plain_map(resource.inputs) for resource in resources}
    secret = by_type["kubernetes:core/v1:Secret"]
    storage_class = by_type["kubernetes:storage.k8s.io/v1:StorageClass"]
    assert secret["stringData"] == {"mountOptions": ",".join(storage_class["mountOptions"])}
    parameters = storage_class["parameters"]
    assert parameters["csi.storage.k8s.io/provisioner-secret-name"] == secret["metadata"]["name"]
    annotations = storage_class["metadata"]["annotations"]
    assert annotations == {"storageclass.kubernetes.io/is-default-class": "true"}


def test_nginx_agrees_with_the_budget() -> None:
    text = nginx_conf(BUDGET)
    assert f"keepalive_timeout {BUDGET.keep_alive_seconds}s;" in text
    assert f"worker_shutdown_timeout {BUDGET.drain_limit_seconds}s;" in text
    assert text.count("{") == text.count("}")


def test_apache_agrees_with_the_budget() -> None:
    files = apache_files(BUDGET)
    ports = files["/etc/apache2/ports.conf"].splitlines()
    assert f"KeepAliveTimeout {BUDGET.keep_alive_seconds}" in ports
    assert f"GracefulShutdownTimeout {BUDGET.drain_limit_seconds}" in ports
    assert "Listen 8080" in ports


def test_a_running_stack_keeps_its_file_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its files would go with it where the engine took it for another one."""
    former: dict[str, list[str]] = {}
    register = RecordingMonitor.RegisterResource

    def watch(
        monitor: RecordingMonitor, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        former[request.type] = [alias.spec.parentUrn for alias in request.aliases]
        return register(monitor, request)

    monkeypatch.setattr(RecordingMonitor, "RegisterResource", watch)
    run_text(
        tmp_path,
        """
        from components.storage.efs import Efs, EfsArgs
        Efs("nfs", EfsArgs(
            vpc_id="vpc-1", subnet_ids={"a": "subnet-00000001"},
            node_security_group_id="sg-00000001", backup=True))
        """,
    )
    parent = "urn:pulumi:dev::proj::eks-platform:nfs_storage:NfsStorage::nfs"
    made = [token for token in former if token.startswith("aws:")]
    assert len(made) == 5
    assert {token: former[token] for token in made} == {token: [parent] for token in made}


def test_any_http_container_stops_gracefully(tmp_path: Path) -> None:
    """Requirements 32 to 34 hold by construction."""
    data = run_text(
        tmp_path,
        """
        from ipaddress import IPv4Network
        import pulumi
        import pulumi_aws as aws
        from components.apps.graceful_web_app import GracefulWebApp, GracefulWebAppArgs
        from components.apps.web_app_exposure import Exposure
        from components.apps.web_app_pods import Container, Resources, Scaling
        from planning.shutdown import derive_budget
        budget = derive_budget(propagation_seconds=30, longest_request_seconds=5)
        GracefulWebApp("shop", GracefulWebAppArgs(
            container=Container(
                image="ghcr.io/team/shop:1.0.0", port=9000, health_path="/up", user_id=1000,
                resources=Resources(cpu_request="1", cpu_limit="2")),
            scaling=Scaling(min_replicas=2, max_replicas=4),
            exposure=Exposure(
                scheme="internal", load_balancer_blocks=[IPv4Network("10.0.0.0/24")],
                tags={"owner": "team"}),
            shutdown=budget,
            reachable_blocks=[IPv4Network("10.0.9.0/24")],
            depends_on=[aws.ec2.Vpc("any", cidr_block="10.0.0.0/16")]))
        """,
    )
    graph = Graph(data)
    about_pods = {r.name for r in RULES.values() if {"R33", "R34"} & set(r.requirements)}
    assert len(about_pods) > 1
    assert [line for line in broken_rules(data) if line.split()[0] in about_pods] == []
    deployment = graph.one("kubernetes:apps/v1:Deployment").inputs["spec"]
    pod = deployment["template"]["spec"]
    (container,) = pod["containers"]
    assert container["lifecycle"] == {"preStop": {"sleep": {"seconds": 40}}}
    assert pod["terminationGracePeriodSeconds"] == 60
    assert "command" not in container
    paths = {container[probe]["httpGet"]["path"] for probe in container if "Probe" in probe}
    assert paths == {"/up"}
    scaler = graph.one("kubernetes:autoscaling/v2:HorizontalPodAutoscaler").inputs["spec"]
    assert scaler["behavior"]["scaleDown"]["stabilizationWindowSeconds"] == 300
    assert not graph.of("kubernetes:core/v1:ConfigMap")
    dns, out = graph.one("kubernetes:networking.k8s.io/v1:NetworkPolicy").inputs["spec"]["egress"]
    assert {(port["port"], port["protocol"]) for port in dns["ports"]} == {(53, "UDP"), (53, "TCP")}
    (resolver,) = dns["to"]
    assert resolver["podSelector"] == {"matchLabels": {"k8s-app": "kube-dns"}}
    assert out == {"to": [{"ipBlock": {"cidr": "10.0.9.0/24"}}]}
