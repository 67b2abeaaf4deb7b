"""Expressions of Pulumi YAML: names in ``${}``, their outputs, items of lists and of maps."""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import pulumi

_INTERPOLATION: Final = re.compile(r"\$\{([^}]*)\}")
_NAME: Final = re.compile(r"[A-Za-z_][\w-]*")
_ACCESS: Final = re.compile(r'\.([A-Za-z_][\w-]*)|\[(\d+)\]|\["([^"]*)"\]')


class YamlProgramError(pulumi.RunError):
    """A program that cannot be run here; its message needs no traceback."""

    def __init__(self, message: str) -> None:
        super().__init__(f"Pulumi.yaml: {message}")


class Expressions:
    """Evaluates expressions of one program.

    :param make: makes what a name stands for; asked once for each.
    """

    def __init__(self, make: Callable[[str], Any]) -> None:
        self._make = make
        self._made: dict[str, Any] = {}
        self._making: list[str] = []

    def evaluate(self, expression: Any) -> Any:
        """Returns what an expression, or all of a map or list of them, stands for."""
        if isinstance(expression, Mapping):
            function = next((key for key in expression if str(key).startswith("fn::")), None)
            if function:
                raise YamlProgramError(f"{function}: is not supported here")
            return {key: self.evaluate(value) for key, value in expression.items()}
        if isinstance(expression, list):
            return [self.evaluate(item) for item in expression]
        return self._text(expression) if isinstance(expression, str) else expression

    def value_of(self, name: str) -> Any:
        """Returns what a name stands for."""
        if name in self._making:
            raise YamlProgramError(f"{' -> '.join([*self._making, name])}: needs itself")
        if name not in self._made:
            self._making.append(name)
            self._made[name] = self._make(name)
            self._making.pop()
        return self._made[name]

    def _text(self, text: str) -> Any:
        if "$${" in text:
            raise YamlProgramError(f"$${{: is not supported here, in {text!r}")
        if whole := _INTERPOLATION.fullmatch(text):
            return self._access(whole[1])
        parts: list[Any] = []
        end = 0
        for found in _INTERPOLATION.finditer(text):
            parts += [text[end : found.start()], self._access(found[1])]
            end = found.end()
        parts.append(text[end:])
        if any(isinstance(part, pulumi.Output) for part in parts):
            return pulumi.Output.concat(*parts)
        return "".join(map(str, parts))

    def _access(self, path: str) -> Any:
        name = _NAME.match(path)
        if not name:
            raise YamlProgramError(f"${{{path}}}: is not an expression that is supported here")
        value, end = self.value_of(name[0]), name.end()
        while end < len(path):
            step = _ACCESS.match(path, end)
            if not step:
                raise YamlProgramError(f"${{{path}}}: is not an expression that is supported here")
            prop, index, key = step.groups()
            value = _below(value, int(index) if index else prop or key, path)
            end = step.end()
        return value


def _below(value: Any, key: str | int, path: str) -> Any:
    """Returns what a value has at a key, an output where it is one itself."""
    if isinstance(value, pulumi.Resource):
        if key not in vars(value):
            raise YamlProgramError(f"${{{path}}}: there is no output {key}")
        return _of(value, getattr(value, str(key)))
    try:
        return value[key]
    except (KeyError, IndexError, TypeError):
        raise YamlProgramError(f"${{{path}}}: there is nothing at {key}") from None


def _of(resource: pulumi.Resource, output: pulumi.Output[Any]) -> pulumi.Output[Any]:
    """Returns the output as one of the resource alone.

    Of a component, the host of Pulumi YAML does not know which of its children an output comes
    from. The engine then takes all that are in it
    (``DependenciesOf`` in
    https://github.com/pulumi/pulumi/blob/v3.274.1/pkg/resource/graph/dependency_graph.go).
    """

    async def data() -> Any:
        return replace(await output._data, resources={resource})  # noqa: SLF001  no public way

    alone = object.__new__(pulumi.Output)
    vars(alone)["_data"] = asyncio.ensure_future(data())
    return alone
