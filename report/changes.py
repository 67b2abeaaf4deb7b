"""What becomes of an earlier deployment, told once for all resources that have the same to tell."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from deployment.consequences import interruption, is_kept, known_by, new_name
from deployment.deployment import Deployment
from deployment.resource import Resource
from deployment.steps import ABSENT, Operation, Place, Property, Step, value_at
from deployment.verdicts import Change, Update, Verdict

_LONGEST_VALUE: Final = 120
# How much of a long text is shown before the place where it begins to differ.
_COMMON: Final = 24
# A StatefulSet makes claims of them, and leaves alone those that there are
# (https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#volume-claim-templates).
_CLAIM_TEMPLATES: Final = ("spec", "volumeClaimTemplates")
_ALIASES: Final = "https://www.pulumi.com/docs/iac/concepts/resources/options/aliases/"
_NOTHING: Final = "none"
# IDs that AWS makes up, alone or in a text.
_ID: Final = re.compile(r"\b[a-z]+-[0-9a-f]{8,17}\b")


@dataclass(frozen=True, kw_only=True, slots=True)
class Value:
    """A property that changes, with its values as text.

    :param replaces: whether the resource cannot keep living with it.
    """

    path: str
    before: str
    after: str
    replaces: bool = False

    def __str__(self) -> str:
        return f"{self.path}: {self.before} → {self.after}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Alike:
    """Resources of which there is the same to tell.

    :param unknown: the properties that hold a secret, of which nobody can tell whether it changes.
    :param notes: what else there is to say, a sentence each.
    :param followers: how many others of each type are replaced with these.
    """

    verdict: Verdict
    resources: Sequence[Resource]
    values: Sequence[Value] = ()
    unknown: Sequence[str] = ()
    notes: Sequence[str] = ()
    followers: Sequence[tuple[str, int]] = ()

    def named(self, most: int) -> str:
        """Returns the resources' types and names, at most so many of them."""
        names = [f"{resource.short_type} {resource.name}" for resource in self.resources[:most]]
        more = len(self.resources) - len(names)
        count = f"{len(self.resources)} resources: " if len(self.resources) > 1 else ""
        return f"{count}{', '.join(names)}{f' and {more} more' if more else ''}"


@dataclass(frozen=True, kw_only=True)
class Telling:
    """How changes are told.

    :param before: the earlier deployment, as somebody may see it.
    :param after: the new one.
    """

    update: Update
    before: Deployment
    after: Deployment

    @cached_property
    def _new(self) -> Mapping[str, str]:
        """What to call the resources that are new, in place of their IDs and ARNs."""
        return {
            known: f"the new {step.resource.short_type} {step.resource.name}"
            for step in self.update.steps
            if step.operation in {Operation.CREATE, Operation.REPLACE}
            for known in (step.resource.id, step.resource.outputs.get("arn"))
            if isinstance(known, str) and (_ID.fullmatch(known) or known.startswith("arn:"))
        }

    @cached_property
    def _staying(self) -> frozenset[str]:
        """The names and addresses of resources that stay."""
        return frozenset(
            value
            for step in self.update.steps
            if step.operation in {Operation.SAME, Operation.UPDATE}
            for _, value in known_by(step.resource)
        )

    @cached_property
    def _created(self) -> Mapping[str, Sequence[Resource]]:
        """The new resources of each type."""
        found: dict[str, list[Resource]] = defaultdict(list)
        for step in self.update.steps:
            if step.operation is Operation.CREATE:
                found[step.resource.type].append(step.resource)
        return found

    def groups(self) -> list[Alike]:
        """Returns everything that changes, the worst first."""
        steps = {step.resource.urn: step for step in self.update.steps}
        followers: dict[str, list[Step]] = defaultdict(list)
        led: set[int] = set()
        for change in self.update.of(Verdict.REPLACED):
            root = _root(change.step, steps)
            if root is not change.step:
                followers[root.resource.urn].append(change.step)
                led.add(id(change))
        told: dict[tuple[Any, ...], list[Resource]] = defaultdict(list)
        roots = [
            Change(step=step, verdict=Verdict.REPLACED)
            for step in self.update.steps
            if step.resource.urn in followers and step.resource.type.startswith("pulumi:")
        ]
        for change in (*roots, *self.update.changes):
            if change.verdict is not Verdict.SAME and id(change) not in led:
                found = followers.get(change.step.resource.urn, ())
                told[self._told(change, found, steps)].append(change.step.resource)
        kinds = list(Verdict)
        return [
            Alike(
                verdict=key[0],
                resources=resources,
                values=key[1],
                unknown=key[2],
                notes=key[3],
                followers=key[4],
            )
            for key, resources in sorted(
                told.items(), key=lambda item: (kinds.index(item[0][0]), -len(item[1]))
            )
        ]

    def _told(
        self, change: Change, followers: Sequence[Step], steps: Mapping[str, Step]
    ) -> tuple[Any, ...]:
        """Returns all that there is to tell, the same for the resources of a group."""
        change = replace(change, step=self._seen(change.step))
        step = change.step
        kinds = Counter(follower.resource.short_type for follower in followers)
        values = tuple(self._value(step, each) for each in step.changes)
        unknown = tuple(
            f"{each.path}{' (a change would replace it)' if each.replaces else ''}"
            for each in step.unknown
        )
        return (
            change.verdict,
            values,
            unknown,
            (
                *_notes(change, steps, self._created),
                *(gone for each in (step, *followers) for gone in self._gone(each)),
            ),
            tuple(sorted(kinds.items(), key=lambda item: (-item[1], item[0]))),
        )

    def _seen(self, step: Step) -> Step:
        """Returns the step with its resources as somebody may see them."""
        deployment = self.before if step.operation is Operation.DELETE else self.after
        resource = _as_in(deployment, step.resource)
        return replace(
            step, resource=resource, before=step.before and _as_in(self.before, step.before)
        )

    def _gone(self, step: Step) -> Iterator[str]:
        """Yields what stops, and each address and name that is nobody's any more."""
        if (old := self._seen(step).ends) and not is_kept(old):
            if stops := interruption(old):
                yield f"{old.short_type} {old.name}: {stops}"
            for kind, value in known_by(old):
                if value not in self._staying:
                    yield f"{kind} {value} of {old.short_type} {old.name} is gone"

    def _value(self, step: Step, changed: Property) -> Value:
        before, after = (_text(known, changed.place) for known in (step.before, step.resource))
        # What the cloud will call a new resource nobody knows yet.
        after = _ID.sub(lambda found: self._new.get(found[0], found[0]), after)
        before, after = _short(before, self._new.get(after, after))
        return Value(path=changed.path, before=before, after=after, replaces=changed.replaces)


