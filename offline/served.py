"""The simulated providers, served to the real engine over gRPC.

``python -m offline.served FOLDER --region REGION`` serves the cloud that a folder holds until it is
ended, and prints the line by which a shell's ``pulumi`` takes it for AWS.
"""

import asyncio
import json
import signal
from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias

import grpc
import grpc.aio
import pulumi
import typer
from google.protobuf import empty_pb2
from pulumi.provider.experimental.provider import Provider
from pulumi.provider.experimental.server import ProviderServicer
from pulumi.runtime import proto
from pulumi.runtime.proto import provider_pb2_grpc, status_pb2

from deployment.texts import printable_lines
from versions import KUBERNETES_STANDARD_SUPPORT_ENDS

from .cloud.clock import Clock
from .cloud.cloud import Cloud
from .cloud.errors import CloudError, IncompleteError
from .cloud.store import StoreError
from .immutable import replaces_provider
from .partitions import partition_of
from .providers.aws import AwsProvider
from .providers.eks import EksProvider
from .providers.kubernetes import KubernetesProvider
from .providers.random import RandomProvider
from .providers.simulated import RefusedError
from .served_schema import schema_of

# The longest message, in bytes, that Pulumi's own servers take.
_LONGEST: Final = 400 * 1024 * 1024
_OPTIONS: Final = [(f"grpc.max_{way}_message_length", _LONGEST) for way in ("receive", "send")]

_Method: TypeAlias = Callable[..., Awaitable[Any]]


def _by_inputs(method: _Method) -> Any:
    """Has a method see the old inputs where it asks for the old properties.

    Inputs are compared with inputs: properties also hold what the cloud computes.
    """

    async def answer(servicer: Any, request: Any, context: Any) -> Any:
        if request.old_inputs.fields:
            request.olds.CopyFrom(request.old_inputs)
        return await method(servicer, request, context)

    return answer


def _told(method: _Method) -> Any:
    """Has a method answer with the cloud's own words where it fails."""

    async def answer(servicer: Any, request: Any, context: Any) -> Any:
        try:
            return await method(servicer, request, context)
        except Exception as error:
            # The SDK's wrapper puts the traceback into the message.
            cause = error.__context__ or error
            if isinstance(cause, IncompleteError):
                await context.abort_with_status(_incomplete(cause))
            if isinstance(cause, (CloudError, RefusedError, pulumi.RunError)):
                await context.abort(grpc.StatusCode.UNKNOWN, str(cause))
            raise

    return answer


