"""Monitoring: what the chart is told, who may do what, and what outlives what."""

import json
from typing import Any, Final

import pulumi
import pytest
from graph_model import Graph
from programs import run_platform, section
from test_private_cluster import MIRRORS, PRIVATE

from components.monitoring.monitoring import MonitoringArgs
from components.monitoring.values import retention_size
from deployment.resource import Resource
from deployment.types import (
    ALERT_RULES,
    CONFIG_MAP,
    NAMESPACE,
    POD_MONITOR,
    POLICY,
    SECRET_CLASS,
    STATEFUL_SET,
    STORAGE_CLASS,
    TOPIC,
    VPC_ENDPOINT,
)
from planning.images import AS_NAMED
from planning.monitoring.images import CHART_IMAGES

CHART: Final = "kube-prometheus-stack"
ARN: Final = (
    "arn:aws:acm:ap-northeast-2:111122223333:certificate/12345678-1234-1234-1234-123456789012"
)
ON: Final[dict[str, Any]] = {
    "secrets": {},
    "monitoring": {"volumeGiB": 40, "memory": "1Gi", "replicas": 2},
    "sampleApp": {**section("sampleApp"), "certificateArn": ARN, "hostname": "shop.corp.internal"},
}


@pytest.fixture(scope="module")
def export() -> dict[str, Any]:
    return run_platform(ON)


@pytest.fixture(scope="module")
def watched(export: dict[str, Any]) -> Graph:
    return Graph(export)


@pytest.fixture(scope="module")
def values(watched: Graph) -> dict[str, Any]:
    return watched.release(CHART).inputs["values"]


def named(graph: Graph, token: str, name: str) -> Resource:
    (found,) = (one for one in graph.of(token) if one.name == name)
    return found


def test_samples_are_kept_on_gp3_and_leave_before_it_is_full(values: dict[str, Any]) -> None:
    spec = values["prometheus"]["prometheusSpec"]
    claim = spec["storageSpec"]["volumeClaimTemplate"]["spec"]
    assert claim["storageClassName"] == "gp3"
    assert claim["resources"] == {"requests": {"storage": "40Gi"}}
    assert (spec["replicas"], spec["retention"], spec["retentionSize"]) == (2, "15d", "32GB")
    assert [retention_size(gib) for gib in (10, 50, 999)] == ["8GB", "40GB", "799GB"]
    for kept in (spec, values["alertmanager"]["alertmanagerSpec"]):
        policy = kept["persistentVolumeClaimRetentionPolicy"]
        assert policy == {"whenDeleted": "Delete", "whenScaled": "Delete"}


def test_what_eks_runs_itself_is_not_scraped(values: dict[str, Any]) -> None:
    for part in ("kubeControllerManager", "kubeEtcd", "kubeProxy", "kubeScheduler"):
        assert values[part] == {"enabled": False}
    assert not any(values["defaultRules"]["rules"].values())


def test_grafana_has_a_password_from_a_file_and_no_rights(
    export: dict[str, Any], values: dict[str, Any], watched: Graph
) -> None:
    grafana = values["grafana"]
    (mount,) = grafana["extraSecretMounts"]
    secret = named(watched, SECRET_CLASS, "monitoring-grafana")
    assert mount["csi"]["volumeAttributes"] == {
        "secretProviderClass": secret.inputs["metadata"]["name"]
    }
    file = grafana["env"]["GF_SECURITY_ADMIN_PASSWORD__FILE"]
    assert file == f"{mount['mountPath']}/password"
    # Without them the chart would make a Secret, or ask for one.
    assert grafana["env"]["GF_SECURITY_ADMIN_USER"] == "admin"
    assert grafana["rbac"] == {"create": False}
    assert grafana["automountServiceAccountToken"] is False
    assert [part["enabled"] for part in grafana["sidecar"].values()] == [False, False]
    assert grafana["serviceAccount"]["annotations"].keys() == {"eks.amazonaws.com/role-arn"}
    assert "adminPassword" not in json.dumps(export)


