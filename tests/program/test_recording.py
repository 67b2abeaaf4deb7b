"""What EC2 says of an account's region, kept in a file, and previews that read it."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from regions import preview_in
from typer.testing import CliRunner

from cli.app import app
from offline import recording
from offline.ec2_data import instance_type, instance_type_data, region_data
from stackfile.files import StackFileError

REGION = "us-west-1"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Returns the folder of recordings."""
    monkeypatch.setattr(recording, "FOLDER", tmp_path)
    for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(key, "testing")
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_a_region_is_recorded_by_the_calls_that_are_named_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What EC2 answers is checked against its own API model by botocore's stubber."""
    types = ["m5.xlarge", "t4g.medium"]
    zones = {"us-west-1a": "usw1-az3", "us-west-1c": "usw1-az1"}
    named = [{"ZoneName": name, "ZoneId": known} for name, known in zones.items()]
    client = boto3.client("ec2", region_name=REGION)
    stub = Stubber(client)
    stub.add_response("describe_availability_zones", {"AvailabilityZones": named})
    for name, token in zip(types, ("more", None), strict=True):
        page = {"InstanceTypes": [instance_type_data()[name]]}
        stub.add_response("describe_instance_types", page | ({"NextToken": token} if token else {}))
    offers = [
        {"InstanceType": "m5.xlarge", "Location": zone, "LocationType": "availability-zone"}
        for zone in zones
    ]
    stub.add_response("describe_instance_type_offerings", {"InstanceTypeOfferings": offers})
    calls: list[str] = []
    client.meta.events.register(
        "before-parameter-build", lambda model, **_: calls.append(f"ec2:{model.name}")
    )
    monkeypatch.setattr(boto3, "client", lambda *_, **__: client)

    with stub:
        done = CliRunner().invoke(app, ["record", REGION])

    assert done.exit_code == 0, done.output
    stub.assert_no_pending_responses()
    told = [line.removeprefix("- ") for line in done.output.splitlines() if line[:1] == "-"]
    assert list(dict.fromkeys(calls)) == told
    found = region_data(REGION)
    assert re.fullmatch(rf"Cloud\.{REGION}\.json@20\d\d-\d\d-\d\d", found.source)
    assert found.zones == zones
    for name in types:
        known, recorded = instance_type(name), instance_type(name, REGION)
        assert known
        assert recorded == replace(known, zones=frozenset(zones if name == "m5.xlarge" else ()))


def write(folder: Path, zones: dict[str, str], **changes: Any) -> None:
    data = {
        "region": REGION,
        "recorded": "2026-11-29",
        "zones": zones,
        "instanceTypes": {
            name: {"zones": list(zones), "data": region_data("us-east-1").types[name]}
            for name in ("m5.xlarge", "m6i.xlarge", "t3.medium")
        },
        **changes,
    }
    (folder / f"Cloud.{REGION}.json").write_text(json.dumps(data), encoding="utf-8")


def test_a_preview_takes_the_accounts_word(folder: Path) -> None:
    write(folder, {"us-west-1b": "usw1-az1", "us-west-1c": "usw1-az3"})

    assert preview_in("prod", REGION).warnings == ()

    write(folder, {"us-west-1b": "usw1-az1", "us-west-1c": "usw1-az2"})
    with pytest.raises(StackFileError, match="no control plane in us-west-1c, which is usw1-az2"):
        preview_in("dev", REGION)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"region": "eu-west-1"}, "is a recording of eu-west-1"),
        ({"recorded": "yesterday"}, "is no recording: recorded: "),
        ({"instanceTypes": []}, "is no recording: instanceTypes: "),
        (
            {"instanceTypes": {"m5.large": {"zones": [], "data": {"BareMetal": True}}}},
            r"is no recording: instanceTypes: Value error, m5\.large is not as EC2 tells it",
        ),
        ({"extra": 1}, "is no recording: extra: "),
    ],
)
def test_a_broken_recording_is_one_line(
    folder: Path, changes: dict[str, Any], message: str
) -> None:
    write(folder, {"us-west-1b": "usw1-az1"}, **changes)

    with pytest.raises(recording.RecordingError, match=rf"^Cloud\.us-west-1\.json {message}"):
        region_data(REGION)


@pytest.mark.parametrize("region", ["west", "$(id)", "", "xx-south-1"])
def test_a_region_that_none_is_called_is_not_asked_for(region: str) -> None:
    done = CliRunner().invoke(app, ["record", "--", region])

    assert done.exit_code
    assert "Asks EC2" not in done.output
