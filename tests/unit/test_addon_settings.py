"""What a stack file says of EKS's add-ons."""

from typing import Any, Final

import pytest
from test_settings import ADMIN, DEV, changed, load, mistakes, row, told

from planning.addons import COREDNS, KUBE_PROXY, METRICS_SERVER, POD_IDENTITY_AGENT
from planning.quantities import millicores
from planning.scheduling.workloads import COREDNS as COREDNS_PODS
from planning.scheduling.workloads import METRICS_SERVER as METRICS_PODS
from planning.upgrades import kube_proxy_fault, kube_proxy_mistake, step_back
from stackfile.addon_configuration import tuned
from stackfile.addons import advice_on_addons

ADDONS: Final = "eks-platform:addons"
POLICY: Final = "arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"
ROLE: Final = {"serviceAccount": "cloudwatch-agent", "policies": [POLICY]}


def of(name: str, **given: Any) -> dict[str, Any]:
    """Returns a section with one add-on."""
    return {name: given}


@pytest.mark.parametrize(
    "addons",
    [
        of(KUBE_PROXY, version="v1.33.9-eksbuild.1", configuration={"mode": "nftables"}),
        of(KUBE_PROXY, version="v1.36.2-eksbuild.9"),
        of(COREDNS, configuration={"replicaCount": 3, "affinity": None, "newInNextVersion": 1}),
        of(METRICS_SERVER, version="v0.8.0-eksbuild.2"),
        of("amazon-cloudwatch-observability", role=ROLE, configuration={"any": [{"thing": 1}]}),
        of("aws-ebs-csi-driver", role={**ROLE, "by": "pod-identity"}),
        of("upbound_universal-crossplane", version="v1.14.5-up.1"),
    ],
)
def test_add_ons_are_taken(addons: dict[str, Any]) -> None:
    assert load(changed("addons", addons, DEV)).addons.keys() == addons.keys()


MISTAKES: Final = [
    row("addons", of("vpc-cni"), f"{ADDONS}.vpc-cni", "vpc-cni has the section vpcCni"),
    row("addons", of("CoreDNS"), f"{ADDONS}.CoreDNS", "must be the name of an EKS add-on"),
    row("addons", of(COREDNS, version="latest"), f"{ADDONS}.coredns.version",
        "must be an add-on's version such as", "got 'latest'"),
    row("addons", of(KUBE_PROXY, version="v1.37.0-eksbuild.1"), f"{ADDONS}.kube-proxy.version",
        "must be v1.33 to v1.36 beside a control plane of 1.36", "got 'v1.37.0-eksbuild.1'"),
    row("addons", of(KUBE_PROXY, version="v1.32.0-eksbuild.1"), f"{ADDONS}.kube-proxy.version",
        "must be v1.33 to v1.36"),
    row("addons", of(COREDNS, configuration={"replicaCount": "3"}),
        f"{ADDONS}.coredns.configuration.replicaCount", "valid integer", 'got "3"'),
    row("addons", of(COREDNS, configuration={"replicacount": 3}),
        f"{ADDONS}.coredns.configuration.replicacount", "did you mean replicaCount?"),
    row("addons", of(COREDNS, configuration={"resources": {"limit": {}}}),
        f"{ADDONS}.coredns.configuration.resources.limit", "not permitted"),
    row("addons", of(KUBE_PROXY, configuration={"resources": {"requests": {"cpu": "2 cores"}}}),
        f"{ADDONS}.kube-proxy.configuration.resources.requests.cpu", "must be CPU time"),
    row("addons", of(KUBE_PROXY, configuration={"mode": "userspace"}),
        f"{ADDONS}.kube-proxy.configuration.mode", "'iptables', 'ipvs' or 'nftables'"),
    row("addons", of(COREDNS, configuration="replicaCount: 3"), f"{ADDONS}.coredns.configuration",
        "must be a map of names to values"),
    row("addons", of(COREDNS, role=ROLE), f"{ADDONS}.coredns.role", "calls nothing of AWS"),
    row("addons", of("a", role={**ROLE, "policies": []}), f"{ADDONS}.a.role.policies",
        "needs the ARN of a policy"),
    row("addons", of("a", role={**ROLE, "policies": [POLICY, POLICY]}),
        f"{ADDONS}.a.role.policies", "names CloudWatchAgentServerPolicy more than once"),
    row("addons", of("a", role={**ROLE, "policies": [ADMIN]}), f"{ADDONS}.a.role.policies[0]",
        "must be the ARN of an IAM policy"),
    row("addons", of("a", role={**ROLE, "policies": [POLICY.replace("aws", "aws-cn", 1)]}),
        f"{ADDONS}.a.role.policies[0]", "is in the partition aws-cn"),
    row("addons", of("a", role={**ROLE, "serviceAccount": "*"}),
        f"{ADDONS}.a.role.serviceAccount", "must be the name of a service account"),
    row("addons", of("a", role={**ROLE, "by": "node"}), f"{ADDONS}.a.role.by",
        "'irsa' or 'pod-identity'"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "key", "fragments"), MISTAKES)
