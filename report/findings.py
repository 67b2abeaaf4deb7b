"""What the policies say, as a table and as a paragraph."""

from collections import Counter
from collections.abc import Sequence

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from policy.catalogue import Level
from policy.evaluation import Finding, not_checked
from policy.rules import RULES

_STYLES = {"mandatory": "bold red", "advisory": "yellow", "not checked": "dim"}


def kind(finding: Finding) -> str:
    """Returns what a finding counts as."""
    return finding.level.value if finding.checked else "not checked"


def mandatory(findings: Sequence[Finding]) -> list[Finding]:
    """Returns the findings that stop a deployment."""
    return [finding for finding in findings if finding.level is Level.MANDATORY]


def name_of(finding: Finding) -> str:
    """Returns the logical name of what a finding is about; a stack as a whole has none."""
    return finding.urn.rsplit("::", maxsplit=1)[-1] or "stack"


def show(findings: Sequence[Finding], resources: int, console: Console) -> None:
    """Prints a table of the findings, the worst first, and a paragraph."""
    checked = [finding for finding in findings if finding.checked]
    if checked:
        table = Table(box=None, pad_edge=False)
        for heading in ("rule", "resource", "message", "remediation"):
            table.add_column(heading, overflow="fold")
        for finding in sorted(checked, key=_order):
            table.add_row(
                Text.assemble(finding.rule.name, "\n", (kind(finding), _STYLES[kind(finding)])),
                name_of(finding),
                Text(finding.message),
                Text(finding.rule.remediation),
            )
        console.print(table)
    console.print(summary(findings, resources))


def summary(findings: Sequence[Finding], resources: int) -> Group:
    """Returns a paragraph with the counts, each mandatory finding, and what was not checked."""
    counts = Counter(kind(finding) for finding in findings)
    unseen = {finding.rule.name for finding in findings if not finding.checked}
    total = Text(
        f"\nPolicies: {len(RULES)} rules on {resources} resources, "
        f"{counts['mandatory']} mandatory violations, {counts['advisory']} advisory, "
        f"{len(unseen)} not checked",
        style="bold",
    )
    lines = [
        Text(f"  {finding.rule.name}: {name_of(finding)} {finding.message}", style="red")
        for finding in mandatory(findings)
    ]
    line = not_checked(findings)
    return Group(total, *lines, *([Text(f"  {line}", style="dim")] if line else []))


def _order(finding: Finding) -> tuple[int, str, str]:
    return list(_STYLES).index(kind(finding)), finding.rule.name, finding.urn
