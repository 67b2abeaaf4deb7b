"""Each alert has its text, and reads what somebody scrapes."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pytest
from alert_cases import CASES, USABLE

from planning.monitoring.alerts import ALERTS, RECORDED, rule_groups
from planning.monitoring.cloudwatch import ALL, exporter_config
from planning.monitoring.dashboards import DASHBOARDS, shown
from planning.monitoring.metrics import METRICS
from stackfile.files import PROGRAM

PAGE = PROGRAM / "docs" / "alerts.md"


def rules() -> Sequence[Mapping[str, Any]]:
    return rule_groups(USABLE, page="docs/alerts.md", cloudwatch=True)


def test_every_alert_has_a_case() -> None:
    assert sorted(CASES) == sorted(alert.name for alert in ALERTS)


def test_each_alert_says_what_to_do() -> None:
    headings = re.findall(r"^### (\w+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert headings == [alert.name for alert in ALERTS]
    for alert in ALERTS:
        url = alert.to_rule("https://docs.corp/alerts/")["annotations"]["runbook_url"]
        assert url == f"https://docs.corp/alerts/#{alert.name.lower()}"


def expressions() -> list[str]:
    """Returns every expression of rules and dashboards."""
    ruled = [rule["expr"] for group in rules() for rule in group["rules"]]
    queries = (panel.queries for board in DASHBOARDS for panel in board.panels)
    return [*ruled, *(expr for query in queries for expr in query.values())]


def test_every_metric_has_somebody_who_scrapes_it() -> None:
    parser = pytest.importorskip("promql_parser", reason="make installs promql-parser")

    def names(node: Any) -> Iterable[str]:
        if isinstance(node, parser.VectorSelector):
            yield node.name
        for part in ("expr", "lhs", "rhs", "param", "vs", "vector_selector"):
            if (inner := getattr(node, part, None)) is not None:
                yield from names(inner)
        args = getattr(node, "args", None) or ()
        for inner in args:
            yield from names(inner)

    read = {name for expr in expressions() for name in names(parser.parse(expr))}
    assert read - {*RECORDED} == METRICS.keys()


def test_without_cloudwatch_nothing_reads_it() -> None:
    names = [one.prometheus_name for one in ALL]
    text = json.dumps(rule_groups(USABLE, page="", cloudwatch=False))
    text += json.dumps([board.to_data() for board in shown(cloudwatch=False)])
    assert not [name for name in [*names, "cloudwatch-exporter"] if name in text]


def test_names_of_cloudwatch_are_those_of_the_exporter() -> None:
    # https://github.com/prometheus-community/yet-another-cloudwatch-exporter/blob/master/README.md
    # has aws_elb_httpcode_backend_4_xx_sum of HTTPCode_Backend_4XX.
    names = {one.name: one.prometheus_name for one in ALL if one.namespace.endswith("nELB")}
    assert names["HTTPCode_Target_5XX_Count"] == "aws_applicationelb_httpcode_target_5_xx_count_sum"
    assert names["UnHealthyHostCount"] == "aws_applicationelb_un_healthy_host_count_maximum"


def test_the_exporter_asks_for_every_metric_once() -> None:
    config = exporter_config("eu-west-1", "eks-platform-dev", ["arn:a", "arn:b"])
    asked = [
        (job["type"], metric["name"], tuple(job["dimensionNameRequirements"]))
        for job in config["discovery"]["jobs"]
        for metric in job["metrics"]
    ]
    of_balancers = [(m.namespace, m.name, m.dimensions) for m in ALL if m.name != "DaysToExpiry"]
    assert sorted(asked) == sorted(of_balancers)
    assert [job["dimensions"][0]["value"] for job in config["static"]] == ["arn:a", "arn:b"]
    assert "static" not in exporter_config("eu-west-1", "eks-platform-dev", [])
