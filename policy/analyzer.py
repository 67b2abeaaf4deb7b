"""Pulumi's own analyzer process with the policy pack in it, driven as the engine drives it."""

import subprocess
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import Any, Final

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime import proto
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from deployment.deployment import Deployment
from deployment.resource import Resource, name_of
from stackfile.files import PROGRAM

from .catalogue import Level
from .configuration import Configuration
from .evaluation import Finding, without_secrets
from .parent import as_parent
from .rules import RULES
from .server import LARGEST_MESSAGE
from .unknown import Why

PACK: Final = PROGRAM / "policy"
# The engine's address, which a pack that only analyzes never calls.
_NO_ENGINE: Final = "127.0.0.1:9"
_START_SECONDS: Final = 60
_CALL_SECONDS: Final = 300
# A hundred times what a resource takes among many (`make bench`).
_RESOURCE_SECONDS: Final = 0.1
# After how many resources somebody is told.
_TOLD: Final = 500


class AnalyzerError(RuntimeError):
    """The analyzer process did not come up, or stay up; its message is one line."""


class Analyzer:
    """The policy pack behind Pulumi's analyzer protocol."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._stub = analyzer_pb2_grpc.AnalyzerStub(channel)

    def info(self) -> analyzer_pb2.AnalyzerInfo:
        """Returns what the pack says of itself."""
        return self._stub.GetAnalyzerInfo(empty_pb2.Empty(), timeout=_CALL_SECONDS)

    def findings(
        self,
        deployment: Deployment,
        configuration: Configuration,
        tell: Callable[[str], None] = lambda _: None,
    ) -> list[Finding]:
        """Returns what the pack finds: inputs one by one, then the outputs of all together.

        :param tell: is told what is going on.
        :raises AnalyzerError: where the process does not answer, or ends.
        """
        try:
            return self._findings(deployment, configuration, tell)
        except grpc.RpcError as error:
            reason = error.details() if isinstance(error, grpc.Call) else error
            raise AnalyzerError(f"the analyzer process did not answer: {reason}") from None

    def _findings(
        self, deployment: Deployment, configuration: Configuration, tell: Callable[[str], None]
    ) -> list[Finding]:
        levels = proto.EnforcementLevel
        request = proto.ConfigureAnalyzerRequest(
            policyConfig={
                name: proto.PolicyConfig(
                    enforcementLevel=levels.Value(configuration.level(rule).upper()),
                    properties=_struct(configuration.options.get(name, {})),
                )
                for name, rule in RULES.items()
            }
        )
        self._stub.Configure(request, timeout=_CALL_SECONDS)
        found: list[Finding] = []
        for number, resource in enumerate(deployment):
            if not number % _TOLD:
                tell(f"Asking the policies for single resources: {number} of {len(deployment)}")
            response = self._stub.Analyze(of_resource(resource), timeout=_CALL_SECONDS)
            found += _findings(response, resource.urn)
        tell(f"Asking the policies for the stack of {len(deployment)} resources")
        seconds = _CALL_SECONDS + len(deployment) * _RESOURCE_SECONDS
        response = self._stub.AnalyzeStack(of_stack(deployment), timeout=seconds)
        found += _findings(response, "")
        # The engine's questions do not say which properties are secret.
        return without_secrets(found, deployment)


@contextmanager
def analyzer(pack: Path = PACK) -> Generator[Analyzer]:
    """Starts the pack's process and ends it, whatever happens.

    :raises AnalyzerError: where it does not come up.
    """
    command = [sys.executable, "-u", "-m", "pulumi.policy", _NO_ENGINE, str(pack)]
    with subprocess.Popen(  # noqa: S603  this Python and this project's pack
        command, cwd=pack, env=as_parent(), stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            port = _port(process)
            with grpc.insecure_channel(f"127.0.0.1:{port}", options=[LARGEST_MESSAGE]) as channel:
                yield Analyzer(channel)
        finally:
            # It keeps nothing that would have to be put away.
            process.kill()


def _port(process: subprocess.Popen[str]) -> int:
    """Returns the port that the process prints once it serves."""
    output = process.stdout
    # A process that says nothing is ended, and then its output ends.
    watch = Timer(_START_SECONDS, process.kill)
    watch.start()
    try:
        line = output.readline().strip() if output else ""
    finally:
        watch.cancel()
    if not line.isdigit():
        raise AnalyzerError(f"the analyzer process did not start: {line or 'it said nothing'}")
    return int(line)


def of_resource(resource: Resource) -> analyzer_pb2.AnalyzeRequest:
    """Returns the engine's question about one resource, with its inputs."""
    return analyzer_pb2.AnalyzeRequest(
        type=resource.type,
        urn=resource.urn,
        name=resource.name,
        properties=_struct(resource.inputs),
        options=analyzer_pb2.AnalyzerResourceOptions(parent=resource.parent),
    )


def of_stack(resources: Iterable[Resource]) -> analyzer_pb2.AnalyzeStackRequest:
    """Returns the engine's question about a whole stack, with outputs alone."""
    return analyzer_pb2.AnalyzeStackRequest(
        resources=[
            analyzer_pb2.AnalyzerResource(
                type=resource.type,
                urn=resource.urn,
                name=resource.name,
                properties=_struct(resource.outputs),
                options=analyzer_pb2.AnalyzerResourceOptions(parent=resource.parent),
                provider=_provider(resource),
                parent=resource.parent,
                dependencies=sorted(resource.dependencies),
                propertyDependencies={
                    key: analyzer_pb2.AnalyzerPropertyDependencies(urns=urns)
                    for key, urns in resource.property_dependencies.items()
                },
            )
            for resource in resources
        ]
    )


def _provider(resource: Resource) -> analyzer_pb2.AnalyzerProviderResource | None:
    # The engine tells it of custom resources alone.
    urn = resource.provider_urn
    if not urn or resource.is_component:
        return None
    return analyzer_pb2.AnalyzerProviderResource(
        urn=urn, type=urn.split("::")[2].rsplit("$", maxsplit=1)[-1], name=name_of(urn)
    )


def _struct(data: Mapping[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(data)
    return struct


def _findings(response: analyzer_pb2.AnalyzeResponse, urn: str) -> Iterator[Finding]:
    """Yields what an answer says; of which resource, where the answer does not tell."""
    for diagnostic in response.diagnostics:
        rule = RULES[diagnostic.policyName]
        yield Finding(
            rule=rule,
            urn=diagnostic.urn or urn,
            message=diagnostic.message.removeprefix(f"{rule.description}\n"),
            level=Level(proto.EnforcementLevel.Name(diagnostic.enforcementLevel).lower()),
        )
    for missed in response.not_applicable:
        reason, _, message = missed.reason.partition(": ")
        yield Finding(
            rule=RULES[missed.policy_name],
            urn=urn,
            message=message,
            level=Level.ADVISORY,
            why=Why(reason),
        )
