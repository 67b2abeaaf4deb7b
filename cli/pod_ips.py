"""``pod-ips``: plan the addresses of pods before there is a network.

Instance types come from the same copy of EC2's data as in the offline preview; ``plan`` reads a
stack's file, and ends well where subnets are too small, too.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from deployment.texts import json_text
from offline.ec2_data import instance_type as find_instance_type
from planning.instance_types import InstanceType
from planning.pod_ips.comparison import markdown
from planning.pod_ips.limits import CniMode, max_pods, pod_interfaces, pods_cap, uses_prefixes
from planning.pod_ips.targets import WarmTargets, ignored, starvation
from planning.pod_ips.warm_pool import WarmPool

from .errors import CommandError, new_app, writing
from .options import Json, Stack
from .output import say

app = new_app()

Type = Annotated[str, typer.Option(help="An EC2 instance type, such as m5.large.")]
Prefixes = Annotated[bool, typer.Option("--prefix-delegation", help="/28 prefixes for pods.")]
Custom = Annotated[bool, typer.Option("--custom-networking", help="Subnets for pods alone.")]
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
        raise CommandError(f"{_option(field)}: {message}")
    most = max_pods(kind, mode)
    for option, count in (("--pods", pods), ("--peak", peak or 0)):
        if count > most:
            raise CommandError(f"{option}: {kind.name} runs at most {most} pods, got {count}")
    pool = WarmPool(kind, mode, targets)
    pool.run(peak or 0)
    pool.run(pods)
    held = pool.held()
    # Of targets that no stack may have, though the CNI heeds them.
    warnings = (f"{_option(field)}: {text}" for field, text in starvation(targets, key=_option))
    _print(
        {
            "instance_type": kind.name,
            "pods": pods,
            **asdict(held),
            "subnet_addresses": held.subnet_addresses,
            "max_pods": most,
            "note": _note(kind, mode),
            "warning": "; ".join(warnings),
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
            "note": _note(kind, mode),
        },
        as_json=as_json,
    )


@app.command()
def plan(
    *,
    stack: Stack = "dev",
    plot: Annotated[
        Path | None, typer.Option(help="Draw demand against capacity into this SVG or PNG file.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what a stack's subnets must hold with its node groups at their maximum."""
    from offline.simulation import read_address_plan
    from planning.plan import subnet_data
    from planning.pod_ips.remedies import remedies
    from planning.pod_ips.table import lines
    from stackfile.files import PROGRAM, stack_name

    found, name = read_address_plan(PROGRAM, stack), stack_name(stack)
    if plot:
        from report.figures import FORMATS, write
        from report.subnet_plot import subnet_figure

        if plot.suffix not in FORMATS:
            raise CommandError(f"--plot: {plot} must end in {' or '.join(FORMATS)}")
        with writing(plot) as draft:
            write(lambda: subnet_figure(found, title=name), draft)
    helps = [] if found.fits else list(remedies(found))
    if as_json:
        subnets = [subnet_data(demand) for demand in found.subnets]
        data = {"stack": name, "fits": found.fits, "subnets": subnets, "remedies": helps}
        say(json_text(data))
        return
    for line in lines(found.subnets):
        say(line)
    say("every subnet is large enough" if found.fits else "too small; what would help:")
    for remedy in helps:
        say(f"- {remedy}")
    if plot:
        say(f"{plot}: written")


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
        raise CommandError(f"--pods: must be whole numbers with commas between, got {pods!r}")
    kinds = [_known(name) for name in instance_types.split(",")]
    for line in markdown(kinds, [int(count) for count in counts]):
        say(line)


def _known(name: str) -> InstanceType:
    kind = find_instance_type(name)
    if kind is None:
        raise CommandError(f"{name!r} is not an EC2 instance type")
    return kind


def _option(field: str) -> str:
    return f"--{field.replace('_', '-')}"


def _note(kind: InstanceType, mode: CniMode) -> str:
    """Returns a note where the CNI would not do what it was asked to, or nothing."""
    if mode.prefix_delegation and not uses_prefixes(kind, mode):
        return f"{kind.name} is not built on Nitro: the CNI falls back to single addresses"
    return ""


def _print(data: dict[str, Any], *, as_json: bool) -> None:
    """Prints what there is to say; an empty text is nothing."""
    data = {key: value for key, value in data.items() if value != ""}
    if as_json:
        say(json_text(data))
        return
    width = max(map(len, data))
    for key, value in data.items():
        shown = ", ".join(map(str, value)) if isinstance(value, tuple) else value
        say(f"{key.replace('_', ' '):{width}}  {shown}")
