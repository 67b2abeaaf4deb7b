"""An alert, as Prometheus and a reader take it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

# Where an alert's text leads where nobody says at which address the documentation is.
PAGE: Final = "docs/alerts.md"


@dataclass(frozen=True, kw_only=True, slots=True)
class Alert:
    """An alert.

    :param expr: in PromQL; each series that it returns is one alert.
    :param minutes: how long it has to hold.
    :param summary: one line, with the labels that say where.
    :param description: what it means.
    """

    name: str
    severity: Literal["critical", "warning"]
    expr: str
    minutes: int
    summary: str
    description: str

    def to_rule(self, page: str) -> Mapping[str, Any]:
        """Returns the rule as Prometheus takes it.

        :param page: the address of the page with the alerts.
        """
        return {
            "alert": self.name,
            "expr": self.expr,
            "for": f"{self.minutes}m",
            "labels": {"severity": self.severity},
            "annotations": {
                "summary": self.summary,
                "description": self.description,
                "runbook_url": f"{page}#{self.name.lower()}",
            },
        }
