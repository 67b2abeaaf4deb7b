"""Alerts fire when they are to and are quiet else, by promtool's own tests of rules."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from alert_cases import CASES, USABLE

from planning.monitoring.alert import Alert
from planning.monitoring.alerts import ALERTS, rule_groups
from planning.monitoring.cluster_alerts import FREE

PROMTOOL = shutil.which("promtool")
pytestmark = pytest.mark.skipif(
    PROMTOOL is None, reason="promtool is not there; Debian's package prometheus has it"
)
# Numbers that an alert compares with.
_THRESHOLD = re.compile(r"(<|>|==) ([0-9.]+)")


def rules() -> Sequence[Mapping[str, Any]]:
    return rule_groups(USABLE, page="docs/alerts.md", cloudwatch=True)


def expected(alert: Alert, *, fires: bool) -> list[Mapping[str, Any]]:
    if not fires:
        return []
    case = CASES[alert.name]
    texts = {**alert.to_rule("docs/alerts.md")["annotations"], "summary": case.summary}
    return [{"exp_labels": {**case.labels, "severity": alert.severity}, "exp_annotations": texts}]


def rule_test(alert: Alert, *, fires: bool) -> Mapping[str, Any]:
    """Returns what promtool tests of an alert."""
    case = CASES[alert.name]
    series = case.fires if fires else case.quiet
    return {
        "interval": "1m",
        "name": f"{alert.name} {'fires' if fires else 'is quiet'}",
        "input_series": [{"series": key, "values": values} for key, values in series.items()],
        "alert_rule_test": [
            {
                "eval_time": f"{case.minutes}m",
                "alertname": alert.name,
                "exp_alerts": expected(alert, fires=fires),
            }
        ],
    }


def promtool(
    folder: Path, groups: Sequence[Mapping[str, Any]], tests: Iterable[Mapping[str, Any]]
) -> subprocess.CompletedProcess[str]:
    """Runs tests of rules; JSON is YAML, too.

    Rules are evaluated every five minutes: all times are whole ones of these, and it takes a fifth.
    """
    (folder / "rules.json").write_text(json.dumps({"groups": groups}), encoding="utf-8")
    test = {"rule_files": ["rules.json"], "evaluation_interval": "5m", "tests": list(tests)}
    (folder / "test.json").write_text(json.dumps(test), encoding="utf-8")
    return subprocess.run(  # noqa: S603  promtool, by its path
        [str(PROMTOOL), "test", "rules", "test.json"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )


@pytest.mark.parametrize("fires", [True, False])
def test_alerts_fire_when_they_are_to_and_are_quiet_else(tmp_path: Path, *, fires: bool) -> None:
    result = promtool(tmp_path, rules(), (rule_test(alert, fires=fires) for alert in ALERTS))
    assert result.returncode == 0, result.stdout + result.stderr


def mutated(expr: str, *, always: bool) -> str:
    """Returns an expression whose thresholds nothing exceeds, or everything."""

    def other(found: re.Match[str]) -> str:
        below = found[1] == "<"
        if found[1] == "==":
            return ">= -1" if always else "== 1e9"
        return f"{found[1]} {'1e9' if below == always else '-1e9'}"

    if _THRESHOLD.search(expr):
        return _THRESHOLD.sub(other, expr)
    # Metrics that are compared with one another.
    return expr.replace(" >= ", " < ")


@pytest.mark.parametrize("fires", [True, False])
def test_another_threshold_is_found(tmp_path: Path, *, fires: bool) -> None:
    groups = json.loads(json.dumps(rules()))
    for rule in (rule for group in groups for rule in group["rules"] if "alert" in rule):
        wrong = mutated(rule["expr"], always=not fires)
        assert wrong != rule["expr"]
        rule["expr"] = wrong
    result = promtool(tmp_path, groups, (rule_test(alert, fires=fires) for alert in ALERTS))
    failed = set(re.findall(r"alertname: (\w+)", result.stdout + result.stderr))
    assert failed == {alert.name for alert in ALERTS}


def test_the_addresses_of_zones_are_told_apart(tmp_path: Path) -> None:
    held = {"ap-northeast-2a": 700, "ap-northeast-2b": 450}
    series = {
        text: f"{value}x30"
        for zone, addresses in held.items()
        for text, value in (
            (f'awscni_total_ip_addresses{{node="{zone}"}}', addresses),
            (f'awscni_eni_allocated{{node="{zone}"}}', 50),
            (f'kube_node_info{{node="{zone}",provider_id="aws:///{zone}/i-1"}}', 1),
        )
    }
    test = {
        "interval": "1m",
        "input_series": [{"series": key, "values": values} for key, values in series.items()],
        "promql_expr_test": [
            {
                "expr": FREE,
                "eval_time": "20m",
                # Of a thousand each, interfaces have an address, too.
                "exp_samples": [
                    {"labels": f'{FREE}{{zone="ap-northeast-2a"}}', "value": 0.25},
                    {"labels": f'{FREE}{{zone="ap-northeast-2b"}}', "value": 0.5},
                ],
            }
        ],
    }
    result = promtool(tmp_path, rules(), [test])
    assert result.returncode == 0, result.stdout + result.stderr
