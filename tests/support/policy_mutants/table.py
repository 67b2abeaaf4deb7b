"""The tables of docs/policies.md: all rules, and what they see of the mutants."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from policy.checkov.__main__ import reasons

from policy.checks import configuration
from policy.rules import RULES
from policy.rules.registry import Rule
from policy_mutants.registry import MUTANTS
from policy_mutants.running import PREVIEW, UP, alarms, alarms_in_preview, caught_at
from stackfile.files import PROGRAM

PAGE: Final = PROGRAM / "docs" / "policies.md"
STACKS: Final = ("dev", "prod")
_BEGIN: Final = "<!-- {}: written by `make policy-table` -->\n"
_END: Final = "<!-- end of {} -->"


def rule_table() -> str:
    """Returns every rule with why, how bad, how strict, where from and what to change."""
    configurations = [configuration(stack) for stack in STACKS]
    blocks: list[str] = []
    subject = ""
    lines: list[Sequence[str]] = []
    for rule in RULES.values():
        module = rule.check.__module__.rsplit(".", maxsplit=1)[-1]
        if module != subject:
            blocks += _block(subject, lines)
            subject, lines = module, []
        levels = [rule.level, *(configured.level(rule) for configured in configurations)]
        lines.append(
            (
                f"`{rule.name}`",
                rule.description,
                rule.severity,
                " · ".join(levels),
                ", ".join(rule.sources),
                rule.remediation,
            )
        )
    return "\n\n".join([*blocks, *_block(subject, lines)])


def _block(subject: str, lines: list[Sequence[str]]) -> Iterator[str]:
    if lines:
        heading = ("rule", "why", "severity", "default · dev · prod", "sources", "what to change")
        title = subject.replace("_", " ").capitalize()
        yield f"### {title}\n\n{_table(heading, lines)}"


def mutant_table() -> str:
    """Returns how many mutants each rule has, when it sees them, and how often one errs."""
    rows = [_row(rule) for rule in RULES.values()]
    totals = [sum(column) for column in zip(*(figures for _, figures in rows), strict=True)]
    lines = [(f"`{name}`", *map(str, figures)) for name, figures in rows]
    heading = (
        "rule",
        "mutants",
        "caught at: preview",
        "caught at: up",
        "legal variants",
        "false alarms",
    )
    return _table(heading, [*lines, (f"{len(rows)} rules", *map(str, totals))])


def _row(rule: Rule) -> tuple[str, tuple[int, ...]]:
    of_rule = [mutant for mutant in MUTANTS.values() if mutant.rule == rule.name]
    seen = {mutant.name: alarms(mutant) | alarms_in_preview(mutant) for mutant in of_rule}
    expected = {
        mutant.name: set[str]() if mutant.is_legal else {mutant.rule, *mutant.also}
        for mutant in of_rule
    }
    breaking = [mutant for mutant in of_rule if not mutant.is_legal]
    caught = Counter(caught_at(mutant) for mutant in breaking)
    return rule.name, (
        len(breaking),
        caught[PREVIEW],
        caught[UP],
        len(of_rule) - len(breaking),
        sum(len(seen[name] - expected[name]) for name in seen),
    )


def reason_table() -> str:
    """Returns what checkov finds, with the reason of each."""
    lines = [(entry.check, f"`{entry.resource}`", entry.reason) for entry in reasons()]
    return _table(("check", "resource", "reason"), lines)


def _table(heading: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rows = [heading, ["---"] * len(heading), *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


_TABLES: Final = {
    "rules": rule_table,
    "mutants": mutant_table,
    "checkov": reason_table,
}


def with_tables(page: str) -> str:
    """Returns the page with its tables as they are now."""
    for name, table in _TABLES.items():
        begin, end = _BEGIN.format(name), _END.format(name)
        before, _, rest = page.partition(begin)
        after = rest.partition(end)[2]
        page = f"{before}{begin}\n{table()}\n\n{end}{after}"
    return page
