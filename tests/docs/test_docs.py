"""The documentation says what is there: every key, every command, and links that lead somewhere."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import yaml

from offline.simulation import read_address_plan
from report.figures import write
from report.subnet_plot import subnet_figure
from stackfile.configuration_page import PAGE as CONFIGURATION
from stackfile.configuration_page import with_tables
from stackfile.names import PROJECT
from stackfile.schema import settings_schema
from stackfile.settings import Settings

ROOT: Final = Path(__file__).resolve().parents[2]
README: Final = ROOT / "README.md"
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
_TABLE: Final = re.compile(r"^<!-- (\w+): written by `make schema` -->$", re.MULTILINE)


def _targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][a-z0-9-]*):.*##", makefile, re.MULTILINE))


def _anchor(heading: str) -> str:
    """Returns the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_the_tables_of_keys_are_as_the_models_are() -> None:
    text = CONFIGURATION.read_text(encoding="utf-8")
    assert with_tables(text) == text, "run `make schema`"


def test_every_section_has_a_table_below_a_heading_of_its_own() -> None:
    text = CONFIGURATION.read_text(encoding="utf-8")
    tables = [_TABLE.findall(part) for part in re.split(r"^##+ ", text, flags=re.MULTILINE)]
    assert max(map(len, tables)) == 1
    named = sorted(name for names in tables for name in names)
    assert named == sorted(["Settings", *settings_schema()["definitions"]])


def test_a_table_says_what_a_model_says() -> None:
    page = with_tables(
        "<!-- TaintSettings: written by `make schema` -->\n<!-- end of TaintSettings -->"
    )
    assert '| `value` | text | `""` | at most 63 letters, digits, ' in page
    assert "| `effect` | text | required | `NO_SCHEDULE`, `NO_EXECUTE`, " in page


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
    r"^<!-- generated by: python -m (\S+) (.*?) ?-->\n(.*?)^<!-- end -->$", re.MULTILINE | re.DOTALL
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
    plan = read_address_plan(ROOT, "dev")
    write(lambda: subnet_figure(plan, title="dev"), tmp_path / "dev.svg")
    drawn = (tmp_path / "dev.svg").read_text(encoding="utf-8")
    shown = (ROOT / "docs" / "pod-ips-dev.svg").read_text(encoding="utf-8")
    assert drawn == shown, "python -m cli pod-ips plan --stack dev --plot docs/pod-ips-dev.svg"
