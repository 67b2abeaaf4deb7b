"""Stacks moved to another region: whatever of their files names the region, or what it has."""

import json
from collections.abc import Mapping
from typing import Any, Final

import yaml

from cli.stack_files import values_in
from deployment.resource import Resource
from offline.ec2_data import region_data, regions
from offline.engine import Run, run_main, run_program
from offline.monitor import RecordingMonitor
from offline.partitions import partition_of
from offline.partitions import regions as known_regions
from offline.simulation import factories
from planning.pod_ips.demand import AddressPlan
from stackfile.account import Account
from stackfile.capacity import address_plan
from stackfile.files import PROGRAM, configuration
from stackfile.load import load_settings
from stackfile.names import PROJECT
from stackfile.new_stack import stack_text

# What a new stack's file is called here.
NEW: Final = "new"
_REGION: Final = "aws:region"
# Where a region does not offer what a stack names: newer types of the same size.
_INSTEAD: Final = ("m6i.xlarge", "m7i.xlarge", "m7g.xlarge", "t3.medium", "t4g.medium")
# One region of each partition, with none of which the data on zones and types is familiar but the
# first.
ONE_OF_EACH: Final = tuple(
    next((region for region in names if region in regions()), names[0])
    for names in known_regions().values()
)


def moved(stack: str, region: str) -> dict[str, str]:
    """Returns the configuration of a shipped stack, or of a new one, in another region."""
    if stack == NEW:
        return _flat(yaml.safe_load(stack_text(NEW, values_in(region)))["config"])
    config = configuration(PROGRAM, stack)
    text = json.dumps({k: v if k == _REGION else json.loads(v) for k, v in config.items()})
    text = text.replace(config[_REGION], region).replace(
        "arn:aws:", f"arn:{partition_of(region).name}:"
    )
    sections: dict[str, Any] = json.loads(text)
    known = region_data(region)
    network, groups = sections[f"{PROJECT}:network"], sections[f"{PROJECT}:nodeGroups"]
    wanted = len(network["zones"])
    if not known.zones:
        network["zones"] = [f"{region}{letter}" for letter in "abc"[:wanted]]
        sections[f"{PROJECT}:offline"] = {"zones": dict.fromkeys(network["zones"])}
    else:
        for group in groups.values():
            group["instanceTypes"] = _offered(group["instanceTypes"], known.offers)
        zones = set(known.zones)
        for group in groups.values():
            zones = zones.intersection(*(known.offers[name] for name in group["instanceTypes"]))
        network["zones"] = sorted(zones)[:wanted]
    return _flat(sections)


def _flat(sections: Mapping[str, Any]) -> dict[str, str]:
    return {k: v if isinstance(v, str) else json.dumps(v) for k, v in sections.items()}


def _offered(names: list[str], offers: Mapping[str, frozenset[str]]) -> list[str]:
    """Returns those that two zones offer, or the first other type that they do."""
    kept = [name for name in names if len(offers.get(name, ())) > 1]
    return kept or [next(name for name in _INSTEAD if len(offers.get(name, ())) > 1)]


def plan_in(stack: str, region: str) -> AddressPlan:
    """Returns the plan of a moved stack: its settings are read, and no resource is registered."""

    def main() -> AddressPlan:
        account = Account()
        return address_plan(load_settings(account), account)

    return run_main(main, PROGRAM, _monitor(stack, region))


def preview_in(stack: str, region: str) -> Run:
    """Returns the whole preview of a moved stack."""
    return run_program(PROGRAM, _monitor(stack, region))


def texts_of(resources: list[Resource]) -> str:
    """Returns everything that a preview says of its resources, as one text."""
    return "\n".join(
        f"{resource.urn} {resource.inputs} {resource.outputs}" for resource in resources
    )


def _monitor(stack: str, region: str) -> RecordingMonitor:
    config = moved(stack, region)
    return RecordingMonitor(PROJECT, stack, config, factories(PROJECT, config))
