"""The section monitoring: what is refused by name, and the pods that it counts."""

from typing import Final

import pytest
from test_settings import DEV, changed, load, mistakes, row, told

from planning.monitoring.pods import pods

KEY: Final = "eks-platform:monitoring"
SLACK: Final = "https://hooks.slack.com/services/T00000000/B00000000/Xk4Jd83kLmQpR7sTuVwXyZ12"
MISTAKES: Final = [
    row("monitoring", {"replicas": 3}, f"{KEY}.replicas", "at most 2", "got 3"),
    row("monitoring", {"retentionDays": 0}, f"{KEY}.retentionDays", "at least 1", "got 0"),
    row("monitoring", {"volumeGiB": 9}, f"{KEY}.volumeGiB", "at least 10", "got 9"),
    row("monitoring", {"memory": "2"}, f"{KEY}.memory", "1Mi or more"),
    row("monitoring", {"alerts": {"sns": False}}, f"{KEY}.alerts.sns", "needs a receiver"),
    row("monitoring", {"alerts": {"webhook": "http://a.b/c"}}, f"{KEY}.alerts.webhook",
        "such as https://alerts.corp.internal/hook", "'http://a.b/c'"),
    row("monitoring", {"alerts": {"webhook": SLACK}}, f"{KEY}.alerts.webhook",
        "must hold no secret", "subscribe that address to the topic"),
    row("monitoring", {"alerts": {"webhook": "https://a.b/c?key=1"}}, f"{KEY}.alerts.webhook",
        "must hold no secret", "behind the ?"),
    row("monitoring", {"alerts": {"webhook": "https://me:pass@a.b/c"}}, f"{KEY}.alerts.webhook",
        "must hold no secret", "before the @"),
    row("monitoring", {"runbookUrl": "docs/alerts.md"}, f"{KEY}.runbookUrl", "https://"),
    row("monitoring", {"nodes": "big"}, f"{KEY}.nodes", "must be a node group", "'big'"),
    row("monitoring", {"email": "a@b"}, f"{KEY}.email", "is not a known key"),
]  # fmt: skip


BASE: Final = changed("secrets", {}, DEV)


@pytest.mark.parametrize(("path", "value", "key", "fragments"), MISTAKES)
def test_a_mistake_is_one_line_with_its_full_key(
    path: str, value: object, key: str, fragments: tuple[str, ...]
) -> None:
    told(path, value, key, fragments, BASE)


def test_an_address_with_a_key_is_not_repeated() -> None:
    lines = mistakes(changed("monitoring", {"alerts": {"webhook": SLACK}}, BASE))

    assert SLACK.rpartition("/")[2] not in "".join(lines)


def test_grafanas_password_needs_a_place() -> None:
    (line,) = mistakes(changed("monitoring", {}, DEV))

    assert line == f"{KEY}: needs the section secrets: Grafana's password is kept there"


@pytest.mark.parametrize("name", ["monitoring", "node-exporter"])
def test_an_application_cannot_take_a_namespace_of_the_monitoring(name: str) -> None:
    (line,) = mistakes(changed("apps", {name: {}}, changed("monitoring", {}, BASE)))

    assert line.startswith(f"eks-platform:apps.{name}: ")
    assert "that of the section monitoring" in line


def test_a_plain_webhook_is_taken() -> None:
    address = "https://alerts.corp.internal:8443/hook/team-a"
    settings = load(changed("monitoring", {"alerts": {"sns": False, "webhook": address}}, BASE))

    assert settings.monitoring
    assert settings.monitoring.alerts.webhook == address


def test_two_of_prometheus_and_alertmanager_keep_a_volume_each() -> None:
    counted = pods(replicas=2, memory_mib=1024, volume_gib=40, cloudwatch=False)
    kept = {one.name: (one.count, one.volumes_gib) for one in counted if one.volumes_gib}
    assert kept == {"prometheus": (2, (40,)), "alertmanager": (2, (1,))}
    assert "cloudwatch-exporter" not in {one.name for one in counted}
