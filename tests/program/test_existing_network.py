"""A network that is there already: found by IDs or tags, and used like one that is made."""

import copy
import json
from pathlib import Path
from typing import Any

import boto3
import pulumi
import pytest
from botocore.stub import Stubber
from commands import run
from graph_model import Graph
from platforms import broken_rules
from programs import run_of_platform, run_platform, section
from recorded_vpc import (
    CONTROL,
    KEY,
    PRIVATE,
    RECORDED,
    STACK,
    VPC_ID,
    answers,
    check,
    existing,
    write,
)
from typer.testing import CliRunner

from cli.app import app
from deployment.types import CLUSTER, MOUNT_TARGET, NODE_GROUP, SUBNET, VPC, VPC_ENDPOINT
from offline import recording, vpc_recording


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Has a folder of recordings with the shipped one."""
    monkeypatch.setattr(recording, "FOLDER", tmp_path)
    write()


def test_a_preview_uses_what_is_there_and_makes_none_of_it() -> None:
    export = run_platform(stack=STACK)
    graph = Graph(export)

    assert broken_rules(export) == []
    for kind in (VPC, SUBNET, VPC_ENDPOINT):
        assert graph.of(kind) == []
    private = set(section("network", STACK)["existing"]["subnets"]["private"]["ids"])
    assert set(graph.one(NODE_GROUP).inputs["subnetIds"]) == private
    assert {one.inputs["subnetId"] for one in graph.of(MOUNT_TARGET)} == private
    control = set(graph.one(CLUSTER).inputs["vpcConfig"]["subnetIds"])
    assert len(control) == 3
    assert control.isdisjoint(private)


def test_what_no_function_tells_is_said_to_be_unchecked() -> None:
    prefixes = {"vpcCni": {"mode": "prefix"}}
    warnings = " ".join(run_of_platform(prefixes, STACK).warnings)

    assert f"{KEY}: not checked whether the VPC has flow logs" in warnings
    assert f"{KEY}: not checked whether free addresses lie in whole /28 blocks" in warnings


def test_the_command_of_the_documentation_previews() -> None:
    done = run("preview", "--stack", STACK, "--summary")

    assert (done.returncode, done.stderr) == (0, "")


def test_subnets_are_chosen_by_tags_as_by_ids() -> None:
    write()
    by_tags = existing(private={"tags": {"kubernetes.io/role/internal-elb": "1"}})
    export = run_platform({"network": {**section("network", STACK), **by_tags}}, STACK)

    assert set(Graph(export).one(NODE_GROUP).inputs["subnetIds"]) == set(
        section("network", STACK)["existing"]["subnets"]["private"]["ids"]
    )


def test_without_subnets_of_its_own_the_control_plane_is_in_private_ones() -> None:
    own = section("network", STACK)
    del own["existing"]["subnets"]["controlPlane"]
    graph = Graph(run_platform({"network": own}, STACK))

    assert set(graph.one(CLUSTER).inputs["vpcConfig"]["subnetIds"]) == set(
        own["existing"]["subnets"]["private"]["ids"]
    )


def test_what_is_not_there_is_said_with_how_to_record_it() -> None:
    write(lambda data: data["subnets"].pop(PRIVATE))
    with pytest.raises(
        pulumi.RunError,
        match=rf"{KEY}: {PRIVATE} is not known to the offline data: run `make record "
        rf"REGION=eu-central-1 VPC={VPC_ID}`",
    ):
        check()


@pytest.mark.parametrize(
    ("network", "key", "words"),
    [
        ({"cidr": "10.0.0.0/16"}, "cidr", "is for a network that the platform makes"),
        ({"zones": ["eu-central-1a", "eu-central-1b"]}, "zones", "is for a network that"),
        ({"podCidr": "100.64.0.0/16"}, "podCidr", "is for a network that the platform makes"),
        ({"interfaceEndpoints": ["sts"]}, "interfaceEndpoints", "is for a network that"),
        ({"nat": "single"}, "nat", "is none with existing, or left out"),
        (existing(private={}), "existing.subnets.private.ids", "is required where tags"),
        (existing(private={"ids": [PRIVATE], "tags": {"a": "b"}}),
            "existing.subnets.private.tags", "goes in the place of ids"),
        (existing(private={"tags": {}}), "existing.subnets.private.tags", "at least one tag"),
        (existing(private={"ids": ["subnet-x"]}), "existing.subnets.private.ids[0]", "'subnet-x'"),
        (existing(private={"ids": [PRIVATE] * 2}), "existing.subnets.private.ids", "more than"),
        (existing(extra={"ids": [PRIVATE]}), "existing.subnets.extra", "is not a known key"),
        ({"existing": {"vpcId": "vpc-1", "subnets": {}}}, "existing.vpcId", "the ID of a VPC"),
    ],
)  # fmt: skip
def test_what_does_not_go_with_it_is_refused(network: dict[str, Any], key: str, words: str) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        check(**network)

    lines = str(refused.value).splitlines()
    assert any(f"eks-platform:network.{key}: " in line and words in line for line in lines), lines


def test_pods_have_subnets_of_their_own_with_custom_networking_alone() -> None:
    def more(data: Any) -> None:
        data["cidrs"].append("100.64.0.0/16")
        for number, (name, zone_id) in enumerate(
            {"a": "euc1-az2", "b": "euc1-az3", "c": "euc1-az1"}.items()
        ):
            identifier = f"subnet-0d{number}7d5e9f30c2b481"
            data["subnets"][identifier] = {
                **copy.deepcopy(data["subnets"][CONTROL]),
                "zone": f"eu-central-1{name}",
                "zoneId": zone_id,
                "cidr": f"100.64.{32 * number}.0/19",
                "free": 8187,
                "tags": {"for": "pods"},
            }
            table = data["routeTables"][f"rtb-0b{number + 1}7e6d5c4b3a2918"]
            table["subnets"].append(identifier)

    write(more)
    with_pods = {**section("network", STACK), **existing(pods={"tags": {"for": "pods"}})}
    with pytest.raises(pulumi.RunError, match=r"leaves network\.existing\.subnets\.pods unused"):
        run_platform({"network": with_pods}, STACK)
    custom = {"mode": "custom-networking"}
    with pytest.raises(pulumi.RunError, match=r"needs network\.existing\.subnets\.pods"):
        run_platform({"vpcCni": custom}, STACK)
    graph = Graph(run_platform({"network": with_pods, "vpcCni": custom}, STACK))
    values = json.loads(graph.addon("vpc-cni").inputs["configurationValues"])
    assert {one["id"] for one in values["eniConfig"]["subnets"].values()} == {
        f"subnet-0d{number}7d5e9f30c2b481" for number in range(3)
    }


def test_a_vpc_is_recorded_by_the_calls_that_are_named_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What EC2 answers is checked against its own API model by botocore's stubber."""
    for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(key, "testing")
    client, owner = boto3.client("ec2", region_name="eu-central-1"), "123456789012"
    stub = Stubber(client)
    for call, answer in (
        ("describe_availability_zones", {"AvailabilityZones": []}),
        ("describe_instance_types", {"InstanceTypes": []}),
        ("describe_instance_type_offerings", {"InstanceTypeOfferings": []}),
        *answers(owner),
    ):
        stub.add_response(call, answer)
    calls: list[str] = []
    client.meta.events.register(
        "before-parameter-build", lambda model, **_: calls.append(f"ec2:{model.name}")
    )
    eks = boto3.client("eks", region_name="eu-central-1")
    eks.meta.events.register(
        "before-parameter-build", lambda model, **_: calls.append(f"eks:{model.name}")
    )
    clients = {"ec2": client, "eks": eks}
    monkeypatch.setattr(boto3, "client", lambda service, **_: clients[service])
    with stub, Stubber(eks) as of_eks:
        of_eks.add_response("list_clusters", {"clusters": []})
        done = CliRunner().invoke(app, ["record", "eu-central-1", "--vpc", VPC_ID])

    assert done.exit_code == 0, done.output
    stub.assert_no_pending_responses()
    told = [line.removeprefix("- ") for line in done.output.splitlines() if line[:1] == "-"]
    assert list(dict.fromkeys(calls)) == told
    text = (tmp_path / f"Vpc.{VPC_ID}.json").read_text(encoding="utf-8")
    assert owner not in text
    (found,) = vpc_recording.recordings("eu-central-1")
    assert found.model_dump(mode="json", by_alias=True) | {"recorded": ""} == {
        **RECORDED,
        "recorded": "",
    }


def test_a_running_cluster_s_own_addresses_are_not_held_against_it() -> None:
    def change(data: Any) -> None:
        data["clusters"] = ["eks-platform-existing"]
        for subnet in data["subnets"].values():
            subnet["free"] = 3

    write(change)
    check()
    warnings = " ".join(run_of_platform(stack=STACK).warnings)

    assert "not checked whether others leave the cluster enough addresses" in warnings


def test_endpoints_of_which_little_hangs_are_not_demanded_but_said() -> None:
    def change(data: Any) -> None:
        twice = next(iter(data["endpoints"].values()))
        data["endpoints"]["vpce-00000000000000000"] = twice

    write(change)
    private = {"network": {**section("network", STACK), "nat": "none"}, "nfs": None}
    warnings = " ".join(run_of_platform({**private, "sampleApp": None}, STACK).warnings)

    assert "without endpoints for ssm, ssmmessages Session Manager reaches no node" in warnings
    assert "not checked whether nodes reach s3, for which the VPC has several endpoints" in warnings
