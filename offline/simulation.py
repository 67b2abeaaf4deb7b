"""The simulated cloud of one run: which provider serves which package."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pulumi.provider.experimental.provider import Provider

from .deployment import RecordedResource
from .engine import ProviderFactory, run_program
from .providers.aws import AwsProvider
from .providers.eks import EksProvider
from .providers.kubernetes import KubernetesProvider
from .stacks import configuration, project_name


def run_stack(
    program: Path, stack: str, on_resource: Callable[[RecordedResource], None] = lambda _: None
) -> list[RecordedResource]:
    """Runs a stack against the simulated cloud and returns the resources of its deployment.

    :raises pulumi.RunError: where the stack's file, the program or the cloud refuses.
    """
    config = configuration(program, stack)
    return run_program(
        program,
        project=project_name(program),
        stack=stack,
        config=config,
        factories=_factories(config),
        on_resource=on_resource,
    )


def _factories(config: Mapping[str, str]) -> Mapping[str, ProviderFactory]:
    region = config.get("aws:region")

    def kubernetes(inputs: Mapping[str, Any]) -> Provider:
        return KubernetesProvider(str(_cluster_version(config)))

    return {
        "aws": lambda inputs: AwsProvider(inputs.get("region")),
        "eks": lambda _: EksProvider(region),
        "kubernetes": kubernetes,
    }


def _cluster_version(config: Mapping[str, str]) -> str:
    return str(json.loads(config["eks-platform:cluster"])["version"])
