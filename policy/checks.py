"""The policies over a stack or an exported deployment."""

from collections.abc import Sequence
from pathlib import Path

from deployment.export import RecordedResource, export
from stackfile.files import PROGRAM

from .deployed import DeployedResource, deployed_resources, graphs
from .rules.configuration import Configuration, load
from .rules.judging import Finding
from .rules.judging import findings as judge


def configuration(stack: str, path: Path | None = None) -> Configuration:
    """Returns how strict the policies are: by the given file, else by the stack's, if any.

    :raises ConfigurationError: for a file that is no configuration of the pack.
    """
    of_stack = PROGRAM / "policy" / f"{stack}.json"
    if path is None and not of_stack.is_file():
        return Configuration()
    return load(path or of_stack)


def resources_of(recorded: Sequence[RecordedResource]) -> list[DeployedResource]:
    """Returns the resources of an offline run as policies see them."""
    return deployed_resources(export(recorded))


def findings(recorded: Sequence[RecordedResource], stack: str) -> list[Finding]:
    """Returns what the policies say of an offline run, without a process of their own.

    :raises ConfigurationError: for a file that is no configuration of the pack.
    """
    return judge(*graphs(resources_of(recorded)), configuration(stack))
