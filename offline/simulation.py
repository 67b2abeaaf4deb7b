"""The simulated cloud of one run: which provider serves which package."""

import json
from collections.abc import Mapping
from pathlib import Path

import versions
from deployment.deployment import Deployment
from planning.pod_ips.demand import AddressPlan
from stackfile.files import configuration, is_yaml_program, project_name

from .components import PACKAGE, PackagedComponents
from .engine import Run, run_main, run_program
from .monitor import ProviderFactory, RecordingMonitor
from .providers.aws import AwsProvider
from .providers.eks import EksProvider
from .providers.kubernetes import KubernetesProvider
from .providers.random import RandomProvider
from .yaml_program import yaml_main


def run_stack(
    program: Path, stack: str, previous: Deployment | None = None, *, dry_run: bool = False
) -> Run:
    """Runs a stack against the simulated cloud and returns what came of it.

    :param previous: an earlier deployment.
    :param dry_run: whether outputs are as unknown as in a first preview of Pulumi's engine.
    :raises pulumi.RunError: where the stack's file, the program or the cloud refuses.
    """
    monitor = _monitor(program, stack, previous, dry_run=dry_run)
    return run_program(program, monitor, yaml_main(program) if is_yaml_program(program) else None)


def read_address_plan(program: Path, stack: str) -> AddressPlan:
    """Returns what a stack asks of its subnets, whether they are large enough or not.

    :raises pulumi.RunError: where the stack's file refuses.
    """

    def main() -> AddressPlan:
        from stackfile.account import Account
        from stackfile.capacity import address_plan
        from stackfile.load import load_settings

        account = Account()
        return address_plan(load_settings(account), account)

    return run_main(main, program, _monitor(program, stack))


def _monitor(
    program: Path, stack: str, previous: Deployment | None = None, *, dry_run: bool = False
) -> RecordingMonitor:
    project, config = project_name(program), configuration(program, stack)
    made = factories(project, config)
    return RecordingMonitor(project, stack, config, made, previous, dry_run=dry_run)


def factories(project: str, config: Mapping[str, str]) -> Mapping[str, ProviderFactory]:
    """Returns the simulated provider of each package, for a stack's configuration."""
    return {
        "aws": lambda inputs: AwsProvider(inputs.get("region")),
        "eks": lambda _: EksProvider(config["aws:region"]),
        # A simulated cluster has the version that the stack asks for; a program with another
        # configuration gets the newest one.
        "kubernetes": lambda _: KubernetesProvider(
            json.loads(config[f"{project}:cluster"])["version"]
            if f"{project}:cluster" in config
            else max(versions.KUBERNETES_STANDARD_SUPPORT_ENDS)
        ),
        "random": lambda _: RandomProvider(),
        PACKAGE: lambda _: PackagedComponents(),
    }
