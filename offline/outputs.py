"""Property values as the outputs that a component's code takes, and back."""

import asyncio
from typing import Any, TypeVar

import pulumi
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.resource import DependencyResource

from deployment.properties import UNKNOWN, has_unknown, plain, property_value

T = TypeVar("T")


def as_output(value: PropertyValue) -> pulumi.Output[Any]:
    """Returns an input of the component with what it depends on, as the SDK would hand it over."""
    dependencies: set[pulumi.Resource] = {
        DependencyResource(urn) for urn in value.all_dependencies()
    }
    data = plain(value)
    known, secret = _done(not has_unknown(data)), _done(value.contains_secret())
    return pulumi.Output(dependencies, _done(data), known, secret)


def _done(result: T) -> asyncio.Future[T]:
    future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
    future.set_result(result)
    return future


async def as_value(output: pulumi.Output[Any]) -> PropertyValue:
    """Returns the value of an output, with its secrecy and what it depends on."""
    content = await output.future() if await output.is_known() else UNKNOWN
    value = property_value(content, is_secret=await output.is_secret())
    urns = [str(await resource.urn.future()) for resource in await output.resources()]
    return value.with_dependencies(sorted(urns))
