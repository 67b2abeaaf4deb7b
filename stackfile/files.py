"""A stack's configuration, read from its file as the engine would hand it over."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pulumi
import yaml

from deployment.names import STACK_NAME
from deployment.texts import printable_lines

# Of values in a stack file; those of ours have a hundred.
_LARGEST: Final = 100_000
PROGRAM: Final = Path(__file__).resolve().parent.parent
_FILE: Final = re.compile(r"(.*/)?Pulumi\.(?P<stack>[^/]+)\.yaml", re.DOTALL)


class StackFileError(pulumi.RunError):
    """A stack file that cannot be used; Pulumi prints its message without a traceback."""

    def __init__(self, file: str, errors: Iterable[str]) -> None:
        lines = "\n".join(f"  {printable_lines(error)}" for error in errors)
        super().__init__(f"{file} is not valid:\n{lines}")


class _StrictLoader(yaml.SafeLoader):
    """A loader that refuses a key given twice, as Pulumi's own does."""

    def get_single_node(self) -> yaml.Node | None:
        """Returns the document; refuses one whose aliases make it far larger than its text."""
        node = super().get_single_node()
        if node and _size(node, {}) > _LARGEST:
            raise yaml.YAMLError(f"with its aliases it holds more than {_LARGEST:,} values")
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002  the base class's own form
        seen: set[tuple[str, str]] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if (key.tag, key.value) in seen:
                    line = node.start_mark.line + 1
                    raise yaml.YAMLError(f"the map at line {line} has {key.value!r} twice")
                seen.add((key.tag, key.value))
        return super().construct_mapping(node, deep)


def _size(node: yaml.Node, known: dict[int, int]) -> int:
    """Returns how many values a node holds, each alias counted as what it names."""
    if id(node) not in known:
        # Of an alias inside of what it names: the parser's caller refuses it by name.
        known[id(node)] = 0
        parts = node.value if isinstance(node, yaml.CollectionNode) else ()
        if isinstance(node, yaml.MappingNode):
            parts = [part for pair in node.value for part in pair]
        known[id(node)] = 1 + sum(_size(part, known) for part in parts)
    return known[id(node)]


def check_name(stack: str) -> None:
    """Raises ``pulumi.RunError`` for a name that no stack can have."""
    if not re.fullmatch(STACK_NAME, stack):
        raise pulumi.RunError(
            f"{stack!r} is no stack name: at most 100 letters, digits, '-', '_' and '.'"
        )


def names_file(stack: str) -> bool:
    """Returns whether a text is the path of a stack's file, and not the stack's name."""
    return _FILE.fullmatch(stack) is not None


def stack_name(stack: str) -> str:
    """Returns the name of a stack that is given by its name, or by the path of its file.

    :raises pulumi.RunError: for what is neither.
    """
    named = _FILE.fullmatch(stack)
    if not named and "/" in stack:
        raise pulumi.RunError(f"{stack!r} is no stack name, nor the path of a Pulumi.NAME.yaml")
    name = named["stack"] if named else stack
    check_name(name)
    return name


def project_name(program: Path) -> str:
    """Returns the project's name."""
    return str(read_yaml(program / "Pulumi.yaml")["name"])


def is_yaml_program(program: Path) -> bool:
    """Returns whether the program is written in Pulumi YAML."""
    return read_yaml(program / "Pulumi.yaml").get("runtime") == "yaml"


def stack_names(program: Path) -> list[str]:
    """Returns the names of the stacks that have a file."""
    names = (
        path.name.removeprefix("Pulumi.").removesuffix(".yaml")
        for path in program.glob("Pulumi.*.yaml")
        if path.is_file()
    )
    return sorted(name for name in names if re.fullmatch(STACK_NAME, name))


def recording_name(region: str) -> str:
    """Returns the name of the file that keeps what EC2 says of a region of one account."""
    return f"Cloud.{region}.json"


def vpc_recording_name(vpc_id: str) -> str:
    """Returns the name of the file that keeps what EC2 says of a VPC."""
    return f"Vpc.{vpc_id}.json"


def configuration(program: Path, stack: str) -> Mapping[str, str]:
    """Returns the stack's configuration by full key: objects as JSON, everything else as text.

    :param stack: its name, where its file is in the program's folder; or the path of the file.
    :raises pulumi.RunError: for a file that is not there or cannot be read.
    """
    path = program / f"Pulumi.{stack_name(stack)}.yaml"
    if names_file(stack):
        path = Path(stack)
    if not path.is_file():
        known = ", ".join(stack_names(path.parent)) or "none"
        raise pulumi.RunError(f"{path.name} is not there; stacks with a file: {known}")
    config = read_yaml(path).get("config")
    if not isinstance(config, dict) or not config:
        raise StackFileError(path.name, ["config: is required and not there"])
    bare = sorted(str(key) for key in config if ":" not in str(key))
    if bare:
        project = project_name(program)
        raise StackFileError(
            path.name, [f"{key}: has no namespace; write {project}:{key}" for key in bare]
        )
    return {str(key): _as_text(str(key), value, path.name) for key, value in config.items()}


def _as_text(key: str, value: Any, file: str) -> str:
    try:
        text = value if isinstance(value, str) else json.dumps(value, default=str)
    except (TypeError, ValueError) as error:
        # A date for a key, or an alias inside of what it names.
        raise StackFileError(file, [f"{key}: cannot be written as JSON: {error}"]) from None
    if encrypted := list(_encrypted(key, value)):
        hint = "is encrypted, and an offline run has no key"
        raise StackFileError(file, [f"{place}: {hint}" for place in encrypted])
    return text


def _encrypted(place: str, value: Any) -> Iterator[str]:
    """Yields the places of what `pulumi config set --secret` wrote, at any depth."""
    if isinstance(value, dict):
        if "secure" in value:
            yield place
        for key, part in value.items():
            yield from _encrypted(f"{place}.{key}", part)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _encrypted(f"{place}[{index}]", part)


def _fault(error: Exception) -> str:
    """Returns what is wrong with a text and where, without the text, which may hold secrets."""
    problem, mark = getattr(error, "problem", None), getattr(error, "problem_mark", None)
    if problem and mark:
        return f"{problem}, in line {mark.line + 1}, column {mark.column + 1}"
    return str(error)


def read_yaml(path: Path) -> dict[str, Any]:
    """Returns the map that a file holds.

    :raises pulumi.RunError: for a file that cannot be read or holds no map.
    """
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), _StrictLoader)  # noqa: S506  a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # PyYAML lets a date such as 2026-13-45 and a number of 5,000 digits end in a ValueError.
        raise StackFileError(path.name, [f"it is not YAML: {_fault(error)}"]) from None
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise StackFileError(path.name, ["it must be a map with the key config"])
    return data
