"""A second version of a web application beside the first, and the requests that it gets."""

from dataclasses import dataclass

import pulumi

from planning.weights import ALL, shares_of_ingress, shift_mistake


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """Versions of an application behind one load balancer, by weights of their target groups.

    :param image: that of the second version, the candidate, with a tag or a digest; all else is as
        of the first one. ``None``: there is no candidate now.
    :param weight: how much of the requests the candidate gets, 0 to 100 percent.
    :param min_replicas: the fewest pods of the candidate; ``None``: as many as of the first one.
    """

    image: str | None = None
    weight: int = 0
    min_replicas: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.weight <= ALL:
            raise ValueError(f"weight: must be 0 to {ALL}, got {self.weight}")
        if self.image is None and self.weight:
            raise ValueError(f"weight: needs image, the candidate's, got {self.weight}")


class ShiftRefusedError(pulumi.RunError):
    """A change of weights that would lose requests."""


def shift_guard(name: str) -> pulumi.ResourceHookBinding:
    """Returns the hook of an Ingress that refuses, at preview already, what loses requests.

    What it refuses, :func:`planning.weights.shift_mistake` says.
    """

    def check(args: pulumi.ResourceHookArgs) -> None:
        try:
            old, new = (shares_of_ingress(it or {}) for it in (args.old_inputs, args.new_inputs))
        except ValueError as error:
            pulumi.log.warn(f"{args.name}: the change of its weights is not checked: {error}")
            return
        if message := shift_mistake(old, new):
            raise ShiftRefusedError(f"{args.name}: {message}")

    hook = pulumi.ResourceHook(f"{name}-shift", check, pulumi.ResourceHookOptions(on_dry_run=True))
    return pulumi.ResourceHookBinding(before_update=[hook])
