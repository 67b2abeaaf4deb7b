"""What an offline run knows of a place, and what it says of what it does not know."""

import json
from collections.abc import Mapping
from typing import Any, Final

import pytest
from test_settings import DEV, FakeCloud, as_config, changed, in_stack

from offline import ec2_data, partitions
from planning.aws_place import AwsPlace
from stackfile.advice import advice
from stackfile.files import StackFileError
from stackfile.load import declared, load_settings
from stackfile.offline import OfflineSettings

P3: Final = {
    "architecture": "x86_64",
    "vcpus": 8,
    "memoryMiB": 62464,
    "networkInterfaces": 4,
    "addressesPerInterface": 15,
    "nitro": False,
    "accelerator": "nvidia",
}


class OfflineCloud(FakeCloud):
    """The same data, which is no account's word."""

    source = "moto-1.0"


def refused(sections: Mapping[str, Any], cloud: FakeCloud) -> str:
    with pytest.raises(StackFileError) as error:
        in_stack(as_config(sections), lambda: load_settings(cloud))
    return str(error.value)


@pytest.mark.parametrize(
    ("path", "value", "of_aws", "of_data"),
    [
        (
            "network/zones",
            ["ap-northeast-2a", "ap-northeast-2g"],
            "ap-northeast-2g: not in this account, which has ap-northeast-2a, ",
            "ap-northeast-2g: not known to the offline data (moto-1.0, which has ap-northeast-2a, ",
        ),
        (
            "nodeGroups/default/instanceTypes",
            ["p3.2xlarge"],
            "'p3.2xlarge' is not an instance type of ap-northeast-2",
            "'p3.2xlarge' is not known to the offline data (moto-1.0): declare it in "
            "eks-platform:offline.instanceTypes, or run `make record REGION=ap-northeast-2` once",
        ),
        (
            "nodeGroups/default/instanceTypes",
            ["p4d.24xlarge"],
            "'p4d.24xlarge' is not offered in ap-northeast-2c",
            "'p4d.24xlarge' is not known to be offered in ap-northeast-2c (moto-1.0): change it",
        ),
    ],
)
def test_what_aws_denies_an_offline_run_does_not_know(
    path: str, value: object, of_aws: str, of_data: str
) -> None:
    sections = changed(path, value, DEV)

    assert of_aws in refused(sections, FakeCloud())
    told = refused(sections, OfflineCloud())
    assert of_data in told
    assert " is not an instance type" not in told


def test_a_declaration_that_the_account_contradicts_is_refused() -> None:
    offline = {
        "zones": {"ap-northeast-2a": "apne2-az4", "ap-northeast-2b": None},
        "instanceTypes": {"m5.xlarge": {**P3, "vcpus": 4, "memoryMiB": 16384}},
    }
    told = refused({**DEV, "eks-platform:offline": offline}, FakeCloud())

    assert "offline.zones.ap-northeast-2a: the account says apne2-az1, got apne2-az4" in told
    assert "offline.instanceTypes.m5.xlarge: EC2 says otherwise: nitro, accelerator" in told
    assert told.count("\n") == 2


def test_what_is_declared_is_read_before_the_settings_and_ignored_where_it_is_wrong() -> None:
    given = {"instanceTypes": {"p3.2xlarge": P3}}

    def read(offline: object) -> OfflineSettings:
        return in_stack({"eks-platform:offline": json.dumps(offline)}, declared)

    kind = read(given).instance_types["p3.2xlarge"].kind("p3.2xlarge", frozenset({"a", "b"}))
    assert (kind.memory_mib, kind.accelerator, kind.zones) == (62464, "NVIDIA", {"a", "b"})
    assert read({"zones": {"nowhere": 1}}) == OfflineSettings()


@pytest.mark.parametrize("declared_zones", [{"us-west-1c": "1c"}, {"us-west-1": "usw1-az1"}, [1]])
def test_a_wrong_declaration_has_its_key(declared_zones: object) -> None:
    told = refused({**DEV, "eks-platform:offline": {"zones": declared_zones}}, FakeCloud())

    assert "  eks-platform:offline.zones" in told


