"""Runs programs in Pulumi YAML, in as much of the language as the package's components need.

That is configuration, variables from functions, components and explicit providers with their
properties and options, interpolations and outputs
(https://www.pulumi.com/docs/iac/languages-sdks/yaml/yaml-language-reference/). The rest of the
language is refused by name.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import pulumi

from stackfile.files import read_yaml

from .components import package_host
from .expressions import Expressions, YamlProgramError

_PROVIDERS: Final = "pulumi:providers:"
_PROGRAM_KEYS: Final = {
    "name", "description", "runtime", "packages", "config", "variables", "resources", "outputs",
}  # fmt: skip
_CONFIG_KEYS: Final = {"type", "default"}
_RESOURCE_KEYS: Final = {"type", "properties", "options"}
_OPTION_KEYS: Final = {"dependsOn", "provider", "providers"}
_INVOKE_KEYS: Final = {"function", "arguments", "return"}


def yaml_main(program: Path) -> Callable[[], None]:
    """Returns what runs the program.

    :param program: the folder of its ``Pulumi.yaml``.
    """
    return lambda: _Program(read_yaml(program / "Pulumi.yaml")).run()


class _Program:
    """A program; whatever is named is made when something needs it first."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        check_keys("", data, _PROGRAM_KEYS)
        self._data = data
        self._expressions = Expressions(self._make)

    def run(self) -> None:
        for name in self._section("resources"):
            self._expressions.value_of(name)
        for name, expression in self._section("outputs").items():
            pulumi.export(name, self._expressions.evaluate(expression))

    def _section(self, key: str) -> Mapping[str, Any]:
        return self._data.get(key) or {}

    def _make(self, name: str) -> Any:
        if name == "pulumi":
            return {"project": pulumi.get_project(), "stack": pulumi.get_stack()}
        for key, make in (
            ("resources", self._resource),
            ("variables", self._variable),
            ("config", self._configured),
        ):
            if name in self._section(key):
                return make(name, self._section(key)[name])
        raise YamlProgramError(f"{name}: is no resource, variable or configuration of the program")

    def _configured(self, name: str, declared: Mapping[str, Any]) -> Any:
        check_keys(f"config.{name}", declared, _CONFIG_KEYS)
        text = pulumi.Config().get(name)
        if text is None and "default" not in declared:
            key = f"{pulumi.get_project()}:{name}"
            raise YamlProgramError(f"config.{name}: has no value; pulumi config set {key} VALUE")
        if text is None:
            return declared["default"]
        if declared.get("type", "string") != "string":
            raise YamlProgramError(f"config.{name}.type: only string is supported here")
        return text

    def _variable(self, name: str, expression: Any) -> Any:
        if not isinstance(expression, Mapping) or "fn::invoke" not in expression:
            return self._expressions.evaluate(expression)
        call = expression["fn::invoke"]
        check_keys(f"variables.{name}.fn::invoke", call, _INVOKE_KEYS)
        arguments = self._expressions.evaluate(call.get("arguments", {}))
        answer = pulumi.runtime.invoke(_function_token(call["function"]), arguments).value
        return answer[call["return"]] if "return" in call else answer

    def _resource(self, name: str, declared: Mapping[str, Any]) -> pulumi.Resource:
        check_keys(f"resources.{name}", declared, _RESOURCE_KEYS)
        options = declared.get("options") or {}
        check_keys(f"resources.{name}.options", options, _OPTION_KEYS)
        chosen = {key: self._expressions.evaluate(value) for key, value in options.items()}
        opts = pulumi.ResourceOptions(
            depends_on=chosen.get("dependsOn"),
            provider=chosen.get("provider"),
            providers=chosen.get("providers"),
        )
        properties = self._expressions.evaluate(declared.get("properties") or {})
        token = str(declared["type"])
        if token.startswith(_PROVIDERS):
            return pulumi.ProviderResource(
                token.removeprefix(_PROVIDERS), name, properties, opts=opts
            )
        if token.split(":", maxsplit=1)[0] not in self._section("packages"):
            raise YamlProgramError(
                f"resources.{name}.type: {token} is of no package that the program names; other "
                "resources are not supported here"
            )
        return _Component(token, name, properties, opts)


class _Component(pulumi.ComponentResource):
    """A component that its package makes."""

    def __init__(
        self, token: str, name: str, properties: pulumi.Inputs, opts: pulumi.ResourceOptions
    ) -> None:
        outputs = dict.fromkeys(package_host().outputs(token))
        super().__init__(token, name, {**outputs, **properties}, opts, remote=True)


def check_keys(place: str, data: object, known: Iterable[str]) -> None:
    """Raises :class:`YamlProgramError` where a map has a key that is not supported."""
    if not isinstance(data, Mapping):
        raise YamlProgramError(f"{place}: must be a map")
    for key in data:
        if key not in known:
            path = f"{place}.{key}" if place else str(key)
            listed = ", ".join(sorted(known))
            raise YamlProgramError(f"{path}: is not supported here; supported: {listed}")


def _function_token(token: str) -> str:
    """Returns the whole of a function's token, such as that of ``aws:getRegion``."""
    package, *module, name = token.split(":")
    if "/" in token:
        return token
    return f"{package}:{'/'.join([*(module or ['index']), name])}:{name}"
