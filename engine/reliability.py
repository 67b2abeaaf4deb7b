"""Writes docs/reliability.md from what was measured last.

The figures are those that ``make e2e`` and ``make bench-engine`` leave in ``build/``. How many
operations of a run that fails are under way at once is not always the same, so that other counts
are no failure.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from .install import BUILD, ROOT

PAGE: Final = ROOT / "docs" / "reliability.md"
FIGURES: Final = BUILD / "e2e" / "figures.json"
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


def sections(figures: Mapping[str, Any], measured: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Returns the text of each part of the page that a run writes, by its name."""
    counts = [{"what": what, "number": number} for what, number in figures["counts"].items()]
    found = {"counts": table(counts)}
    found |= {name: table(rows) for name, rows in figures["tables"].items() if rows}
    by_benchmark: dict[str, list[Mapping[str, Any]]] = {}
    for result in measured:
        row = {key: value for key, value in result.items() if key != "benchmark"}
        by_benchmark.setdefault(str(result["benchmark"]), []).append(row)
    return found | {name: table(rows) for name, rows in by_benchmark.items()}


def with_sections(page: str, parts: Mapping[str, str]) -> str:
    """Returns a page with its parts replaced.

    :raises NoFiguresError: for a part of the page of which nothing was measured.
    """

    def replaced(found: re.Match[str]) -> str:
        if found["name"] not in parts:
            part = found["name"]
            raise NoFiguresError(f"nothing was measured for the part {part!r} of {PAGE.name}")
        return f"{found['begin']}\n{parts[found['name']]}\n{found['end']}"

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
    counts = sections(json.loads(_read(FIGURES, "make e2e")), ())["counts"]
    return counts in PAGE.read_text(encoding="utf-8")


def write_page() -> None:
    """Writes the page.

    :raises NoFiguresError: where something that it tells was not measured.
    """
    lines = _read(MEASUREMENTS, "make bench-engine").splitlines()
    parts = sections(json.loads(_read(FIGURES, "make e2e")), map(json.loads, lines))
    PAGE.write_text(with_sections(PAGE.read_text(encoding="utf-8"), parts), encoding="utf-8")
