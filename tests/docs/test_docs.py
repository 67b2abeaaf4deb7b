"""The documentation says what is there: every key, every command, and links that lead somewhere."""

import json
import re
import subprocess
import sys
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from offline.simulation import read_address_plan
from report.subnet_plot import draw
from stackfile.settings import PROJECT, Settings

ROOT: Final = Path(__file__).resolve().parents[2]
README: Final = ROOT / "README.md"
CONFIGURATION: Final = ROOT / "docs" / "configuration.md"
PAGES: Final = (README, *sorted((ROOT / "docs").glob("*.md")))

_SHELL_BLOCK: Final = re.compile(r"^ *```sh\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
# A block that is a whole stack file.
_STACK_FILE: Final = re.compile(r"^```yaml\n(config:\n.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
# A file or folder of the repository, in backticks.
_PATH: Final = re.compile(
    r"`((?:bench|cli|components|deployment|docs|engine|examples|offline|package|planning|policy|report|"
    r"stackfile|tests)/[\w./-]*|\w+\.py)`"
)
_HEADING: Final = re.compile(r"^#+ (.+)$", re.MULTILINE)
# A first cell in backticks, and the other cells.
_ROW: Final = re.compile(r"^\| `([^`]+)` \|(.*)\|$", re.MULTILINE)


def _sections(
    model: type[BaseModel], path: str, seen: set[type[BaseModel]]
) -> Iterator[tuple[str, type[BaseModel]]]:
    """Yields path and model of each map of the stack file, as docs/configuration.md names it.

    A model that is in two places is documented in the first.
    """
    seen.add(model)
    yield path, model
    for field in model.model_fields.values():
        for suffix, below in _models_in(field.annotation):
            if below not in seen:
                place = f"{path}{'.' if path else ''}{field.alias}{suffix}"
                yield from _sections(below, place, seen)


def _models_in(annotation: object) -> Iterator[tuple[str, type[BaseModel]]]:
    """Yields the models that an annotation holds, with how the path to them ends."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield "", annotation
        return
    origin = typing.get_origin(annotation)
    suffix = ".<name>" if origin is dict else "[]" if origin is tuple else ""
    for argument in typing.get_args(annotation):
        for below, model in _models_in(argument):
            yield f"{suffix}{below}", model


SECTIONS: Final = dict(_sections(Settings, "", set()))
KEYS: Final = [
    pytest.param(path, field, id=f"{path}.{field.alias}" if path else field.alias)
    for path, model in SECTIONS.items()
    for field in model.model_fields.values()
]


def _documented(path: str) -> dict[str, list[str]]:
    """Returns the other cells of each row of a section's table, by the row's key."""
    heading = f"`{PROJECT}:{path}`" if path else "Sections"
    text = CONFIGURATION.read_text(encoding="utf-8")
    _, _, body = text.partition(f"# {heading}\n")
    body, _, _ = body.partition("\n#")
    return {
        key: [cell.strip() for cell in re.split(r"(?<!\\)\|", cells)]
        for key, cells in _ROW.findall(body)
    }


def _key(path: str, field: FieldInfo) -> str:
    """Returns how a field is called in its section's table."""
    if path:
        return str(field.alias)
    return "aws:region" if field.alias == "region" else f"{PROJECT}:{field.alias}"


def _defaults(field: FieldInfo) -> set[str]:
    """Returns what may stand for a field's default."""
    if field.is_required():
        return {"required"}
    value = field.get_default(call_default_factory=True)
    if value is None:
        return {"none", "derived"}
    if isinstance(value, BaseModel):
        return {"its keys' defaults"}
    if isinstance(value, str) and value:
        return {f"`{value}`"}
    return {f"`{json.dumps(value)}`"}


def _targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][a-z0-9-]*):.*##", makefile, re.MULTILINE))


