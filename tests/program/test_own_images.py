"""Applications with an image of one's own: what the platform tells them, and where they run."""

from typing import Any, Final

import pytest
from programs import by_name, run_platform

from stackfile.pod_placement import NodesTooSmallError

IMAGE: Final = "registry.example.com/api:1.0"


def made(container: dict[str, Any], **app: Any) -> dict[str, dict[str, Any]]:
    apps = {"api": {"image": IMAGE, "container": container, **app}}
    return by_name(run_platform({"apps": apps}))


def pod_of(resources: dict[str, dict[str, Any]]) -> dict[str, Any]:
    spec: dict[str, Any] = resources["kubernetes:apps/v1:Deployment api"]["inputs"]["spec"]
    pod: dict[str, Any] = spec["template"]["spec"]
    return pod


def test_a_container_is_told_of_port_stop_and_configuration() -> None:
    pod = pod_of(
        made(
            {
                "port": 9000,
                "healthPath": "/live",
                "readyPath": "/ready",
                "userId": 4711,
                "environment": {"LEVEL": "INFO"},
                "configuration": {"app.toml": "x = 1\n"},
            },
            shutdown={"longestRequestSeconds": 30},
        )
    )
    (container,) = pod["containers"]
    assert container["image"] == IMAGE
    assert {entry["name"]: entry["value"] for entry in container["env"]} == {
        "CONFIGURATION_DIRECTORY": "/etc/configuration",
        "DRAIN_LIMIT_SECONDS": "45",
        "KEEP_ALIVE_SECONDS": "75",
        "LEVEL": "INFO",
        "PORT": "9000",
    }
    paths = {
        kind: container[f"{kind}Probe"]["httpGet"]["path"]
        for kind in ("startup", "liveness", "readiness")
    }
    assert paths == {"startup": "/live", "liveness": "/live", "readiness": "/ready"}
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert pod["securityContext"]["runAsUser"] == 4711
    mounts = {mount["mountPath"] for mount in container["volumeMounts"]}
    assert mounts == {"/etc/configuration/app.toml", "/tmp"}  # noqa: S108  the container's own


def test_pods_mount_the_configuration_by_a_name_that_a_change_changes() -> None:
    resources = made({"configuration": {"app.toml": "x = 1\n"}})
    config_map = resources["kubernetes:core/v1:ConfigMap api-files"]["outputs"]
    assert config_map["data"] == {"app.toml": "x = 1\n"}
    assert config_map["metadata"]["annotations"] == {"pulumi.com/autonamed": "true"}
    assert {"name": "files", "configMap": {"name": config_map["metadata"]["name"]}} in pod_of(
        resources
    )["volumes"]


def test_pods_that_share_no_node_may_meet_those_of_another_version() -> None:
    pod = pod_of(made({}, perNode=True))
    (term,) = pod["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert term["topologyKey"] == "kubernetes.io/hostname"
    assert term["matchLabelKeys"] == ["pod-template-hash"]
    keys = [spread["topologyKey"] for spread in pod["topologySpreadConstraints"]]
    assert keys == ["topology.kubernetes.io/zone"]


def test_more_pods_than_nodes_that_share_none_are_refused() -> None:
    with pytest.raises(NodesTooSmallError, match="api: 3 of them, and nodes have room for 2"):
        made({}, perNode=True, minReplicas=3)
    assert made({}, minReplicas=3)


def test_a_database_is_told_of_and_its_password_is_a_file() -> None:
    resources = by_name(run_platform(stack="lab"))
    pod = pod_of(resources)
    (container,) = pod["containers"]
    told = {entry["name"]: entry["value"] for entry in container["env"]}
    assert {name: text for name, text in told.items() if name.startswith("DATABASE_")} == {
        "DATABASE_HOST": "mysql.mysql.svc",
        "DATABASE_NAME": "shop",
        "DATABASE_PASSWORD_FILE": "/run/secrets/database/password",
        "DATABASE_PORT": "3306",
        "DATABASE_USER": "shop",
    }
    assert "/run/secrets/database" in {
        mount["mountPath"].removesuffix("/password") for mount in container["volumeMounts"]
    }
    policy = resources["kubernetes:networking.k8s.io/v1:NetworkPolicy api"]["inputs"]["spec"]
    reached = {port["port"] for rule in policy["egress"] for port in rule["ports"]}
    assert 53 in reached
    assert len(reached) == 2
    # Pods come after the Ingress, and it after what the application asks.
    dependencies = resources["kubernetes:networking.k8s.io/v1:Ingress api"]["dependencies"]
    assert any("Job" in urn and "api-database" in urn for urn in dependencies)
