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


def yaml_main(program: Path) -> Callable[[], None]:
    """Returns what runs the program.

    :param program: the folder of its ``Pulumi.yaml``.
    """
    return lambda: _Program(read_yaml(program / "Pulumi.yaml")).run()


class _Program:
    """A program; whatever is named is made when something needs it first."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        _check_keys("", data, _PROGRAM_KEYS)
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
        _check_keys(f"config.{name}", declared, {"type", "default"})
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
        _check_keys(f"variables.{name}.fn::invoke", call, {"function", "arguments", "return"})
        package, *module, function = call["function"].split(":")
        # The whole token of aws:getRegion is aws:index/getRegion:getRegion.
        if "/" not in call["function"]:
            module = [f"{(module or ['index'])[0]}/{function}"]
        arguments = self._expressions.evaluate(call.get("arguments", {}))
        answer = pulumi.runtime.invoke(":".join([package, *module, function]), arguments).value
        return answer[call["return"]] if "return" in call else answer

    def _resource(self, name: str, declared: Mapping[str, Any]) -> pulumi.Resource:
        place = f"resources.{name}"
        _check_keys(place, declared, {"type", "properties", "options"})
        options = declared.get("options") or {}
        _check_keys(f"{place}.options", options, {"dependsOn", "provider", "providers"})
        chosen = self._expressions.evaluate(options)
        opts = pulumi.ResourceOptions(
            depends_on=chosen.get("dependsOn"),
            provider=chosen.get("provider"),
            providers=chosen.get("providers"),
        )
        properties = self._expressions.evaluate(declared.get("properties") or {})
        token = str(declared["type"])
        if token.startswith(_PROVIDERS):
            package = token.removeprefix(_PROVIDERS)
            return pulumi.ProviderResource(package, name, properties, opts=opts)
        if token.split(":", maxsplit=1)[0] not in self._section("packages"):
            raise YamlProgramError(
                f"{place}.type: {token} is of no package that the program names; other resources "
                "are not supported here"
            )
        # Pulumi's SDK resolves those outputs alone that it finds among the properties.
        outputs = dict.fromkeys(package_host().outputs(token))
        return pulumi.ComponentResource(token, name, {**outputs, **properties}, opts, remote=True)


def _check_keys(place: str, data: object, known: Iterable[str]) -> None:
    """Raises :class:`YamlProgramError` where a map has a key that is not supported."""
    if not isinstance(data, Mapping):
        raise YamlProgramError(f"{place}: must be a map")
    for key in data:
        if key not in known:
            path = f"{place}.{key}".removeprefix(".")
            listed = ", ".join(sorted(known))
            raise YamlProgramError(f"{path}: is not supported here; supported: {listed}")
