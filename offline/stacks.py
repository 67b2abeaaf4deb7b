"""A stack's configuration, read from its file as the engine would hand it over."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pulumi
import yaml

PROGRAM: Final = Path(__file__).resolve().parent.parent


def project_name(program: Path) -> str:
    """Returns the project's name."""
    return str(_load(program / "Pulumi.yaml")["name"])


def configuration(program: Path, stack: str) -> Mapping[str, str]:
    """Returns the stack's configuration by full key: objects as JSON, everything else as text.

    :raises pulumi.RunError: for a file that is not there or cannot be read.
    """
    path = program / f"Pulumi.{stack}.yaml"
    if not path.is_file():
        known = sorted(
            found.name.removeprefix("Pulumi.").removesuffix(".yaml")
            for found in program.glob("Pulumi.*.yaml")
        )
        message = f"{path.name} is not there; stacks with a file: {', '.join(known) or 'none'}"
        raise pulumi.RunError(message)
    data = _load(path)
    config = data.get("config")
    if not isinstance(config, dict) or not config:
        message = f"{path.name} is not valid:\n  config: is required and not there"
        raise pulumi.RunError(message)
    bare = sorted(str(key) for key in config if ":" not in str(key))
    if bare:
        message = f"{path.name} is not valid:\n" + "\n".join(
            f"  {key}: has no namespace; write {project_name(program)}:{key}" for key in bare
        )
        raise pulumi.RunError(message)
    return {str(key): _as_text(str(key), value, path.name) for key, value in config.items()}


def _as_text(key: str, value: Any, file: str) -> str:
    if isinstance(value, dict) and value.keys() == {"secure"}:
        message = f"{file} is not valid:\n  {key}: is encrypted, and an offline run has no key"
        raise pulumi.RunError(message)
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _load(path: Path) -> dict[str, Any]:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        message = f"{path.name} is not valid:\n  it is not YAML: {error}"
        raise pulumi.RunError(message) from None
    if data is None:
        return {}
    if not isinstance(data, dict):
        message = f"{path.name} is not valid:\n  it must be a map with the key config"
        raise pulumi.RunError(message)
    return data
