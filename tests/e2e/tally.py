"""What the scenarios of a run add up to, across the processes that they run in."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

# What a scenario may count, and so what the last line of a run says.
FAULTS_INJECTED: Final = "faults injected"
FAULTS_CONVERGED: Final = "faults converged"
FAULTS_LEAKED: Final = "faults leaked"
EDGES_PROVEN: Final = "edges proven"
EDGES_NEEDLESS: Final = "edges needless"
# Edges that another way through the graph makes unnecessary to try.
EDGES_IMPLIED: Final = "edges implied"
SCENARIOS: Final = "scenarios"
SCENARIOS_PASSED: Final = "scenarios passed"


class Tally:
    """Counts, and rows of the tables that docs/reliability.md is written from."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._rows: dict[str, list[Any]] = {}

    def add(self, what: str, number: int = 1) -> None:
        """Counts something, such as ``FAULTS_INJECTED``."""
        self._counts[what] += number

    def record(self, table: str, row: Any) -> None:
        """Adds a row, of what JSON can hold, to a table."""
        self._rows.setdefault(table, []).append(row)

    def merge(self, data: Mapping[str, Any]) -> None:
        """Adds what another process has counted."""
        self._counts.update(data["counts"])
        for table, rows in data["tables"].items():
            self._rows.setdefault(table, []).extend(rows)

    @property
    def data(self) -> dict[str, Any]:
        """All of it, as JSON holds it; rows in an order that no process decides."""
        return {
            "counts": dict(sorted(self._counts.items())),
            "tables": {table: sorted(rows, key=repr) for table, rows in sorted(self._rows.items())},
        }

    @property
    def sentence(self) -> str:
        """The line that a run ends with."""
        count = self._counts
        return (
            f"e2e: {count[SCENARIOS_PASSED]} of {count[SCENARIOS]} scenarios passed; "
            f"faults: {count[FAULTS_INJECTED]} injected, {count[FAULTS_CONVERGED]} converged, "
            f"{count[FAULTS_LEAKED]} leaked; "
            f"edges: {count[EDGES_PROVEN]} proven, {count[EDGES_NEEDLESS]} needless"
        )
