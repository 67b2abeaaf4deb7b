"""The architecture diagram has what the graph has, where the graph has it."""

import pytest
from programs import section
from reports import CUSTOM, SVG, architecture, boxes, changed, edges, shipped

from deployment.deployment import Deployment
from deployment.types import SUBNET
from report.architecture import read_architecture
from report.boxes import Box
from report.shown import shown

ZONES = ("ap-northeast-2a", "ap-northeast-2b", "ap-northeast-2c")


@pytest.fixture(scope="module")
def custom() -> Deployment:
    return changed(CUSTOM)


def zones_of(deployment: Deployment, kind: str) -> list[str]:
    return [box.get("data-zone", "") for box in boxes(architecture(deployment), kind)]


def test_three_zones_differ_from_two_in_the_third_alone() -> None:
    network = section("network")
    two = architecture(shipped("dev"))
    three = architecture(changed({"network": {**network, "zones": list(ZONES)}}))
    before = {group.get("id") for group in two.iter(f"{SVG}g")}
    after = {group.get("id"): group for group in three.iter(f"{SVG}g")}
    assert before < after.keys()
    added = [after[name] for name in after.keys() - before]
    assert {group.get("data-zone") for group in added} == {"ap-northeast-2b"}
    kinds = sorted(group.get("data-kind", "") for group in added)
    assert kinds == [
        "cluster-interface",
        "load-balancer",
        "mount-target",
        "node-group",
        "pods",
        "subnet",
        "subnet",
        "subnet",
        "zone",
    ]


def test_a_nat_gateway_is_drawn_where_it_is() -> None:
    assert zones_of(shipped("dev"), "nat") == ["ap-northeast-2a"]
    assert zones_of(shipped("prod"), "nat") == list(ZONES)


def test_every_private_subnet_leads_to_its_nat_gateway() -> None:
    one = "network-nat-ap-northeast-2a"
    assert edges(architecture(shipped("dev")), "egress") == {
        ("ap-northeast-2a", one),
        ("ap-northeast-2c", one),
    }
    per_zone = edges(architecture(shipped("prod")), "egress")
    assert per_zone == {(zone, f"network-nat-{zone}") for zone in ZONES}


def test_roles_and_blocks_are_those_of_the_plan(stack: str) -> None:
    deployment = shipped(stack)
    planned = {(s["zone"], s["role"], s["cidr"]) for s in deployment.plan["subnets"]}
    drawn = {
        (box.get("data-zone"), box.get("data-role"), box.get("data-cidr"))
        for box in boxes(architecture(deployment), "subnet")
    }
    assert drawn == planned


def test_pods_are_in_subnets_of_their_own_with_custom_networking(custom: Deployment) -> None:
    drawn = architecture(custom)
    assert {box.get("data-role") for box in boxes(drawn, "pods")} == {"pods"}
    assert {box.get("data-cidr") for box in boxes(drawn, "subnet", role="pods")} == {
        "100.64.0.0/19",
        "100.64.64.0/19",
    }
    (vpc,) = boxes(drawn, "vpc")
    assert vpc.get("data-cidr") == "172.30.0.0/16 + 100.64.0.0/16"
    assert {box.get("data-role") for box in boxes(drawn, "node-group")} == {"private"}


def test_pods_are_on_the_nodes_without_it() -> None:
    drawn = architecture(shipped("dev"))
    assert {box.get("data-role") for box in boxes(drawn, "pods")} == {"private"}
    assert not boxes(drawn, "subnet", role="pods")


def test_the_load_balancer_leads_to_pods_of_each_zone() -> None:
    drawn = architecture(shipped("prod"))
    assert edges(drawn, "targets") == {(zone, "sample-app") for zone in ZONES}
    assert edges(drawn, "ingress") == {(zone, "sample-app") for zone in ZONES}


def test_an_internal_load_balancer_is_in_private_subnets_and_not_reached_from_outside() -> None:
    app = {**section("sampleApp"), "scheme": "internal"}
    drawn = architecture(changed({"sampleApp": app}))
    assert {box.get("data-role") for box in boxes(drawn, "load-balancer")} == {"private"}
    assert not edges(drawn, "ingress")


def test_mount_targets_lead_to_the_file_system() -> None:
    assert edges(architecture(shipped("dev")), "mount") == {
        ("ap-northeast-2a", "nfs"),
        ("ap-northeast-2c", "nfs"),
    }


def test_a_stack_without_storage_and_app_has_none_in_its_diagram() -> None:
    drawn = architecture(changed({"nfs": None, "sampleApp": None}))
    for kind in ("mount-target", "file-system", "load-balancer", "pods", "storage-class"):
        assert not boxes(drawn, kind)


def test_controllers_and_addons_are_on_the_nodes() -> None:
    drawn = architecture(shipped("dev"))
    charts = {box.get("data-name") for box in boxes(drawn, "controller")}
    assert charts == {"load-balancer-controller", "nfs"}
    addons = {box.get("data-name") for box in boxes(drawn, "addon")}
    assert addons == {"coredns", "kube-proxy", "metrics-server", "vpc-cni"}


def test_a_server_in_the_cluster_is_on_the_nodes() -> None:
    drawn = boxes(architecture(changed({"nfs": {"backend": "in-cluster"}})), "server")
    assert {box.get("data-name") for box in drawn} == {"nfs-server"}


def test_interface_endpoints_are_in_the_private_subnets() -> None:
    drawn = boxes(architecture(shipped("prod")), "endpoint", role="private")
    assert len(drawn) == 3 * len(ZONES)


def test_a_long_text_is_cut_to_its_box() -> None:
    box = Box(kind="a", name="b", x=0, y=0, width=100, height=24, lines=["short", "m" * 50])
    short, long = box.shown
    assert short == "short"
    assert long == "m" * 11 + "…"


def test_no_two_elements_have_the_same_id(stack: str) -> None:
    names = [element.get("id") for element in architecture(shipped(stack)).iter()]
    known = [name for name in names if name]
    assert len(known) == len(set(known))


def test_a_stack_without_a_vpc_has_no_diagram() -> None:
    deployment = shipped("dev")
    data = {
        "deployment": {
            "resources": [
                {"urn": resource.urn, "type": resource.type, "custom": resource.custom}
                for resource in deployment
                if resource.type in {"pulumi:pulumi:Stack", SUBNET}
            ]
        }
    }
    assert read_architecture(shown(data)) is None