def test_dashboards_are_files_of_grafanas(values: dict[str, Any], watched: Graph) -> None:
    (provider,) = values["grafana"]["dashboardProviders"]["dashboardproviders.yaml"]["providers"]
    (shown,) = values["grafana"]["dashboardsConfigMaps"].items()
    boards = named(watched, CONFIG_MAP, "monitoring-dashboards")
    assert shown == (provider["name"], boards.inputs["metadata"]["name"])
    # The chart mounts them there.
    assert provider["options"]["path"] == f"/var/lib/grafana/dashboards/{provider['name']}"
    for file, text in boards.inputs["data"].items():
        assert file == f"{json.loads(text)['uid']}.json"
    (source, _) = values["grafana"]["datasources"]["datasources.yaml"]["datasources"]
    assert {
        target["datasource"]["uid"]
        for text in boards.inputs["data"].values()
        for panel in json.loads(text)["panels"]
        for target in panel["targets"]
    } == {source["uid"]}


def test_alerts_go_to_a_topic_of_their_own(values: dict[str, Any], watched: Graph) -> None:
    topic = watched.one(TOPIC)
    (_, team) = values["alertmanager"]["config"]["receivers"]
    (sns,) = team["sns_configs"]
    assert (sns["topic_arn"], sns["sigv4"]) == (topic.id, {"region": "ap-northeast-2"})
    policy = json.loads(named(watched, POLICY, "monitoring-alerts").inputs["policy"])
    assert [(one["Action"], one["Resource"]) for one in policy["Statement"]] == [
        (["sns:Publish"], [topic.id]),
        (["kms:Decrypt", "kms:GenerateDataKey*"], [topic.inputs["kmsMasterKeyId"]]),
    ]
    assert values["alertmanager"]["serviceAccount"]["name"] == "alertmanager"


def test_cloudwatch_is_read_and_nothing_else(watched: Graph) -> None:
    policy = json.loads(named(watched, POLICY, "monitoring-cloudwatch-exporter").inputs["policy"])
    (statement,) = policy["Statement"]
    assert all(
        action.partition(":")[2].startswith(("Get", "List")) for action in statement["Action"]
    )
    (config,) = (
        json.loads(one.inputs["data"]["config.yml"])
        for one in watched.of(CONFIG_MAP)
        if "config.yml" in one.inputs["data"]
    )
    assert {job["searchTags"][0]["value"] for job in config["discovery"]["jobs"]} == {
        "^eks-platform-dev$"
    }
    assert [job["dimensions"][0]["value"] for job in config["static"]] == [ARN]


def test_rules_know_the_addresses_of_each_zone(watched: Graph) -> None:
    groups = watched.one(ALERT_RULES).inputs["spec"]["groups"]
    usable = {
        rule["labels"]["zone"]: rule["expr"]
        for rule in groups[0]["rules"]
        if rule.get("record", "").endswith(":usable")
    }
    # Of 8,187 in a /19, an endpoint or a load balancer takes some.
    assert usable.keys() == {"ap-northeast-2a", "ap-northeast-2c"}
    assert all(8000 < float(text[7:-1]) <= 8187 for text in usable.values())
    jobs = {one.inputs["metadata"]["name"] for one in watched.of(POD_MONITOR)}
    assert jobs == {
        f"eks-platform-{job}"
        for job in ("aws-node", "aws-load-balancer-controller", "cloudwatch-exporter")
    }


def test_what_is_needed_comes_before_and_outlives(watched: Graph) -> None:
    chart, gp3 = watched.release(CHART), named(watched, STORAGE_CLASS, "ebs-csi-driver")
    inside = named(watched, NAMESPACE, "monitoring-monitoring")
    watchers = [watched.one(ALERT_RULES), *watched.of(POD_MONITOR)]
    secret = named(watched, SECRET_CLASS, "monitoring-grafana")
    exporter = named(watched, STATEFUL_SET, "monitoring-cloudwatch-exporter")
    assert list(watched.missing_waits(watchers, [chart])) == []
    # Claims go with their namespace, and their volumes need the driver.
    assert list(watched.missing_waits([chart, inside], [gp3])) == []
    assert list(watched.missing_waits([chart, exporter], [inside])) == []
    assert list(watched.missing_waits([chart], [secret])) == []


