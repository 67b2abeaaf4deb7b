"""The numbers that decide whether a pod can go away without dropping a request.

When a pod behind an ALB with IP targets is deleted, two things start at once: the kubelet runs the
preStop hook, sends the stop signal and kills at the end of the grace period; and the controller
deregisters the target, which the ALB's data plane learns of some seconds later. Nothing reports
that the ALB has stopped sending, so the pod has to wait for longer than that takes.

In seconds, with L the propagation lag from the deletion to the last new request, R the longest
request, P the preStop sleep, G the grace period (which counts from before preStop), D the
deregistration delay, I the ALB's idle timeout and K the target's keep-alive (requirement 32):

* P > L
* G >= P + R + slack
* D >= L + R
* K > I
* R <= the application's own drain limit <= G - P
* G < 120 where the pod may run on a spot node, which AWS takes 120 s after its notice

Sources: load balancer controller issues #1064, #2366 and #905 report lags of 15 to 60 s;
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
advises a target keep-alive above the idle timeout;
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html gives the
two minutes.
"""

from collections.abc import Iterator
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
# From the notice that AWS takes a spot node to its end.
SPOT_NOTICE_SECONDS: Final = 120


@dataclass(frozen=True, kw_only=True, slots=True)
class ShutdownBudget:
    """A complete set of shutdown numbers, in seconds.

    ``drain_limit_seconds`` is how long the application itself may take between the stop signal and
    its end.
    """

    propagation_seconds: int
    longest_request_seconds: int
    pre_stop_seconds: int
    grace_seconds: int
    deregistration_delay_seconds: int
    idle_timeout_seconds: int
    keep_alive_seconds: int
    drain_limit_seconds: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Violation:
    """An inequality that a budget breaks, by the number that would mend it."""

    field: str
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Inequality:
    """A rule of the module's list with a budget's numbers in it, in seconds.

    :param consequence: what happens where it does not hold.
    """

    rule: str
    left: int
    right: int
    is_strict: bool
    consequence: str

    @property
    def holds(self) -> bool:
        """Whether the left side is larger, or as large where that is enough."""
        return self.left > self.right or (self.left == self.right and not self.is_strict)


def derive_budget(
    *,
    propagation_seconds: int,
    longest_request_seconds: int,
    pre_stop_seconds: int | None = None,
    grace_seconds: int | None = None,
    deregistration_delay_seconds: int | None = None,
    idle_timeout_seconds: int | None = None,
    keep_alive_seconds: int | None = None,
    drain_limit_seconds: int | None = None,
) -> ShutdownBudget:
    """Returns the budget with every number that is not given derived from those that are."""
    pre_stop = _or(pre_stop_seconds, propagation_seconds + PRE_STOP_MARGIN_SECONDS)
    grace = _or(grace_seconds, pre_stop + longest_request_seconds + SLACK_SECONDS)
    # A request that is silent for longer than the idle timeout ends in a 504.
    idle = _or(idle_timeout_seconds, max(IDLE_TIMEOUT_SECONDS, longest_request_seconds))
    return ShutdownBudget(
        propagation_seconds=propagation_seconds,
        longest_request_seconds=longest_request_seconds,
        pre_stop_seconds=pre_stop,
        grace_seconds=grace,
        deregistration_delay_seconds=_or(
            deregistration_delay_seconds,
            propagation_seconds + longest_request_seconds + DEREGISTRATION_MARGIN_SECONDS,
        ),
        idle_timeout_seconds=idle,
        keep_alive_seconds=_or(keep_alive_seconds, idle + KEEP_ALIVE_MARGIN_SECONDS),
        # A grace period below preStop is a mistake of its own, and leaves nothing to drain in.
        drain_limit_seconds=_or(drain_limit_seconds, max(grace - pre_stop, 0)),
    )