def test_a_mistake_is_one_line_with_its_key(
    path: str, value: object, key: str, fragments: tuple[str, ...]
) -> None:
    told(path, value, key, fragments, DEV)


def test_no_add_on_is_made_twice() -> None:
    sections = changed("wordpress", {}, changed("addons", of("aws-ebs-csi-driver"), DEV))
    (line,) = mistakes(sections)
    assert line.startswith(f"{ADDONS}.aws-ebs-csi-driver: is made by the platform")


def test_pod_identity_brings_its_agent_once() -> None:
    role = {**ROLE, "by": "pod-identity"}
    settings = load(changed("addons", of("a", role=role), DEV))
    assert [*settings.addons_of_each_node] == [POD_IDENTITY_AGENT]
    assert [*settings.other_addons] == ["a"]
    own = {"a": {"role": role}, POD_IDENTITY_AGENT: {"version": "v1.3.9-eksbuild.3"}}
    settings = load(changed("addons", own, DEV))
    assert settings.addons_of_each_node[POD_IDENTITY_AGENT].version == "v1.3.9-eksbuild.3"
    assert load(changed("addons", of("a", role=ROLE), DEV)).addons_of_each_node == {}


def test_a_preview_says_what_is_not_checked_and_not_counted() -> None:
    given = {**of(COREDNS, configuration={"priorityClass": "x"}), **of("a")}
    said = dict(advice_on_addons(load(changed("addons", given, DEV)).addons))
    assert "not checked: priorityClass" in said["coredns", "configuration"]
    assert "not counted among the pods on nodes: those of a" in said[()]


def test_pods_are_counted_as_they_are_configured() -> None:
    configuration = {
        "autoScaling": {"enabled": True, "minReplicas": 3, "maxReplicas": 9},
        "resources": {"requests": {"cpu": "0.5", "memory": "1Gi"}},
    }
    few = tuned(COREDNS_PODS, configuration, at_maximum=False)
    assert (few.count, few.each.cpu, few.each.memory) == (3, millicores("0.5"), 1024)
    assert tuned(COREDNS_PODS, configuration, at_maximum=True).count == 9
    assert tuned(COREDNS_PODS, {"replicaCount": 5}, at_maximum=True).count == 5
    assert tuned(METRICS_PODS, {"replicas": 3}, at_maximum=False).count == 3
    assert tuned(METRICS_PODS, {}, at_maximum=True) == METRICS_PODS


def test_kube_proxy_stays_near_the_control_plane() -> None:
    assert kube_proxy_fault("1.36", "v1.36.0-eksbuild.1") is None
    assert kube_proxy_fault("1.36", "v1.33.0-eksbuild.1") is None
    assert "v1.33 to v1.36" in str(kube_proxy_fault("1.36", "v1.32.0-eksbuild.1"))
    behind = kube_proxy_mistake("1.36", "v1.32.0-eksbuild.1", "v1.36.0-eksbuild.1")
    assert 'deploy cluster.version "1.35" first' in str(behind)
    assert kube_proxy_mistake("1.36", "v1.34.0-eksbuild.1", "v1.36.0-eksbuild.1") is None
    assert step_back("v1.12.1-eksbuild.2", "v1.12.0-eksbuild.1") is None
    assert "goes back from v1.12.1" in str(step_back("v1.12.1-eksbuild.2", "v1.11.9-eksbuild.1"))
