"""The simulated cloud of one run: which provider serves which package."""

import json
from collections import Counter
from collections.abc import Mapping
from ipaddress import IPv4Network
from pathlib import Path
from typing import Final

import versions
from deployment.deployment import Deployment
from planning.pod_ips.demand import AddressPlan
from stackfile.files import configuration, is_yaml_program, project_name, stack_name
from stackfile.placeholders import DOCUMENTATION_ACCOUNT

from .components import PACKAGE, PackagedComponents
from .engine import Run, run_main, run_program
from .monitor import ProviderFactory, RecordingMonitor
from .partitions import partition_of
from .providers.aws import AwsProvider
from .providers.eks import EksProvider
from .providers.kubernetes import KubernetesProvider
from .providers.random import RandomProvider
from .yaml_program import yaml_main

# Where an ARN has its account (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html).
_ACCOUNT_AT: Final = 4


def run_stack(
    program: Path,
    stack: str,
    previous: Deployment | None = None,
    *,
    file: str = "",
    dry_run: bool = False,
) -> Run:
    """Runs a stack against the simulated cloud and returns what came of it.

    :param stack: its name, or the path of its file.
    :param previous: an earlier deployment.
    :param file: the stack whose file it is run with; empty: its own.
    :param dry_run: whether outputs are as unknown as in a first preview of Pulumi's engine.
    :raises pulumi.RunError: where the stack's file, the program or the cloud refuses.
    """
    monitor = _monitor(program, stack, previous, file=file, dry_run=dry_run)
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
    program: Path,
    stack: str,
    previous: Deployment | None = None,
    *,
    file: str = "",
    dry_run: bool = False,
) -> RecordingMonitor:
    project, config = project_name(program), configuration(program, file or stack)
    made = factories(project, config, account_of(previous or Deployment()))
    return RecordingMonitor(project, stack_name(stack), config, made, previous, dry_run=dry_run)


def account_of(deployment: Deployment) -> str:
    """Returns the account that most of a deployment is in; AWS's own example where none is told."""
    parts = [
        str(resource.outputs.get("arn")).split(":")
        for resource in deployment
        if resource.type.startswith("aws:")
    ]
    accounts = Counter(
        arn[_ACCOUNT_AT] for arn in parts if len(arn) > _ACCOUNT_AT and arn[_ACCOUNT_AT].isdigit()
    )
    return accounts.most_common(1)[0][0] if accounts else DOCUMENTATION_ACCOUNT


def _kubernetes(cluster: Mapping[str, str], dns_suffix: str) -> KubernetesProvider:
    """Returns the API of the cluster that a stack asks for.

    :param cluster: the section; of a program with another configuration, whose cluster has the
        newest version, nothing.
    """
    version = cluster.get("version") or max(versions.KUBERNETES_STANDARD_SUPPORT_ENDS)
    services = IPv4Network(cluster["serviceCidr"]) if cluster.get("serviceCidr") else None
    return KubernetesProvider(version, dns_suffix=dns_suffix, services=services)


def factories(
    project: str, config: Mapping[str, str], account: str = DOCUMENTATION_ACCOUNT
) -> Mapping[str, ProviderFactory]:
    """Returns the simulated provider of each package, for a stack's configuration.

    :param account: the AWS account.
    """
    return {
        "aws": lambda inputs: AwsProvider(inputs.get("region"), account=account),
        "eks": lambda _: EksProvider(config["aws:region"]),
        "kubernetes": lambda _: _kubernetes(
            json.loads(config.get(f"{project}:cluster", "{}")),
            partition_of(config["aws:region"]).dns_suffix,
        ),
        "random": lambda _: RandomProvider(),
        PACKAGE: lambda _: PackagedComponents(),
    }
