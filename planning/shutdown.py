"""The numbers that decide whether a pod can go away without dropping a request.

When a pod behind an ALB with IP targets is deleted, two things start at once: the kubelet runs the
preStop hook, sends the stop signal and kills at the end of the grace period; and the controller
deregisters the target, which the ALB's data plane learns of some seconds later. Nothing reports
that the ALB has stopped sending, so the pod has to wait for longer than that takes.

In seconds, with L the propagation lag from the deletion to the last new request, and R the longest
request (requirement 32):

* preStop > L
* grace >= preStop + R + slack
* deregistration delay >= L + R
* keep-alive of the target > idle timeout of the ALB

Sources: load balancer controller issues #1064, #2366 and #905 report lags of 15 to 60 s;
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
advises a target keep-alive above the idle timeout.
"""

from dataclasses import dataclass
from typing import Final

# Between the end of the longest request and SIGKILL: for the server to close and exit.
SLACK_SECONDS: Final = 15
# By how much the derived preStop exceeds the assumed lag.
PRE_STOP_MARGIN_SECONDS: Final = 10
# By how much the derived deregistration delay exceeds lag and longest request.
DEREGISTRATION_MARGIN_SECONDS: Final = 5
# By how much the derived keep-alive exceeds the idle timeout.
KEEP_ALIVE_MARGIN_SECONDS: Final = 15
# The ALB's own default
# (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html).
IDLE_TIMEOUT_SECONDS: Final = 60

_CONSEQUENCES: Final = {
    "pre_stop_seconds": "the pod stops while the load balancer still sends to it",
    "grace_seconds": "the pod is killed mid-request",
    "deregistration_delay_seconds": "the load balancer cuts requests under way",
    "keep_alive_seconds": "the target closes connections that the load balancer reuses",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ShutdownBudget:
    """A complete set of shutdown numbers, in seconds."""

    propagation_seconds: int
    longest_request_seconds: int
    pre_stop_seconds: int
    grace_seconds: int
    deregistration_delay_seconds: int
    idle_timeout_seconds: int
    keep_alive_seconds: int

    @property
    def drain_limit_seconds(self) -> int:
        """How long the application itself may take between the stop signal and SIGKILL."""
        return self.grace_seconds - self.pre_stop_seconds


@dataclass(frozen=True, kw_only=True, slots=True)
class Violation:
    """An inequality that a budget breaks."""

    field: str
    message: str


def derive_budget(
    *,
    propagation_seconds: int,
    longest_request_seconds: int,
    pre_stop_seconds: int | None = None,
    grace_seconds: int | None = None,
    deregistration_delay_seconds: int | None = None,
    idle_timeout_seconds: int | None = None,
    keep_alive_seconds: int | None = None,
) -> ShutdownBudget:
    """Returns the budget with every number that is not given derived from those that are."""
    pre_stop = _or(pre_stop_seconds, propagation_seconds + PRE_STOP_MARGIN_SECONDS)
    idle = _or(idle_timeout_seconds, IDLE_TIMEOUT_SECONDS)
    return ShutdownBudget(
        propagation_seconds=propagation_seconds,
        longest_request_seconds=longest_request_seconds,
        pre_stop_seconds=pre_stop,
        grace_seconds=_or(grace_seconds, pre_stop + longest_request_seconds + SLACK_SECONDS),
        deregistration_delay_seconds=_or(
            deregistration_delay_seconds,
            propagation_seconds + longest_request_seconds + DEREGISTRATION_MARGIN_SECONDS,
        ),
        idle_timeout_seconds=idle,
        keep_alive_seconds=_or(keep_alive_seconds, idle + KEEP_ALIVE_MARGIN_SECONDS),
    )


def violations(budget: ShutdownBudget) -> tuple[Violation, ...]:
    """Returns each inequality that the budget breaks, with the smallest value that keeps it."""
    lag, longest = budget.propagation_seconds, budget.longest_request_seconds
    pre_stop, idle = budget.pre_stop_seconds, budget.idle_timeout_seconds
    spare = f"{SLACK_SECONDS} s of slack"
    needs = {
        "pre_stop_seconds": (lag + 1, f"must exceed propagationSeconds {lag}"),
        "grace_seconds": (
            pre_stop + longest + SLACK_SECONDS,
            f"must cover preStopSeconds {pre_stop} + longestRequestSeconds {longest} + {spare}",
        ),
        "deregistration_delay_seconds": (
            lag + longest,
            f"must cover propagationSeconds {lag} + longestRequestSeconds {longest}",
        ),
        "keep_alive_seconds": (idle + 1, f"must exceed idleTimeoutSeconds {idle}"),
    }
    found: list[Violation] = []
    for field, (least, rule) in needs.items():
        value = int(getattr(budget, field))
        if value < least:
            message = f"{rule}, or {_CONSEQUENCES[field]}; at least {least}, got {value}"
            found.append(Violation(field=field, message=message))
    return tuple(found)


def _or(given: int | None, derived: int) -> int:
    return derived if given is None else given
