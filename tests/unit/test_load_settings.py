"""The section load: what is run, against what, and where not."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
from test_settings import (
    ABSENT,
    CERTIFICATE,
    DEV,
    PROD,
    FakeCloud,
    as_config,
    changed,
    in_stack,
    load,
    mistakes,
    row,
)

from stackfile import scenario
from stackfile.files import StackFileError
from stackfile.load import load_settings
from stackfile.scenario import LARGEST, scenario_fault

LOAD: Final = "eks-platform:load"
SCENARIO: Final = "examples/crud-api/load.py"
WHOLE: Final[Mapping[str, Any]] = {"scenario": SCENARIO, "target": "sample-app"}
ARN: Final = f"arn:aws:acm:ap-northeast-2:444455556666:{CERTIFICATE}"


def of(**changes: Any) -> dict[str, Any]:
    return {**WHOLE, **changes}


MISTAKES: Final = [
    row("load", {"target": "sample-app"}, f"{LOAD}.scenario", "is required"),
    row("load", {"scenario": SCENARIO}, f"{LOAD}.target", "is required"),
    row("load", of(target="shop"), f"{LOAD}.target",
        "must be an application of the stack (sample-app)", "got 'shop'"),
    row("load", of(users=0), f"{LOAD}.users", "at least 1", "got 0"),
    row("load", of(users=2, workers=3), f"{LOAD}.users", "must be workers 3 or more, got 2"),
    row("load", of(runTime="soon"), f"{LOAD}.runTime", "such as 5m or 1h30m", "'soon'"),
    row("load", of(runTime="5s"), f"{LOAD}.runTime", "must be 10s to 24h, got '5s'"),
    row("load", of(runTime="25h"), f"{LOAD}.runTime", "must be 10s to 24h, got '25h'"),
    row("load", of(run="../x"), f"{LOAD}.run", "must be at most 40 of a-z", "'../x'"),
    row("load", of(cpuRequest="2", cpuLimit="1"), f"{LOAD}.cpuLimit", "1 is below cpuRequest 2"),
    row("load", of(storageClass="fast"), f"{LOAD}.storageClass",
        "must be a class of nfs (nfs-csi), got 'fast'"),
    row("load", of(nodes="gpu"), f"{LOAD}.nodes", "must be a node group or a pool", "'gpu'"),
    row("load", of(scenario="load.yaml"), f"{LOAD}.scenario", "must be a .py file", "'load.yaml'"),
    row("load", of(scenario="/etc/x.py"), f"{LOAD}.scenario", "in the project's folder"),
    row("load", of(scenario="a/../../x.py"), f"{LOAD}.scenario", "in the project's folder"),
    row("load", of(scenario="load/none.py"), f"{LOAD}.scenario", "is not there",
        "'load/none.py'"),
    row("load", of(scenario="\0.py"), f"{LOAD}.scenario", "cannot be read"),
    row("load", of(scenario="versions.py"), f"{LOAD}.scenario", "needs a class of users"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "key", "fragments"), MISTAKES)
def test_a_mistake_is_one_line_with_its_full_key(
    path: str, value: object, key: str, fragments: tuple[str, ...]
) -> None:
    lines = mistakes(changed(path, value, DEV))

    assert [line for line in lines if not line.startswith(f"{key}: ")] == []
    assert [fragment for fragment in fragments if fragment not in lines[0]] == []


def with_app(base: Mapping[str, Any], **app: Any) -> dict[str, Any]:
    return changed("load", of(target="shop"), changed("apps", {"shop": app}, base))


def admitting(*blocks: str, **ingress_class: Any) -> dict[str, Any]:
    only = {"ingressClass": {"inboundCidrs": [*blocks], **ingress_class}}
    return changed("loadBalancerController", only, DEV)


@pytest.mark.parametrize(
    ("sections", "key", "fragment"),
    [
        pytest.param(
            changed("load", WHOLE, changed("nfs", ABSENT, DEV)),
            LOAD,
            "needs the section nfs",
            id="nowhere for results",
        ),
        pytest.param(
            with_app(DEV, hostname="*.shops.eu"), f"{LOAD}.target", "one host name", id="wildcard"
        ),
        pytest.param(
            with_app(DEV, certificateArn=ARN), f"{LOAD}.target", "a host name with HTTPS", id="TLS"
        ),
        pytest.param(
            changed("load", WHOLE, admitting("8.8.8.0/24")),
            f"{LOAD}.target",
            "NAT gateways' addresses",
            id="NAT is not admitted",
        ),
        pytest.param(
            with_app(admitting("172.30.0.0/19")),
            f"{LOAD}.target",
            "load comes from 172.30.64.0/19",
            id="a zone is not admitted",
        ),
        pytest.param(
            changed("load", of(target="load"), changed("apps", {"load": {}}, DEV)),
            LOAD,
            "the namespace load is this section's",
            id="a namespace for two",
        ),
        pytest.param(
            changed("load", WHOLE, PROD),
            "eks-platform:cluster.deletionProtection",
            "does not go with eks-platform:load.allowInProduction",
            id="deletion protection",
        ),
    ],
)
def test_what_sections_do_not_agree_on_is_said(
    sections: dict[str, Any], key: str, fragment: str
) -> None:
    lines = mistakes(sections)
    assert [line for line in lines if line.startswith(f"{key}: ") and fragment in line]


def test_production_takes_load_where_somebody_says_so() -> None:
    meant = of(allowInProduction=True)
    assert load(changed("load", meant, PROD)).load
    for name, section in (("prod", meant), ("lab", WHOLE)):
        config = as_config(changed("load", section, DEV))
        assert in_stack(config, partial(load_settings, FakeCloud()), name).load
    with pytest.raises(StackFileError, match=r"allowInProduction: must be true .* the stack prod"):
        in_stack(
            as_config(changed("load", WHOLE, DEV)), partial(load_settings, FakeCloud()), "prod"
        )


@pytest.mark.parametrize(
    "sections",
    [
        pytest.param(with_app(admitting("172.30.0.0/16")), id="all pods are admitted"),
        pytest.param(changed("load", WHOLE, admitting("0.0.0.0/0")), id="everybody is"),
        pytest.param(
            with_app(DEV, certificateArn=ARN, hostname="shop.shops.eu"), id="a host name with TLS"
        ),
    ],
)
def test_what_load_reaches_is_taken(sections: dict[str, Any]) -> None:
    assert load(sections).load


USER: Final = "from locust import HttpUser, task\nclass A(HttpUser):\n"
TASKED: Final = f"{USER}    @task\n    def t(self): pass\n"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (TASKED, None),
        (TASKED.replace("@task", "@task(3)"), None),
        (
            "import locust\nclass A(locust.FastHttpUser):\n    @locust.task\n    def t(self): pass",
            None,
        ),
        (f"{USER}    tasks = [print]\n", None),
        (f"{USER}    @task\n    class S(TaskSet): pass\n", None),
        (f"{TASKED}class B(A):\n    host = ''\n", None),
        ("from shop import ShopUser\nclass A(ShopUser):\n    pass\n", None),
        (f"{USER}    pass\n", "A has no task"),
        (f"{TASKED}class B(HttpUser):\n    pass\n", "B has no task"),
        (f"{USER}    abstract = True\n    tasks = []\n", "needs a class of users"),
        ("class A(Customer):\n    pass\n", "its classes: A"),
        ("", "its classes: none"),
        ("class A(HttpUser:\n", "is not Python: invalid syntax, in line 1"),
        ("x = '\\0'\n" + "\0", "is not Python"),
        (f"{TASKED}#{'x' * LARGEST}", "at most 1,048,576 bytes"),
        ("(" * 100_000, "is not Python"),
    ],
)
def test_a_scenario_is_judged_by_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, fault: str | None
) -> None:
    (tmp_path / "a.py").write_text(text, encoding="utf-8")
    monkeypatch.setattr(scenario, "PROGRAM", tmp_path)
    found = scenario_fault("a.py")
    assert found == fault or (fault and found and fault in found)
