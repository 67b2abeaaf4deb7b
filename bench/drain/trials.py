"""What is tried: each trial's numbers, and what they must lead to."""

import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal

from planning.shutdown import ShutdownBudget, broken, derive_budget

Scenario = Literal[
    "scale-in", "rolling-update", "idle-reuse", "shift", "hasty-removal", "early-shift"
]
StopSignal = Literal["QUIT", "TERM"]

PODS: Final = 4
# Load before the first deletion, and after everything is over.
SETTLE_SECONDS: Final = 2.0
# A request that takes this much longer than the longest one should has failed.
PATIENCE_SECONDS: Final = 10.0
# Between two steps of weights.
DWELL_SECONDS: Final = 2.0
STABLE: Final = "stable"
CANDIDATE: Final = "candidate"
VERSIONS: Final = (STABLE, CANDIDATE)
IDLE_BURSTS: Final = 8
IDLE_MARGIN_SECONDS: Final = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """One run: pods that go away under load.

    ``fast_rate`` and ``slow_rate`` are requests a second; for ``idle-reuse``, where no pod goes
    away, ``fast_rate`` is the requests of one burst. ``breaks`` is the field of the budget that the
    settings would refuse, ``step_seconds`` the pause between the pods of a rolling update, and
    ``shares`` what the candidate gets of the requests in percent, step by step.
    """

    name: str
    scenario: Scenario
    budget: ShutdownBudget
    expected: Literal["none", "some"]
    breaks: str | None = None
    stop_signal: StopSignal = "QUIT"
    fast_rate: int = 100
    # Eleven requests on from one to the next, and so each time another of the four pods.
    slow_rate: int = 10
    connect_timeout_seconds: int = 2
    step_seconds: int = 1
    seed: int = 1
    shares: tuple[int, ...] = ()

    @property
    def removed_pods(self) -> int:
        """How many pods go away."""
        return {"rolling-update": PODS, "idle-reuse": 0}.get(self.scenario, PODS // 2)

    @property
    def left_version(self) -> str:
        """The version that the last step of the weights leaves without requests."""
        return STABLE if self.shares[-1] else CANDIDATE

    @property
    def lags(self) -> tuple[float, ...]:
        """Returns each removed pod's lag in seconds, between half of L and L."""
        return lags(self.budget.propagation_seconds, self.removed_pods, self.seed)

    @property
    def idle_period_seconds(self) -> float:
        """How long connections stay idle between bursts: until the first of the two sides closes.

        The clients themselves give a connection up before the balancer's idle timeout, since their
        own race with the balancer is not what is measured.
        """
        budget = self.budget
        limit = budget.idle_timeout_seconds - IDLE_MARGIN_SECONDS
        return min(limit, float(budget.keep_alive_seconds))

    @property
    def limit_seconds(self) -> float:
        """After how long something must have hung."""
        budget = self.budget
        idle = IDLE_BURSTS * self.idle_period_seconds if self.scenario == "idle-reuse" else 0
        steps = PODS * (self.step_seconds + 5) + idle
        steps += len(self.shares) * (self.budget.propagation_seconds + DWELL_SECONDS)
        cut = budget.propagation_seconds + budget.deregistration_delay_seconds
        request = budget.longest_request_seconds + PATIENCE_SECONDS
        return 30 + steps + max(cut, budget.grace_seconds) + request

    def as_json(self) -> dict[str, Any]:
        """Returns what :func:`trial_from_json` reads."""
        return asdict(self)


def trial_from_json(data: Mapping[str, Any]) -> Trial:
    """Returns the trial that :meth:`Trial.as_json` gave."""
    fields: dict[str, Any] = {
        **data,
        "budget": ShutdownBudget(**data["budget"]),
        "shares": tuple(data["shares"]),
    }
    return Trial(**fields)


def lags(longest_seconds: float, count: int, seed: int) -> tuple[float, ...]:
    """Returns lags drawn evenly between half of the longest and the longest."""
    draw = random.Random(seed)  # noqa: S311  to be drawn again the same, not to be secret
    return tuple(draw.uniform(longest_seconds / 2, longest_seconds) for _ in range(count))


def predicted_failures(trial: Trial) -> float:
    """Returns how many requests of a scale-in go to pods that have stopped.

    Until the balancer has learned of the next pod, those that it still knows share the rate.
    """
    lost, learned = 0.0, float(trial.budget.pre_stop_seconds)
    for drained, lag in enumerate(sorted(trial.lags)):
        stopped_part = (trial.removed_pods - drained) / (PODS - drained)
        lost += (trial.fast_rate + trial.slow_rate) * stopped_part * max(0.0, lag - learned)
        learned = max(learned, lag)
    return lost


def wrong_with(trial: Trial, lost: int, requests: int) -> list[str]:
    """Returns a line for each way in which a trial ended other than expected."""
    lines: list[str] = []
    refused = sorted(verdict.field for verdict in broken(trial.budget))
    if refused != ([] if trial.breaks is None else [trial.breaks]):
        lines.append(f"{trial.name}: the settings would refuse {refused}, not {trial.breaks}")
    if not requests:
        lines.append(f"{trial.name}: no requests were made")
    if trial.expected == "none" and lost:
        lines.append(f"{trial.name}: {lost} of {requests} requests failed, none should have")
    if trial.expected == "some" and not lost:
        lines.append(f"{trial.name}: none of {requests} requests failed, some should have")
    return lines


def short_trials() -> list[list[Trial]]:
    """Returns trials of a few seconds each, in groups that run side by side."""
    good = derive_budget(
        propagation_seconds=2,
        longest_request_seconds=4,
        pre_stop_seconds=3,
        deregistration_delay_seconds=6,
        idle_timeout_seconds=4,
        keep_alive_seconds=6,
    )
    base = Trial(name="good scale-in", scenario="scale-in", budget=good, expected="none")

    def broken(name: str, breaks: str, value: int) -> Trial:
        budget = replace(good, **{breaks: value})
        if breaks == "grace_seconds":
            # NGINX's own limit follows from it.
            limit = value - good.pre_stop_seconds
            budget = replace(budget, drain_limit_seconds=limit)
        return replace(base, name=name, budget=budget, expected="some", breaks=breaks)

    shift = replace(base, name="good shift 0-50-100", scenario="shift", shares=(50, 100))
    idle = replace(base, name="good idle-reuse", scenario="idle-reuse", fast_rate=200, slow_rate=0)
    short_keep_alive = replace(good, keep_alive_seconds=2)
    return [
        [
            base,
            replace(base, name="good rolling-update", scenario="rolling-update"),
            broken("preStop 0", "pre_stop_seconds", 0),
            broken("preStop below lag", "pre_stop_seconds", 1),
        ],
        [
            replace(base, name="TERM, slow requests", stop_signal="TERM", expected="some"),
            broken("grace below preStop + longest request", "grace_seconds", 4),
            broken("deregistration below longest request", "deregistration_delay_seconds", 1),
            broken("drain limit below longest request", "drain_limit_seconds", 1),
        ],
        [
            idle,
            replace(
                idle,
                name="keep-alive below idle timeout",
                budget=short_keep_alive,
                expected="some",
                breaks="keep_alive_seconds",
            ),
        ],
        [
            shift,
            replace(shift, name="good rollback 0-50-0", shares=(50, 0)),
            replace(
                shift,
                name="version removed with its weight",
                scenario="hasty-removal",
                expected="some",
            ),
            replace(
                shift,
                name="weight before the version is ready",
                scenario="early-shift",
                expected="some",
                shares=(50,),
            ),
        ],
    ]


def shipped_trials(budget: ShutdownBudget) -> list[list[Trial]]:
    """Returns trials of these numbers in real time, at least 100,000 requests in all."""
    scale_in = Trial(
        name="shipped scale-in",
        scenario="scale-in",
        budget=budget,
        expected="none",
        fast_rate=800,
        slow_rate=1,
        # An ALB waits this long for a target to accept.
        connect_timeout_seconds=10,
        step_seconds=5,
    )
    no_pre_stop = replace(
        scale_in,
        name="shipped but preStop 0",
        budget=replace(budget, pre_stop_seconds=0),
        expected="some",
        breaks="pre_stop_seconds",
        fast_rate=100,
    )
    rolling = replace(scale_in, name="shipped rolling-update", scenario="rolling-update")
    return [[scale_in, no_pre_stop], [rolling]]


def sweep_trials() -> list[list[Trial]]:
    """Returns trials with preStop from nothing to above the lag."""
    lag = 5
    good = derive_budget(propagation_seconds=lag, longest_request_seconds=1)
    trials: list[Trial] = []
    for pre_stop in range(lag + 3):
        kept = pre_stop > lag
        trials.append(
            Trial(
                name=f"preStop {pre_stop}",
                scenario="scale-in",
                budget=replace(good, pre_stop_seconds=pre_stop),
                # At preStop = lag, a lag just below it may or may not lose a request.
                expected="none" if pre_stop >= lag else "some",
                breaks=None if kept else "pre_stop_seconds",
                slow_rate=0,
            )
        )
    return [trials[:4], trials[4:]]
