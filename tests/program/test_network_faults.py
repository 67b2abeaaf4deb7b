"""A network that is there already and does not carry a cluster is refused, by the fault's name."""

import json
from pathlib import Path
from typing import Any, Final

import pulumi
import pytest
from programs import run_platform
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
PUBLIC_IDS: Final = {"ids": [PUBLIC, "subnet-0a27d5e9f30c2b481", "subnet-0a37d5e9f30c2b481"]}
PRIVATE_KEY: Final = f"{KEY}.subnets.private"
PUBLIC_KEY: Final = f"{KEY}.subnets.public"
CONTROL_KEY: Final = f"{KEY}.subnets.controlPlane"
VPC_KEY: Final = f"{KEY}.vpcId"
NO_NAT: Final = {"nat": "none"}
TABLE: Final = "rtb-0b17e6d5c4b3a2918"


def nothing(_: object) -> None:
    """Leaves the recording as it is."""


def fault(change: Change, key: str, name: str, *told: str, label: str = "", **network: Any) -> Any:
    """Returns one fault: a change of recording and section, and what is said of it and where."""
    return pytest.param(change, network, key, name, told, id=label or name)


ONE_FAULT: Final = [
    fault(untag(PRIVATE, "kubernetes.io/role/internal-elb"), PRIVATE_KEY, "untagged-subnet",
        PRIVATE, "kubernetes.io/role/internal-elb=1", "add it"),
    fault(subnet(PUBLIC, tags={"kubernetes.io/role/elb": "0"}), PUBLIC_KEY, "untagged-subnet",
        PUBLIC, "kubernetes.io/role/elb=1", label="a tag with another value",
        **existing(public=PUBLIC_IDS)),
    fault(tag(PRIVATE, "kubernetes.io/role/elb"), PRIVATE_KEY, "tagged-for-another-role",
        PRIVATE, "remove it", **existing(public=PUBLIC_IDS)),
    fault(tag(CONTROL, "kubernetes.io/role/internal-elb"), CONTROL_KEY, "tagged-for-another-role",
        CONTROL, "remove it", label="a control plane's subnet with a role tag"),
    fault(tag(PRIVATE, "kubernetes.io/cluster/other"), PRIVATE_KEY, "of-another-cluster",
        PRIVATE, "kubernetes.io/cluster/eks-platform-existing"),
    fault(default_route(PRIVATE, None), PRIVATE_KEY, "no-way-out", PRIVATE, TABLE),
    fault(lambda data: data["routeTables"].pop(TABLE), PRIVATE_KEY, "no-way-out", PRIVATE,
        "rtb-00d4c1b2a39485760", label="a subnet on the main table"),
    fault(default_route(PRIVATE, "igw-0c9b8a7d6e5f41230"), PRIVATE_KEY, "leads-to-the-internet",
        PRIVATE, "name a private subnet"),
    fault(default_route(PUBLIC, None), PUBLIC_KEY, "no-internet-gateway", PUBLIC, "add it"),
    fault(default_route(PUBLIC, "nat-0f11e2d3c4b5a6978"), PUBLIC_KEY, "no-internet-gateway", PUBLIC,
        label="a public subnet behind NAT"),
    fault(nothing, PRIVATE_KEY, "too-few-zones", PRIVATE, "2 zones or more",
        **existing(private={"ids": [PRIVATE]})),
    fault(nothing, PRIVATE_KEY, "too-few-zones", "no subnet in no zone", label="tags of no subnet",
        **existing(private={"tags": {"of": "nobody"}})),
    fault(subnet("subnet-0b27d5e9f30c2b481", zone="eu-central-1a", zoneId="euc1-az2"), PRIVATE_KEY,
        "two-in-a-zone", PRIVATE, "by ids"),
    fault(nothing, PUBLIC_KEY, "zone-without-subnet", "eu-central-1c", "name one there",
        **existing(public={"ids": PUBLIC_IDS["ids"][:2]})),
    fault(subnet(CONTROL, free=5), CONTROL_KEY, "too-few-addresses", CONTROL,
        "has 5 free addresses and needs 6"),
    fault(subnet(PRIVATE, free=6), PRIVATE_KEY, "too-few-addresses", PRIVATE,
        "has 6 free addresses", label="6 free addresses"),
    fault(lambda data: data.update(dnsHostnames=False), VPC_KEY, "dns-hostnames-off", VPC_ID,
        "set it to true"),
    fault(lambda data: data.update(dnsSupport=False), VPC_KEY, "dns-support-off", VPC_ID,
        "set it to true"),
    fault(lambda data: data.update(cidrs=["10.100.0.0/16", "172.16.0.0/12"]), VPC_KEY,
        "services-overlap", VPC_ID, "10.100.0.0/16"),
    fault(elsewhere, PRIVATE_KEY, "foreign-subnet", PRIVATE, "is in vpc-00000000"),
    fault(nothing, CONTROL_KEY, "two-roles", PRIVATE, "name it in one role",
        **existing(controlPlane=CONTROL_IDS)),
    fault(endpoint("ecr.dkr"), VPC_KEY, "no-endpoint", "ecr.dkr", "an interface endpoint",
        **NO_NAT),
    fault(endpoint("s3"), VPC_KEY, "no-endpoint", "s3", "a gateway endpoint", label="no S3",
        **NO_NAT),
    fault(endpoint("sts", state="pendingacceptance"), VPC_KEY, "no-endpoint", "sts",
        label="an endpoint that is not available", **NO_NAT),
    fault(endpoint("sts", privateDns=False), VPC_KEY, "endpoint-without-dns", "sts",
        "enable private DNS names", **NO_NAT),
    fault(endpoint("s3", routeTables=[]), PRIVATE_KEY, "endpoint-without-route", PRIVATE, TABLE,
        **NO_NAT),
]  # fmt: skip


@pytest.mark.parametrize("network", [{}, {"nat": "none"}], ids=["nat", "no nat"])
def test_the_shipped_recording_has_none_of_these_faults(network: dict[str, Any]) -> None:
    check(**network)


@pytest.mark.parametrize(("change", "network", "key", "name", "told"), ONE_FAULT)
def test_one_fault_is_refused_by_its_name(
    change: Change, network: dict[str, Any], key: str, name: str, told: tuple[str, ...]
) -> None:
    write(change)
    with pytest.raises(pulumi.RunError) as refused:
        check(**network)

    heading, *lines = str(refused.value).splitlines()
    assert heading == "Pulumi.existing.yaml is not valid:"
    found = [line for line in lines if line.startswith(f"  {key}: {name}: ")]
    assert any(all(words in line for words in told) for line in found), lines
    # One fault is one name: nothing else is found to be wrong.
    assert {line.split(": ")[1] for line in lines} == {name}


def test_zones_without_a_control_plane_are_refused_by_their_ids() -> None:
    def change(data: Any) -> None:
        text = json.dumps(data).replace("eu-central-1", "us-east-1").replace("euc1-az2", "use1-az3")
        data.clear()
        data.update(json.loads(text))

    write(change)
    with pytest.raises(pulumi.RunError, match=f"zone-without-control-plane: {CONTROL} is in"):
        run_platform({"aws:region": "us-east-1"}, STACK)


def test_free_addresses_count_and_not_the_size_of_the_block() -> None:
    write(subnet(PRIVATE, free=120))
    with pytest.raises(pulumi.RunError, match="the subnets are too small") as refused:
        check()

    assert "larger block" not in str(refused.value)
    assert "a lower maximum: nodeGroups.default.maxSize at most" in str(refused.value)
