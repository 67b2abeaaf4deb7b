"""What each step of a deployment means for those who use what it changes."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final

from .consequences import is_kept, lost_data
from .deployment import Deployment
from .steps import Operation, Step


class Verdict(StrEnum):
    """What a step means, the worst first."""

    LOST = "lost"
    REFUSED = "refused"
    REPLACED = "replaced"
    DELETED = "deleted"
    UNKNOWN = "not known"
    LEFT = "left behind"
    UPDATED = "in place"
    CREATED = "new"
    SAME = "the same"


_OF_OPERATIONS: Final = {
    Operation.REPLACE: Verdict.REPLACED,
    Operation.DELETE: Verdict.DELETED,
    Operation.UPDATE: Verdict.UPDATED,
    Operation.CREATE: Verdict.CREATED,
    Operation.SAME: Verdict.SAME,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A step with what it means.

    :param data: what is gone with it and cannot be made again; empty: nothing.
    """

    step: Step
    verdict: Verdict
    data: str = ""


@dataclass(frozen=True, kw_only=True)
class Update:
    """The changes from one deployment to another.

    :param name: what to call the earlier one.
    :param interrupted: a sentence for each operation that it began and did not end.
    """

    name: str
    before: Deployment
    steps: Sequence[Step]
    interrupted: Sequence[str] = ()

    @cached_property
    def changes(self) -> Sequence[Change]:
        """Every resource that a provider keeps, and what becomes of it."""
        return [
            self._change(step)
            for step in self.steps
            if step.resource.custom and not step.resource.type.startswith("pulumi:")
        ]

    @property
    def totals(self) -> Counter[Verdict]:
        """The number of resources of each verdict."""
        return Counter(change.verdict for change in self.changes)

    def of(self, *verdicts: Verdict) -> list[Change]:
        """Returns the changes with one of these verdicts."""
        return [change for change in self.changes if change.verdict in verdicts]

    def stops(self, may_lose: Iterable[str] = ()) -> list[Change]:
        """Returns the changes that must not be deployed: refused, or with data that are lost.

        :param may_lose: the names of resources whose data may go.
        """
        known = set(may_lose)
        return [
            *self.of(Verdict.REFUSED),
            *(each for each in self.of(Verdict.LOST) if each.step.resource.name not in known),
        ]

    def _change(self, step: Step) -> Change:
        old = step.ends
        data = lost_data(old, self.before) if old and not is_kept(old) else ""
        if step.refusals:
            verdict = Verdict.REFUSED
        elif data:
            verdict = Verdict.LOST
        elif step.operation is Operation.DELETE and old and is_kept(old):
            verdict = Verdict.LEFT
        elif step.operation is Operation.SAME and step.unknown:
            verdict = Verdict.UNKNOWN
        else:
            verdict = _OF_OPERATIONS[step.operation]
        return Change(step=step, verdict=verdict, data=data)
