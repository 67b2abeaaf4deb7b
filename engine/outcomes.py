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
    """

    operation: str
    urn: str
    changed: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The type's last word and the logical name, such as ``NodeGroup nodes-default``."""
        _, _, types, name = self.urn.split("::", maxsplit=3)
        return f"{re.split(r'[$:]', types)[-1]} {name}"


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

    def changed(self, name: str) -> set[str]:
        """Returns the properties of a resource that differ; it is named as in ``operations``."""
        return {path for step in self if step.name == name for path in step.changed}

    def position(self, operation: str, name: str) -> int:
        """Returns the place of a step in the order.

        :raises ValueError: where there is no such step.
        """
        return [(step.operation, step.name) for step in self].index((operation, name))


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """The end of a command.

    :param output: what it printed, errors and all.
    :param answer: what it printed on its standard output alone, which is JSON where asked for.
    :param events: what the engine reported, as in
        https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/events.go.
    """

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
        return Steps(
            _step(step, "detailedDiff", "diffReasons")
            for step in json.loads(self.answer).get("steps", [])
        )


def _done(events: Sequence[Mapping[str, Any]]) -> Iterator[Step]:
    """Yields what was done: of a resource once it is, of a component once it is registered.

    The default providers, which no program names and no preview lists, are left out.
    """
    for event in events:
        for kind, is_custom in (("resOutputsEvent", True), ("resourcePreEvent", False)):
            metadata = event.get(kind, {}).get("metadata")
            if metadata and not _DEFAULT_PROVIDER.search(metadata["urn"]):
                state = metadata.get("new") or metadata.get("old") or {}
                if bool(state.get("custom")) is is_custom:
                    yield _step(metadata, "detailedDiff", "diffs")


def _step(data: Mapping[str, Any], *diffs: str) -> Step:
    """Returns a step; the first of ``diffs`` that the engine has filled names the properties."""
    changed = next(filter(None, map(data.get, diffs)), ())
    return Step(operation=data["op"], urn=data["urn"], changed=tuple(changed))
