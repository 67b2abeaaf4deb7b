"""A stack's resources, played into a simulated cloud one after another, without an engine."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from graphlib import TopologicalSorter
from typing import Any, Final

import platforms
from programs import record_platform

from deployment.properties import plain_map
from deployment.resource import Resource
from offline.cloud.clock import Clock
from offline.cloud.cloud import Cloud, Thing

# Short enough for a time-out of 25 minutes to take 15 ms.
SCALE = 0.00001

# The shipped stack with most sections, and dev with what people bring: names, roles, add-ons, NLB.
LAB = "lab"
BROUGHT = "brought"
_CHANGES: Final[Mapping[str, Mapping[str, Any]]] = {BROUGHT: platforms.BROUGHT}


@cache
def resources(stack: str) -> tuple[Resource, ...]:
    """Returns what a stack makes in the cloud, each resource after what it waits for."""
    recorded = record_platform(_CHANGES.get(stack), "dev" if stack in _CHANGES else stack)
    found = {resource.urn: resource for resource in recorded}
    order = TopologicalSorter(
        {
            urn: (resource.waits_for | {resource.parent}) & found.keys()
            for urn, resource in found.items()
        }
    ).static_order()
    return tuple(
        found[urn]
        for urn in order
        if found[urn].custom and found[urn].type.split(":")[0] in {"aws", "kubernetes"}
    )


def build(
    stack: str, *, without: Callable[[Resource], bool] = lambda _: False
) -> tuple[Cloud, dict[str, str]]:
    """Creates a stack's resources but some, and returns the cloud and what failed, by name."""
    cloud, failures = Cloud(Clock(SCALE)), dict[str, str]()
    wanted = [resource for resource in resources(stack) if not without(resource)]
    asyncio.run(create_all(cloud, wanted, failures))
    return cloud, failures


async def create_all(cloud: Cloud, wanted: Sequence[Resource], failures: dict[str, str]) -> None:
    """Creates resources one after another and adds what fails, by name."""
    for resource in wanted:
        try:
            await cloud.create(
                Thing(
                    token=resource.type,
                    urn=resource.urn,
                    id=resource.id,
                    inputs=plain_map(resource.inputs),
                    properties=plain_map(resource.outputs),
                )
            )
        except Exception as error:  # noqa: BLE001  the test asks what went wrong
            failures.setdefault(resource.name, str(error))


def demolish(cloud: Cloud, things: Sequence[Thing]) -> dict[str, str]:
    """Deletes things in the given order and returns what failed, by name."""
    failures = dict[str, str]()

    async def run() -> None:
        for thing in things:
            try:
                await cloud.delete(thing.token, thing.id)
            except Exception as error:  # noqa: BLE001  the test asks what went wrong
                failures.setdefault(thing.name, str(error))

    asyncio.run(run())
    return failures