def inequalities(budget: ShutdownBudget, *, on_spot: bool = False) -> tuple[Inequality, ...]:
    """Returns every rule with the budget's numbers in it.

    :param on_spot: whether the pod may run on a spot node.
    """
    lag, longest = budget.propagation_seconds, budget.longest_request_seconds
    pre_stop, grace = budget.pre_stop_seconds, budget.grace_seconds
    drain, delay = budget.drain_limit_seconds, budget.deregistration_delay_seconds
    rows = [
        ("P > L", pre_stop, lag, True, "the pod stops while the load balancer still sends to it"),
        (
            f"G ≥ P + R + {SLACK_SECONDS}",
            grace,
            pre_stop + longest + SLACK_SECONDS,
            False,
            "the pod is killed mid-request",
        ),
        ("D ≥ L + R", delay, lag + longest, False, "the load balancer cuts requests under way"),
        (
            "K > I",
            budget.keep_alive_seconds,
            budget.idle_timeout_seconds,
            True,
            "the target closes connections that the load balancer reuses",
        ),
        ("drain limit ≥ R", drain, longest, False, "the application cuts requests under way"),
        (
            "G - P ≥ drain limit",
            _time_to_drain(budget),
            drain,
            False,
            "the pod is killed mid-request",
        ),
    ]
    if on_spot:
        consequence = "AWS takes the spot node before the pod has ended"
        rows.append((f"{SPOT_NOTICE_SECONDS} > G", SPOT_NOTICE_SECONDS, grace, True, consequence))
    return tuple(
        Inequality(rule=rule, left=left, right=right, is_strict=strict, consequence=consequence)
        for rule, left, right, strict, consequence in rows
    )


def violations(budget: ShutdownBudget, *, on_spot: bool = False) -> tuple[Violation, ...]:
    """Returns each inequality that the budget breaks, with the nearest value that keeps it.

    :param on_spot: whether the pod may run on a spot node.
    """
    return (*_too_small(budget), *_too_large(budget, on_spot=on_spot))


def _too_small(budget: ShutdownBudget) -> Iterator[Violation]:
    lag, longest = budget.propagation_seconds, budget.longest_request_seconds
    pre_stop, idle = budget.pre_stop_seconds, budget.idle_timeout_seconds
    pod_life = f"preStopSeconds {pre_stop} + longestRequestSeconds {longest} + {SLACK_SECONDS} s"
    limits = {
        "pre_stop_seconds": (
            lag + 1,
            f"must exceed propagationSeconds {lag}",
            "the pod stops while the load balancer still sends to it",
        ),
        "grace_seconds": (
            pre_stop + longest + SLACK_SECONDS,
            f"must cover {pod_life} of slack",
            "the pod is killed mid-request",
        ),
        "deregistration_delay_seconds": (
            lag + longest,
            f"must cover propagationSeconds {lag} + longestRequestSeconds {longest}",
            "the load balancer cuts requests under way",
        ),
        "keep_alive_seconds": (
            idle + 1,
            f"must exceed idleTimeoutSeconds {idle}",
            "the target closes connections that the load balancer reuses",
        ),
        "drain_limit_seconds": (
            longest,
            f"must cover longestRequestSeconds {longest}",
            "the application cuts requests under way",
        ),
    }
    for field, (least, rule, consequence) in limits.items():
        value = int(getattr(budget, field))
        # Derived from a grace period that is reported already, it is no second mistake.
        derived = field == "drain_limit_seconds" and value == _time_to_drain(budget)
        if value < least and not derived:
            message = f"{rule}, or {consequence}; at least {least}, got {value}"
            yield Violation(field=field, message=message)


def _too_large(budget: ShutdownBudget, *, on_spot: bool) -> Iterator[Violation]:
    left = _time_to_drain(budget)
    if budget.drain_limit_seconds > left:
        message = (
            f"must fit between preStopSeconds {budget.pre_stop_seconds} and graceSeconds "
            f"{budget.grace_seconds}, or the pod is killed mid-request; at most {left}, got "
            f"{budget.drain_limit_seconds}"
        )
        yield Violation(field="drain_limit_seconds", message=message)
    if on_spot and budget.grace_seconds >= SPOT_NOTICE_SECONDS:
        message = (
            f"must be below {SPOT_NOTICE_SECONDS} on spot nodes, which AWS takes that many seconds "
            f"after its notice; at most {SPOT_NOTICE_SECONDS - 1}, got {budget.grace_seconds}"
        )
        yield Violation(field="grace_seconds", message=message)


def _time_to_drain(budget: ShutdownBudget) -> int:
    return max(budget.grace_seconds - budget.pre_stop_seconds, 0)


def _or(given: int | None, derived: int) -> int:
    return derived if given is None else given
