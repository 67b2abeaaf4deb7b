"""``python -m bench.report``: what the report of prod costs beside its preview, as one JSON object.

Exit status: 0 within the limit; 1 above it, with the reason on the error stream.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from .preview import interleaved
from .results import publish

ADDED_SECONDS_LIMIT: Final = 3.0


def measure() -> dict[str, Any]:
    """Returns the seconds of a preview and of a report, and how many the report adds."""
    stack = ["--stack", "prod"]
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "report.html")
        preview, report = interleaved(
            [["-m", "cli", "preview", *stack], ["-m", "cli", "report", *stack, "--out", out]]
        )
    return {
        "benchmark": "report",
        "stack": "prod",
        "preview_seconds": round(preview.wall_seconds, 3),
        "report_seconds": round(report.wall_seconds, 3),
        "added_seconds": round(report.wall_seconds - preview.wall_seconds, 3),
        "limit": ADDED_SECONDS_LIMIT,
        "peak_mib": round(report.peak_mib, 1),
    }


if __name__ == "__main__":
    sys.exit(publish([measure()]))
