"""The schemas of the served packages, as far as a program in Pulumi YAML asks for them.

The host of such programs looks up functions and explicit providers before it runs one
(https://github.com/pulumi/pulumi-yaml/blob/v1.25.0/pkg/pulumiyaml/packages.go). What is said here
comes from the SDK's own classes; a resource of the package is not described.
"""

import inspect
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import version
from typing import Any, Final

from pulumi import _types as sdk_types

from .schema import arguments_class, required, types_of, unwrapped

_SCALARS: Final[Mapping[type, str]] = {
    bool: "boolean",
    float: "number",
    int: "integer",
    str: "string",
}
_ANY: Final = {"$ref": "pulumi.json#/Any"}


@cache
def schema_of(package: str, functions: tuple[str, ...]) -> Mapping[str, Any]:
    """Returns the schema of a package.

    :param functions: the tokens of the functions that are served.
    """
    arguments = arguments_class(import_module(f"pulumi_{package}").Provider)
    return {
        "name": package,
        "version": version(f"pulumi-{package}"),
        "provider": {
            "inputProperties": _properties(types_of(arguments)),
            "requiredInputs": sorted(required(arguments)),
        },
        "functions": {token: _function(token) for token in functions},
    }


def _function(token: str) -> Mapping[str, Any]:
    """Returns the schema of a function such as ``aws:ec2/getInstanceType:getInstanceType``."""
    package, path, name = token.split(":")
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    folder = path.partition("/")[0]
    of_sdk = f"pulumi_{package}" + ("" if folder == "index" else f".{folder}")
    module = import_module(f"{of_sdk}.{words}")
    function = getattr(module, words)
    result = getattr(module, f"{name[0].upper()}{name[1:]}Result")
    parameters: Iterable[str] = inspect.signature(function).parameters.keys() - {"opts"}
    return {
        "inputs": {"properties": {_camel_case(key): _ANY for key in sorted(parameters)}},
        "outputs": {"properties": _properties(sdk_types.output_type_types(result))},
    }


def _properties(types: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _property(annotation) for key, annotation in sorted(types.items())}


def _property(annotation: Any) -> Mapping[str, Any]:
    scalar = _SCALARS.get(unwrapped(annotation))
    return {"type": scalar} if scalar else _ANY


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))
