"""The simulated cloud of one run: which provider serves which package."""

import json
from collections.abc import Mapping
from pathlib import Path

from .deployment import RecordedResource
from .engine import run_program
from .monitor import ProviderFactory
from .providers.aws import AwsProvider
from .providers.eks import EksProvider
from .providers.kubernetes import KubernetesProvider
from .stacks import configuration, project_name


def run_stack(program: Path, stack: str) -> list[RecordedResource]:
    """Runs a stack against the simulated cloud and returns the resources of its deployment.

    :raises pulumi.RunError: where the stack's file, the program or the cloud refuses.
    """
    project, config = project_name(program), configuration(program, stack)
    return run_program(
        program, project=project, stack=stack, config=config, factories=factories(project, config)
    )


def factories(project: str, config: Mapping[str, str]) -> Mapping[str, ProviderFactory]:
    """Returns the simulated provider of each package, for a stack's configuration."""
    return {
        "aws": lambda inputs: AwsProvider(inputs.get("region")),
        "eks": lambda _: EksProvider(config["aws:region"]),
        # A simulated cluster has the version that the stack asks for.
        "kubernetes": lambda _: KubernetesProvider(
            json.loads(config[f"{project}:cluster"])["version"]
        ),
    }
