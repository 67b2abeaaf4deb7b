"""``python -m planning.pod_ips``: plan the addresses of pods before there is a network.

Instance types come from the same copy of EC2's data as in the offline preview; ``plan`` reads a
stack's file. Exit status: 0 done, for ``plan`` also where subnets are too small; 1 the stack file
is not valid; 2 the command line is wrong, with the reason in one line on the error stream.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

# Typer carries click inside and gives its exceptions no public name.
from typer._click.exceptions import ClickException

from offline.ec2_data import instance_type as find_instance_type
from planning.instance_types import InstanceType

from .comparison import markdown
from .limits import CniMode, max_pods, pod_interfaces, pods_cap, uses_prefixes
from .targets import WarmTargets, ignored, starvation
from .warm_pool import WarmPool

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Plan the addresses of pods before there is a network.",
)

Type = Annotated[str, typer.Option(help="An EC2 instance type, such as m5.large.")]
Prefixes = Annotated[bool, typer.Option("--prefix-delegation", help="/28 prefixes for pods.")]
Custom = Annotated[bool, typer.Option("--custom-networking", help="Subnets for pods alone.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Target = Annotated[int | None, typer.Option(min=0, show_default=False)]


@app.command()
def simulate(
    *,
    instance_type: Type,
    pods: Annotated[int, typer.Option(min=0, help="Pods with an address of their own.")],
    peak: Annotated[
        int | None, typer.Option(min=0, help="Pods that ran before and have gone.")
    ] = None,
    warm_eni_target: Target = None,
    warm_ip_target: Target = None,
    minimum_ip_target: Target = None,
    warm_prefix_target: Target = None,
    prefix_delegation: Prefixes = False,
    custom_networking: Custom = False,
    as_json: Json = False,
) -> None:
    """Show what one node holds for so many pods."""
    kind = _known(instance_type)
    mode = CniMode(prefix_delegation=prefix_delegation, custom_networking=custom_networking)
    targets = WarmTargets(
        minimum_ip_target=minimum_ip_target,
        warm_ip_target=warm_ip_target,
        warm_eni_target=warm_eni_target,
        warm_prefix_target=warm_prefix_target,
    )
    for field, message in ignored(targets, prefixes=uses_prefixes(kind, mode), key=_option):
        _refuse(f"{_option(field)}: {message}")
    most = max_pods(kind, mode)
    for option, count in (("--pods", pods), ("--peak", peak or 0)):
        if count > most:
            _refuse(f"{option}: {kind.name} runs at most {most} pods, got {count}")
    pool = WarmPool(kind, mode, targets)
    pool.run(peak or 0)
    pool.run(pods)
    held = pool.held()
    _print(
        {
            "instance_type": kind.name,
            "pods": pods,
            **asdict(held),
            "subnet_addresses": held.subnet_addresses,
            "max_pods": most,
            **_fallback(kind, mode),
            **_warning(targets),
        },
        as_json=as_json,
    )


@app.command("max-pods")
def show_max_pods(
    *,
    instance_type: Type,
    prefix_delegation: Prefixes = False,
    custom_networking: Custom = False,
    as_json: Json = False,
) -> None:
    """Show how many pods an instance type runs, and why."""
    kind = _known(instance_type)
    mode = CniMode(prefix_delegation=prefix_delegation, custom_networking=custom_networking)
    _print(
        {
            "instance_type": kind.name,
            "max_pods": max_pods(kind, mode),
            "enis": kind.network_interfaces,
            "pod_enis": pod_interfaces(kind, mode),
            "addresses_per_eni": kind.addresses_per_interface,
            "vcpus": kind.vcpus,
            "cap": pods_cap(kind),
            **_fallback(kind, mode),
        },
        as_json=as_json,
    )


@app.command()
def plan(
    *,
    stack: Annotated[str, typer.Option(help="The stack, that is Pulumi.STACK.yaml.")] = "dev",
    plot: Annotated[
        Path | None,
        typer.Option(help="Draw demand against capacity into this SVG or PNG file."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what a stack's subnets must hold with its node groups at their maximum."""
    import pulumi

    from offline.simulation import read_address_plan
    from offline.stacks import PROGRAM
    from planning.summary import subnet

    from .remedies import remedies
    from .table import lines

    try:
        found = read_address_plan(PROGRAM, stack)
    except pulumi.RunError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    if plot:
        from .plot import FORMATS, draw

        if plot.suffix not in FORMATS:
            _refuse(f"--plot: {plot} must end in {' or '.join(FORMATS)}")
        try:
            draw(found, plot, title=stack)
        except OSError as error:
            _refuse(f"--plot: {plot} cannot be written: {error.strerror}")
    helps = [] if found.fits else list(remedies(found))
    if as_json:
        _print(
            {
                "stack": stack,
                "fits": found.fits,
                "subnets": [subnet(demand) for demand in found.subnets],
                "remedies": helps,
            },
            as_json=True,
        )
        return
    for line in lines(found.subnets):
        typer.echo(line)
    typer.echo("every subnet is large enough" if found.fits else "too small; what would help:")
    for remedy in helps:
        typer.echo(f"- {remedy}")
    if plot:
        typer.echo(f"{plot}: written")


@app.command()
def table(
    *,
    instance_types: Annotated[
        str, typer.Option(help="EC2 instance types, with commas between.")
    ] = "t3.medium,m5.large,m5.4xlarge",
    pods: Annotated[
        str, typer.Option(help="Pods on the node, with commas between.")
    ] = "0,10,30,58,110",
) -> None:
    """Print what a node holds with AWS's default targets → with the recommended ones."""
    counts = pods.split(",")
    if not all(count.isdecimal() for count in counts):
        _refuse(f"--pods: must be whole numbers with commas between, got {pods!r}")
    kinds = [_known(name) for name in instance_types.split(",")]
    for line in markdown(kinds, [int(count) for count in counts]):
        typer.echo(line)


def _known(name: str) -> InstanceType:
    kind = find_instance_type(name)
    if kind is None:
        _refuse(f"{name!r} is not an EC2 instance type")
    return kind


def _option(field: str) -> str:
    return f"--{field.replace('_', '-')}"


def _fallback(kind: InstanceType, mode: CniMode) -> dict[str, str]:
    """Returns a note where the CNI would not do what it was asked to."""
    if mode.prefix_delegation and not uses_prefixes(kind, mode):
        return {
            "note": f"{kind.name} is not built on Nitro: the CNI falls back to single addresses"
        }
    return {}


def _warning(targets: WarmTargets) -> dict[str, str]:
    """Returns a warning of targets that no stack may have, though the CNI heeds them."""
    found = [f"{_option(field)}: {message}" for field, message in starvation(targets, key=_option)]
    return {"warning": "; ".join(found)} if found else {}


def _print(data: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(data))
        return
    width = max(map(len, data))
    for key, value in data.items():
        shown = ", ".join(map(str, value)) if isinstance(value, tuple) else value
        typer.echo(f"{key.replace('_', ' '):{width}}  {shown}")


def _refuse(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(2) from None


def main() -> None:
    """Runs the command line, with its own mistakes in one line, too."""
    command = typer.main.get_command(app)
    try:
        sys.exit(command.main(standalone_mode=False))
    except ClickException as error:
        typer.echo(error.format_message(), err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