def test_all_but_what_is_on_each_node_runs_on_nodes_of_its_own() -> None:
    taint = {"key": "watch", "value": "only", "effect": "NO_SCHEDULE"}
    groups = section("nodeGroups")
    watch = {**groups["default"], "taints": [taint]}
    changes = {**ON, "nodeGroups": {**groups, "watch": watch}}
    changes["monitoring"] = {"nodes": "watch", "memory": "1Gi", "volumeGiB": 10}
    graph = Graph(run_platform(changes))
    values = graph.release(CHART).inputs["values"]
    pods = [
        values["alertmanager"]["alertmanagerSpec"],
        values["grafana"],
        values["kube-state-metrics"],
        values["prometheus"]["prometheusSpec"],
        values["prometheusOperator"],
        named(graph, STATEFUL_SET, "monitoring-cloudwatch-exporter").inputs["spec"]["template"][
            "spec"
        ],
    ]
    for pod in pods:
        assert pod["nodeSelector"] == {"eks-platform/nodes": "watch"}
        (toleration,) = pod["tolerations"]
        assert (toleration["key"], toleration["effect"]) == ("watch", "NoSchedule")
    assert values["prometheus-node-exporter"]["tolerations"] == [{"operator": "Exists"}]


def test_copies_of_images_are_pulled_where_they_are() -> None:
    mirrors = {**MIRRORS, "quay.io": f"{MIRRORS['docker.io']}/quay"}
    private = {**PRIVATE, "imageMirrors": mirrors, "secrets": {}, "monitoring": {}}
    graph = Graph(run_platform(private))
    values = graph.release(CHART).inputs["values"]
    for key, image in CHART_IMAGES.items():
        inner: Any = values
        for part in key.split("."):
            inner = inner[part]
        registry, _, name = image.partition("/")
        assert f"{inner['registry']}/{inner['repository']}" == f"{mirrors[registry]}/{name}"
    services = {one.inputs["serviceName"].rpartition(".")[2] for one in graph.of(VPC_ENDPOINT)}
    assert {"monitoring", "sns", "tagging"} <= services


def test_without_copies_of_its_images_it_is_refused() -> None:
    with pytest.raises(pulumi.RunError) as refused:
        run_platform({**PRIVATE, "secrets": {}, "monitoring": {}})
    assert "say in imageMirrors.quay.io where copies are" in str(refused.value)


def test_without_a_topic_and_cloudwatch_there_is_none_of_them() -> None:
    alone = {"alerts": {"sns": False, "webhook": "https://a.corp.internal/b"}, "cloudwatch": False}
    graph = Graph(run_platform({**ON, "monitoring": alone}))
    assert graph.of(TOPIC) == []
    values = graph.release(CHART).inputs["values"]
    (_, team) = values["alertmanager"]["config"]["receivers"]
    assert team == {"name": "team", "webhook_configs": [{"url": "https://a.corp.internal/b"}]}
    assert "annotations" not in values["alertmanager"]["serviceAccount"]
    assert not [one for one in graph if "cloudwatch" in one.name]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"sns": False}, "sns: alerts need a receiver"),
        ({"webhook": "http://a.b"}, "webhook: must begin with https://"),
    ],
)
def test_arguments_check_themselves(given: dict[str, Any], message: str) -> None:
    needed: dict[str, Any] = {
        "cluster_name": "a",
        "oidc": None,
        "place": None,
        "store": None,
        "storage_class": "gp3",
        "images": AS_NAMED,
        "addresses": {},
        "depends_on": [],
    }
    with pytest.raises(ValueError, match=message):
        MonitoringArgs(**needed, **given)
