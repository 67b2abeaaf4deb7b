"""What a benchmark does with its results: it prints them and holds them against their limits."""

import json
import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any, Final

# The figure of a result that its ``limit`` is for.
_LIMITED: Final = ("wall_ratio", "superlinearity", "added_seconds", "growth", "seconds")


def publish(results: Iterable[Mapping[str, Any]]) -> int:
    """Prints each result as it comes, one JSON object a line, with what machine it is from.

    :return: the exit status: 0 within the limits; 1 a limit is broken, with the reason on the
        error stream.
    """
    machine = {"python": sys.version.split()[0], "cpus": os.cpu_count()}
    published: list[Mapping[str, Any]] = []
    for result in results:
        published.append(result)
        sys.stdout.write(json.dumps({**result, **machine}) + "\n")
        sys.stdout.flush()
    broken = broken_limits(published)
    sys.stderr.writelines(f"{line}\n" for line in broken)
    return 1 if broken else 0


def broken_limits(results: Iterable[Mapping[str, Any]]) -> list[str]:
    """Returns a line for each limited figure that is above its limit or could not be measured."""
    lines: list[str] = []
    for result in results:
        for key in _LIMITED:
            if key not in result:
                continue
            if result[key] is None:
                lines.append(f"{result['benchmark']}: {key} could not be measured; run it again")
            elif result[key] > result["limit"]:
                lines.append(
                    f"{result['benchmark']}: {key} {result[key]} is above {result['limit']}"
                )
    return lines
