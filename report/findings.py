"""What the policies find: as a list and as data."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from policy.catalogue import Level
from policy.evaluation import Finding
from policy.rules import RULES

from .console import PlainConsole

# What a finding counts as, the worst first, and its colour.
_STYLES: Final = {"mandatory": "bold red", "advisory": "yellow", "not checked": "dim"}
# Of resources with the same message.
_MOST_NAMES: Final = 5


def mandatory(findings: Sequence[Finding]) -> list[Finding]:
    """Returns the findings that stop a deployment."""
    return [finding for finding in findings if finding.level is Level.MANDATORY]


def ordered(findings: Sequence[Finding]) -> list[Finding]:
    """Returns the findings, the worst first."""
    kinds = list(_STYLES)
    return sorted(findings, key=lambda found: (kinds.index(found.kind), found.rule.name, found.urn))


def as_data(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Returns each finding, the worst first, as plain data."""
    return [
        {
            "rule": finding.rule.name,
            "severity": finding.rule.severity,
            "level": finding.kind,
            "resource": finding.resource,
            "message": finding.message,
            "remediation": finding.remediation,
        }
        for finding in ordered(findings)
    ]


def show(
    findings: Sequence[Finding],
    resources: int,
    console: PlainConsole,
    *,
    summary: bool = False,
    remedies: bool = False,
) -> None:
    """Prints the counts, and below them what was found, the worst first.

    :param resources: how many were judged.
    :param summary: whether to print the names of the rules alone.
    :param remedies: whether to print what to change.
    """
    counts = Counter(finding.kind for finding in findings)
    unseen = {finding.rule.name for finding in findings if not finding.checked}
    total = (
        f"\nPolicies: {len(RULES)} rules on {resources} resources: "
        f"{counts['mandatory']} mandatory, {counts['advisory']} advisory, "
        f"{len(unseen)} not checked"
    )
    console.print(Text(total, style="bold"))
    console.print(_listed(findings, summary=summary, remedies=remedies))


def _listed(findings: Sequence[Finding], *, summary: bool, remedies: bool) -> Table:
    """Returns what was found in two columns: what it counts as, and what it is."""
    found = Table.grid(padding=(0, 2))
    found.add_column()
    found.add_column(overflow="fold")
    for kind, alike in groupby(ordered(findings), attrgetter("kind")):
        label = Text(f"  {kind}", style=_STYLES[kind])
        if summary:
            found.add_row(label, Text(", ".join(dict.fromkeys(each.rule.name for each in alike))))
            continue
        for rule, broken in groupby(alike, attrgetter("rule")):
            in_order = sorted(broken, key=attrgetter("message"))
            text = Text("\n").join(
                Text.assemble((rule.name, "bold"), f": {_names(list(same))} {message}")
                for message, same in groupby(in_order, attrgetter("message"))
            )
            if remedies:
                text.append(f"\n{in_order[0].remediation}", style="dim")
            found.add_row(label, text)
    return found


def _names(findings: Sequence[Finding]) -> str:
    """Returns the names of the resources, of many the first ones and their number."""
    names = [finding.resource for finding in findings]
    more = len(names) - _MOST_NAMES
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:_MOST_NAMES])} and {more} more"
