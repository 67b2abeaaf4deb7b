"""Jenkins as the program makes it, and what its section refuses."""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import pulumi
import pytest
import yaml
from graph_model import Graph
from platforms import broken_rules
from played import LAB, build, demolish, resources
from programs import run_of_platform, run_platform, section

import versions
from deployment.resource import Resource
from deployment.types import (
    ADDON,
    CLAIM,
    NETWORK_POLICY,
    RELEASE,
    SECRET,
    SERVICE_ACCOUNT,
    STORAGE_CLASS,
)
from planning.plan import Plan
from planning.quantities import mebibytes, millicores
from planning.scheduling.amounts import pod, total
from planning.scheduling.nodes import Verdict
from stackfile.files import PROGRAM

GROUP: Final[Mapping[str, Any]] = {
    **section("nodeGroups")["default"],
    "instanceTypes": ["m6i.xlarge"],
}
TAINTS: Final = [
    {"key": "for", "value": "builds", "effect": "NO_SCHEDULE"},
    {"key": "slow", "effect": "PREFER_NO_SCHEDULE"},
]
JENKINS: Final[Mapping[str, Any]] = {
    "nodes": "tools",
    "plugins": ["job-dsl:1.93"],
    "configuration": {"welcome": "jenkins: {systemMessage: Hello.}"},
    "agents": {"nodes": "builds", "most": 3, "cpuRequest": "1", "memoryRequest": "2Gi"},
}
STACK: Final[Mapping[str, Any]] = {
    "nodeGroups": {
        "default": GROUP,
        "tools": {**GROUP, "taints": [{"key": "for", "value": "tools", "effect": "NO_EXECUTE"}]},
        "builds": {**GROUP, "taints": TAINTS},
    },
    "secrets": {},
    "jenkins": JENKINS,
}


@cache
def graph() -> Graph:
    return Graph(run_platform(STACK))


def values() -> Mapping[str, Any]:
    (found,) = [one for one in graph().of(RELEASE) if one.name == "jenkins"]
    assert found.inputs["namespace"] == "jenkins"
    return found.inputs["values"]


def plan_of(changes: Mapping[str, Any]) -> Plan:
    found = run_of_platform(changes).plan
    assert found
    return found


