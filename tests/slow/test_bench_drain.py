"""The drain bench's pure parts: what is drawn, written, read and judged."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.drain import table
from bench.drain.__main__ import PROGRAM, main, missing_programs, totals, version_in
from bench.drain.balancer import haproxy_config
from bench.drain.networks import HTML, Loopback, Namespaces
from bench.drain.responses import Head, classify, parse_head
from bench.drain.side_by_side import described
from bench.drain.trials import (
    SETTLE_SECONDS,
    Trial,
    lags,
    predicted_failures,
    shipped_trials,
    short_trials,
    sweep_trials,
    trial_from_json,
    wrong_with,
)
from components.apps.nginx_config import nginx_conf
from planning.shutdown import ShutdownBudget, broken, derive_budget

ROOT = Path(__file__).resolve().parents[2]
BUDGET = derive_budget(propagation_seconds=20, longest_request_seconds=20)
TRIAL = Trial(name="t", scenario="scale-in", budget=BUDGET, expected="none")
GROUPS = [*short_trials(), *shipped_trials(BUDGET), *sweep_trials()]
ALL_TRIALS = [trial for group in GROUPS for trial in group]


@given(longest=st.floats(0, 600), count=st.integers(0, 20), seed=st.integers())
def test_lags_stay_between_half_of_the_longest_and_the_longest(
    longest: float, count: int, seed: int
) -> None:
    drawn = lags(longest, count, seed)
    assert len(drawn) == count
    assert all(longest / 2 <= lag <= longest for lag in drawn)
    assert drawn == lags(longest, count, seed)


@pytest.mark.parametrize("trial", ALL_TRIALS, ids=lambda trial: trial.name)
def test_each_trial_breaks_just_what_it_says(trial: Trial) -> None:
    found = [verdict.field for verdict in broken(trial.budget)]
    assert found == ([] if trial.breaks is None else [trial.breaks])


def test_the_short_trials_break_each_number_that_a_budget_can_have_wrong() -> None:
    given_numbers = {"propagation_seconds", "longest_request_seconds", "idle_timeout_seconds"}
    broken = {trial.breaks for group in short_trials() for trial in group} - {None}
    assert broken == set(ShutdownBudget.__dataclass_fields__) - given_numbers


@pytest.mark.parametrize("trial", ALL_TRIALS, ids=lambda trial: trial.name)
def test_a_trial_survives_the_way_to_its_process(trial: Trial) -> None:
    assert trial_from_json(json.loads(json.dumps(trial.as_json()))) == trial


def test_the_shipped_trials_make_enough_requests_with_the_shipped_numbers() -> None:
    trials = [t for group in shipped_trials(BUDGET) for t in group if t.expected == "none"]
    assert {trial.scenario for trial in trials} == {"scale-in", "rolling-update"}
    assert all(trial.budget == BUDGET for trial in trials)
    cut = BUDGET.propagation_seconds / 2 + BUDGET.deregistration_delay_seconds
    seconds = [cut + 2 * SETTLE_SECONDS + (t.removed_pods - 2) * t.step_seconds for t in trials]
    assert sum(t.fast_rate * s for t, s in zip(trials, seconds, strict=True)) >= 100_000


def test_the_short_trials_move_requests_there_and_back_and_do_it_wrong() -> None:
    shifts = {t.name: t for group in short_trials() for t in group if t.shares}
    good = [t for t in shifts.values() if t.expected == "none"]
    assert {(t.scenario, t.shares, t.left_version) for t in good} == {
        ("shift", (50, 100), "stable"),
        ("shift", (50, 0), "candidate"),
    }
    wrong = {t.scenario for t in shifts.values() if t.expected == "some"}
    assert wrong == {"hasty-removal", "early-shift"}


def test_the_sweep_goes_from_nothing_to_above_the_lag() -> None:
    trials = [trial for group in sweep_trials() for trial in group]
    margins = [t.budget.pre_stop_seconds - t.budget.propagation_seconds for t in trials]
    assert trials[0].budget.pre_stop_seconds == 0
    assert margins == sorted(margins)
    assert margins[-1] > 0


def test_failures_are_predicted_from_the_lags_above_pre_stop() -> None:
    [scale_in, no_pre_stop], _ = shipped_trials(BUDGET)
    assert predicted_failures(scale_in) == 0
    rate = no_pre_stop.fast_rate + no_pre_stop.slow_rate
    first, second = sorted(no_pre_stop.lags)
    # Two of four pods have stopped, then one of the three that are left.
    expected = rate * (first / 2 + (second - first) / 3)
    assert predicted_failures(no_pre_stop) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("data", "head", "rest"),
    [
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            Head(status=200, content_length=5, stays_open=True),
            b"hello",
        ),
        (
            b"HTTP/1.0 503 Service Unavailable\r\nconnection: Close\r\n\r\n",
            Head(status=503, content_length=None, stays_open=False),
            b"",
        ),
    ],
)
def test_a_head_is_parsed(data: bytes, head: Head, rest: bytes) -> None:
    assert parse_head(data) == (head, rest)


@pytest.mark.parametrize("data", [b"", b"HTTP/1.1 200 OK\r\nA: b\r\n", b"SSH-2.0\r\n\r\n"])
def test_what_is_no_whole_head_is_not_parsed(data: bytes) -> None:
    assert parse_head(data) is None


def _head(status: int, length: int | None) -> Head:
    return Head(status=status, content_length=length, stays_open=True)


@pytest.mark.parametrize(
    ("head", "received", "outcome"),
    [
        (_head(200, 10), 10, "ok"),
        (_head(200, None), 10, "ok"),
        (_head(200, 10), 9, "truncated"),
        (_head(200, 10), 0, "truncated"),
        (_head(200, 9), 9, "truncated"),
        (_head(200, None), 9, "truncated"),
        (_head(502, 10), 10, "failed"),
        (None, 0, "failed"),
    ],
)
def test_a_cut_response_counts_though_its_status_is_200(
    head: Head | None, received: int, outcome: str
) -> None:
    assert classify(head, received, 10) == outcome


@pytest.mark.parametrize(
    ("expected", "lost", "requests", "wrong"),
    [
        ("none", 0, 100, ""),
        ("none", 1, 100, "t: 1 of 100 requests failed, none should have"),
        ("some", 1, 100, ""),
        ("some", 0, 100, "t: none of 100 requests failed, some should have"),
        ("none", 0, 0, "t: no requests were made"),
    ],
)
def test_a_trial_is_judged_by_what_was_expected(
    expected: str, lost: int, requests: int, wrong: str
) -> None:
    trial = trial_from_json({**TRIAL.as_json(), "expected": expected})
    assert "\n".join(wrong_with(trial, lost, requests)) == wrong


def test_a_trial_is_wrong_where_the_settings_would_not_refuse_it() -> None:
    trial = trial_from_json({**TRIAL.as_json(), "breaks": "grace_seconds"})
    assert wrong_with(trial, 0, 1) == ["t: the settings would refuse [], not grace_seconds"]


def test_a_line_has_sums_of_both_kinds_of_request_and_the_numbers() -> None:
    fast = {"ok": 7, "failed": 2, "truncated": 0, "slowest_seconds": 0.1}
    slow = {"ok": 1, "failed": 0, "truncated": 1, "slowest_seconds": 9.0}
    line = described(TRIAL, {"fast": fast, "slow": slow}, "loopback")
    assert (line["requests"], line["failed"], line["truncated"]) == (11, 2, 1)
    assert (line["network"], line["stop_signal"], line["as_expected"]) == (
        "loopback",
        "QUIT",
        False,
    )
    assert line["pre_stop_seconds"] == BUDGET.pre_stop_seconds


def test_totals_keep_trials_that_lose_requests_on_purpose_apart() -> None:
    good = {"expected": "none", "requests": 10, "failed": 0, "truncated": 0}
    bad = {"expected": "some", "requests": 20, "failed": 3, "truncated": 1}
    assert totals([good, good, bad]) == {
        "trials": 3,
        "expected_none": {"trials": 2, "requests": 20, "failed": 0, "truncated": 0},
        "expected_some": {"trials": 1, "requests": 20, "failed": 3, "truncated": 1},
    }


def _config(*, sticky: bool) -> list[str]:
    text = haproxy_config(
        budget=BUDGET,
        address="10.77.0.1",
        servers=["10.77.0.11", "10.77.0.12"],
        in_use=1,
        admin_socket=Path("/x/haproxy.sock"),
        connect_timeout_seconds=10,
        sticky=sticky,
    )
    return [line.strip() for line in text.splitlines()]


def test_haproxy_never_tries_again_and_closes_at_the_idle_timeout() -> None:
    lines = _config(sticky=False)
    assert "retries 0" in lines
    assert not [line for line in lines if "redispatch" in line or "retry-on" in line]
    for side in ("client", "server", "http-keep-alive"):
        assert f"timeout {side} {BUDGET.idle_timeout_seconds}s" in lines
    assert "timeout connect 10s" in lines
    assert "stats socket /x/haproxy.sock mode 600 level admin" in lines


def test_haproxy_sends_to_the_servers_in_use_alone() -> None:
    lines = _config(sticky=False)
    assert "server pod0 10.77.0.11:8080" in lines
    assert "server pod1 10.77.0.12:8080 disabled" in lines


def test_haproxy_keeps_to_one_server_only_where_told_to() -> None:
    assert "balance roundrobin" in _config(sticky=False)
    assert "balance hash src_port" in _config(sticky=True)


def test_a_pod_in_a_namespace_runs_with_what_the_component_writes() -> None:
    assert Namespaces("x").conf(BUDGET, 0, Path("/site")) == nginx_conf(BUDGET)


def test_a_pod_of_the_loopback_interface_differs_in_paths_and_address_alone() -> None:
    site = Path("/own/html")
    text = Loopback(3).conf(BUDGET, 0, site)
    back = text.replace("listen 127.77.3.11:8080 sndbuf=32768;", "listen 8080;")
    assert back.replace("/own/html", HTML).replace("/own/", "/tmp/") == nginx_conf(BUDGET)  # noqa: S108  the container's own


def test_a_missing_program_is_named_with_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("bench.drain.__main__.missing_programs", lambda _: ["haproxy"])
    monkeypatch.setenv("PATH", "/nowhere")
    assert main(["--short"]) == 2
    assert capsys.readouterr().err == (
        "missing: haproxy; apt-get install nginx-light haproxy iproute2\n"
    )


def test_programs_are_looked_for_on_the_path(tmp_path: Path) -> None:
    (tmp_path / "nginx").touch(mode=0o755)
    assert missing_programs(str(tmp_path)) == ["haproxy", "ip"]


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("nginx version: nginx/1.22.1\n", "1.22.1"),
        ("HAProxy version 2.6.12-1+deb12u4 2026/10/17", "2.6.12-1+deb12u4"),
        ("?", "unknown"),
    ],
)
def test_a_version_is_found_in_what_a_program_says(text: str, version: str) -> None:
    assert version_in(text) == version


def test_the_bench_says_where_the_result_stands_that_lag_is_assumed() -> None:
    main_text = (PROGRAM / "bench" / "drain" / "__main__.py").read_text(encoding="utf-8")
    assert "not AWS's own lag" in main_text.split('"""')[1]


@pytest.mark.parametrize("kept", table.KEPT)
def test_the_documented_table_is_that_of_the_kept_results(kept: str) -> None:
    page = (ROOT / "docs" / "graceful-shutdown.md").read_text(encoding="utf-8")
    assert table.markdown(table.read(kept)) in page
    *trials, _ = table.read(kept)
    assert all(trial["as_expected"] for trial in trials)
