"""What the policies find: as a table, as a paragraph and as data."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from policy.catalogue import Level
from policy.evaluation import Finding, not_checked
from policy.rules import RULES

# What a finding counts as, the worst first, and its colour.
_STYLES: Final = {"mandatory": "bold red", "advisory": "yellow", "not checked": "dim"}


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
            "remediation": finding.rule.remediation,
        }
        for finding in ordered(findings)
    ]


def show(findings: Sequence[Finding], resources: int, console: Console) -> None:
    """Prints a table of the findings, the worst first, and a paragraph."""
    table = Table(box=None, pad_edge=False)
    for heading in ("rule", "resource", "message", "remediation"):
        table.add_column(heading, overflow="fold")
    for finding in filter(lambda finding: finding.checked, ordered(findings)):
        rule, kind = finding.rule, finding.kind
        name = Text.assemble(rule.name, "\n", (kind, _STYLES[kind]))
        table.add_row(name, finding.resource, Text(finding.message), Text(rule.remediation))
    if table.rows:
        console.print(table)
    console.print(summary(findings, resources))


def summary(findings: Sequence[Finding], resources: int) -> Group:
    """Returns a paragraph with the counts, each mandatory finding, and what was not checked."""
    counts = Counter(finding.kind for finding in findings)
    unseen = {finding.rule.name for finding in findings if not finding.checked}
    total = Text(
        f"\nPolicies: {len(RULES)} rules on {resources} resources, "
        f"{counts['mandatory']} mandatory violations, {counts['advisory']} advisory, "
        f"{len(unseen)} not checked",
        style="bold",
    )
    lines = [Text(f"  {found.rule.name}: {found}", style="red") for found in mandatory(findings)]
    line = not_checked(findings)
    return Group(total, *lines, *([Text(f"  {line}", style="dim")] if line else []))
