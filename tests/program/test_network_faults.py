"""A network that is there already and does not carry a cluster is refused, by the fault's name."""

import json
from pathlib import Path
from typing import Any, Final

import pulumi
import pytest
from programs import run_platform, section
from recorded_vpc import (
    CONTROL,
    KEY,
    PRIVATE,
    PUBLIC,
    STACK,
    VPC_ID,
    Change,
    check,
    default_route,
    elsewhere,
    endpoint,
    existing,
    subnet,
    tag,
    untag,
    write,
)

from offline import recording


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Has a folder of recordings with the shipped one."""
    monkeypatch.setattr(recording, "FOLDER", tmp_path)
    write()


CONTROL_IDS: Final = {"ids": [PRIVATE, "subnet-0b27d5e9f30c2b481"]}
PRIVATE_KEY: Final = f"{KEY}.subnets.private"
ONE_FAULT: Final = [
    pytest.param(untag(PRIVATE, "kubernetes.io/role/internal-elb"), {},
        PRIVATE_KEY, "untagged-subnet", PRIVATE, "add it", id="untagged private"),
    pytest.param(subnet(PUBLIC, tags={"Name": "a", "kubernetes.io/role/elb": "0"}),
        existing(public={"ids": [PUBLIC, "subnet-0a27d5e9f30c2b481", "subnet-0a37d5e9f30c2b481"]}),
        f"{KEY}.subnets.public", "untagged-subnet", PUBLIC, "kubernetes.io/role/elb=1",
        id="untagged public"),
    pytest.param(tag(PRIVATE, "kubernetes.io/role/elb"),
        existing(public={"ids": [PUBLIC, "subnet-0a27d5e9f30c2b481", "subnet-0a37d5e9f30c2b481"]}),
        PRIVATE_KEY, "tagged-for-another-role", PRIVATE, "remove it", id="tagged for another role"),
    pytest.param(tag(CONTROL, "kubernetes.io/role/internal-elb"), {},
        f"{KEY}.subnets.controlPlane", "tagged-for-another-role", CONTROL, "remove it",
        id="control plane with a role tag"),
    pytest.param(tag(PRIVATE, "kubernetes.io/cluster/other"), {},
        PRIVATE_KEY, "of-another-cluster", PRIVATE, "kubernetes.io/cluster/eks-platform-existing",
        id="another cluster's"),
    pytest.param(default_route(PRIVATE, None), {}, PRIVATE_KEY, "no-way-out", PRIVATE,
        "rtb-0b17e6d5c4b3a2918", id="no route"),
    pytest.param(lambda data: data["routeTables"].pop("rtb-0b17e6d5c4b3a2918"), {},
        PRIVATE_KEY, "no-way-out", PRIVATE, "rtb-00d4c1b2a39485760", id="on the main table"),
    pytest.param(default_route(PRIVATE, "igw-0c9b8a7d6e5f41230"), {}, PRIVATE_KEY,
        "leads-to-the-internet", PRIVATE, "name a private subnet", id="a public one"),
    pytest.param(default_route(PUBLIC, None), {}, f"{KEY}.subnets.public", "no-internet-gateway",
        PUBLIC, "add it", id="no internet gateway"),
    pytest.param(lambda _: None, existing(private={"ids": [PRIVATE]}), PRIVATE_KEY,
        "too-few-zones", PRIVATE, "2 zones or more", id="one zone"),
    pytest.param(subnet("subnet-0b27d5e9f30c2b481", zone="eu-central-1a", zoneId="euc1-az2"), {},
        PRIVATE_KEY, "two-in-a-zone", PRIVATE, "by ids", id="two in a zone"),
    pytest.param(lambda _: None, existing(public={"ids": [PUBLIC, "subnet-0a27d5e9f30c2b481"]}),
        f"{KEY}.subnets.public", "zone-without-subnet", "eu-central-1c", "name one there",
        id="a zone without a public one"),
    pytest.param(subnet(CONTROL, free=5), {}, f"{KEY}.subnets.controlPlane", "too-few-addresses",
        CONTROL, "has 5 free addresses and needs 6", id="5 free addresses"),
    pytest.param(subnet(PRIVATE, free=6), {}, PRIVATE_KEY, "too-few-addresses", PRIVATE,
        "has 6 free addresses", id="6 free addresses"),
    pytest.param(lambda data: data.update(dnsHostnames=False), {}, f"{KEY}.vpcId",
        "dns-hostnames-off", VPC_ID, "set it to true", id="DNS host names"),
    pytest.param(lambda data: data.update(dnsSupport=False), {}, f"{KEY}.vpcId",
        "dns-support-off", VPC_ID, "set it to true", id="DNS support"),
    pytest.param(lambda data: data.update(cidrs=["10.100.0.0/16", "172.16.0.0/12"]), {},
        f"{KEY}.vpcId", "services-overlap", VPC_ID, "10.100.0.0/16", id="Services"),
    pytest.param(elsewhere, {}, PRIVATE_KEY, "foreign-subnet", PRIVATE, "is in vpc-00000000",
        id="of another VPC"),
    pytest.param(lambda _: None, existing(controlPlane=CONTROL_IDS), f"{KEY}.subnets.controlPlane",
        "two-roles", PRIVATE, "name it in one role", id="two roles"),
    pytest.param(endpoint("ecr.dkr"), {"nat": "none"}, f"{KEY}.vpcId", "no-endpoint", "ecr.dkr",
        "add an interface endpoint", id="no endpoint"),
    pytest.param(endpoint("s3"), {"nat": "none"}, f"{KEY}.vpcId", "no-endpoint", "s3",
        "add a gateway endpoint", id="no S3 endpoint"),
    pytest.param(endpoint("sts", state="pendingacceptance"), {"nat": "none"}, f"{KEY}.vpcId",
        "no-endpoint", "sts", "add an interface endpoint", id="an endpoint that is not available"),
    pytest.param(endpoint("sts", privateDns=False), {"nat": "none"}, f"{KEY}.vpcId",
        "endpoint-without-dns", "sts", "enable private DNS names", id="no private DNS"),
    pytest.param(endpoint("s3", routeTables=[]), {"nat": "none"}, PRIVATE_KEY,
        "endpoint-without-route", PRIVATE, "rtb-0b17e6d5c4b3a2918", id="no route to S3"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "network", "key", "name", "what", "remedy"), ONE_FAULT)
def test_one_fault_is_refused_by_its_name(
    change: Change, network: dict[str, Any], key: str, name: str, what: str, remedy: str
) -> None:
    check(**({"nat": "none"} if "nat" in network else {}))
    write(change)
    with pytest.raises(pulumi.RunError) as refused:
        check(**network)

    heading, *lines = str(refused.value).splitlines()
    assert heading == "Pulumi.existing.yaml is not valid:"
    found = [line for line in lines if line.startswith(f"  {key}: {name}: ")]
    assert any(what in line and remedy in line for line in found), lines
    # One fault is one name: nothing else is found to be wrong.
    assert {line.split(": ")[1] for line in lines} == {name}


def test_zones_without_a_control_plane_are_refused_by_their_ids() -> None:
    def change(data: Any) -> None:
        text = json.dumps(data).replace("eu-central-1", "us-west-1").replace("euc1-az2", "usw1-az2")
        data.clear()
        data.update(json.loads(text))

    write(change)
    with pytest.raises(pulumi.RunError, match=f"zone-without-control-plane: {CONTROL} is in"):
        run_platform({"aws:region": "us-west-1", "nodeGroups": section("nodeGroups")}, STACK)


def test_free_addresses_count_and_not_the_size_of_the_block() -> None:
    write(subnet(PRIVATE, free=120))
    with pytest.raises(pulumi.RunError, match="the subnets are too small") as refused:
        check()

    assert "larger block" not in str(refused.value)
    assert "a lower maximum: nodeGroups.default.maxSize at most" in str(refused.value)
