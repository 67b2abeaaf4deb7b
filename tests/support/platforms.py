"""The shipped stacks, and stacks that switch on what those leave off, each run once."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from backends import exported_backend
from conftest import STACKS, exported_text
from graph_model import Graph
from programs import run_platform, section

from deployment.export import export
from offline.simulation import run_stack
from policy.catalogue import Level
from policy.configuration import configuration_of
from policy.evaluation import findings
from policy.view import visible
from stackfile.files import PROGRAM

ARM_AND_SPOT: Final[Mapping[str, Any]] = {
    "aws:region": "us-east-1",
    "network": {"cidr": "10.1.0.0/19", "zones": ["us-east-1f", "us-east-1b"]},
    "nodeGroups": {
        "system": {"instanceTypes": ["m7g.large"], "minSize": 2, "desiredSize": 2, "maxSize": 4},
        "batch": {
            "instanceTypes": ["c6i.large", "c5.large"],
            "minSize": 0,
            "desiredSize": 0,
            "maxSize": 10,
            "capacityType": "SPOT",
            "labels": {"workload": "batch"},
            "taints": [{"key": "workload", "value": "batch", "effect": "NO_SCHEDULE"}],
        },
    },
}


def _custom_networking() -> dict[str, Any]:
    network = {**section("network"), "podCidr": "100.64.0.0/16"}
    mode = {"mode": "custom-networking", "prefixDelegation": True}
    return run_platform({"network": network, "vpcCni": mode})


_PROGRAMS: Final[Mapping[str, Callable[[], Mapping[str, Any]]]] = {
    **{stack: lambda stack=stack: json.loads(exported_text(stack)) for stack in STACKS},
    **{
        backend: lambda backend=backend: json.loads(exported_backend(backend, "prod"))
        for backend in ("efs", "in-cluster", "external")
    },
    "arm and spot": lambda: run_platform(ARM_AND_SPOT),
    "custom networking": _custom_networking,
    "yaml example": lambda: export(run_stack(PROGRAM / "examples" / "yaml", "dev").resources),
    "prefixes": lambda: run_platform({"vpcCni": {"mode": "prefix", "warmPrefixTarget": 1}}),
}


@cache
def platform_graph(name: str) -> Graph:
    """Returns the graph of a stack of that name; tests share it and leave it as it is."""
    return Graph(_PROGRAMS[name]())


def broken_rules(data: Mapping[str, Any]) -> list[str]:
    """Returns what breaks a mandatory rule in an export, under the policies of the lab."""
    found = findings(visible(data), configuration_of("dev"))
    return [f"{f.rule.name} {f.urn}: {f.message}" for f in found if f.level is Level.MANDATORY]
