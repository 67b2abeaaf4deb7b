"""What a run makes of an earlier deployment, decided as Pulumi's engine decides it.

The program gets what the earlier deployment has: the IDs and outputs of the resources that stay.
What an input holds of another resource is thus the same text as in a real export, unless that
resource is replaced. ``generateStepsFromDiff`` and what it calls in
https://github.com/pulumi/pulumi/blob/v3.274.1/pkg/resource/deploy/step_generator.go.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from deployment.deployment import Deployment
from deployment.properties import UNKNOWN, exported_map
from deployment.resource import Resource
from deployment.steps import Operation, Property, Step

from . import paths
from .aliases import former_urns
from .callbacks import Registration
from .changes import changes, replaces
from .comparison import comparable
from .immutable import replaces_provider
from .refused import change_refusals, deletion_refusals, opaque_ids

_PROVIDER_PREFIX: Final = "pulumi:providers:"
_INTERRUPTED: Final = "an earlier deployment deleted it, and ended before it made another one"
_COPY: Final = "a copy that an earlier deployment replaced and did not delete yet"
_NOT_READY: Final = "an earlier deployment ended before it was ready"
_TAINTED: Final = "it is marked to be replaced (`pulumi state taint`)"


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """A resource as the program asks for it.

    :param resource: with its inputs as the provider has checked them, and the outputs that a new
        one would have.
    :param deletes_first: whether the provider cannot make a second one beside the first.
    """

    request: Registration
    resource: Resource
    deletes_first: bool = False


class Update:
    """The steps from an earlier deployment to the one that a program registers.

    :param previous: the earlier deployment; empty: everything is new.
    """

    def __init__(self, previous: Deployment) -> None:
        self.previous = previous
        self.steps: dict[str, Step] = {}
        # The earlier URN of each registered resource that has one.
        self._former: dict[str, str] = {}
        # Earlier URNs of resources that go before their successors are made, and because of which.
        self._condemned: dict[str, str] = {}
        self._order = {urn: index for index, urn in enumerate(previous.by_urn)}
        self._followers: dict[str, set[str]] = defaultdict(set)
        for resource in previous:
            provider = {resource.provider_urn} - {""}
            for urn in provider.union(*resource.property_dependencies.values()):
                self._followers[urn].add(resource.urn)

    def earlier(self, request: Registration, urn: str) -> Resource | None:
        """Returns the resource as it was, under its own URN or one that it had before."""
        if not self.previous.by_urn:
            return None
        if urn in self._former:
            return self.previous.by_urn[self._former[urn]]
        former_parent = self._former.get(request.parent, "")
        if former_parent == request.parent:
            former_parent = ""
        taken = self._former.values() if request.aliases or former_parent else ()
        for known in (urn, *former_urns(request, urn, former_parent)):
            if known in self.previous.by_urn and (known == urn or known not in taken):
                self._former[urn] = known
                return self.previous.by_urn[known]
        return None

    def decide(self, wanted: Wanted, old: Resource | None) -> Step:
        """Returns what happens to a resource, and keeps it in mind for those that depend on it."""
        new = wanted.resource
        if old is None:
            step = Step(resource=new, operation=Operation.CREATE)
        else:
            step = self._changed(wanted, old)
            if step.operation is Operation.REPLACE and step.gap:
                self._condemn(old)
        self.steps[new.urn] = step
        return step

    def refuse(self, urn: str, message: str) -> None:
        """Keeps in mind why a step is refused."""
        step = self.steps[urn]
        if not any(message.endswith(known) for known in step.refusals):
            self.steps[urn] = replace(step, refusals=(*step.refusals, message))

    def _changed(self, wanted: Wanted, old: Resource) -> Step:
        new, request = wanted.resource, wanted.request
        inputs = exported_map(new.inputs)
        before, after, secrets = comparable(old, inputs)
        ignored = [paths.parse(path) for path in new.ignore_changes]
        forced = [paths.parse(path) for path in new.replace_on_changes]
        found = [
            Property(
                place=change.place,
                replaces=change.replaces
                or any(paths.contains(path, change.place) for path in forced),
            )
            for change in changes(new.type, before, after)
            if not any(paths.contains(path, change.place) for path in ignored)
        ]
        if (region := _region(old)) and region != (_region(new) or region):
            found.append(Property(place=("region",), replaces=True))
        if new.type.startswith(_PROVIDER_PREFIX):
            telling = replaces_provider(after)
            found = [replace(each, replaces=each.place[0] in telling) for each in found]
        unknown = [
            Property(place=place, replaces=replaces(new.type, place))
            for place in secrets
            if not any(paths.contains(path, place) for path in ignored)
        ]
        causes, reasons = self._reasons(wanted, old, found)
        condemned = old.urn in self._condemned
        replaced = bool(causes or reasons) or any(each.replaces for each in found)
        if replaced:
            operation = Operation.REPLACE
        elif found or old.init_errors:
            operation = Operation.UPDATE
            reasons = [_NOT_READY] if old.init_errors else []
        else:
            operation = Operation.SAME
        step = Step(
            resource=new,
            operation=operation,
            before=old,
            changes=tuple(found),
            unknown=tuple(unknown),
            causes=tuple(causes),
            reasons=tuple(reasons),
            gap=replaced and (condemned or _deletes_first(request, default=wanted.deletes_first)),
        )
        return replace(step, refusals=tuple(change_refusals(step, condemned=condemned)))

    def _reasons(
        self, wanted: Wanted, old: Resource, found: Iterable[Property]
    ) -> tuple[list[str], list[str]]:
        """Returns the replaced resources that a replacement follows from, and other reasons."""
        new = wanted.resource
        causes = [
            urn
            for each in found
            if each.replaces
            for urn in new.property_dependencies.get(str(each.place[0]), ())
            if self._is_replaced(urn)
        ]
        causes += [urn for urn in new.replace_with if self._is_replaced(urn)]
        if new.provider and self._provider_differs(old, new):
            causes.append(new.provider_urn)
        if (cause := self._condemned.get(old.urn)) is not None:
            causes.append(cause)
        reasons = [_INTERRUPTED] if old.pending_replacement else []
        return sorted(set(causes)), [*reasons, *([_TAINTED] if old.taint else [])]

    def _is_replaced(self, urn: str) -> bool:
        return urn in self.steps and self.steps[urn].operation is Operation.REPLACE

    def _provider_differs(self, old: Resource, new: Resource) -> bool:
        """Returns whether a resource is in the hands of a provider for another place."""
        now = self.steps.get(new.provider_urn)
        if now is None:
            return False
        if self._is_replaced(new.provider_urn):
            return True
        former = self.previous.by_urn.get(old.provider_urn)
        if former is None or now.before is former:
            return False
        before, after, _ = comparable(former, exported_map(now.resource.inputs))
        found = {change.key for change in changes(new.type, before, after)}
        return bool(found & set(replaces_provider(after)))

    def _condemn(self, root: Resource) -> None:
        """Keeps in mind what goes before a resource that is deleted before its successor is made.

        Those are the resources that another value of what they have of it would replace
        (``calculateDependentReplacements``).
        """
        gone = {root.urn}
        waiting = [(self._order[urn], urn) for urn in self._followers.get(root.urn, ())]
        heapq.heapify(waiting)
        registered = set(self._former.values())
        while waiting:
            _, urn = heapq.heappop(waiting)
            if urn in gone or urn in self._condemned or urn in registered:
                continue
            resource = self.previous.by_urn[urn]
            if self._would_be_replaced(resource, gone):
                gone.add(urn)
                self._condemned[urn] = root.urn
                for follower in self._followers.get(urn, ()):
                    heapq.heappush(waiting, (self._order[follower], follower))

    def _would_be_replaced(self, resource: Resource, gone: set[str]) -> bool:
        if not resource.custom or resource.external:
            return False
        if resource.provider_urn in gone:
            return True
        dependencies = resource.property_dependencies
        touched = {
            key: UNKNOWN
            for key in resource.inputs
            if not gone.isdisjoint(dependencies.get(key, ()))
        }
        forced = [paths.parse(path) for path in resource.replace_on_changes]
        if resource.type.startswith(_PROVIDER_PREFIX):
            return not touched.keys().isdisjoint(replaces_provider(resource.inputs))
        return any(
            replaces(resource.type, (key,)) or any(paths.contains(path, (key,)) for path in forced)
            for key in touched
        )

    def finish(self, registered: Mapping[str, Resource]) -> list[Step]:
        """Returns all steps: of what is registered, and of what is not any more.

        :param registered: the resources by URN, as an export holds them.
        """
        former = set(self._former.values())
        deleted = [
            Step(resource=old, operation=Operation.DELETE, before=old)
            for old in self.previous
            if old.urn not in former
            and old.custom
            and not old.external
            and not old.pending_replacement
        ]
        deleted += [
            Step(resource=old, operation=Operation.DELETE, before=old, reasons=(_COPY,))
            for old in self.previous.waiting
        ]
        made = [replace(step, resource=registered[urn]) for urn, step in self.steps.items()]
        steps = [*made, *deleted]
        used = dict(opaque_ids(steps))
        return [
            replace(step, refusals=(*step.refusals, *deletion_refusals(step, used)))
            if step.ends
            else step
            for step in steps
        ]


def _region(resource: Resource) -> str:
    """Returns the region of a resource of AWS, where it is in one."""
    if not resource.type.startswith("aws:"):
        return ""
    found = resource.inputs.get("region") or resource.outputs.get("region")
    value = found if found is None or isinstance(found, str) else getattr(found, "value", None)
    return value if isinstance(value, str) else ""


def _deletes_first(request: Registration, *, default: bool) -> bool:
    return request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else default