def as_data(update: Update, groups: Sequence[Alike], may_lose: Sequence[str]) -> dict[str, Any]:
    """Returns the changes as plain data: totals by verdict, and what there is to tell."""
    return {
        "against": update.name,
        "interrupted": list(update.interrupted),
        "totals": {verdict.value: update.totals[verdict] for verdict in Verdict},
        "stops": sorted(change.step.resource.name for change in update.stops(may_lose)),
        "groups": [
            {
                "verdict": group.verdict.value,
                "resources": [
                    {"type": resource.type, "name": resource.name, "urn": resource.urn}
                    for resource in group.resources
                ],
                "properties": [
                    {
                        "path": value.path,
                        "before": value.before,
                        "after": value.after,
                        "replaces": value.replaces,
                    }
                    for value in group.values
                ],
                "unknown": list(group.unknown),
                "notes": list(group.notes),
                "replacedWithIt": dict(group.followers),
            }
            for group in groups
        ],
    }


def totals(update: Update) -> str:
    """Returns how many resources there are of each verdict, in one line."""
    counts = update.totals
    always = (Verdict.UPDATED, Verdict.REPLACED, Verdict.LOST, Verdict.REFUSED)
    last = (Verdict.SAME,)
    others = [verdict for verdict in Verdict if counts[verdict] and verdict not in (*always, *last)]
    return ", ".join(f"{counts[verdict]} {verdict.value}" for verdict in (*always, *others, *last))


def _root(step: Step, steps: Mapping[str, Step]) -> Step:
    """Returns the replacement that this one follows from in the end."""
    seen: set[str] = set()
    while step.causes and step.resource.urn not in seen:
        seen.add(step.resource.urn)
        step = steps.get(step.causes[0], step)
    return step


def _notes(
    change: Change, steps: Mapping[str, Step], created: Mapping[str, Sequence[Resource]]
) -> Iterator[str]:
    step = change.step
    yield from step.refusals
    yield from step.reasons
    if step.causes:
        names = [steps[urn].resource.name for urn in step.causes if urn in steps]
        yield f"because {', '.join(names)} is replaced"
    if not step.ends:
        return
    if change.data:
        yield f"lost with it: {change.data}"
        if step.operation is Operation.DELETE:
            yield from _twins(created.get(step.resource.type, ()))
    if change.verdict is Verdict.LEFT:
        yield "it stays in the cloud, and Pulumi does not know it any more"
    if step.operation is Operation.REPLACE:
        if any(each.place[:2] == _CLAIM_TEMPLATES for each in step.changes):
            yield "its claims stay as they are, their size included: change those by themselves"
        if names := new_name(step):
            yield f"its name changes from {names[0]} to {names[1]}"
        if step.gap:
            yield "it is deleted before the new one is made"


def _twins(new: Sequence[Resource]) -> Iterator[str]:
    """Yields the new resource of a type that may be a deleted one under another name."""
    if len(new) == 1:
        twin = f"{new[0].short_type} {new[0].name}"
        yield f"if {twin} is to be the same one, give it an alias: {_ALIASES}"


def _as_in(deployment: Deployment, resource: Resource) -> Resource:
    """Returns a resource as a deployment has it; of one that it has not, no more than its name."""
    found = deployment.by_urn.get(resource.urn)
    if found and found.id == resource.id:
        return found
    return replace(resource, inputs={}, outputs={})


def _text(resource: Resource | None, place: Place) -> str:
    """Returns the value at a place as text."""
    if resource is None:
        return _NOTHING
    value = value_at(resource.inputs, place)
    if value is ABSENT:
        value = value_at(resource.outputs, place)
    if value is ABSENT or value is None:
        return _NOTHING
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _short(before: str, after: str) -> tuple[str, str]:
    """Returns two texts from a little before the place where they begin to differ."""
    if max(len(before), len(after)) > _LONGEST_VALUE:
        same = 0
        for one, other in zip(before, after, strict=False):
            if one != other:
                break
            same += 1
        if same > _COMMON:
            before, after = (f"…{text[same - _COMMON :]}" for text in (before, after))
    return _cut(before), _cut(after)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
