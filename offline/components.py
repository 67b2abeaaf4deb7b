"""The component package, run in this process as the engine runs it in a process of its own."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import pulumi
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.provider import ConstructRequest, ConstructResponse, Provider

from deployment.properties import plain

from .outputs import as_output, as_value
from .providers.simulated import RefusedError

if TYPE_CHECKING:
    from package.host import Host

PACKAGE: Final = "eks-platform"


@cache
def package_host() -> "Host":
    """Returns the package's own provider, which is slow to import and which few programs use."""
    from package.host import Host

    return Host()


class PackagedComponents(Provider):
    """Answers a request to construct a component with the package's own provider."""

    async def construct(self, request: ConstructRequest) -> ConstructResponse:
        """Makes a component of the package."""
        inputs = {key: _input(value) for key, value in request.inputs.items()}
        try:
            made = package_host().construct(
                request.name, request.resource_type, inputs, request.options
            )
        except pulumi.InputPropertiesError as error:
            found = [f"{one['property_path']}: {one['reason']}" for one in error.errors or []]
            message = f"{request.resource_type} {request.name}: {'; '.join(found)}"
            raise RefusedError(message) from error
        outputs = [pulumi.Output.from_input(output) for output in made.state.values()]
        values = await asyncio.gather(*map(as_value, outputs))
        urn = await pulumi.Output.from_input(made.urn).future()
        return ConstructResponse(
            urn=str(urn), state=dict(zip(made.state, values, strict=True)), state_dependencies={}
        )


def _input(value: PropertyValue) -> Any:
    """Returns an input as the SDK's own host does, which has outputs as deep as they are known.

    ``_select_value`` in
    https://github.com/pulumi/pulumi/blob/v3.272.0/sdk/python/lib/pulumi/provider/server.py.
    """
    content = value.value
    inside = PropertyValue(content)
    has_outputs = inside.contains_secret() or inside.all_dependencies()
    if value.is_secret or (value.dependencies and not has_outputs):
        return as_output(value)
    if isinstance(content, Mapping):
        return {key: _input(part) for key, part in content.items() if part.value is not None}
    if isinstance(content, Sequence) and not isinstance(content, str):
        return list(map(_input, content))
    return plain(value)
