"""Expressions of Pulumi YAML: names in ``${}``, their outputs, items of lists and of maps."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import pulumi

_INTERPOLATION: Final = re.compile(r"\$\{([^}]*)\}")
_NAME: Final = r"[A-Za-z_][\w-]*"
_ACCESS: Final = re.compile(rf'\.({_NAME})|\[(\d+)\]|\["([^"]*)"\]')
_PATH: Final = re.compile(rf"({_NAME})((?:{_ACCESS.pattern})*)")


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
            for key in expression:
                if str(key).startswith("fn::"):
                    raise YamlProgramError(f"{key}: is not supported here")
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
        # Text and paths by turns, since the pattern has one group.
        parts: list[Any] = _INTERPOLATION.split(text)
        parts[1::2] = map(self._access, parts[1::2])
        match parts:
            case ["", whole, ""]:
                return whole
            case _:
                pass
        if any(isinstance(part, pulumi.Output) for part in parts):
            return pulumi.Output.concat(*parts)
        return "".join(map(str, parts))

    def _access(self, path: str) -> Any:
        found = _PATH.fullmatch(path)
        if not found:
            raise YamlProgramError(f"${{{path}}}: is not an expression that is supported here")
        value = self.value_of(found[1])
        for prop, index, key in _ACCESS.findall(found[2]):
            value = _below(value, int(index) if index else prop or key, path)
        return value


def _below(value: Any, key: str | int, path: str) -> Any:
    """Returns what a value has at a key, an output where it is one itself."""
    if isinstance(value, pulumi.Resource):
        output = vars(value).get(str(key))
        if output is None:
            raise YamlProgramError(f"${{{path}}}: there is no output {key}")
        return _of(value, output)
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

    return pulumi.Output._from_data(data())  # noqa: SLF001  likewise