def test_home_is_shared_files_that_belong_to_jenkins() -> None:
    (claim,) = [one for one in graph().of(CLAIM) if one.name == "jenkins-home"]
    assert claim.inputs["spec"]["accessModes"] == ["ReadWriteMany"]
    assert claim.inputs["spec"]["storageClassName"] == "nfs-csi"
    assert values()["persistence"]["existingClaim"] == "jenkins-home"
    assert values()["controller"]["podSecurityContextOverride"] == {
        "runAsNonRoot": True,
        "runAsUser": 1000,
        "runAsGroup": 1000,
        "fsGroup": 1000,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def test_on_destroy_the_release_unmounts_before_claim_class_and_drivers_go() -> None:
    (release,) = [one for one in graph().of(RELEASE) if one.name == "jenkins"]
    waits = graph().waits_for
    (claim,) = [one for one in graph().of(CLAIM) if one.name == "jenkins-home"]
    (storage_class,) = graph().of(STORAGE_CLASS)
    (driver,) = [one for one in graph().of(RELEASE) if one.inputs["chart"] == "csi-driver-nfs"]
    assert waits(release, claim)
    assert waits(claim, storage_class)
    assert waits(storage_class, driver)
    mounted = [one for one in graph() if one.type.endswith(":SecretProviderClass")]
    assert [one.name for one in mounted] == ["jenkins"]
    assert waits(release, mounted[0])


def test_the_password_is_a_file_and_in_no_secret_of_the_cluster() -> None:
    found = values()
    assert found["controller"]["admin"] == {"createSecret": False}
    realm = json.loads(found["controller"]["JCasC"]["securityRealm"])
    (user,) = realm["local"]["users"]
    path = re.fullmatch(r"\$\{readFile:(.*)/password\}", user["password"])
    assert path
    (mount,) = found["persistence"]["mounts"]
    assert mount["mountPath"] == path[1]
    (volume,) = found["persistence"]["volumes"]
    assert volume["csi"]["volumeAttributes"] == {"secretProviderClass": "jenkins"}
    secrets = {one.inputs["metadata"]["namespace"] for one in graph().of(SECRET)}
    assert secrets == {"kube-system"}
    # Containers do not get the role that mounts.
    assert "jenkins" in found["controller"]["podAnnotations"]["eks.amazonaws.com/skip-containers"]


def test_taint_and_toleration_come_from_one_setting() -> None:
    tools = {"key": "for", "operator": "Equal", "value": "tools", "effect": "NoExecute"}
    controller, agent = values()["controller"], values()["agent"]
    assert controller["nodeSelector"] == {"eks-platform/nodes": "tools"}
    assert controller["tolerations"] == [tools]
    assert agent["nodeSelector"] == {"eks-platform/nodes": "builds"}
    template = yaml.safe_load(agent["yamlTemplate"])
    assert template["spec"]["tolerations"] == [
        {"key": "for", "operator": "Equal", "value": "builds", "effect": "NoSchedule"},
        {"key": "slow", "operator": "Equal", "value": "", "effect": "PreferNoSchedule"},
    ]


def test_builds_run_in_a_namespace_of_their_own_without_rights() -> None:
    found = values()
    assert found["agent"]["namespace"] == "jenkins-agents"
    assert found["agent"]["restrictedPssSecurityContext"] is True
    template = yaml.safe_load(found["agent"]["yamlTemplate"])["spec"]
    assert template["automountServiceAccountToken"] is False
    accounts = {one.inputs["metadata"]["name"]: one for one in graph().of(SERVICE_ACCOUNT)}
    account = accounts[found["serviceAccountAgent"]["name"]]
    assert account.inputs["metadata"]["namespace"] == "jenkins-agents"
    assert account.inputs["automountServiceAccountToken"] is False


def test_agents_reach_the_controller_and_nobody_reaches_agents() -> None:
    policies = {one.name: one.inputs["spec"] for one in graph().of(NETWORK_POLICY)}
    agents, controller = policies["jenkins-agents"], policies["jenkins"]
    assert agents["podSelector"] == {"matchLabels": {}}
    assert not agents.get("ingress")
    (clients,) = controller["ingress"]
    (peer,) = clients["from"]
    names = peer["namespaceSelector"]["matchLabels"]
    assert names == {"kubernetes.io/metadata.name": "jenkins-agents"}
    assert [port["port"] for port in clients["ports"]] == [8080, 50000]
    for spec in (agents, controller):
        ports = [{port["port"] for port in rule["ports"]} for rule in spec["egress"]]
        assert {53} in ports
        assert all(rule["to"] for rule in spec["egress"])
        assert set().union(*ports) <= {53, 22, 443, 8080, 50000}


def test_what_is_counted_is_what_the_chart_is_told() -> None:
    plan, found = plan_of(STACK), values()
    controller, agent = found["controller"], found["agent"]
    counted = {some.name: some for some in plan.pods_at_desired_size.workloads}
    most = {some.name: some for some in plan.pods_at_maximum.workloads}
    asked = [
        one["resources"]["requests"]
        for one in (controller, controller["sidecars"]["configAutoReload"])
    ]
    amounts = [pod(cpu=millicores(a["cpu"]), memory=mebibytes(a["memory"])) for a in asked]
    assert counted["jenkins"].each == total(amounts)._replace(pods=1)
    assert counted["jenkins"].only_on == "tools"
    requests = agent["resources"]["requests"]
    assert counted["jenkins-agent"].each == pod(
        cpu=millicores(requests["cpu"]), memory=mebibytes(requests["memory"])
    )
    assert most["jenkins-agent"].count == agent["containerCap"] == 3
    assert counted["jenkins-agent"].count == 0
    assert most["jenkins-agent"].only_on == "builds"


def test_a_pool_of_builds_needs_no_node_before_the_first_build() -> None:
    pool = {"instanceTypes": ["m6i.xlarge"], "limits": {"cpu": 8, "memoryGiB": 64}}
    plan = plan_of(
        {
            "nodeGroups": {"default": GROUP},
            "autoscaling": {"mode": "karpenter", "pools": {"builds": pool}},
            "secrets": {},
            "jenkins": {"agents": {"nodes": "builds"}},
        }
    )
    assert [*plan.pods_at_desired_size.groups] == ["default"]
    assert plan.pods_at_desired_size.verdict is Verdict.FITS
    assert plan.pods_at_maximum.verdict is Verdict.FITS


def test_no_policy_minds() -> None:
    assert broken_rules(run_platform(STACK)) == []


def test_images_come_from_a_mirror_where_there_is_one() -> None:
    mirror = "111122223333.dkr.ecr.ap-northeast-2.amazonaws.com"
    found = Graph(run_platform({**STACK, "imageMirrors": {"docker.io": f"{mirror}/hub"}}))
    (release,) = [one for one in found.of(RELEASE) if one.name == "jenkins"]
    chart = release.inputs["values"]
    for image, name in (
        (chart["controller"]["image"], "jenkins/jenkins"),
        (chart["agent"]["image"], "jenkins/inbound-agent"),
        (chart["controller"]["sidecars"]["configAutoReload"]["image"], "kiwigrid/k8s-sidecar"),
    ):
        assert (image["registry"], image["repository"]) == (mirror, f"hub/{name}")


def test_pins_are_those_of_the_chart() -> None:
    name = f"jenkins-{versions.JENKINS_CHART}.values.json"
    chart = json.loads((PROGRAM / "offline" / "charts" / name).read_text(encoding="utf-8"))
    assert chart["controller"]["installPlugins"] == [
        f"{plugin}:{version}" for plugin, version in versions.JENKINS_PLUGINS.items()
    ]
    for image, pinned in (
        (chart["controller"]["image"], versions.JENKINS_IMAGE),
        (chart["agent"]["image"], versions.JENKINS_AGENT_IMAGE),
        (
            chart["controller"]["sidecars"]["configAutoReload"]["image"],
            versions.JENKINS_SIDECAR_IMAGE,
        ),
    ):
        # The chart names no registry of the agents' image, which is that of Docker Hub then.
        assert f"{image['registry'] or 'docker.io'}/{image['repository']}" == pinned


def jenkins(**changes: Any) -> dict[str, Any]:
    return {**STACK, "jenkins": {**JENKINS, **changes}}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({**STACK, "nfs": None}, "jenkins: needs the section nfs: its home is on shared files"),
        ({k: v for k, v in STACK.items() if k != "secrets"}, "jenkins: needs the section secrets"),
        (
            jenkins(storageClass="fast"),
            "jenkins.storageClass: must be a class of nfs (nfs-csi), got 'fast'",
        ),
        (
            {**STACK, "network": {**section("network"), "nat": "none"}},
            "jenkins: downloads plugins from updates.jenkins.io",
        ),
        (
            {**STACK, "apps": {"jenkins-agents": {}}},
            "apps.jenkins-agents: needs another name: the namespace jenkins-agents is that of the "
            "section jenkins",
        ),
        (jenkins(nodes="gpu"), "jenkins.nodes: must be a node group or a pool"),
        (jenkins(agents={"nodes": "gpu"}), "jenkins.agents.nodes: must be a node group or a pool"),
        (jenkins(agents={"most": 0}), "jenkins.agents.most: must be at least 1, got 0"),
        (jenkins(plugins=["git"]), "jenkins.plugins[0]: must be a plugin with its version"),
        (jenkins(plugins=["git:latest"]), "jenkins.plugins[0]: must be a plugin with its version"),
        (jenkins(plugins=["git:5.9.0"]), "jenkins.plugins: has git, which the chart pins to git:"),
        (jenkins(plugins=["a:1", "a:2"]), "jenkins.plugins: names a more than once"),
        (jenkins(configuration={"x": "a: [b"}), "jenkins.configuration.x: is not YAML in line 1"),
        (jenkins(configuration={"x": "text"}), "jenkins.configuration.x: must be a map"),
        (
            jenkins(configuration={"x": "jenkins: {clouds: []}"}),
            "jenkins.configuration.x: has jenkins.clouds, which follow from agents",
        ),
        (
            jenkins(configuration={"x": "jenkins: {systemMessage: '{{ a }}'}"}),
            "jenkins.configuration.x: has {{",
        ),
        (jenkins(memory="512Mi"), "jenkins.memory: must be at least 1024Mi"),
        (
            jenkins(agents={"cpuRequest": "4", "cpuLimit": "2"}),
            "jenkins.agents.cpuLimit: 2 is below cpuRequest 4",
        ),
        (jenkins(port=80), "jenkins.port: "),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_a_wrong_section_is_refused(changes: Mapping[str, Any], words: str) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        run_of_platform(changes)
    assert f"eks-platform:{words}" in " ".join(str(refused.value).split())


@pytest.mark.parametrize(
    ("missing", "failure"),
    [
        ("PersistentVolumeClaim:jenkins-home", 'persistentvolumeclaim "jenkins-home" not found'),
        ("StorageClass:nfs", 'storageclass.storage.k8s.io "nfs-csi" not found'),
        ("SecretProviderClass:jenkins", "failed to get secretproviderclass jenkins/jenkins"),
        ("SecretVersion:jenkins", "can't find the value of"),
        ("RolePolicyAttachment:jenkins-secret", "is not authorized to read"),
        ("Namespace:jenkins-agents", 'namespaces "jenkins-agents" not found'),
    ],
)
def test_the_controller_does_not_start_without_what_it_mounts(missing: str, failure: str) -> None:
    def chosen(resource: Resource) -> bool:
        return f"{resource.type.rpartition(':')[2]}:{resource.name}" == missing

    assert any(map(chosen, resources(LAB)))
    _, failures = build(LAB, without=chosen)
    assert failure in failures["jenkins"]


def test_the_controller_hangs_where_drivers_go_first() -> None:
    cloud, _ = build(LAB)
    (release,) = [one for one in cloud.of(RELEASE) if one.name == "jenkins"]
    (addon,) = [one for one in cloud.of(ADDON) if one.name == "secrets"]
    cloud.forget(addon)
    assert "hang in Terminating" in demolish(cloud, [release])["jenkins"]
