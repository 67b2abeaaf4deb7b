"""``python -m bench.drain.table``: the kept results as the table of docs/graceful-shutdown.md."""

import json
import sys
from pathlib import Path
from typing import Any, Final

RESULTS: Final = Path(__file__).parent / "results"
# The newest run of each mode that is kept.
KEPT: Final = ("2026-11-21-shipped.jsonl", "2026-11-29-short.jsonl")
_NUMBERS: Final = {
    "L": "propagation_seconds",
    "R": "longest_request_seconds",
    "P": "pre_stop_seconds",
    "G": "grace_seconds",
    "D": "deregistration_delay_seconds",
    "I": "idle_timeout_seconds",
    "K": "keep_alive_seconds",
    "drain": "drain_limit_seconds",
}


def markdown(lines: list[dict[str, Any]]) -> str:
    """Returns one run's trials as a table, with its machine and date below it."""
    *trials, summary = lines
    rows = [
        [
            trial["trial"],
            *(str(trial[key]) for key in _NUMBERS.values()),
            f"{trial['requests']:,}",
            f"{trial['failed']:,}",
            f"{trial['truncated']:,}",
        ]
        for trial in trials
    ]
    heads = ["trial", *_NUMBERS, "requests", "failed", "truncated"]
    rule = ["---", *("--:" for _ in heads[1:])]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in [heads, rule, *rows])
    networks = ", ".join(sorted({trial["network"] for trial in trials}))
    machine = (
        f"{summary['date']}; {summary['cpus']} CPUs, Linux {summary['kernel'].split('-')[0]}, "
        f"NGINX {summary['nginx']}, HAProxy {summary['haproxy'].split('-')[0]}, {networks}; "
        f"{summary['wall_seconds']:.0f} s."
    )
    return f"{table}\n\n{machine}\n"


def read(name: str) -> list[dict[str, Any]]:
    """Returns the lines of a kept run."""
    text = (RESULTS / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


if __name__ == "__main__":
    for kept in KEPT:
        sys.stdout.write(markdown(read(kept)) + "\n")
