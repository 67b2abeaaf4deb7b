"""The stack file's schema takes what the settings take, and a new stack file works as it is."""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest
import yaml
from commands import run
from test_docs import stack_files
from test_settings import (
    APPLICATION_MISTAKES,
    DEV,
    KEY_MISTAKES,
    NETWORK_MISTAKES,
    NODE_MISTAKES,
    changed,
    load,
    mistakes,
)
from test_storage_settings import MISTAKES as STORAGE_MISTAKES

from offline.simulation import run_stack
from stackfile.existing import ExistingSettings, ExistingSubnets
from stackfile.files import PROGRAM, configuration
from stackfile.new_stack import stack_text
from stackfile.offline import DeclaredInstanceType
from stackfile.schema import SCHEMA_FILE, SCHEMA_LINE, schema_text
from stackfile.section import Section

SCHEMA: Final[dict[str, Any]] = json.loads(schema_text())
VALIDATOR: Final = jsonschema.Draft7Validator(SCHEMA)
SHIPPED: Final = [
    *(PROGRAM / f"Pulumi.{stack}.yaml" for stack in ("dev", "prod")),
    *sorted((PROGRAM / "examples" / "moving").glob("Pulumi.*.yaml")),
]

# What a value shows by itself; what keys must agree on, and what AWS offers, no schema says.
MISTAKES: Final = [
    *KEY_MISTAKES,
    *NETWORK_MISTAKES,
    *NODE_MISTAKES,
    *APPLICATION_MISTAKES,
    *STORAGE_MISTAKES,
]


def is_valid(data: Any) -> bool:
    return VALIDATOR.is_valid(data)


def test_the_schema_is_fresh() -> None:
    assert (PROGRAM / SCHEMA_FILE).read_text(encoding="utf-8") == schema_text(), "make schema"


def test_the_schema_is_one() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_the_schema_takes_the_shipped_stack_files(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    comment, _, schema = text.splitlines()[0].partition("$schema=")
    assert comment == SCHEMA_LINE.partition("$schema=")[0]
    assert (path.parent / schema).resolve() == PROGRAM / SCHEMA_FILE
    assert [error.message for error in VALIDATOR.iter_errors(yaml.safe_load(text))] == []


@pytest.mark.parametrize("text", [pytest.param(t, id=f"{p.name}-{n}") for p, n, t in stack_files()])
def test_the_schema_takes_the_examples_of_the_documentation(text: str) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(yaml.safe_load(text))] == []


@pytest.mark.parametrize(("path", "value", "_key", "_fragments"), MISTAKES)
def test_the_schema_refuses_what_a_value_shows_by_itself(
    path: str, value: object, _key: str, _fragments: tuple[str, ...]
) -> None:
    assert not is_valid({"config": changed(path, value, DEV)})


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="an empty file"),
        pytest.param("config: {}", id="an empty configuration"),
        pytest.param("- config", id="a list for a file"),
    ],
)
def test_the_schema_refuses_files_without_settings(text: str) -> None:
    assert not is_valid(yaml.safe_load(text))


@pytest.mark.parametrize("key", ["network", "eks-platform:builds"])
def test_the_schema_refuses_unknown_sections(key: str) -> None:
    assert not is_valid({"config": {**DEV, key: {}}})


