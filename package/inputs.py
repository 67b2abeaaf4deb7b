"""The inputs that stand for a component's arguments in other languages, read off their types."""

import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from ipaddress import IPv4Network
from types import UnionType
from typing import Annotated, Any, Final, Literal, get_args, get_origin

import pulumi
import pydantic
from pulumi.provider.experimental import analyzer
from pulumi.provider.experimental.util import camel_case
from pydantic import AfterValidator, Field, PlainValidator, ValidationError
from pydantic_core import ErrorDetails

from planning.shutdown import ShutdownBudget
from stackfile.section import raise_all
from stackfile.workloads import ShutdownSettings

PACKAGE: Final = "eks-platform"
# A hook is a function of the program, which no other language can give.
_HOOKS: Final = pulumi.ResourceHookBinding | None
_SIMPLE: Final = {str: "string", IPv4Network: "string", int: "integer", bool: "boolean"}
_CONFIG: Final = pydantic.ConfigDict(alias_generator=camel_case, extra="forbid")
_PARAMETER: Final = re.compile(r"^:param (\w+):(.*?)(?=^:|^$|\Z)", re.DOTALL | re.MULTILINE)


class Inputs:
    """The inputs that stand for a dataclass of arguments.

    ``properties`` are what the schema says of each, and ``required`` those that must be given: they
    have no default, and are no values of which each part has one.

    :param types: gets the inputs of each dataclass among the arguments, by its name.
    """

    def __init__(self, kind: type[Any], types: dict[str, "Inputs"]) -> None:
        self._kind, self._types = kind, types
        self.summary = summary(kind)
        self.properties: dict[str, Any] = {}
        self.required: list[str] = []
        described = dict(_PARAMETER.findall(inspect.getdoc(kind) or ""))
        forms: dict[str, Any] = {}
        for field in fields(kind):
            if field.type == _HOOKS or _is_component(field.type):
                continue
            name, (form, spec) = camel_case(field.name), self._form(field.type)
            nested = types.get(getattr(field.type, "__name__", ""))
            text = prose(described.get(field.name, "")) or (nested.summary if nested else "")
            if get_origin(field.type) is Literal:
                text += f" One of {', '.join(get_args(field.type))}."
            self.properties[name] = {**spec, "description": text}
            default: Any = None
            # A budget's numbers are derived where they are not given, as in a stack file.
            if kind is not ShutdownBudget and field.default is field.default_factory is MISSING:
                default = ... if nested is None or nested.required else {}
            if default is ...:
                self.required.append(name)
            forms[field.name] = form, Field(default, validate_default=default == {})
        self._model = (
            ShutdownSettings
            if kind is ShutdownBudget
            else pydantic.create_model(kind.__name__, __config__=_CONFIG, **forms)
        )

    @property
    def schema(self) -> dict[str, Any]:
        """The schema's type of the same form."""
        return {
            "type": "object",
            "description": self.summary,
            "properties": self.properties,
            "required": self.required,
        }

    @property
    def is_plain(self) -> bool:
        """Whether no part can be an output."""
        return all(spec["plain"] for spec in self.properties.values())

    def read(self, value: Any) -> Any:
        """Returns the arguments.

        :raises ValidationError: with every input that is missing, unknown or refused.
        """
        if isinstance(value, pulumi.Output) and not self.is_plain:
            value = {name: value[name] for name in self.properties}
        try:
            given = self._model.model_validate(value, strict=False)
            if isinstance(given, ShutdownSettings):
                return given.budget
            return self._kind(**{name: item for name, item in given if item is not None})
        except ValidationError as error:
            raise_all((found["loc"], self._reason(found)) for found in error.errors())
        except ValueError as error:
            # Of the arguments' own checks: the field, a colon, and what is wrong.
            name, _, reason = str(error).partition(": ")
            raise_all([(tuple(camel_case(name).split(".")), reason)])

    def _reason(self, found: ErrorDetails) -> str:
        if found["type"] == "missing":
            return "is required"
        if found["type"] == "extra_forbidden":
            return f"is not an input; known here: {', '.join(sorted(self.properties))}"
        if isinstance(found["input"], pulumi.Output):
            return (
                "must be written out, not an output of a resource: it is needed before anything "
                "is created"
            )
        if found["type"] == "value_error":
            return str(found.get("ctx", {})["error"])
        # pydantic's own begin with a capital letter.
        return found["msg"][0].lower() + found["msg"][1:]

    def _form(self, hint: Any) -> tuple[Any, dict[str, Any]]:
        """Returns how pydantic reads the input for an argument, and what the schema says of it.

        Plain is in the schema what cannot be an output in any part.
        """
        origin, parts = get_origin(hint), get_args(hint)
        if hint == Sequence[pulumi.Resource]:
            form: Any = Annotated[Any, AfterValidator(_resources)]
            spec = self._form(pulumi.Input[Sequence[pulumi.Input[str]]])[1]
        elif analyzer.is_output(hint) or analyzer.is_input(hint):
            unwrap = analyzer.unwrap_output if analyzer.is_output(hint) else analyzer.unwrap_input
            form = Annotated[Any, AfterValidator(pulumi.Output.from_input)]
            spec = {**self._form(unwrap(hint))[1], "plain": False}
        elif analyzer.is_optional(hint):
            part, spec = self._form(analyzer.unwrap_optional(hint))
            form = part | None
        elif isinstance(hint, type) and is_dataclass(hint):
            inputs = self._types.get(hint.__name__) or Inputs(hint, self._types)
            self._types[hint.__name__] = inputs
            form = Annotated[Any, PlainValidator(inputs.read)]
            spec = {"$ref": f"#/types/{PACKAGE}:index:{hint.__name__}", "plain": inputs.is_plain}
        elif origin is Mapping:
            part, values = self._form(parts[1])
            form = Mapping[str, part]
            spec = {"type": "object", "additionalProperties": values, "plain": values["plain"]}
        elif origin is UnionType:
            form, spec = hint, {"oneOf": [self._form(part)[1] for part in parts], "plain": True}
        elif origin in {Sequence, tuple}:
            part, items = self._form(parts[0])
            form = tuple[part, ...]
            spec = {"type": "array", "items": items, "plain": items["plain"]}
        elif hint is Any:
            form, spec = Any, {"$ref": "pulumi.json#/Any", "plain": False}
        else:
            form = hint
            spec = {"type": _SIMPLE[str if origin is Literal else hint], "plain": True}
        return form, spec


def _is_component(hint: Any) -> bool:
    """Returns whether an argument is a component or nothing: no program hands one over."""
    part = analyzer.unwrap_optional(hint) if analyzer.is_optional(hint) else hint
    return isinstance(part, type) and issubclass(part, pulumi.ComponentResource)


def _resources(outputs: Any) -> list[Any]:
    """Returns what to wait for: the resources that the outputs come from.

    A dependency on a component of a package orders nothing inside of it; one on its outputs does.
    """
    # Pulumi takes an output for its resources; its types know of resources alone.
    return [pulumi.Output.from_input(outputs).apply(lambda _: None)] if outputs != [] else []


def summary(kind: type[Any]) -> str:
    """Returns the first paragraph of a docstring."""
    return prose((inspect.getdoc(kind) or "").partition("\n\n")[0])


def prose(text: str) -> str:
    """Returns text of a docstring without its marks, with the names of other languages."""
    text = re.sub(r"\s*\(?:\w+:`[^`]*`\)?", "", text.replace("``None``", "absent"))
    words = " ".join(re.sub("``([^`]*)``", lambda name: camel_case(name[1]), text).split())
    return words[:1].upper() + words[1:]
