"""What Pulumi starts as the package's plugin."""

import sys
from pathlib import Path

# Pulumi starts this folder by its path, with the program's folder as the current one.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pulumi
from pulumi.errors import InputPropertyErrorDetails
from pulumi.provider import ConstructResult, main

from .host import Host
from .inputs import InputsError


class Plugin(Host):
    """The provider in a process of its own, whose errors are the protocol's."""

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: pulumi.Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """Makes a component.

        :raises pulumi.InputPropertiesError: with every input that is refused, for the engine.
        :raises pulumi.InputPropertyError: where one is missing.
        """
        try:
            return super().construct(name, resource_type, inputs, options)
        except InputsError as error:
            details = [_detail(line) for line in error.lines]
            raise pulumi.InputPropertiesError("", details) from error


def _detail(line: str) -> InputPropertyErrorDetails:
    path, separator, reason = line.partition(": ")
    if not separator:
        return {"property_path": "", "reason": line}
    return {"property_path": path, "reason": reason}


if __name__ == "__main__":
    main(Plugin(), sys.argv[1:])
