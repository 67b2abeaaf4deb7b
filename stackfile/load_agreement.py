"""What load must agree on with what it is on, with shared storage and with production."""

from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Final

import versions

from .infrastructure import ClusterSettings, NetworkSettings
from .load_generator import LoadSettings
from .names import LOAD, SAMPLE_APP, WORDPRESS
from .reach import unreachable
from .section import Cloud, Earlier, Errors, FollowsError, Place
from .storage import shared_class_mistakes
from .workloads import LoadBalancerControllerSettings, WebAppSettings

_EVERYBODY: Final = IPv4Network("0.0.0.0/0")
# The namespace that the section makes.
TAKEN_BY_LOAD: Final[Mapping[str, str]] = {LOAD: "load"}
# Stacks that serve people, by what they are called.
_PRODUCTION: Final = frozenset({"prod", "production"})


def load_mistakes(load: LoadSettings, earlier: Earlier, _: Cloud | None) -> Errors:
    """Yields place and message of what is wrong with load in its stack."""
    yield from unreachable([versions.LOCUST_IMAGE], earlier)
    kept = "the results of a run are kept there"
    yield from shared_class_mistakes(load.storage_class, earlier, kept)
    if LOAD in earlier.get("apps", {}):
        yield (), f"needs apps without the name {LOAD}: the namespace {LOAD} is this section's"
    cluster: ClusterSettings | None = earlier.get("cluster")
    if cluster and cluster.deletion_protection and not load.allow_in_production:
        text = "must be true for load where cluster.deletionProtection is on, got false"
        place = ("cluster", "deletionProtection")
        yield ("allowInProduction",), FollowsError(text, place)
    # With one of them wrong, a name may be missing because of that.
    if {"sample_app", "wordpress", "apps"} - earlier.keys():
        return
    apps: dict[str, WebAppSettings] = dict(earlier["apps"])
    for name, field in ((SAMPLE_APP, "sample_app"), (WORDPRESS, "wordpress")):
        if earlier[field] is not None:
            apps[name] = earlier[field]
    target = apps.get(load.target)
    if target is None:
        known = ", ".join(sorted(apps)) or "none is there"
        text = f"must be an application of the stack ({known}), got {load.target!r}"
        yield ("target",), text
    else:
        yield from _target(load, target, earlier)


def stack_fault(load: LoadSettings | None, stack: str) -> str | None:
    """Returns why a stack of this name has no load, or ``None``."""
    if load is None or load.allow_in_production or stack not in _PRODUCTION:
        return None
    return f"must be true for load on the stack {stack}, got false"


def _target(load: LoadSettings, target: WebAppSettings, earlier: Earlier) -> Errors:
    """Yields why pods do not get at the load balancer, or not at the application behind it."""
    name = load.target
    if target.hostname and target.hostname.startswith("*"):
        text = f"needs an application with one host name, and {name} has {target.hostname!r}"
        yield ("target",), text
    if target.certificate_arn and not target.hostname and target.load_balancer == "alb":
        yield (
            ("target",),
            f"needs a host name with HTTPS, which {name} lacks: its certificate is of another name",
        )
    network: NetworkSettings | None = earlier.get("network")
    controller: LoadBalancerControllerSettings | None = earlier.get("load_balancer_controller")
    if network is None or controller is None:
        return
    outside = target.scheme == "internet-facing"
    if outside and network.nat == "none":
        place = ("network", "nat")
        text = f"is behind an internet-facing load balancer, which pods do not reach: {name!r}"
        yield ("target",), FollowsError(f"{text} with network.nat none", place)
        return
    admitted = controller.ingress_class.inbound_cidrs
    if not admitted or target.load_balancer == "nlb":
        return
    key: Place = ("loadBalancerController", "ingressClass", "inboundCidrs")
    listed = ", ".join(map(str, admitted))
    if outside and _EVERYBODY not in admitted and network.existing is None:
        yield (
            ("target",),
            (
                f"{name} is behind an internet-facing load balancer that admits {listed} alone "
                f"({'.'.join(key)}), and pods come from the NAT gateways' addresses, which nobody "
                "knows beforehand: choose an internal one"
            ),
        )
    elif not outside:
        blocks = _pod_blocks(network)
        shut = [block for block in blocks if not any(block.subnet_of(one) for one in admitted)]
        if shut:
            text = f"{name}'s load balancer admits {listed} ({'.'.join(key)}), and load comes from "
            yield ("target",), text + ", ".join(map(str, shut))


def _pod_blocks(network: NetworkSettings) -> list[IPv4Network]:
    """Returns where pods have their addresses."""
    role = "pods" if network.has_subnets("pods") else "private"
    return [space.block for space in network.layout if space.role == role]
