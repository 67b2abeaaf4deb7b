"""A stack whose nodes cannot run its pods is refused, and what is counted is what is made."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from typing import Any, Final

import pulumi
import pytest
from programs import run_of_platform, section

from deployment.deployment import Deployment
from deployment.export import export, resources_of
from planning.plan import Plan
from planning.quantities import mebibytes, millicores
from planning.scheduling.amounts import Amounts, pod, total
from planning.scheduling.nodes import Verdict
from planning.scheduling.taints import EVERY_TAINT, Taint, Toleration
from planning.scheduling.workloads import NFS_CONTROLLER, NFS_NODE, Workload
from stackfile.files import PROGRAM
from versions import NFS_CSI_DRIVER_CHART

GROUP: Final[Mapping[str, Any]] = section("nodeGroups")["default"]
APP: Final[Mapping[str, Any]] = section("sampleApp")
TAINTED: Final = {**GROUP, "taints": [{"key": "gpu", "effect": "NO_SCHEDULE"}]}
ONE_NODE: Final = {"minSize": 1, "desiredSize": 1}
# With what the shipped stacks leave off.
EVERYTHING: Final[Mapping[str, Any]] = {
    "nfs": {"backend": "in-cluster"},
    "wordpress": {},
    "apps": {"shop": {"cpuRequest": "50m", "memoryRequest": "96Mi", "minReplicas": 3}},
    "loadBalancerController": {"replicas": 3},
}


def plan_of(changes: Mapping[str, Any] | None = None, stack: str = "dev") -> Plan:
    found = run_of_platform(changes, stack).plan
    assert found
    return found


def default_group(**changes: Any) -> dict[str, Any]:
    return {"nodeGroups": {"default": {**GROUP, **changes}}}


def sample_app(**changes: Any) -> dict[str, Any]:
    return {"sampleApp": {**APP, **changes}}


REFUSED: Final[Mapping[str, tuple[Mapping[str, Any], str, list[str]]]] = {
    "too small a type": (
        {**default_group(instanceTypes=["t3.nano"]), "vpcCni": {}},
        "pods: 9 needed of node groups default, 2 left",
        ["nodeGroups.default.instanceTypes [t3.small]"],
    ),
    "no nodes": (
        default_group(minSize=0, desiredSize=0),
        "there is no node that they may run on",
        ["nodeGroups.default.desiredSize 1"],
    ),
    "no nodes without taints": (
        {"nodeGroups": {"default": {**GROUP, "minSize": 0, "desiredSize": 0}, "gpu": TAINTED}},
        "coredns, metrics-server, csi-nfs-controller",
        ["nodeGroups.default.desiredSize 1"],
    ),
    "a pod larger than a node": (
        sample_app(cpuRequest="8", cpuLimit="8"),
        "sample-app: no node has 8,000m CPU left for one of them",
        ["nodeGroups.default.instanceTypes [m6i.4xlarge]", "sampleApp.cpuRequest at most 1400m"],
    ),
    "memory larger than a node's": (
        sample_app(memoryRequest="4Gi", memoryLimit="4Gi"),
        "no node has 4,096 MiB memory left",
        ["nodeGroups.default.instanceTypes [t3.large]", "sampleApp.memoryRequest at most 2720Mi"],
    ),
    "many small applications": (
        {"apps": {f"app-{index}": {"cpuRequest": "10m"} for index in range(12)}},
        "pods: 33 needed of node groups default, 28 left",
        [
            "nodeGroups.default.desiredSize 3",
            "nodeGroups.default.instanceTypes [t3.large]",
            "vpcCni.mode prefix",
        ],
    ),
    "few pods on a node": (
        {
            "network": {**section("network"), "podCidr": "100.64.0.0/16"},
            "vpcCni": {"mode": "custom-networking"},
            "apps": {f"app-{index}": {"cpuRequest": "10m"} for index in range(5)},
        },
        "pods: 19 needed of node groups default, 18 left",
        [
            "nodeGroups.default.desiredSize 3",
            "nodeGroups.default.instanceTypes [t3.large]",
            "vpcCni.prefixDelegation true",
        ],
    ),
    "nodes that others are for": (
        {
            "nodeGroups": {"default": {**GROUP, **ONE_NODE}, "gpu": {**TAINTED, "desiredSize": 4}},
            **sample_app(minReplicas=20, maxReplicas=20),
        },
        "sample-app: 20 of them, and nodes have room for 8",
        [
            "nodeGroups.default.desiredSize 4",
            "nodeGroups.default.instanceTypes [t3.2xlarge]",
            "sampleApp.minReplicas at most 5",
        ],
    ),
    "controllers and applications together": (
        {
            **default_group(instanceTypes=["t3.small"], **ONE_NODE),
            "loadBalancerController": {"replicas": 5},
            **sample_app(minReplicas=3),
        },
        "pods: 13 needed of node groups default, 8 left",
        ["nodeGroups.default.desiredSize 2", "nodeGroups.default.instanceTypes [t3.medium]"],
    ),
    "nothing alone helps": (
        {
            **sample_app(cpuRequest="190", cpuLimit="190"),
            "apps": {"other": {"cpuRequest": "190", "cpuLimit": "190"}},
        },
        "sample-app, other: no node has 190,000m CPU left for one of them",
        [],
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_stack_whose_pods_cannot_run_is_refused(case: str) -> None:
    changes, missing, expected = REFUSED[case]
    message = refusal(changes)
    assert message.startswith("Pulumi.dev.yaml: desiredSize nodes cannot run all pods")
    assert re.search(r"^  node group +nodes +pods", message, re.MULTILINE)
    assert all(len(line) <= 80 for line in message.splitlines()[1:])
    assert re.search(r"^  sample-app +\d+ +", message, re.MULTILINE)
    assert missing in " ".join(message.split())
    found = [line for _, line in remedies(message)]
    assert found == expected
    assert ("No single change makes it fit" in message) == (not expected)


@pytest.mark.parametrize("case", ["many small applications", "nodes that others are for"])
def test_with_each_remedy_all_pods_run(case: str) -> None:
    changes, *_ = REFUSED[case]
    for what, remedy in remedies(refusal(changes)):
        assert plan_of(applied(changes, remedy)).pods_at_desired_size.verdict is Verdict.FITS, what


def refusal(changes: Mapping[str, Any]) -> str:
    with pytest.raises(pulumi.RunError) as refused:
        run_of_platform(changes)
    return str(refused.value)


def remedies(message: str) -> Iterator[tuple[str, str]]:
    """Yields what each proposal is, and the place in the stack file with the value."""
    proposals = message.partition("makes it fit:")[2]
    yield from re.findall(r"^  - ([a-z ]+): (\w+\.(?:.|\n    )*)$", proposals, re.MULTILINE)


def applied(changes: Mapping[str, Any], remedy: str) -> Mapping[str, Any]:
    place, text = remedy.replace(" at most", "").split(" ", maxsplit=1)
    first, *keys, last = place.split(".")
    changed = {**changes, first: json.loads(json.dumps(changes.get(first) or section(first)))}
    inner = reduce(lambda outer, key: outer[key], keys, changed[first])
    inner[last] = text[1:-1].split(", ") if text.startswith("[") else as_value(text)
    return changed


def as_value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def test_both_shipped_stacks_run_their_pods_at_any_size(stack: str) -> None:
    plan = plan_of(stack=stack)
    assert plan.pods_at_desired_size.verdict is Verdict.FITS
    assert plan.pods_at_maximum.verdict is Verdict.FITS
    assert plan.pods_at_desired_size.may_lose_their_volume == []


def test_applications_that_outgrow_the_nodes_are_a_warning() -> None:
    run = run_of_platform(sample_app(maxReplicas=100))
    plan = run.plan
    assert plan
    assert plan.pods_at_desired_size.verdict is Verdict.FITS
    assert plan.pods_at_maximum.verdict is Verdict.IMPOSSIBLE
    shown = "\n".join(run.warnings)
    assert "Pulumi.dev.yaml: maxSize nodes may not run all pods" in shown
    assert "sample-app: 100 of them, and nodes have room for 32" in shown


def test_a_volume_that_may_stay_behind_is_a_warning() -> None:
    changes = default_group(instanceTypes=["m5.xlarge"], **ONE_NODE)
    run = run_of_platform({**changes, "nfs": {"backend": "in-cluster"}})
    plan = run.plan
    assert plan
    assert plan.pods_at_desired_size.may_lose_their_volume == ["nfs-server"]
    assert "nfs-server keeps its volume in one zone" in "\n".join(run.warnings)


ADDON_PODS: Final[Mapping[str, list[str]]] = {
    "vpc-cni": ["aws-node"],
    "kube-proxy": ["kube-proxy"],
    "coredns": ["coredns"],
    "metrics-server": ["metrics-server"],
    "aws-ebs-csi-driver": ["ebs-csi-node", "ebs-csi-controller"],
}


@pytest.mark.parametrize("changes", [{}, EVERYTHING], ids=["as shipped", "everything"])
def test_what_is_counted_is_what_is_made(changes: Mapping[str, Any]) -> None:
    run = run_of_platform(changes)
    assert run.plan
    counted = {some.name: some for some in run.plan.pods_at_desired_size.workloads}
    deployment = Deployment(resources_of(export(run.resources)))
    made = dict(workloads_of(deployment))
    addons = [a.inputs["addonName"] for a in deployment.of("aws:eks/addon:Addon")]
    driver = ["csi-nfs-node", "csi-nfs-controller"]
    assert sorted(counted) == sorted(
        [*made, *driver, *(name for addon in addons for name in ADDON_PODS[addon])]
    )
    for name, (each, count, spread) in made.items():
        assert (counted[name].each, counted[name].count) == (each, count), name
        assert counted[name].spread is spread, name


def workloads_of(deployment: Deployment) -> Iterator[tuple[str, tuple[Amounts, int, bool]]]:
    """Yields name, requests and number of the pods of objects, and whether zones share them."""
    for token in ("Deployment", "StatefulSet"):
        for made in deployment.of(f"kubernetes:apps/v1:{token}"):
            spec = made.inputs["spec"]["template"]["spec"]
            requests = (container["resources"]["requests"] for container in spec["containers"])
            spread = any(
                constraint["whenUnsatisfiable"] == "DoNotSchedule"
                # Else zones with tainted nodes alone count, too.
                and constraint["nodeTaintsPolicy"] == "Honor"
                for constraint in spec.get("topologySpreadConstraints", ())
            )
            assert not spec.get("tolerations")
            assert not spec.get("affinity")
            assert not spec.get("nodeSelector")
            yield made.name, (one_pod(requests), made.inputs["spec"]["replicas"], spread)
    for release in deployment.of("kubernetes:helm.sh/v3:Release"):
        if release.inputs["chart"] == "aws-load-balancer-controller":
            values = release.inputs["values"]
            asked = one_pod([values["resources"]["requests"]])
            yield release.inputs["chart"], (asked, values["replicaCount"], False)
        else:
            assert release.inputs["chart"] == "csi-driver-nfs"
            assert not release.inputs.get("values")


def one_pod(requests: Iterable[Mapping[str, str]]) -> Amounts:
    """Returns what a pod asks for whose containers ask for this."""
    amounts = (
        pod(cpu=millicores(asked["cpu"]), memory=mebibytes(asked["memory"])) for asked in requests
    )
    return total(amounts)._replace(pods=1)


@pytest.mark.parametrize(
    ("part", "workload"), [("controller", NFS_CONTROLLER), ("node", NFS_NODE)], ids=str
)
def test_the_nfs_driver_asks_for_what_its_chart_says(part: str, workload: Workload) -> None:
    file = PROGRAM / "offline" / "charts" / f"csi-driver-nfs-{NFS_CSI_DRIVER_CHART}.values.json"
    values = json.loads(file.read_text(encoding="utf-8"))
    chart = values[part]
    asked = [
        resources["requests"]
        for name, resources in chart["resources"].items()
        if name != "csiSnapshotter" or chart["enableSnapshotter"]
    ]
    assert workload.each == one_pod(asked)
    assert workload.count == chart.get("replicas", 1)
    assert not chart["affinity"]
    assert not chart["nodeSelector"]
    tolerated = [
        Toleration(key=one.get("key"), effect="NO_SCHEDULE" if "effect" in one else None)
        for one in chart["tolerations"]
        if "control" not in one.get("key", "") and "master" not in one.get("key", "")
    ]
    assert list(workload.tolerations) == tolerated
    assert workload.on_every_node == (part == "node")


def test_pods_of_every_node_put_up_with_every_taint() -> None:
    workloads = plan_of(EVERYTHING).pods_at_desired_size.workloads
    everywhere = [some for some in workloads if some.on_every_node]
    assert [some.name for some in everywhere] == [
        "aws-node",
        "kube-proxy",
        "ebs-csi-node",
        "csi-nfs-node",
    ]
    assert all(some.tolerations == EVERY_TAINT for some in everywhere)
    assert EVERY_TAINT[0].covers(Taint(key="gpu", effect="NO_EXECUTE"))
