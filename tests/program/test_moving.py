"""What docs/moving.md says of other tools' configurations is what its stack files hold and do."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from commands import run

from policy.rules import RULES
from stackfile.files import PROGRAM
from stackfile.names import full_key

Place = tuple[str, ...]
PAGE: Final = (PROGRAM / "docs" / "moving.md").read_text(encoding="utf-8")
FOLDER: Final = PROGRAM / "examples" / "moving"
FILES: Final = {path.name.split(".")[1]: path for path in sorted(FOLDER.glob("Pulumi.*.yaml"))}
# A setting in a cell of a table, such as `network.nat: single`.
_SETTING: Final = re.compile(r"`(\w[\w.-]*: [^`]+)`")


def part(heading: str) -> str:
    """Returns what the page has below a heading, up to the next one."""
    [found] = re.findall(
        rf"^##+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", PAGE, re.MULTILINE | re.DOTALL
    )
    return str(found)


def rows(heading: str) -> Iterator[list[str]]:
    """Yields the cells of each row of the table below a heading."""
    for line in part(heading).splitlines():
        if line.startswith("| "):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def settings(cell: str) -> Iterator[tuple[Place, Any]]:
    """Yields place and value of each setting in a cell."""
    for text in _SETTING.findall(cell):
        [(key, value)] = yaml.safe_load(text).items()
        yield tuple(key.split(".")), value


def leaves(place: Place, value: object) -> Iterator[tuple[Place, str]]:
    """Yields place and text of each value that is no map, or an empty one."""
    if isinstance(value, Mapping) and value:
        for key, entry in value.items():
            yield from leaves((*place, str(key)), entry)
    else:
        yield place, repr(value)


def held(stack: str) -> dict[str, Any]:
    """Returns what a stack file holds, by its keys without namespace."""
    config = yaml.safe_load(FILES[stack].read_text(encoding="utf-8"))["config"]
    return {key.split(":")[1]: value for key, value in config.items()}


def test_five_tools_are_translated() -> None:
    assert set(FILES) == {"eks-blueprints", "eksctl", "kops", "pulumi-eks", "terraform-aws-eks"}


@pytest.mark.parametrize("stack", FILES)
def test_the_page_tells_the_whole_file_and_no_more(stack: str) -> None:
    told = [
        leaf
        for _, here in rows(stack)
        for place, value in settings(here)
        for leaf in leaves(place, value)
    ]

    assert sorted(told) == sorted(leaves((), held(stack)))


@pytest.mark.parametrize("stack", FILES)
def test_the_file_previews_with_the_findings_that_the_page_names(stack: str) -> None:
    ended = run("preview", "--stack", str(FILES[stack]), "--json")

    assert (ended.returncode, ended.stderr) == (0, "")
    found = json.loads(ended.stdout)
    named = {word for word in re.findall(r"`([a-z0-9-]+)`", part(stack)) if word in RULES}
    assert {finding["rule"] for finding in found["policies"]} == named


def test_the_summary_shows_the_fullest_subnet_and_not_the_smallest() -> None:
    """Zone f of eksctl's example has half the room of zone a, and no nodes."""
    ended = run("preview", "--stack", str(FILES["eksctl"]), "--summary")

    assert re.search(r"^us-east-1a  private ", ended.stdout, re.MULTILINE)


REFUSED: Final = [
    pytest.param(stack, place, value, id=f"{stack}-{'.'.join(place)}")
    for _, tools, here, _ in rows("What cannot be said here")
    for place, value in settings(here)
    for stack in re.findall(r"`([\w-]+)`", tools)
]


def test_what_cannot_be_said_has_settings_that_are_refused() -> None:
    assert len(REFUSED) > len(FILES)


@pytest.mark.parametrize(("stack", "place", "value"), REFUSED)
def test_what_cannot_be_said_is_refused_by_name(
    stack: str, place: Place, value: object, tmp_path: Path
) -> None:
    sections = held(stack)
    below: dict[str, Any] = sections
    for key in place[:-1]:
        below = below.setdefault(key, {})
    below[place[-1]] = value
    config = {"aws:region": sections.pop("region")}
    config |= {f"eks-platform:{key}": entry for key, entry in sections.items()}
    file = tmp_path / "Pulumi.lab.yaml"
    file.write_text(yaml.safe_dump({"config": config}), encoding="utf-8")
    ended = run("preview", "--stack", str(file))

    assert (ended.returncode, ended.stdout) == (1, "")
    _, *lines = ended.stderr.splitlines()
    key = full_key(place)
    assert lines
    # Nothing else of the file is wrong, and there is such a key.
    assert [line for line in lines if not line.startswith(f"  {key}")] == []
    assert f"  {key}: is not a known key" not in ended.stderr