def broken_patterns(error: jsonschema.ValidationError) -> Iterator[Any]:
    """Yields the schema of each text below an error that does not match its pattern."""
    if error.validator == "pattern":
        yield error.schema
    for below in error.context or ():
        yield from broken_patterns(below)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        pytest.param("sampleApp/hostname", "app", "must be a host name such as", id="a value"),
        pytest.param("cluster/admins", ["me"], "must be the ARN of an IAM role", id="in a list"),
        pytest.param("apps", {"kube-x": {}}, "must be at most 40", id="a name"),
    ],
)
def test_editors_say_what_the_settings_say(path: str, value: object, message: str) -> None:
    sections = changed(path, value, DEV)
    (line,) = mistakes(sections)
    (error,) = VALIDATOR.iter_errors({"config": sections})
    (told,) = [found["patternErrorMessage"] for found in broken_patterns(error)]

    assert told.startswith(message)
    assert f": {told}, got " in line


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param("apps/web", {}, id="an application"),
        pytest.param("tags/team", "Größe + Café/1:2=3@4", id="tags in any script"),
        pytest.param("aws:profile", "work", id="another package's key"),
        pytest.param("network/podCidr", None, id="a key without a value"),
        pytest.param("sampleApp/image", f"nginx:latest@sha256:{'0' * 64}", id="a digest"),
        pytest.param("vpcCni", {"mode": "prefix", "warmPrefixTarget": 2}, id="warm prefixes"),
        pytest.param("vpcCni", {"warmEniTarget": 0}, id="no warm interface"),
    ],
)
def test_the_schema_takes_what_the_settings_take(path: str, value: object) -> None:
    sections = changed(path, value, changed("apps", {}, DEV))

    assert load(sections)
    assert is_valid({"config": sections})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param("tags", {"Aws:a": "b"}, id="AWS's own tags"),
        pytest.param("tags", {"a": "b" * 257}, id="a long tag"),
        pytest.param("apps", {"kube-dns": {}}, id="a namespace of Kubernetes"),
        pytest.param("apps", {"sample-app": {}}, id="the sample application's name"),
        pytest.param("sampleApp/certificateArn", "arn:aws:acm:a:1:certificate/b", id="ARN"),
        pytest.param("network/podCidr", "100.64.0.0/22", id="a block of pods"),
    ],
)
def test_the_schema_knows_names_and_tags(path: str, value: object) -> None:
    assert not is_valid({"config": changed(path, value, DEV)})


