"""The provider that makes the package's components, and its schema."""

import json
from pathlib import Path
from typing import Final, cast

import pulumi
from pulumi.provider import ConstructResult
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError

from .applications import GracefulWebApp, LoadBalancerController
from .inputs import PACKAGE, InputsError
from .network import Cluster, Network
from .nodes import ManagedAddon, NodeGroup, NodeRole, VpcCni

VERSION: Final = "0.1.0"
SCHEMA_FILE: Final = Path(__file__).resolve().parent / "schema.json"
COMPONENTS: Final[list[type[pulumi.ComponentResource]]] = [
    Network,
    Cluster,
    VpcCni,
    ManagedAddon,
    NodeRole,
    NodeGroup,
    LoadBalancerController,
    GracefulWebApp,
]


class Host(ComponentProvider):
    """The SDK's provider of components, with mistakes of inputs in one message without a trace."""

    def __init__(self) -> None:
        super().__init__(COMPONENTS, PACKAGE, version=VERSION)

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: pulumi.Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """Makes a component.

        :raises InputsError: where an input is not one of the component's, or has no good value.
        :raises pulumi.InputPropertyError: where one is missing.
        """
        component = self._component_defs.get(resource_type.rsplit(":", maxsplit=1)[-1])
        if component is None:
            raise InputsError([f"{resource_type}: the package has no such component"])
        unknown = sorted(inputs.keys() - component.inputs.keys())
        if unknown:
            known = ", ".join(sorted(component.inputs))
            raise InputsError(f"{key}: is not an input; known here: {known}" for key in unknown)
        try:
            return super().construct(name, resource_type, inputs, options)
        except ComponentInitError as error:
            raise error.inner from error

    def outputs(self, resource_type: str) -> list[str]:
        """Returns the names of a component's outputs, for programs without an SDK of their own."""
        component = self._component_defs.get(resource_type.rsplit(":", maxsplit=1)[-1])
        return sorted(component.outputs) if component else []


def schema_text() -> str:
    """Returns the schema as its file holds it."""
    schema = json.loads(cast("str", Host().schema))
    return json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
