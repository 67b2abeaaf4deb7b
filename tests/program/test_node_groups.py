"""Node groups of every family of images, with disks, zones, reservations and updates."""

import base64
import email
import json
import re
import tomllib
from collections.abc import Mapping
from email.message import Message
from functools import cache
from typing import Any, Final

import pytest
import yaml
from graph_model import Graph
from platforms import broken_rules
from programs import run_platform
from reports import changed as changed_report

from deployment.resource import Resource
from deployment.types import CLUSTER, LAUNCH_TEMPLATE, NODE_GROUP, SUBNET
from report.costs import estimate
from stackfile.files import PROGRAM

_SIZES: Final = {"minSize": 1, "desiredSize": 1, "maxSize": 3}
_TAINT: Final = {"key": "team", "value": "a", "effect": "NO_SCHEDULE"}
_OWN: Final = {
    "amiId": "ami-0123456789abcdef0",
    "labels": {"example.com/team": "a"},
    "taints": [_TAINT, {**_TAINT, "effect": "NO_EXECUTE"}, {"key": "gpu", "effect": "NO_EXECUTE"}],
}
GROUPS: Final[Mapping[str, Any]] = {
    "default": {
        "instanceTypes": ["m6i.large"],
        "amiType": "BOTTLEROCKET_x86_64",
        "minSize": 2,
        "desiredSize": 2,
        "maxSize": 4,
        "diskGiB": 100,
        "diskIops": 6000,
        "diskThroughput": 500,
        "maxUnavailable": "33%",
        "updateStrategy": "MINIMAL",
        "nodeRepair": True,
    },
    "own": {
        **_SIZES,
        **_OWN,
        "instanceTypes": ["m7g.large"],
        "amiType": "AL2023_ARM_64_STANDARD",
        "zones": ["ap-northeast-2c"],
        "capacityReservation": "cr-0123456789abcdef0",
        "diskType": "io2",
        "diskIops": 3000,
    },
    "own-bottlerocket": {
        **_SIZES,
        **_OWN,
        "instanceTypes": ["m6i.large"],
        "amiType": "BOTTLEROCKET_x86_64_FIPS",
    },
    "plain": {**_SIZES, "instanceTypes": ["t3.medium"]},
}


@cache
def export() -> dict[str, Any]:
    return run_platform({"nodeGroups": GROUPS})


@pytest.fixture
def graph() -> Graph:
    return Graph(export())


def of(graph: Graph, token: str, name: str) -> Resource:
    (found,) = (one for one in graph.of(token) if one.name == f"nodes-{name}")
    return found


def settings_at_boot(graph: Graph, name: str) -> dict[str, Any]:
    """Returns what nodes read at boot, as nodeadm or Bottlerocket does."""
    text = base64.b64decode(of(graph, LAUNCH_TEMPLATE, name).inputs["userData"]).decode()
    if text.startswith("["):
        kubernetes: dict[str, Any] = tomllib.loads(text)["settings"]["kubernetes"]
        return kubernetes
    (part,) = email.message_from_string(text).get_payload()
    assert isinstance(part, Message)
    assert part.get_content_type() == "application/node.eks.aws"
    config = json.loads(str(part.get_payload()))
    assert (config["apiVersion"], config["kind"]) == ("node.eks.aws/v1alpha1", "NodeConfig")
    spec: dict[str, Any] = config["spec"]
    return spec


def test_with_an_image_of_eks_nodes_are_told_no_more_than_their_pods(graph: Graph) -> None:
    assert settings_at_boot(graph, "default") == {"max-pods": 29}
    assert settings_at_boot(graph, "plain") == {"kubelet": {"config": {"maxPods": 17}}}


def test_with_an_image_of_ones_own_nodes_are_told_their_cluster(graph: Graph) -> None:
    cluster = graph.one(CLUSTER).outputs
    authority = cluster["certificateAuthority"]["data"]

    assert settings_at_boot(graph, "own") == {
        "cluster": {
            "name": cluster["name"],
            "apiServerEndpoint": cluster["endpoint"],
            "certificateAuthority": authority,
            "cidr": "172.20.0.0/16",
        },
        "kubelet": {
            "config": {"maxPods": 29},
            "flags": [
                "--node-labels=example.com/team=a",
                "--register-with-taints=team=a:NoSchedule,team=a:NoExecute,gpu=:NoExecute",
            ],
        },
    }
    assert settings_at_boot(graph, "own-bottlerocket") == {
        "max-pods": 29,
        "cluster-name": cluster["name"],
        "api-server": cluster["endpoint"],
        "cluster-certificate": authority,
        "node-labels": {"example.com/team": "a"},
        "node-taints": {"team": ["a:NoSchedule", "a:NoExecute"], "gpu": [":NoExecute"]},
    }


