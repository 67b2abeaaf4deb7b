"""The picture of a sweep."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure


def write_plot(results: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Writes an SVG of lost requests against preStop - lag, beside what arithmetic predicts."""
    # The same figures give the same file, and its text stays text.
    mpl.rcParams.update({"svg.hashsalt": "drain", "svg.fonttype": "none"})
    margins = [result["pre_stop_seconds"] - result["propagation_seconds"] for result in results]
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    predicted = [result["predicted_failures"] for result in results]
    measured = [result["failed"] + result["truncated"] for result in results]
    axes.axvspan(0, max(margins) + 0.5, color="tab:green", alpha=0.1, label="preStop > lag")
    axes.plot(margins, predicted, "--", color="tab:gray", label="predicted by the arithmetic")
    axes.plot(margins, measured, "o", color="tab:red", label="measured: failed or truncated")
    axes.set_xlim(min(margins) - 0.5, max(margins) + 0.5)
    axes.set_xlabel("preStop - longest assumed lag (s)")
    axes.set_ylabel(f"requests of about {round(results[0]['requests'], -2)}")
    axes.set_title("Scale-in of 2 of 4 pods; assumed lag, not AWS's own", fontsize=10)
    axes.grid(alpha=0.3)
    axes.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="svg", metadata={"Date": None})
