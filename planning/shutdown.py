"""The numbers that decide whether a pod can go away without dropping a request.

When a pod behind an ALB with IP targets is deleted, two things start at once: the kubelet runs the
preStop hook, sends the stop signal and kills at the end of the grace period; and the controller
deregisters the target, which the ALB's data plane learns of some seconds later. Nothing reports
that the ALB has stopped sending, so the pod has to wait for longer than that takes.

In seconds, with L the propagation lag from the deletion to the last new request, R the longest
request, P the preStop sleep, G the grace period (which counts from before preStop), D the
deregistration delay, I the ALB's idle timeout and K the target's keep-alive. The rules between them
are :data:`RULES` (requirement 32).

Sources: load balancer controller issues #1064, #2366 and #905 report lags of 15 to 60 s;
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
advises a target keep-alive above the idle timeout;
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html gives the
two minutes.

An NLB with IP targets is another matter: it goes on sending new connections to a target that
deregisters for two minutes and more, whatever the deregistration delay is
(https://github.com/kubernetes-sigs/aws-load-balancer-controller/issues/2366), and it knows no
requests: what is under way ends with its connection, which the pod ends itself.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Literal, Self

from pydantic.alias_generators import to_camel

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
# How long an NLB was seen to send to a target that deregisters, at least (issue #2366).
NLB_PROPAGATION_SECONDS: Final = 120
# From the notice that AWS takes a spot node to its end.
SPOT_NOTICE_SECONDS: Final = 120


LoadBalancer = Literal["alb", "nlb"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ShutdownBudget:
    """A complete set of shutdown numbers, in seconds.

    :param propagation_seconds: the assumed lag from a pod's deletion to its last new request.
    :param longest_request_seconds: the longest request that must not be cut.
    :param pre_stop_seconds: the pod's sleep before the stop signal; above the lag.
    :param grace_seconds: the time until the pod is killed, counted from before the sleep.
    :param deregistration_delay_seconds: how long the load balancer lets requests under way end.
    :param idle_timeout_seconds: when the load balancer closes a connection without traffic.
    :param keep_alive_seconds: how long the application keeps an idle connection; above the idle
        timeout.
    :param drain_limit_seconds: how long the application itself may take from the stop signal to its
        end.
    """

    propagation_seconds: int
    longest_request_seconds: int
    pre_stop_seconds: int
    grace_seconds: int
    deregistration_delay_seconds: int
    idle_timeout_seconds: int
    keep_alive_seconds: int
    drain_limit_seconds: int

    @property
    def time_to_drain(self) -> int:
        """What is left of the grace period after the sleep."""
        return max(self.grace_seconds - self.pre_stop_seconds, 0)

    def to_data(self) -> dict[str, int]:
        """Returns the numbers by their keys in a stack file, such as ``preStopSeconds``."""
        return {to_camel(name): value for name, value in asdict(self).items()}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Returns the budget that :meth:`to_data` wrote; more in the data is passed over."""
        return cls(**{field.name: int(data[to_camel(field.name)]) for field in fields(cls)})


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A bound on one number of a budget.

    :param field: the number, which is also the one to change where the rule is broken.
    :param formula: the rule with the letters of the documentation.
    :param bound: what the number must reach, or what it must not exceed where ``is_most``.
    :param reason: why, with the keys of a stack file in braces.
    :param consequence: what happens where the rule is broken.
    :param behind: the load balancers that it holds behind.
    """

    field: str
    formula: str
    bound: Callable[[ShutdownBudget], int]
    reason: str
    consequence: str
    is_most: bool = False
    on_spot_alone: bool = False
    behind: tuple[LoadBalancer, ...] = ("alb", "nlb")


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeLimit:
    """How long a node that goes waits for its pods.

    :param key: what of a stack file says so.
    """

    seconds: int
    key: str

    @property
    def rule(self) -> Rule:
        """What it asks of a pod."""
        return Rule(
            field="grace_seconds",
            formula=f"G ≤ {self.seconds} on nodes that an autoscaler takes away",
            bound=lambda _: self.seconds,
            reason=f"must be within {self.key}",
            consequence="the pod is killed mid-request when its node goes",
            is_most=True,
        )


RULES: Final = (
    Rule(
        field="propagation_seconds",
        formula=f"L ≥ {NLB_PROPAGATION_SECONDS} behind an NLB",
        bound=lambda _: NLB_PROPAGATION_SECONDS,
        reason=f"must be at least {NLB_PROPAGATION_SECONDS} behind an NLB",
        consequence="the pod stops while the load balancer still sends to it",
        behind=("nlb",),
    ),
    Rule(
        field="pre_stop_seconds",
        formula="P > L",
        bound=lambda budget: budget.propagation_seconds + 1,
        reason="must exceed propagationSeconds {propagationSeconds}",
        consequence="the pod stops while the load balancer still sends to it",
    ),
    Rule(
        field="grace_seconds",
        formula=f"G ≥ P + R + {SLACK_SECONDS}",
        bound=lambda budget: (
            budget.pre_stop_seconds + budget.longest_request_seconds + SLACK_SECONDS
        ),
        reason="must cover preStopSeconds {preStopSeconds} + longestRequestSeconds "
        f"{{longestRequestSeconds}} + {SLACK_SECONDS} s of slack",
        consequence="the pod is killed mid-request",
    ),
    Rule(
        field="deregistration_delay_seconds",
        formula="D ≥ L + R",
        bound=lambda budget: budget.propagation_seconds + budget.longest_request_seconds,
        reason="must cover propagationSeconds {propagationSeconds} + longestRequestSeconds "
        "{longestRequestSeconds}",
        consequence="the load balancer cuts requests under way",
    ),
    Rule(
        field="keep_alive_seconds",
        formula="K > I",
        bound=lambda budget: budget.idle_timeout_seconds + 1,
        reason="must exceed idleTimeoutSeconds {idleTimeoutSeconds}",
        consequence="the target closes connections that the load balancer reuses",
        # An NLB hands connections through, and reuses none.
        behind=("alb",),
    ),
    Rule(
        field="drain_limit_seconds",
        formula="drain limit ≥ R",
        bound=lambda budget: budget.longest_request_seconds,
        reason="must cover longestRequestSeconds {longestRequestSeconds}",
        consequence="the application cuts requests under way",
    ),
    Rule(
        field="drain_limit_seconds",
        formula="drain limit ≤ G - P",
        bound=lambda budget: budget.time_to_drain,
        reason="must fit between preStopSeconds {preStopSeconds} and graceSeconds {graceSeconds}",
        consequence="the pod is killed mid-request",
        is_most=True,
    ),
    Rule(
        field="grace_seconds",
        formula=f"G < {SPOT_NOTICE_SECONDS} on spot",
        bound=lambda _: SPOT_NOTICE_SECONDS - 1,
        reason=f"must be below {SPOT_NOTICE_SECONDS} on spot nodes",
        consequence="AWS takes the node before the pod has ended",
        is_most=True,
        on_spot_alone=True,
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """A rule with the numbers of a budget in it, in seconds."""

    rule: Rule
    budget: ShutdownBudget

    @property
    def field(self) -> str:
        """The number that the rule bounds."""
        return self.rule.field

    @property
    def value(self) -> int:
        """What the budget has for it."""
        return int(getattr(self.budget, self.field))

    @property
    def bound(self) -> int:
        """What the rule allows at least, or at most."""
        return self.rule.bound(self.budget)

    @property
    def limit(self) -> str:
        """The bound in words."""
        return f"at {'most' if self.rule.is_most else 'least'} {self.bound}"

    @property
    def holds(self) -> bool:
        """Whether the budget keeps the rule."""
        return self.value <= self.bound if self.rule.is_most else self.value >= self.bound

    @property
    def message(self) -> str:
        """Why the rule is broken, with the nearest number that keeps it."""
        reason = self.rule.reason.format(**self.budget.to_data())
        return f"{reason}, or {self.rule.consequence}; {self.limit}, got {self.value}"


def check(
    budget: ShutdownBudget,
    *,
    on_spot: bool = False,
    behind: LoadBalancer = "alb",
    limits: Sequence[NodeLimit] = (),
) -> tuple[Verdict, ...]:
    """Returns what each rule says of a budget.

    :param on_spot: whether the pod may run on a spot node.
    :param behind: the load balancer that sends to the pod.
    :param limits: how long nodes that an autoscaler takes away wait for it.
    """
    rules = (*RULES, *(limit.rule for limit in limits))
    return tuple(
        Verdict(rule=rule, budget=budget)
        for rule in rules
        if (on_spot or not rule.on_spot_alone) and behind in rule.behind
    )


def broken(
    budget: ShutdownBudget,
    *,
    on_spot: bool = False,
    behind: LoadBalancer = "alb",
    limits: Sequence[NodeLimit] = (),
) -> tuple[Verdict, ...]:
    """Returns the rules that a budget breaks.

    A drain limit that follows from a grace period which is too short is no second mistake.
    """
    return tuple(
        verdict
        for verdict in check(budget, on_spot=on_spot, behind=behind, limits=limits)
        if not verdict.holds
        and not (verdict.field == "drain_limit_seconds" and verdict.value == budget.time_to_drain)
    )


# What each number follows from where it is not given.
FOLLOWS_FROM: Final[Mapping[str, Sequence[str]]] = {
    "propagation_seconds": (),
    "pre_stop_seconds": ("propagation_seconds",),
    "grace_seconds": ("longest_request_seconds", "pre_stop_seconds", "propagation_seconds"),
    "deregistration_delay_seconds": ("longest_request_seconds", "propagation_seconds"),
    "idle_timeout_seconds": ("longest_request_seconds",),
    "keep_alive_seconds": ("idle_timeout_seconds", "longest_request_seconds"),
    "drain_limit_seconds": ("grace_seconds", "pre_stop_seconds"),
}


def derive_budget(
    *, propagation_seconds: int, longest_request_seconds: int, **given: int | None
) -> ShutdownBudget:
    """Returns the budget with every number that is not given derived from those that are.

    :param given: other numbers of the budget, by their names; ``None``: not given.
    """
    numbers = {name: value for name, value in given.items() if value is not None}
    pre_stop = numbers.setdefault("pre_stop_seconds", propagation_seconds + PRE_STOP_MARGIN_SECONDS)
    grace = numbers.setdefault("grace_seconds", pre_stop + longest_request_seconds + SLACK_SECONDS)
    cut = propagation_seconds + longest_request_seconds + DEREGISTRATION_MARGIN_SECONDS
    numbers.setdefault("deregistration_delay_seconds", cut)
    # A request that is silent for longer than the idle timeout ends in a 504.
    longest = max(IDLE_TIMEOUT_SECONDS, longest_request_seconds)
    idle = numbers.setdefault("idle_timeout_seconds", longest)
    numbers.setdefault("keep_alive_seconds", idle + KEEP_ALIVE_MARGIN_SECONDS)
    # A grace period below preStop is a mistake of its own, and leaves nothing to drain in.
    numbers.setdefault("drain_limit_seconds", max(grace - pre_stop, 0))
    return ShutdownBudget(
        propagation_seconds=propagation_seconds,
        longest_request_seconds=longest_request_seconds,
        **numbers,
    )
