"""What Pulumi starts as the package's plugin; ``python -m package schema`` writes its schema."""

import sys
from pathlib import Path

# Pulumi starts this folder by its path, with the program's folder as the current one.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pulumi
from pulumi.provider import ConstructResult, main

from package.host import SCHEMA_FILE, Host, schema_text


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

        :raises pulumi.InputPropertiesError: where it is refused; the engine prints the message.
        :raises pulumi.InputPropertyError: where an input is missing.
        """
        try:
            return super().construct(name, resource_type, inputs, options)
        except pulumi.RunError as error:
            raise pulumi.InputPropertiesError(str(error)) from error


if __name__ == "__main__":
    if sys.argv[1:] == ["schema"]:
        SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
    else:
        main(Plugin(), sys.argv[1:])
