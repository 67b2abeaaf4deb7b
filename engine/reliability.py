"""Writes docs/reliability.md from what was measured last.

The figures are those that ``make e2e``, ``make bench-engine`` and ``make fuzz`` leave in
``build/``; the part of one that has not run here stays as it is. How many operations of a run that
fails are under way at once is not always the same, so that other counts are no failure.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from .install import BUILD, ROOT

PAGE: Final = ROOT / "docs" / "reliability.md"
FIGURES: Final = BUILD / "e2e" / "figures.json"
FUZZ: Final = BUILD / "fuzz"
MEASUREMENTS: Final = BUILD / "bench" / "engine.jsonl"
_PART: Final = re.compile(
    r"(?P<begin><!-- (?P<name>.+) -->)\n.*?(?P<end><!-- end of (?P=name) -->)", re.DOTALL
)


class NoFiguresError(Exception):
    """Why a page cannot be written; one line."""


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Returns rows as a table in Markdown, with the keys of the first one as its heading."""
    keys = list(rows[0])
    numbers = {key for key in keys if all(isinstance(row.get(key), (int, float)) for row in rows)}
    marks = ["---:" if key in numbers else "---" for key in keys]
    lines = [keys, marks, *([_cell(row.get(key, "")) for key in keys] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: object) -> str:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    text = f"{value:,}" if is_number else str(value)
    return text.replace("|", "\\|").replace("\n", " ")


def sections(figures: Mapping[str, Any]) -> dict[str, str]:
    """Returns the text of each part of the page that ``make e2e`` writes, by its name."""
    counts = [{"what": what, "number": number} for what, number in figures["counts"].items()]
    found = {"counts": table(counts)}
    return found | {name: table(rows) for name, rows in figures["tables"].items() if rows}


def by_benchmark(measured: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Returns the results of each benchmark as a table, by its name."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for result in measured:
        row = {key: value for key, value in result.items() if key != "benchmark"}
        found.setdefault(str(result["benchmark"]), []).append(row)
    return {name: table(rows) for name, rows in found.items()}


def with_sections(page: str, parts: Mapping[str, str]) -> str:
    """Returns a page with the parts replaced that were measured."""

    def replaced(found: re.Match[str]) -> str:
        text = parts.get(found["name"])
        return f"{found['begin']}\n{text}\n{found['end']}" if text else found[0]

    return _PART.sub(replaced, page)


def _read(path: Path, command: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        raise NoFiguresError(f"{path} is not there: run `{command}` first") from None


def is_fresh() -> bool:
    """Returns whether the page tells the counts of the last ``make e2e``.

    :raises NoFiguresError: where it has not run.
    """
    counts = sections(json.loads(_read(FIGURES, "make e2e")))["counts"]
    return counts in PAGE.read_text(encoding="utf-8")


def write_page() -> None:
    """Writes the page.

    :raises NoFiguresError: where nothing that it tells was measured.
    """
    parts: dict[str, str] = {}
    if FIGURES.exists():
        parts |= sections(json.loads(FIGURES.read_text(encoding="utf-8")))
    if MEASUREMENTS.exists():
        parts |= by_benchmark(
            map(json.loads, MEASUREMENTS.read_text(encoding="utf-8").splitlines())
        )
    if rows := [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted(FUZZ.glob("*.json"))
    ]:
        parts["fuzz"] = table(rows)
    if not parts:
        raise NoFiguresError(
            "nothing was measured: run `make e2e`, `make bench-engine` or `make fuzz`"
        )
    PAGE.write_text(with_sections(PAGE.read_text(encoding="utf-8"), parts), encoding="utf-8")
