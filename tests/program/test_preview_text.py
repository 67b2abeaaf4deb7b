"""The preview as text: narrow enough for a terminal, and with the name of whatever was found."""

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from reports import platform

from policy.catalogue import Level
from policy.evaluation import Finding
from policy.rules import RULES
from policy.unknown import Why
from report import findings, terminal
from report.console import PlainConsole

STACKS = ("dev", "prod", "everything")


def printed(name: str, width: int, *, summary: bool = False) -> str:
    console = PlainConsole(width=width, file=io.StringIO())
    terminal.show(platform(name), console, summary=summary)
    return text_of(console)


def text_of(console: PlainConsole) -> str:
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def figures(plan: Any) -> Iterator[str]:
    """Yields what must stand in one piece: places, blocks and numbers."""
    for subnet in plan["subnets"]:
        yield from (subnet["zone"], subnet["cidr"])
        yield from (f"{subnet[key]:,}" for key in ("neededAddresses", "usableAddresses"))
    for group in plan["podIps"]["nodeGroups"].values():
        yield from (str(group[key]) for key in ("maxNodes", "maxPods", "interfaces"))
        yield str(group["subnetAddresses"])
        yield from (kind for kind in group["instanceTypes"])


@pytest.mark.parametrize("width", [60, 80, 200])
@pytest.mark.parametrize("name", STACKS)
def test_tables_fit_the_terminal_and_80_columns_with_every_figure_whole(
    name: str, width: int
) -> None:
    text = printed(name, width)
    _, tables = text.split("Kubernetes 1.36, ")
    assert max(map(len, tables.splitlines())) <= min(width, 80)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    words = set(re.split(r"[\s;()]+|,\s", tables))
    assert set(figures(platform(name).plan)) - words == set()
    assert set(platform(name).plan["shutdown"]) - words == set() or width == 60


@pytest.mark.parametrize("name", STACKS)
def test_the_summary_fits_80_columns(name: str) -> None:
    text = printed(name, 80, summary=True)
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text


def test_zones_that_hold_the_same_are_one_line_of_what_takes_addresses() -> None:
    dev, prod = printed("dev", 80), printed("prod", 80)
    assert "public ap-northeast-2a  NAT gateway; load balancers 1 x 8" in dev
    assert "public ap-northeast-2c  load balancers 1 x 8" in dev
    assert prod.count("NAT gateway; load balancers 1 x 8") == 1


@pytest.mark.parametrize("name", STACKS)
def test_the_platform_heads_the_tree_and_providers_end_it(name: str) -> None:
    tree = re.findall(r"^[├└]── .*  (\S+)\s*$", printed(name, 200), re.MULTILINE)
    own = [token.startswith("pulumi:providers:") for token in tree]
    assert any(own)
    assert own == sorted(own)


def found(
    rule: str, name: str, message: str, why: Why | None = None, *, worst: bool = False
) -> Any:
    level = Level.MANDATORY if worst else Level.ADVISORY
    urn = f"urn:pulumi:s::p::a:b:C::{name}"
    return Finding(rule=RULES[rule], urn=urn, message=message, level=level, why=why)


FOUND = [
    *(found("probes", name, "has no probe") for name in "abcdefg"),
    found("keys-rotate", "key", "does not rotate", worst=True),
    found("logs-encrypted", "[/log]", "is not known yet", Why.LATER),
]


def listed(**how: bool) -> str:
    console = PlainConsole(width=80, file=io.StringIO())
    findings.show(FOUND, 100, console, **how)
    return re.sub(r" +\n", "\n", text_of(console))


def test_each_finding_is_named_and_resources_with_the_same_one_share_a_line() -> None:
    assert listed().endswith(
        "resources: 1 mandatory, 7 advisory, 1 not checked\n"
        "  mandatory    keys-rotate: key does not rotate\n"
        "  advisory     probes: a, b, c, d, e and 2 more has no probe\n"
        "  not checked  logs-encrypted: [/log] is not known yet\n"
    )


def test_a_summary_names_the_rules_alone() -> None:
    assert listed(summary=True).endswith(
        "  mandatory    keys-rotate\n  advisory     probes\n  not checked  logs-encrypted\n"
    )


def test_what_to_change_is_said_once_a_rule() -> None:
    assert listed(remedies=True).count(RULES["probes"].remediation[:40]) == 1
