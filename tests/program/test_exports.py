"""Exports: what the engine writes, what is written here, and which of them are read."""

import json
from pathlib import Path
from typing import Any

import pulumi
import pytest
from programs import run_text
from states import RECORDED, comparable, differences, misplaced

from deployment.export import NoDeploymentError, export, read
from offline.engine import run_program
from offline.monitor import RecordingMonitor
from offline.simulation import factories
from stackfile.files import PROGRAM, configuration


@pytest.fixture(scope="module")
def offline() -> dict[str, Any]:
    """The offline export of the program whose export by the engine is recorded."""
    config = configuration(PROGRAM, "dev")
    return export(
        run_program(
            RECORDED,
            RecordingMonitor("eks-platform", "dev", config, factories("eks-platform", config)),
        ).resources
    )


def recorded() -> dict[str, Any]:
    data: dict[str, Any] = json.loads((RECORDED / "export.json").read_text(encoding="utf-8"))
    return data


def test_an_export_is_the_one_that_the_engine_writes(offline: dict[str, Any]) -> None:
    assert list(differences(recorded(), comparable(offline))) == []
    assert list(misplaced(offline)) == []


def test_fields_stand_in_the_order_of_the_engine(offline: dict[str, Any]) -> None:
    orders = {
        urn: list(resource) for urn, resource in recorded()["deployment"]["resources"].items()
    }
    assert {r["urn"]: list(r) for r in offline["deployment"]["resources"]} == {
        # The comparison takes a provider's ID away.
        urn: [*order[:2], "id", *order[2:]] if "::pulumi:providers:" in urn else order
        for urn, order in orders.items()
    }


def test_without_a_feature_an_export_is_of_the_earlier_version(tmp_path: Path) -> None:
    data = run_text(
        tmp_path, 'import pulumi_aws as aws\naws.ec2.Vpc("v", cidr_block="10.0.0.0/16")\n'
    )

    assert (data["version"], "features" in data) == (3, False)


@pytest.mark.parametrize(
    ("version", "features"),
    [
        (3, None),
        (3, ["of-the-future"]),
        (4, None),
        (4, ["hooks"]),
        (4, ["byteString", "hooks", "refreshBeforeUpdate", "replaceWith", "taint", "views"]),
    ],
)
def test_known_versions_and_features_are_read(
    version: int, features: list[str] | None, tmp_path: Path
) -> None:
    data = _export(version, features)

    assert read(_written(data, tmp_path)) == data


@pytest.mark.parametrize(
    ("version", "features", "message"),
    [
        (2, None, "is a deployment of version 2; read are versions 3 and 4"),
        (5, ["hooks"], "is a deployment of version 5; read are versions 3 and 4"),
        (
            4,
            ["hooks", "shadows", "of-the-future"],
            "uses features that are not known here: of-the-future, shadows; read are byteString, "
            "extensionParameterization, hooks, refreshBeforeUpdate, replaceWith, "
            "snippets-prototype, taint, views",
        ),
        (4, [3], "is no deployment as `pulumi stack export` or `make graph` writes it"),
        (4, 3, "is no deployment as `pulumi stack export` or `make graph` writes it"),
        ("4", [], "is no deployment as `pulumi stack export` or `make graph` writes it"),
        (True, [], "is a deployment of version True; read are versions 3 and 4"),
    ],
)
def test_other_versions_and_features_are_refused_in_one_line(
    version: Any, features: Any, message: str, tmp_path: Path
) -> None:
    file = _written(_export(version, features), tmp_path)
    with pytest.raises(NoDeploymentError) as refused:
        read(file)

    assert str(refused.value) == f"{file} {message}"


def _export(version: Any, features: Any) -> dict[str, Any]:
    resource = {"urn": "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev", "custom": False}
    return {
        "version": version,
        **({"features": features} if features is not None else {}),
        "deployment": {"resources": [{**resource, "type": "pulumi:pulumi:Stack"}]},
    }


def _written(data: dict[str, Any], folder: Path) -> Path:
    file = folder / "export.json"
    file.write_text(json.dumps(data), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("option", "name"),
    [
        ('import_="vpc-1"', "import"),
        ('hide_diffs=["tags"]', "hide_diffs"),
        ('replacement_trigger="1"', "replacement_trigger"),
    ],
)
def test_an_option_that_is_not_simulated_is_refused(option: str, name: str, tmp_path: Path) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        run_text(
            tmp_path,
            f"""
            import pulumi
            import pulumi_aws as aws
            aws.ec2.Vpc("v", cidr_block="10.0.0.0/16", opts=pulumi.ResourceOptions({option}))
            """,
        )

    assert f"aws:ec2/vpc:Vpc v: {name} is not simulated" in str(refused.value)