class Servicer(ProviderServicer):
    """The SDK's servicer with what it leaves out: configuration, errors, and old inputs."""

    package = ""

    async def Handshake(self, request: Any, context: Any) -> Any:  # noqa: N802  Pulumi's names
        """Says what this server understands.

        Not references to resources: the engine then gives their IDs, as it does to the AWS and
        Kubernetes providers (``KeepResources`` in
        https://github.com/pulumi/pulumi/blob/v3.274.1/sdk/go/common/resource/plugin/rpc.go).
        """
        _ = request, context
        return proto.ProviderHandshakeResponse(accept_secrets=True)

    async def GetSchema(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Describes functions and provider, for programs in Pulumi YAML."""
        _ = request, context
        schema = schema_of(self.package, getattr(self._provider, "functions", ()))
        return proto.GetSchemaResponse(schema=json.dumps(schema))

    async def Attach(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Takes the engine's address, which it does not need."""
        _ = request, context
        return empty_pb2.Empty()

    async def CheckConfig(self, request: Any, context: Any) -> Any:  # noqa: N802  Pulumi's names
        """Takes every configuration of a provider."""
        _ = context
        return proto.CheckResponse(inputs=request.news)

    async def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Returns whether a provider's settings have changed, and whether it is another cloud."""
        _ = context
        old, new = dict(request.old_inputs or request.olds), dict(request.news)
        changed = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
        replaces = [key for key in changed if key in replaces_provider(new)]
        some, none = proto.DiffResponse.DIFF_SOME, proto.DiffResponse.DIFF_NONE
        return proto.DiffResponse(
            changes=some if changed else none, diffs=changed, replaces=replaces
        )

    async def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Hands a provider its configuration."""
        _ = context
        if configure := getattr(self._provider, "set_configuration", None):
            configure(dict(request.args))
        return proto.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    Diff = _by_inputs(ProviderServicer.Diff)
    Create = _told(ProviderServicer.Create)
    Update = _told(_by_inputs(ProviderServicer.Update))
    Read = _told(ProviderServicer.Read)
    Delete = _told(ProviderServicer.Delete)


def _incomplete(error: IncompleteError) -> grpc.Status:
    """Returns the status by which the engine keeps a resource that is not ready."""
    detail = proto.ErrorResourceInitFailed(id=error.identifier, reasons=[error.reason])
    detail.properties.update(error.properties)
    detail.inputs.update(error.properties)
    rich = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=error.reason)
    rich.details.add().Pack(detail)
    status = grpc.Status()
    status.code, status.details = grpc.StatusCode.UNKNOWN, error.reason
    status.trailing_metadata = (("grpc-status-details-bin", rich.SerializeToString()),)
    return status


def providers(region: str, kubernetes: str, cloud: Cloud) -> Mapping[str, Provider]:
    """Returns the providers of the platform by package, all with the same cloud.

    :param kubernetes: the version of the API against whose schema objects are checked.
    """
    return {
        "aws": AwsProvider(region, cloud),
        "eks": EksProvider(region),
        "kubernetes": KubernetesProvider(kubernetes, cloud, partition_of(region).dns_suffix),
        "random": RandomProvider(),
    }


class Servers:
    """A server for each package, in one process."""

    def __init__(self, providers: Mapping[str, Provider]) -> None:
        self._providers = providers
        self._servers: list[grpc.aio.Server] = []

    async def start(self) -> Mapping[str, int]:
        """Starts to serve and returns the port of each package."""
        ports: dict[str, int] = {}
        for package, provider in self._providers.items():
            server = grpc.aio.server(options=_OPTIONS)
            servicer = Servicer([], version(f"pulumi-{package}"), provider, engine_address="")
            servicer.package = package
            provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
            ports[package] = server.add_insecure_port("127.0.0.1:0")
            await server.start()
            self._servers.append(server)
        return ports

    async def stop(self) -> None:
        """Ends all servers."""
        for server in self._servers:
            await server.stop(grace=None)


def attach(ports: Mapping[str, int]) -> Mapping[str, str]:
    """Returns the environment by which the engine takes the providers that are being served."""
    return {"PULUMI_DEBUG_PROVIDERS": ",".join(f"{name}:{port}" for name, port in ports.items())}


async def _serve(cloud: Cloud, region: str, kubernetes: str) -> None:
    """Serves a cloud until the process is told to end."""
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    servers = Servers(providers(region, kubernetes, cloud))
    ports = await servers.start()
    for name, value in attach(ports).items():
        typer.echo(f"export {name}={value}")  # noqa: TID251  its own ports
    await ended.wait()
    await servers.stop()
    cloud.save()


def main(
    folder: Annotated[Path, typer.Argument(help="Where the cloud is kept; made if need be.")],
    region: Annotated[str, typer.Option(help="The AWS region.")],
    kubernetes: Annotated[str, typer.Option(help="The cluster's version.")] = max(
        KUBERNETES_STANDARD_SUPPORT_ENDS
    ),
    scale: Annotated[
        float, typer.Option(help="Real seconds for each of the cloud's.", min=0.00001, max=1)
    ] = 0.001,
) -> None:
    """Serve the simulated cloud of a folder until ended; prints what to export for pulumi."""
    try:
        cloud = Cloud(Clock(scale), folder)
    except StoreError as error:
        typer.echo(printable_lines(str(error)), err=True)  # noqa: TID251  this room knows no other
        raise typer.Exit(1) from None
    asyncio.run(_serve(cloud, region, kubernetes))


if __name__ == "__main__":
    typer.run(main)
