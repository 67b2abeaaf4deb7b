"""The pack as a server of Pulumi's analyzer protocol.

Pulumi's SDK for policies knows no version of a pack, hands policies for stacks no inputs, and has
no moment after the last policy. So the pack serves itself, with the SDK's servicer inside.
"""

import sys
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import grpc
import yaml
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc
from pulumi_policy import EnforcementLevel
from pulumi_policy.deserialize import deserialize_properties
from pulumi_policy.policy import _PolicyAnalyzerServicer  # pyright: ignore[reportPrivateUsage]

from deployment.resource import Resource

from .graph import Graph
from .memory import Memory
from .pack import PACK_NAME, policies
from .view import as_deployed

_DESCRIPTION: Final = Path(__file__).parents[1] / "PulumiPolicy.yaml"
_PROVIDER: Final = "pulumi:providers:"
# As the SDK has it for a pack: a large stack is more than gRPC's default.
_LARGEST_MESSAGE: Final = ("grpc.max_receive_message_length", 400 * 1024 * 1024)
_WORKERS: Final = 4


def version() -> str:
    """Returns the pack's version, the one that the CLI names as well."""
    return str(yaml.safe_load(_DESCRIPTION.read_text(encoding="utf-8"))["version"])


class Servicer(_PolicyAnalyzerServicer):
    """The SDK's servicer with what it leaves out: memory, and a word on what was not checked."""

    def __init__(self) -> None:
        self._memory = Memory()
        super().__init__(PACK_NAME, version(), policies(self._memory), EnforcementLevel.ADVISORY)

    def Analyze(  # noqa: N802  the names of Pulumi's protocol
        self, request: analyzer_pb2.AnalyzeRequest, _context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzeResponse:
        """Puts the inputs of one resource before the policies for single resources."""
        self._memory.remember(request.urn, _properties(request.properties))
        return super().Analyze(request, _context)

    def AnalyzeStack(  # noqa: N802
        self, request: analyzer_pb2.AnalyzeStackRequest, _context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzeResponse:
        """Puts the whole stack before the policies for stacks, and says what was not checked."""
        self._memory.graph = Graph(self._resources(request.resources))
        # The policies look at the graph; the SDK would read all resources anew for each of them.
        response = super().AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(), _context)
        if line := self._memory.not_checked():
            # The engine shows once, below the stack, what a pack prints; it is no violation.
            print(line, flush=True)  # noqa: T201
        return response

    def _resources(self, resources: Iterable[analyzer_pb2.AnalyzerResource]) -> Iterable[Resource]:
        for resource in resources:
            inputs = self._memory.inputs(resource.urn)
            of_properties = {
                key: frozenset(dependencies.urns)
                for key, dependencies in resource.propertyDependencies.items()
            }
            # A reference is the provider's URN and its ID, which rules have no use for.
            provider = f"{resource.provider.urn}::" if resource.HasField("provider") else ""
            is_custom = bool(provider) or resource.type.startswith(_PROVIDER)
            known = Resource(
                urn=resource.urn,
                type=resource.type,
                custom=is_custom,
                parent=resource.parent,
                provider=provider,
                dependencies=frozenset(resource.dependencies),
                property_dependencies=of_properties,
            )
            yield as_deployed(known, inputs, _properties(resource.properties))


def _properties(data: struct_pb2.Struct) -> Mapping[str, Any]:
    return deserialize_properties(json_format.MessageToDict(data))


def serve() -> None:
    """Serves until the process is ended, after the line with the port."""
    server = grpc.server(ThreadPoolExecutor(max_workers=_WORKERS), options=[_LARGEST_MESSAGE])
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(Servicer(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        server.stop(grace=None)