def test_eks_is_told_of_an_own_image_by_the_launch_template_alone(graph: Graph) -> None:
    for name, settings in GROUPS.items():
        group = of(graph, NODE_GROUP, name).inputs
        own = settings.get("amiId")
        assert of(graph, LAUNCH_TEMPLATE, name).inputs.get("imageId") == own
        assert (group.get("amiType"), group.get("version")) == (
            (None, None) if own else (settings.get("amiType", "AL2023_x86_64_STANDARD"), "1.36")
        )


def test_bottlerocket_keeps_its_data_apart_from_its_system(graph: Graph) -> None:
    disks = {
        name: {
            disk["deviceName"]: disk["ebs"]
            for disk in of(graph, LAUNCH_TEMPLATE, name).inputs["blockDeviceMappings"]
        }
        for name in GROUPS
    }

    common = {"encrypted": "true", "deleteOnTermination": "true"}
    data = {"volumeType": "gp3", "volumeSize": 100, "iops": 6000, "throughput": 500, **common}
    system = {"volumeType": "gp3", "volumeSize": 4, **common}
    assert disks["default"] == {"/dev/xvda": system, "/dev/xvdb": data}
    fast = {"volumeType": "io2", "volumeSize": 30, "iops": 3000, **common}
    assert disks["own"] == {"/dev/xvda": fast}
    assert disks["own-bottlerocket"].keys() == {"/dev/xvda", "/dev/xvdb"}


def test_a_group_lies_in_its_zones_and_starts_in_its_reservation(graph: Graph) -> None:
    zones = {
        name: {
            graph.with_id(subnet).inputs["availabilityZone"]
            for subnet in of(graph, NODE_GROUP, name).inputs["subnetIds"]
        }
        for name in GROUPS
    }

    every = {subnet.inputs["availabilityZone"] for subnet in graph.of(SUBNET)}
    assert zones == {name: set(GROUPS[name].get("zones", every)) for name in GROUPS}
    reservations = "capacityReservationSpecification"
    assert of(graph, LAUNCH_TEMPLATE, "own").inputs[reservations] == {
        "capacityReservationTarget": {"capacityReservationId": "cr-0123456789abcdef0"}
    }
    assert reservations not in of(graph, LAUNCH_TEMPLATE, "plain").inputs


def test_updates_and_repairs_are_as_the_stack_says(graph: Graph) -> None:
    group, plain = (of(graph, NODE_GROUP, name).inputs for name in ("default", "plain"))

    assert group["updateConfig"] == {"maxUnavailablePercentage": 33, "updateStrategy": "MINIMAL"}
    assert group["nodeRepairConfig"] == {"enabled": True}
    assert plain["updateConfig"] == {"maxUnavailable": 1}
    assert "nodeRepairConfig" not in plain


def test_the_plan_counts_nodes_where_they_are(graph: Graph) -> None:
    uses = {
        subnet["zone"]: [use["what"] for use in subnet["uses"] if "nodes" in use["what"]]
        for subnet in graph.stack.outputs["plan"]["subnets"]
        if subnet["role"] == "private"
    }

    # Three nodes and two surge nodes in the one zone, and none in the other.
    assert [what.split(" x ")[0] for what in uses["ap-northeast-2c"] if " own " in what] == [
        "3 own nodes",
        "2 own surge nodes",
    ]
    assert not [what for what in uses["ap-northeast-2a"] if " own " in what]
    # With MINIMAL old nodes go first.
    assert not [what for zone in uses.values() for what in zone if "default surge" in what]
    assert len([what for zone in uses.values() for what in zone if "plain surge" in what]) == 2


def test_the_page_s_groups_preview() -> None:
    text = (PROGRAM / "docs" / "nodes.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(eks-platform:nodeGroups:.*?)```", text, re.DOTALL)
    assert blocks
    for block in blocks:
        sections = yaml.safe_load(block)
        graph = Graph(run_platform({key.split(":")[1]: one for key, one in sections.items()}))
        groups = sections["eks-platform:nodeGroups"]
        assert {one.name for one in graph.of(NODE_GROUP)} == {f"nodes-{name}" for name in groups}


def test_no_rule_objects() -> None:
    assert broken_rules(export()) == []


def test_the_estimate_says_which_disks_it_does_not_count() -> None:
    found = estimate(changed_report({"nodeGroups": GROUPS}))

    assert any(line.what == "2 root volumes of 104 GiB, gp3" for line in found.lines)
    for text in (
        "6000 IOPS and 500 MiB/s of 2 gp3 volumes: no price was found",
        "1 root volumes of 30 GiB, io2: no price was found",
    ):
        assert text in found.not_counted
