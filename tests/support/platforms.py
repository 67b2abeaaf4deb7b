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
            "amiType": "BOTTLEROCKET_x86_64",
            "zones": ["us-east-1b"],
            "minSize": 0,
            "desiredSize": 0,
            "maxSize": 10,
            "capacityType": "SPOT",
            "labels": {"workload": "batch"},
            "taints": [{"key": "workload", "value": "batch", "effect": "NO_SCHEDULE"}],
        },
    },
}

# Every section and every kind of resource, with names as long as they may be.
_LONG: Final = "a-name-of-forty-characters-the-most-ever"
EVERYTHING: Final[Mapping[str, Any]] = {
    "network": {
        "cidr": "10.40.0.0/16",
        "podCidr": "100.64.0.0/16",
        "zones": ["ap-northeast-2a", "ap-northeast-2b", "ap-northeast-2c"],
        "interfaceEndpoints": ["ecr.api", "ecr.dkr", "sts", "logs", "elasticloadbalancing"],
    },
    "vpcCni": {"mode": "custom-networking", "prefixDelegation": True},
    "nodeGroups": {
        name: {
            "instanceTypes": ["m6i.xlarge", "m5.xlarge", "m5.2xlarge"],
            "minSize": 3,
            "desiredSize": 3,
            "maxSize": 60,
        }
        for name in ("default", _LONG)
    },
    "nfs": {"classes": {name: {} for name in ("shared", f"{_LONG[:-1]}2")}},
    "sampleApp": {"scheme": "internet-facing"},
    "wordpress": {"scheme": "internal"},
    "apps": {name: {} for name in ("shop", "api", _LONG)},
}

# What people bring: names and roles of their own, access, add-ons, an NLB.
BROUGHT: Final[Mapping[str, Any]] = {
    "cluster": section("cluster")
    | {
        "name": "shop",
        "serviceCidr": "10.96.0.0/16",
        "access": [{"principal": "arn:aws:iam::444455556666:role/a", "policies": {"view": {}}}],
    },
    "addons": {
        "amazon-cloudwatch-observability": {
            "role": {
                "serviceAccount": "cloudwatch-agent",
                "policies": ["arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"],
                "by": "pod-identity",
            }
        }
    },
    "apps": {"tcp": {"loadBalancer": "nlb", "shutdown": {"propagationSeconds": 130}}},
    "permissionsBoundary": "arn:aws:iam::111122223333:policy/boundary",
    "rolePath": "/platform/",
}


def _custom_networking() -> dict[str, Any]:
    network = {**section("network"), "podCidr": "100.64.0.0/16"}
    mode = {"mode": "custom-networking", "prefixDelegation": True}
    return run_platform({"network": network, "vpcCni": mode})


PROGRAMS: Final[Mapping[str, Callable[[], Mapping[str, Any]]]] = {
    **{stack: lambda stack=stack: json.loads(exported_text(stack)) for stack in STACKS},
    **{
        backend: lambda backend=backend: json.loads(exported_backend(backend, "prod"))
        for backend in ("efs", "in-cluster", "external")
    },
    "everything": lambda: run_platform(EVERYTHING),
    "arm and spot": lambda: run_platform(ARM_AND_SPOT),
    "custom networking": _custom_networking,
    "brought": lambda: run_platform(BROUGHT),
    "yaml example": lambda: export(run_stack(PROGRAM / "examples" / "yaml", "dev").resources),
    "prefixes": lambda: run_platform({"vpcCni": {"mode": "prefix", "warmPrefixTarget": 1}}),
}


@cache
def platform_export(name: str) -> Mapping[str, Any]:
    """Returns the export of a stack of that name; tests share it and leave it as it is."""
    return PROGRAMS[name]()


@cache
def platform_graph(name: str) -> Graph:
    """Returns the graph of a stack of that name; tests share it, too."""
    return Graph(platform_export(name))


def broken_rules(data: Mapping[str, Any]) -> list[str]:
    """Returns what breaks a mandatory rule in an export, under the policies of the lab."""
    found = findings(visible(data), configuration_of("dev"))
    return [f"{f.rule.name} {f.urn}: {f.message}" for f in found if f.level is Level.MANDATORY]