def keys_of(model: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Returns the schema of each key of a map."""
    return list(model["properties"].values())


def test_every_key_has_a_description_and_no_title() -> None:
    sections = keys_of(SCHEMA["properties"]["config"])
    fields = [*sections, *chain(*map(keys_of, SCHEMA["definitions"].values()))]

    assert len(fields) > 50
    assert [field for field in fields if not field.get("description")] == []
    assert [field for field in fields if "title" in field] == []


def test_patterns_mean_the_same_in_javascript() -> None:
    patterns = re.findall(r'"pattern": "(.*)"', schema_text())

    assert len(patterns) > 10
    # Named groups and inline flags are of Python's own form; \w and \d differ beyond ASCII alone.
    assert [pattern for pattern in patterns if re.search(r"\(\?[^=!:]", pattern)] == []


def test_a_new_stack_previews_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.lab.yaml"
    ended = run("new-stack", "lab", "--folder", str(tmp_path))

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == "Pulumi.lab.yaml: `make preview STACK=lab` shows what it makes\n"
    assert {r.type for r in run_stack(PROGRAM, str(path)).resources} >= {"aws:eks/cluster:Cluster"}
    assert is_valid(yaml.safe_load(path.read_text(encoding="utf-8")))


LEFT_OUT: Final = (
    "reclaimPolicy",
    "onDelete",
    "defaultClass",
    "server",
    "share",
    "provisionedMibps",
    "volumeGiB",
    "nodes",
)

OF_CLUSTER_AUTOSCALER: Final = ("expander", "maxGracefulTerminationSeconds")


def test_a_new_stack_file_names_every_key_with_a_value_that_is_allowed(tmp_path: Path) -> None:
    text = re.sub(r"^( *)#(?=\S)", r"\1", stack_text("all"), flags=re.MULTILINE)
    # The settings tests' cloud has few instance types.
    text = text.replace("m6i.large", "m6i.xlarge")
    # One backend's keys are not another's, and classes have their own of the section's.
    text = text.replace("effect: NO_SCHEDULE", "effect: PREFER_NO_SCHEDULE")
    for key in LEFT_OUT:
        of_nfs = rf"(  eks-platform:nfs:\n(?:    .*\n)*?)    {key}:.*\n"
        text, removed = re.subn(of_nfs, r"\1", text)
        assert removed == 1, key
    # An application and a team do not share a namespace.
    text, renamed = re.subn(r"(    namespaces:\n +)example:", r"\1of-a-team:", text)
    assert renamed == 1
    # One way of delivery has not the keys of another.
    text, canaries = re.subn(
        r"^( +)strategy: rolling$", r"\1strategy: canary", text, flags=re.MULTILINE
    )
    text, removed = re.subn(r"^ +live:.*\n", "", text, flags=re.MULTILINE)
    assert canaries == removed == 2
    # What a stack has to allow in so many words: that of two zones, and under protection.
    for key in ("allowTwoZones", "allowInProduction"):
        text, allowed = re.subn(rf"^( +{key}): false$", r"\1: true", text, flags=re.MULTILINE)
        assert allowed == 1, key
    # One autoscaler's keys are not another's.
    text = re.sub(r"^    mode: none$", "    mode: karpenter", text, flags=re.MULTILINE)
    for key in OF_CLUSTER_AUTOSCALER:
        text, removed = re.subn(rf"^    {key}:.*\n", "", text, flags=re.MULTILINE)
        assert removed == 1, key
    # A network is made, or it is there already.
    existing = yaml.safe_load(text)["config"]["eks-platform:network"]["existing"]
    assert set(existing) == set(ExistingSettings.model_json_schema()["properties"])
    assert set(existing["subnets"]) == set(ExistingSubnets.model_json_schema()["properties"])
    text, removed = re.subn(r"^    existing:\n(      .*\n)+", "", text, flags=re.MULTILINE)
    assert removed == 1
    # The settings tests' cloud knows no type beside its own, and would not have it declared.
    written = yaml.safe_load(text)["config"]["eks-platform:offline"]["instanceTypes"]
    assert DeclaredInstanceType.model_validate_json(json.dumps(written["p3.2xlarge"]))
    assert len(written["p3.2xlarge"]) == len(DeclaredInstanceType.model_fields)
    text, removed = re.subn(r"^    instanceTypes:\n(      .*\n)+", "", text, flags=re.MULTILINE)
    assert removed == 1
    (tmp_path / "Pulumi.all.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "Pulumi.yaml").write_text("name: eks-platform\n", encoding="utf-8")

    config = configuration(tmp_path, "all")
    settings = load(config)

    assert is_valid(yaml.safe_load(text))
    assert settings.model_fields_set == type(settings).model_fields.keys()
    sections = list(_sections(settings))
    assert {type(section).__name__ for section in sections} >= {"TaintSettings", "NfsClassSettings"}
    expected = {
        "AutoscalingSettings": set(OF_CLUSTER_AUTOSCALER),
        "CandidateSettings": {"live"},
        "NetworkSettings": {"existing"},
        "NfsSettings": {*LEFT_OUT},
        "OfflineSettings": {"instanceTypes"},
    }
    for section in sections:
        fields = {name: str(field.alias) for name, field in type(section).model_fields.items()}
        left_out = {fields[name] for name in fields.keys() - section.model_fields_set}
        assert left_out == expected.get(type(section).__name__, set())


def _sections(value: object) -> Iterator[Section]:
    """Yields every section in a value, wherever it is."""
    if isinstance(value, Section):
        yield value
        value = dict(value)
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from _sections(item)


@pytest.mark.parametrize("region", ["eu-west-1", "us-gov-west-1", "cn-north-1"])
def test_a_new_stack_in_a_region_previews_as_it_is(region: str, tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.trial.yaml"
    assert run("new-stack", "trial", "--region", region, "--folder", str(tmp_path)).returncode == 0

    written = yaml.safe_load(path.read_text(encoding="utf-8"))["config"]
    assert written["aws:region"] == region
    zones = written["eks-platform:network"]["zones"]
    assert len(zones) > 1
    assert all(zone.startswith(region) for zone in zones)
    ended = run("preview", "--stack", str(path))
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("region", ["eu_west", "eu-west-1a", "../x"])
def test_what_is_no_region_is_refused_in_one_line(region: str) -> None:
    ended = run("new-stack", "lab", "--region", region)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        f"REGION: must be the name of an AWS region, such as ap-northeast-2, got {region!r}\n"
    )


def test_a_stack_file_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.lab.yaml"
    path.write_text("mine", encoding="utf-8")

    ended = run("new-stack", "lab", "--folder", str(tmp_path))

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "Pulumi.lab.yaml is there already; it is left as it is\n"
    assert path.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("name", ["", "a/b", "a b", "x" * 101, "-é"])
def test_a_name_that_no_stack_can_have_is_refused_in_one_line(name: str) -> None:
    ended = run("new-stack", "--", name)

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(f"{name!r} is no stack name: ")
    assert ended.stderr.count("\n") == 1
