"""Small programs that run through the offline engine."""

import json
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

from deployment.deployment import Deployment
from deployment.export import export
from deployment.resource import Resource
from offline.engine import Run, run_program
from offline.monitor import ProviderFactory, RecordingMonitor
from offline.providers.aws import AwsProvider
from offline.providers.eks import EksProvider
from offline.providers.kubernetes import KubernetesProvider
from offline.providers.random import RandomProvider
from offline.simulation import account_of, factories
from stackfile.files import PROGRAM, configuration

REGION = "ap-northeast-2"


def run_text(folder: Path, text: str, config: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Runs a program's text in a folder and returns its export."""
    return complete(export(record_text(folder, text, config)))


def record_text(folder: Path, text: str, config: Mapping[str, str] | None = None) -> list[Resource]:
    """Runs a program's text in a folder and returns its resources."""
    (folder / "__main__.py").write_text(dedent(text), encoding="utf-8")
    providers: dict[str, ProviderFactory] = {
        "aws": lambda inputs: AwsProvider(inputs.get("region")),
        "eks": lambda _: EksProvider(REGION),
        "kubernetes": lambda _: KubernetesProvider("1.36"),
        "random": lambda _: RandomProvider(),
    }
    known = {"aws:region": REGION, **(config or {})}
    return run_program(folder, RecordingMonitor("proj", "dev", known, providers)).resources


def complete(data: dict[str, Any]) -> dict[str, Any]:
    """Returns an export in which every resource has inputs and outputs, for a test to change."""
    for resource in data["deployment"]["resources"]:
        resource.setdefault("inputs", {})
        resource.setdefault("outputs", {})
    return data


def by_name(data: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Returns the resources of an export by type and logical name."""
    return {
        f"{resource['type']} {resource['urn'].rsplit('::', maxsplit=1)[-1]}": resource
        for resource in data["deployment"]["resources"]
    }


def run_platform(
    changes: Mapping[str, Any] | None = None, stack: str = "dev", previous: Deployment | None = None
) -> dict[str, Any]:
    """Runs the platform as :func:`run_of_platform` does, and returns its export."""
    return complete(export(record_platform(changes, stack, previous)))


def record_platform(
    changes: Mapping[str, Any] | None = None, stack: str = "dev", previous: Deployment | None = None
) -> list[Resource]:
    """Runs the platform as :func:`run_of_platform` does, and returns its resources."""
    return run_of_platform(changes, stack, previous).resources


def run_of_platform(
    changes: Mapping[str, Any] | None = None, stack: str = "dev", previous: Deployment | None = None
) -> Run:
    """Runs the platform with a shipped stack's file changed, and returns what came of it.

    :param changes: what a section becomes, by its key without namespace; ``None`` removes it.
    :param previous: the running stack.
    """
    config = dict(configuration(PROGRAM, stack))
    for section, value in (changes or {}).items():
        key = section if ":" in section else f"eks-platform:{section}"
        if value is None:
            del config[key]
        else:
            config[key] = value if isinstance(value, str) else json.dumps(value)
    made = factories("eks-platform", config, account_of(previous or Deployment()))
    monitor = RecordingMonitor("eks-platform", stack, config, made, previous)
    return run_program(PROGRAM, monitor)


def section(key: str, stack: str = "dev") -> dict[str, Any]:
    """Returns a section of a shipped stack's file."""
    found: dict[str, Any] = json.loads(configuration(PROGRAM, stack)[f"eks-platform:{key}"])
    return found
