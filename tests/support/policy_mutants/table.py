"""The tables of docs/policies.md: all rules, and what they see of the mutants."""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from policy.catalogue import Rule
from policy.checkov.findings import reasons
from policy.configuration import configuration_of
from policy.rules import RULES
from policy_mutants.registry import MUTANTS
from policy_mutants.running import PREVIEW, UP, alarms, alarms_in_preview, caught_at
from stackfile.files import PROGRAM

PAGE: Final = PROGRAM / "docs" / "policies.md"
STACKS: Final = ("dev", "prod")
_BEGIN: Final = "<!-- {}: written by `make policy-table` -->\n"
_END: Final = "<!-- end of {} -->"


def rule_table() -> str:
    """Returns every rule with why, how bad, how strict, where from and what to change."""
    configurations = [configuration_of(stack) for stack in STACKS]
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
                ", ".join(source for source in rule.sources if source not in rule.requirements),
                ", ".join(rule.requirements),
                rule.remediation,
                rule.own_remediation,
            )
        )
    return "\n\n".join([*blocks, *_block(subject, lines)])


def _block(subject: str, lines: list[Sequence[str]]) -> Iterator[str]:
    if lines:
        heading = (
            "rule",
            "why",
            "severity",
            "default · dev · prod",
            "sources",
            "requirements",
            "what to change",
            "in this project",
        )
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


def requirement_table() -> str:
    """Returns which rules and which tests keep each requirement of docs/architecture.md."""
    tests = modules_by_requirement()
    lines = [
        (
            number,
            ", ".join(f"`{rule.name}`" for rule in RULES.values() if number in rule.requirements),
            ", ".join(f"`{module}`" for module in sorted(tests.get(number, ()))),
        )
        for number in requirements()
    ]
    return _table(("requirement", "rules", "tests"), lines)


def requirements() -> list[str]:
    """Returns the numbers of the requirements that docs/architecture.md lists, such as ``R25``."""
    text = (PROGRAM / "docs" / "architecture.md").read_text(encoding="utf-8")
    return re.findall(r"^\| (R\d+) \|", text, re.MULTILINE)


def modules_by_requirement() -> Mapping[str, set[str]]:
    """Returns the modules with a test whose docstring begins with a requirement, by requirement."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted((PROGRAM / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for number in _cited(ast.get_docstring(node) or ""):
                    found[f"R{number}"].add(path.relative_to(PROGRAM).as_posix())
    return found


def _cited(docstring: str) -> Iterator[int]:
    """Yields the numbers in ``Requirements 1 and 3: …``; ``32 to 34`` is all of them."""
    begin = re.match(r"Requirements? (\d+(?:(?:,| and| to) \d+)*)", docstring)
    numbers = re.split(r"(,| and| to) ", begin[1]) if begin else []
    for index in range(0, len(numbers), 2):
        first = int(numbers[index - 2]) + 1 if index and numbers[index - 1] == " to" else None
        yield from range(first or int(numbers[index]), int(numbers[index]) + 1)


def reason_table() -> str:
    """Returns what checkov finds, with the reason of each."""
    lines = [(entry.check, f"`{entry.resource}`", entry.reason) for entry in reasons()]
    return _table(("check", "resource", "reason"), lines)


def _table(heading: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rows = [heading, ["---"] * len(heading), *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


_TABLES: Final = {
    "rules": rule_table,
    "requirements": requirement_table,
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