@pytest.mark.parametrize("zone", ["ap-northeast-2b", "ap-northeast-2c"])
def test_a_zone_without_a_control_plane_is_refused_by_its_id(zone: str) -> None:
    class Account(FakeCloud):
        zones: Mapping[str, str] = {**FakeCloud.zones, zone: "use1-az3"}

    sections = changed("network/zones", ["ap-northeast-2a", zone], DEV)
    told = refused(sections, Account())
    assert f"network.zones[1]: EKS has no control plane in {zone}, which is use1-az3" in told


@pytest.mark.parametrize(
    ("region", "name", "suffix"),
    [
        ("eu-west-1", "aws", "amazonaws.com"),
        ("mx-central-1", "aws", "amazonaws.com"),
        # Not built yet.
        ("ap-northeast-9", "aws", "amazonaws.com"),
        ("cn-northwest-1", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-east-1", "aws-us-gov", "amazonaws.com"),
        ("us-iso-east-1", "aws-iso", "c2s.ic.gov"),
        ("us-isob-east-1", "aws-iso-b", "sc2s.sgov.gov"),
        ("eu-isoe-west-1", "aws-iso-e", "cloud.adc-e.uk"),
        ("us-isof-south-1", "aws-iso-f", "csp.hci.ic.gov"),
        ("eusc-de-east-1", "aws-eusc", "amazonaws.eu"),
    ],
)
def test_a_region_has_its_partition_by_its_form(region: str, name: str, suffix: str) -> None:
    found = partitions.partition_of(region)

    assert (found.name, found.dns_suffix) == (name, suffix)


def test_a_region_of_no_partition_is_not_known() -> None:
    with pytest.raises(partitions.UnknownPartitionError, match="'xx-south-1' has not the form"):
        partitions.partition_of("xx-south-1")


def test_the_data_on_zones_is_of_regions_that_the_partitions_have() -> None:
    known = {region for found in partitions.regions().values() for region in found}

    assert set(ec2_data.regions()) <= known
    assert all(len(ec2_data.region_data(region).zones) > 1 for region in ec2_data.regions())


@pytest.mark.parametrize(
    ("region", "dns_suffix", "service", "name"),
    [
        ("eu-west-1", "amazonaws.com", "ecr.api", "com.amazonaws.eu-west-1.ecr.api"),
        ("cn-north-1", "amazonaws.com.cn", "ecr.api", "cn.com.amazonaws.cn-north-1.ecr.api"),
        ("cn-north-1", "amazonaws.com.cn", "logs", "com.amazonaws.cn-north-1.logs"),
        (
            "cn-north-1",
            "amazonaws.com.cn",
            "transcribe",
            "cn.com.amazonaws.cn-north-1.transcribe.cn",
        ),
        ("us-iso-east-1", "c2s.ic.gov", "ec2", "gov.ic.c2s.us-iso-east-1.ec2"),
        ("us-isob-east-1", "sc2s.sgov.gov", "sts", "com.amazonaws.us-isob-east-1.sts"),
        ("eusc-de-east-1", "amazonaws.eu", "ecr.dkr", "eu.amazonaws.eusc-de-east-1.ecr.dkr"),
    ],
)
def test_an_endpoint_service_has_its_partitions_name(
    region: str, dns_suffix: str, service: str, name: str
) -> None:
    place = AwsPlace(partition="", region=region, account_id="", dns_suffix=dns_suffix)

    assert place.interface_service(service) == name


def test_an_endpoint_of_a_service_that_is_not_known_is_said_not_to_be_checked() -> None:
    sections = changed("network/interfaceEndpoints", ["sts", "brand-new"], DEV)
    place = AwsPlace(partition="aws", region="ap-northeast-2", account_id="444455556666")

    def lines() -> list[str]:
        return list(advice(load_settings(FakeCloud()), FakeCloud(), place))

    [line] = in_stack(as_config(sections), lines)
    assert line.startswith(
        "eks-platform:network.interfaceEndpoints: not checked whether there are endpoints for "
        "brand-new, which this release does not know"
    )
    assert in_stack(as_config(DEV), lines) == []
