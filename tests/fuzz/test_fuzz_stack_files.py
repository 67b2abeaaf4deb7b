"""Stack files of anybody's making are read, or refused in lines that a terminal can show."""

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

import hostile
import pulumi
import pytest
import yaml
from commands import run
from tally import fuzz
from test_settings import FakeCloud, in_stack

from planning.pod_ips.demand import AddressPlan
from stackfile.capacity import address_plan
from stackfile.files import PROGRAM, configuration
from stackfile.load import load_settings
from stackfile.new_stack import stack_text

# Of files that are accepted, and of those that are not, which go through a whole preview.
WHOLE_PREVIEWS: Final = 100
BETWEEN_WHOLE_PREVIEWS: Final = 25
SNIPPETS: Final = (
    *hostile.TEXTS, "&a", "*a", "<<: *a", "&a [*a]", "!!python/object:os.system x", "!!binary x",
    "!x",
    "%YAML 9.9\n", "---\n", "...\n", "\ufeff", "\r\n", "\t", ": ", "- ", "? ", "|\n", ">-\n", "#",
    "{", "[",
    "}", "]", "'", '"', ",", "config:\n", "  aws:region: eu-west-1\n", "[" * 3000, "{a: " * 3000,
    "&", "*", "!",
    "- " * 3000, "secure: v1:a:b", "secretsprovider: x\n", "0o7", "1:30:00", ".inf", "=", "\x85",
    "\ud800",
)  # fmt: skip
# Each level holds nine times what is below it.
LAUGHS: Final = "a0: &a0 [x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the program, for stack files of one's own."""
    made = tmp_path_factory.mktemp("program")
    for name in ("Pulumi.yaml", "__main__.py"):
        shutil.copy(PROGRAM / name, made)
    return made


@cache
def _texts() -> tuple[str, ...]:
    """The shipped stack files, and one with every key."""
    shipped = [(PROGRAM / f"Pulumi.{name}.yaml").read_text("utf-8") for name in ("dev", "prod")]
    every_key = re.sub(r"^( *)#(?=\S)", r"\1", stack_text("all"), flags=re.MULTILINE)
    return (*shipped, every_key)


def _changed(random: Random) -> bytes:
    """A right file with a few values or keys changed."""
    data = yaml.safe_load(random.choice(_texts()))
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        hostile.change(random, data["config"])
        if not data["config"]:
            break
    return yaml.safe_dump(data, allow_unicode=random.random() < 0.5).encode("utf-8", "replace")


def _rewritten(random: Random) -> bytes:
    """A right file whose text was changed: what stands where, and what a parser makes of it."""
    lines = random.choice(_texts()).splitlines(keepends=True)
    for _ in range(random.choice((1, 2, 4))):
        at = random.randrange(len(lines))
        kind = random.randrange(6)
        if kind < 3:
            place = random.randrange(len(lines[at]) + 1)
            lines[at] = lines[at][:place] + random.choice(SNIPPETS) + lines[at][place:]
        elif kind == 3:
            lines.insert(random.randrange(len(lines)), lines[at])
        elif kind == 4:
            lines[at] = " " * random.randrange(9) + lines[at].lstrip()
        else:
            lines[at] = random.choice((LAUGHS, "\n", lines[at].upper(), lines[at][::-1]))
    encoding = random.choice(("utf-8", "utf-8", "utf-8", "utf-16", "utf-8-sig", "latin-1"))
    return "".join(lines).encode(encoding, "replace")


def _made_up(random: Random) -> bytes:
    """Any value, below no key, below `config`, or below the keys of sections."""
    keys = list(yaml.safe_load(_texts()[2])["config"])
    made = (
        {"config": {key: hostile.value(random) for key in keys if random.random() < 0.6}},
        {"config": hostile.value(random)},
        hostile.value(random),
    )
    data = random.choice((made[0], *made))
    if random.random() < 0.3:
        return json.dumps(data, default=str, skipkeys=True).encode()
    return yaml.safe_dump(data).encode("utf-8", "replace")


def _noise(random: Random) -> bytes:
    """Bytes of any kind, and pieces of YAML in any order."""
    if random.random() < 0.3:
        return random.randbytes(random.choice((1, 10, 300)))
    pieces = [
        random.choice((*SNIPPETS, "a: ", "\n  ", "\n")) for _ in range(random.choice((1, 5, 30)))
    ]
    return "".join(pieces).encode("utf-8", "replace")


KINDS: Final[Mapping[str, tuple[int, Callable[[Random], bytes]]]] = {
    "a stack file with other values": (5000, _changed),
    "a stack file with other text": (3000, _rewritten),
    "values made up, by section": (1500, _made_up),
    "noise for a stack file": (1000, _noise),
}


def _plan() -> AddressPlan:
    cloud = FakeCloud()
    return address_plan(load_settings(cloud), cloud)


@pytest.mark.timeout(3000)
@pytest.mark.parametrize("kind", KINDS)
def test_a_stack_file_is_read_or_refused(kind: str, folder: Path) -> None:
    number, make = KINDS[kind]
    path = folder / "Pulumi.lab.yaml"

    def check(random: Random, tally: Counter[str]) -> None:
        try:
            path.write_bytes(make(random))
        except RecursionError:
            tally["too deep to be written"] += 1
            return
        message = ""
        try:
            in_stack(configuration(folder, "lab"), _plan)
        except pulumi.RunError as error:
            message = str(error)
        tally["refused" if message else "accepted"] += 1
        _check_text(message)
        due = not message or tally["cases"] % BETWEEN_WHOLE_PREVIEWS == 0
        if due and tally["whole runs"] < WHOLE_PREVIEWS:
            tally["whole runs"] += 1
            ended = run("preview", "--program", str(folder), "--stack", "lab")
            assert ended.returncode in (0, 1, 2), ended.stderr
            _check_text(ended.stdout)
            _check_text(ended.stderr)

    fuzz(kind, number, check)


def _check_text(text: str) -> None:
    """Checks what a terminal shows of a text."""
    assert [ascii(line) for line in text.split("\n") if not line.isprintable()] == []
    assert hostile.PLANTED not in text
    assert len(text) < 100_000
