"""What a command of Pulumi's CLI answers: its status, what it printed, and what it did or plans."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

# Steps that change nothing (https://www.pulumi.com/docs/iac/cli/commands/pulumi_preview/).
_NO_CHANGES: Final = frozenset({"same", "read", "refresh", "read-replacement"})
# Of a replacement, which is three steps: what creates, what says so, what deletes. The names are
# those of https://github.com/pulumi/pulumi/blob/v3.274.1/sdk/go/common/display/step_op.go (OpType).
_REPLACEMENT: Final = frozenset(
    {"create-replacement", "replace", "delete-replaced", "discard-replaced", "import-replacement"}
)
_DEFAULT_PROVIDER: Final = re.compile(r"::pulumi:providers:[^:]+::default(_[\d_]+)?$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step of a plan or of an update.

    :param operation: the engine's word, such as ``create`` or ``delete-replaced``.
    :param changed: the properties that differ, where the engine says so.
    :param because: the properties for which the resource is replaced.
    """

    operation: str
    urn: str
    changed: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    old: Mapping[str, Any]
    new: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The type's last word and the logical name, such as ``NodeGroup nodes-default``."""
        return short_name(self.urn)


def short_name(urn: str) -> str:
    """Returns the type's last word and the logical name of a URN."""
    _, _, types, name = urn.split("::", maxsplit=3)
    return f"{types.rsplit('$', maxsplit=1)[-1].rsplit(':', maxsplit=1)[-1]} {name}"


class Steps(tuple[Step, ...]):
    """The steps of a plan or of an update, in the engine's order."""

    __slots__ = ()

    @property
    def operations(self) -> Mapping[str, str]:
        """What becomes of each resource that changes: create, update, replace or delete, by name.

        Nothing is said of the others.
        """
        return {
            step.name: "replace" if step.operation in _REPLACEMENT else step.operation
            for step in self
            if step.operation not in _NO_CHANGES
        }

    def names(self, *operations: str) -> set[str]:
        """Returns the resources that have one of these operations."""
        return {name for name, operation in self.operations.items() if operation in operations}

    def of(self, name: str) -> "Steps":
        """Returns the steps of one resource, named as in ``operations``."""
        return Steps(step for step in self if step.name == name)

    def changed(self, name: str) -> set[str]:
        """Returns the properties of a resource that differ."""
        return {path for step in self.of(name) for path in step.changed}

    def position(self, operation: str, name: str) -> int:
        """Returns the place of a step in the order.

        :raises LookupError: where there is no such step.
        """
        for place, step in enumerate(self):
            if (step.operation, step.name) == (operation, name):
                return place
        raise LookupError(f"no step {operation} {name} among {[*self.operations.items()]}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """The end of a command.

    :param output: what it printed, errors and all.
    :param answer: what it printed on its standard output alone, which is JSON where asked for.
    :param events: what the engine reported, as in
        https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/events.go.
    """

    arguments: Sequence[str]
    status: int
    output: str
    answer: str
    seconds: float
    events: Sequence[Mapping[str, Any]]

    @property
    def steps(self) -> Steps:
        """The steps that were done."""
        return Steps(_done(self.events))

    @property
    def planned(self) -> Steps:
        """The steps of a ``preview --json``."""
        return Steps(_planned(json.loads(self.answer)))

    @property
    def errors(self) -> list[str]:
        """The messages of the errors that the engine reported."""
        found = (event.get("diagnosticEvent", {}) for event in self.events)
        return [event["message"] for event in found if event.get("severity") == "error"]


def _planned(plan: Mapping[str, Any]) -> Iterator[Step]:
    for step in plan.get("steps", []):
        yield Step(
            operation=step["op"],
            urn=step["urn"],
            changed=tuple(step.get("detailedDiff") or step.get("diffReasons") or ()),
            because=tuple(step.get("replaceReasons") or ()),
            old=step.get("oldState") or {},
            new=step.get("newState") or {},
        )


def _done(events: Sequence[Mapping[str, Any]]) -> Iterator[Step]:
    """Yields what was done: of a resource once it is, of a component once it is registered.

    The default providers, which no program names and no preview lists, are left out.
    """
    for event in events:
        kind = "resOutputsEvent" if "resOutputsEvent" in event else "resourcePreEvent"
        if kind not in event:
            continue
        metadata = event[kind]["metadata"]
        old, new = metadata.get("old") or {}, metadata.get("new") or {}
        is_component = not (new or old).get("custom")
        is_of_kind = is_component == (kind == "resourcePreEvent")
        if not is_of_kind or _DEFAULT_PROVIDER.search(metadata["urn"]):
            continue
        yield Step(
            operation=metadata["op"],
            urn=metadata["urn"],
            changed=tuple(metadata.get("detailedDiff") or metadata.get("diffs") or ()),
            because=tuple(metadata.get("keys") or ()),
            old=old,
            new=new,
        )
