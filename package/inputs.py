"""Turns the plain inputs of a component into the arguments that the Python component takes.

What an argument may be, the argument's own type says; nothing is decided here.
"""

import dataclasses
import inspect
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar

import pulumi
from pulumi.provider.experimental.util import camel_case
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from planning.shutdown import ShutdownBudget
from stackfile.workloads import ShutdownSettings

PACKAGE: Final = "eks-platform"

T = TypeVar("T")


class InputsError(pulumi.RunError):
    """Inputs that no component can be made of; Pulumi prints its message without a traceback."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = list(lines)
        super().__init__("; ".join(self.lines))


class Packaged(pulumi.ComponentResource):
    """A component of the package: the Python component as its child, with outputs of its own."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None) -> None:
        super().__init__(f"{PACKAGE}:index:{type(self).__name__}", name, None, opts)
        self._child = pulumi.ResourceOptions(parent=self)

    def finish(self) -> None:
        """Registers every output that the class names."""
        names = inspect.get_annotations(type(self))
        self.register_outputs({camel_case(name): getattr(self, name) for name in names})


def build(kind: type[T], inputs: Mapping[str, Any], **given: Any) -> T:
    """Returns a component's arguments.

    :param inputs: by the argument's name, plain values.
    :param given: arguments that are no plain values, such as outputs of other resources.
    :raises InputsError: with every input that cannot be an argument.
    """
    hints = inspect.get_annotations(kind)
    values: dict[str, Any] = {}
    lines: list[str] = []
    for name in [field.name for field in dataclasses.fields(_dataclass(kind))]:
        if name in inputs and name not in given:
            try:
                values[name] = _argument(hints[name], inputs[name])
            except ValidationError as error:
                lines += [_line(name, found) for found in error.errors(include_url=False)]
            except _NotKnownError:
                lines.append(
                    f"{camel_case(name)}: must be written out, not an output of a resource: it is "
                    "needed before anything is created"
                )
    if lines:
        raise InputsError(lines)
    try:
        return kind(**values, **given)
    except ValueError as error:
        name, _, rest = str(error).partition(": ")
        raise InputsError([f"{camel_case(name)}: {rest}" if rest else name]) from None


def shutdown_budget(inputs: Mapping[str, Any]) -> ShutdownBudget:
    """Returns the numbers of a graceful stop; what is not given is derived as in a stack file."""
    try:
        return ShutdownSettings.model_validate(
            {camel_case(key): value for key, value in inputs.items()}, strict=False
        ).budget
    except ValidationError as error:
        errors = error.errors(include_url=False)
        raise InputsError(_line("shutdown", found) for found in errors) from None


def behind(outputs: pulumi.Input[list[str]]) -> list[pulumi.Resource]:
    """Returns what to wait for: the resources that the outputs come from.

    A dependency on a component of a package orders nothing inside of it; one on its outputs does.
    """
    # Pulumi takes an output for its resources; its types know of resources alone.
    waiting: Any = pulumi.Output.from_input(outputs).apply(lambda _: None)
    return [waiting]


class _NotKnownError(Exception):
    """A value that comes from a resource."""


def _argument(hint: Any, value: object) -> object:
    if _has_output(value):
        raise _NotKnownError
    return TypeAdapter(hint).validate_python(value)


def _has_output(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_output, value.values()))
    if isinstance(value, list):
        return any(map(_has_output, value))
    return isinstance(value, pulumi.Output)


def _line(name: str, error: ErrorDetails) -> str:
    place = ".".join(camel_case(str(part)) for part in (name, *error["loc"]))
    context = error.get("ctx", {})
    message = str(context.get("message") or context.get("error") or error["msg"])
    return f"{place}: {message[0].lower()}{message[1:]}"


def _dataclass(kind: type) -> Any:
    return kind
