"""Exports of anybody's making are judged or refused; no secret and no raw character gets out."""

import base64
import json
from collections import Counter
from collections.abc import Callable, Mapping
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any, Final

import hostile
import pytest
from commands import run
from conftest import STACKS, exported_text
from tally import fuzz

from deployment.export import NoDeploymentError, read
from deployment.properties import SECRET_SIGNATURE, SIGNATURE_KEY
from deployment.texts import json_text
from policy.configuration import Configuration
from policy.evaluation import findings
from policy.view import visible
from report import findings as policies
from report.console import PlainConsole
from report.review_files import write_junit, write_sarif

SECRET: Final = "Zk3pHidden7mQ"
# In base 64 at each of the three places where a text may begin.
HIDDEN: Final = (SECRET, base64.b64encode(SECRET.encode()).decode()[:16])
BETWEEN_COMMANDS: Final = 50
COMMANDS: Final = (
    ("policy", "--graph", "{export}", "--sarif", "{folder}/c.sarif", "--junit", "{folder}/c.xml"),
    ("policy", "--json", "--graph", "{export}"),
    ("preview", "--against", "{export}"),
    ("report", "--against", "{export}", "--out", "{folder}/c.html"),
)


def _values(random: Random, resources: list[Any]) -> None:
    """Other values and keys, of a resource or deep inside of one."""
    for _ in range(random.choice((1, 1, 2, 5))):
        hostile.change(random, random.choice((resources, [random.choice(resources)])))


def _fields(random: Random, resources: list[Any]) -> None:
    """Fields that every resource has, with values of another kind."""
    for _ in range(random.choice((1, 1, 3))):
        one = random.choice(resources)
        if isinstance(one, dict):
            key = random.choice((*one, "delete", "protect", "hooks", "replaceWith", "timeouts"))
            one[key] = hostile.value(random)


def _sets(random: Random, resources: list[Any]) -> None:
    """Resources that are missing, there twice, of another type, or somebody else's children."""
    for _ in range(random.choice((1, 3, 20))):
        at = random.randrange(len(resources))
        one, other = resources[at], random.choice(resources)
        match random.randrange(5):
            case 0 if len(resources) > 1:
                del resources[at]
            case 1:
                resources.insert(random.randrange(len(resources)), json.loads(json.dumps(one)))
            case 2:
                one["type"] = other["type"]
            case 3:
                one["parent"] = other["urn"]
            case _:
                one["inputs"], one["outputs"] = other.get("inputs", {}), other.get("outputs", {})


def _names(random: Random, resources: list[Any]) -> None:
    """Names of resources and objects, and texts of any property, as nobody can see them."""
    for _ in range(random.choice((1, 3, 20))):
        one, text = random.choice(resources), random.choice(hostile.TEXTS)
        if random.random() < 0.5:
            one["urn"] = one["urn"].rsplit("::", 1)[0] + "::" + (text or "a")
        else:
            found = [
                (holder, key)
                for holder, key in hostile.places(one.get("inputs", {}))
                if isinstance(holder[key], str)
            ]
            if found:
                holder, key = random.choice(found)
                holder[key] = random.choice((text, holder[key] + text))


KINDS: Final[Mapping[str, tuple[int, Callable[[Random, list[Any]], None]]]] = {
    "an export with other values": (800, _values),
    "an export with other fields": (500, _fields),
    "an export with other resources": (400, _sets),
    "an export with unseen characters": (400, _names),
}


def _plant(random: Random, resources: list[Any]) -> None:
    """Hides a secret where a program may have one: by mark, by output, by name, in a Secret."""
    whole = [
        one for one in resources if isinstance(one, dict) and isinstance(one.get("inputs"), dict)
    ]
    if not whole:
        return
    one = random.choice(whole)
    place = random.choice(("inputs", "outputs"))
    if not isinstance(one.get(place), dict):
        one[place] = {}
    match random.randrange(4):
        case 0:
            key = random.choice([*one[place], "a"])
            mark = random.choice(("plaintext", "ciphertext"))
            one[place][key] = {SIGNATURE_KEY: SECRET_SIGNATURE, mark: json.dumps(SECRET)}
        case 1:
            outputs = one["outputs"] if isinstance(one.get("outputs"), dict) else {}
            key = random.choice([*outputs, "a"])
            one["additionalSecretOutputs"] = [key]
            one["outputs"] = {**outputs, key: SECRET}
        case 2:
            one[place]["password"] = SECRET
        case _:
            encoded = base64.b64encode(SECRET.encode()).decode()
            one["type"] = "kubernetes:core/v1:Secret"
            one["inputs"] = {"kind": "Secret", "data": {"a": encoded}, "stringData": {"b": SECRET}}


@pytest.mark.timeout(3000)
@pytest.mark.parametrize("kind", KINDS)
def test_an_export_is_judged_or_refused(kind: str, tmp_path: Path) -> None:
    number, change = KINDS[kind]
    path = tmp_path / "export.json"

    def check(random: Random, tally: Counter[str]) -> None:
        data = json.loads(exported_text(random.choice(STACKS)))
        resources: list[Any] = data["deployment"]["resources"]
        change(random, resources)
        _plant(random, resources)
        path.write_text(json.dumps(data, default=str, skipkeys=True), encoding="utf-8")
        export, message = _read(path)
        tally["accepted" if export else "refused"] += 1
        _check_text(message)
        assert "\n" not in message
        if export:
            for text in _judged(export, tmp_path):
                _check_text(text)
        if tally["cases"] % BETWEEN_COMMANDS == 1:
            tally["whole runs"] += len(COMMANDS)
            _run_commands(path, tmp_path)

    fuzz(kind, number, check)


def _read(path: Path) -> tuple[Mapping[str, Any] | None, str]:
    """Returns the export in a file, or why it is none."""
    try:
        return read(path), ""
    except NoDeploymentError as error:
        return None, str(error)


def _judged(export: Mapping[str, Any], folder: Path) -> list[str]:
    """Returns what the commands print and write of an export."""
    deployment, listed = visible(export), StringIO()
    found = findings(deployment, Configuration())
    console = PlainConsole(file=listed, width=80)
    policies.show(found, len(deployment), console)
    policies.show(found, len(deployment), console, remedies=True)
    write_sarif(found, deployment.name, folder / "a.sarif")
    write_junit(found, deployment.name, folder / "a.xml")
    files = [(folder / name).read_text(encoding="utf-8") for name in ("a.sarif", "a.xml")]
    return [listed.getvalue(), json_text(policies.as_data(found)), *files]


def _run_commands(path: Path, folder: Path) -> None:
    for command in COMMANDS:
        ended = run(*(word.format(export=path, folder=folder) for word in command))
        assert ended.returncode in (0, 1, 2), ended.stderr
        _check_text(ended.stdout)
        _check_text(ended.stderr)
    for name in ("c.sarif", "c.xml", "c.html"):
        if (written := folder / name).exists():
            _check_text(written.read_text(encoding="utf-8"))


def _check_text(text: str) -> None:
    """Checks that a text holds no secret, and nothing that nobody can see."""
    raw = [line for line in text.split("\n") if not line.lstrip("\t").isprintable()]
    assert raw == [], [ascii(line)[:300] for line in raw[:3]]
    found = [text[max(0, text.find(h) - 150) :][:300] for h in HIDDEN if h in text]
    assert found == [], found