def _anchor(heading: str) -> str:
    """Returns the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize(("path", "field"), KEYS)
def test_every_key_is_documented(path: str, field: FieldInfo) -> None:
    assert _key(path, field) in _documented(path)


@pytest.mark.parametrize(("path", "field"), KEYS)
def test_documented_defaults_are_those_of_the_models(path: str, field: FieldInfo) -> None:
    # The first table has no column for types.
    default = _documented(path)[_key(path, field)][1 if path else 0]
    assert default in _defaults(field)


@pytest.mark.parametrize("path", SECTIONS)
def test_documented_keys_exist(path: str) -> None:
    fields = SECTIONS[path].model_fields.values()
    assert _documented(path).keys() <= {_key(path, field) for field in fields}


def test_settings_have_keys_in_sections_below_sections() -> None:
    assert {"nodeGroups.<name>.taints[]", "sampleApp.shutdown"} <= SECTIONS.keys()


@pytest.mark.parametrize("target", sorted(_targets()))
def test_every_make_target_is_documented(target: str) -> None:
    named = re.compile(rf"\bmake {re.escape(target)}\b")
    assert any(named.search(page.read_text(encoding="utf-8")) for page in PAGES)


def test_shell_blocks_name_only_make_targets_that_exist() -> None:
    blocks = _SHELL_BLOCK.findall(README.read_text(encoding="utf-8"))
    named = re.findall(r"^ *make ([a-z0-9-]+)", "\n".join(blocks), re.MULTILINE)
    assert named
    assert set(named) <= _targets()


def test_pages_name_only_make_targets_that_exist() -> None:
    for page in PAGES:
        named = re.findall(r"`make ([a-z0-9-]+)", page.read_text(encoding="utf-8"))
        assert set(named) <= _targets(), page.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_relative_links_lead_somewhere(page: Path) -> None:
    for link in _LINK.findall(page.read_text(encoding="utf-8")):
        if link.startswith(("http://", "https://")):
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), link
        if anchor:
            headings = _HEADING.findall(target.read_text(encoding="utf-8"))
            assert anchor in map(_anchor, headings), link


def stack_files() -> Iterator[tuple[Path, int, str]]:
    """Yields page, number and text of each block that is a whole stack file."""
    for page in PAGES:
        for number, text in enumerate(_STACK_FILE.findall(page.read_text(encoding="utf-8"))):
            yield page, number, text


@pytest.mark.parametrize("page", [README, CONFIGURATION], ids=lambda page: page.name)
def test_pages_about_stack_files_have_an_example(page: Path) -> None:
    assert page in {found for found, _, _ in stack_files()}


@pytest.mark.parametrize(
    "example", [pytest.param(text, id=f"{page.name}-{n}") for page, n, text in stack_files()]
)
def test_example_stack_files_are_valid(example: str) -> None:
    config = yaml.safe_load(example)["config"]
    region = config.pop("aws:region")
    sections = {key.removeprefix(f"{PROJECT}:"): value for key, value in config.items()}
    Settings.model_validate_json(json.dumps({"region": region, **sections}))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_named_files_exist(page: Path) -> None:
    for name in _PATH.findall(page.read_text(encoding="utf-8")):
        assert (ROOT / name).exists(), name


_GENERATED: Final = re.compile(
    r"^<!-- generated by: python -m (\S+) (.*?) ?-->\n(.*?)^<!-- end -->$",
    re.MULTILINE | re.DOTALL,
)


def _generated() -> Iterator[tuple[Path, str, list[str], str]]:
    """Yields page, module, arguments and text of each block that a command prints."""
    for page in PAGES:
        for module, arguments, text in _GENERATED.findall(page.read_text(encoding="utf-8")):
            yield page, module, arguments.split(), text


@pytest.mark.parametrize(("page", "module", "arguments", "text"), list(_generated()))
def test_what_a_command_prints_is_fresh(
    page: Path, module: str, arguments: list[str], text: str
) -> None:
    command = [sys.executable, "-m", module, *arguments]
    printed = subprocess.run(  # noqa: S603  the documentation's own commands
        command, cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert printed.stdout == text, f"{page.name}: run {module} again"


def test_the_plot_of_a_stack_is_fresh(tmp_path: Path) -> None:
    draw(read_address_plan(ROOT, "dev"), tmp_path / "dev.svg", title="dev")
    drawn = (tmp_path / "dev.svg").read_text(encoding="utf-8")
    shown = (ROOT / "docs" / "pod-ips-dev.svg").read_text(encoding="utf-8")
    assert drawn == shown, "python -m cli pod-ips plan --stack dev --plot docs/pod-ips-dev.svg"
