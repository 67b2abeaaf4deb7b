"""A language host for Pulumi's engine: runs programs and plugins in Python.

Pulumi's own host comes with its CLI. This one is for tests with a CLI that is built from source,
where the host is missing. It serves ``LanguageRuntime``
(https://github.com/pulumi/pulumi/blob/master/proto/pulumi/language.proto) as far as a deployment
needs it, and takes the program's environment as it is: it installs nothing.
"""

# ruff: noqa: N802  the methods have the names of Pulumi's protocol

import os
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import IO, Any, Final

import grpc
from pulumi.runtime.proto import language_pb2 as pb
from pulumi.runtime.proto import language_pb2_grpc, plugin_pb2

from policy.parent import end_with_parent

# The exit status of a program that has told its own error
# (https://github.com/pulumi/pulumi/blob/master/sdk/python/cmd/pulumi-language-python-exec).
_ERROR_TOLD: Final = 32
_LARGEST_MESSAGE: Final = 400 * 1024 * 1024


def _always(answer: Callable[[], object]) -> Callable[..., Any]:
    """Returns a method that answers every request alike."""
    return lambda *_: answer()


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Runs programs, policy packs and component packages.

    :param engine_address: the engine's own server, by which programs log.
    """

    def __init__(self, engine_address: str) -> None:
        self._engine_address = engine_address
        self._plugins = set[subprocess.Popen[bytes]]()

    def end_plugins(self) -> None:
        """Ends the plugins that still run."""
        for process in list(self._plugins):
            process.kill()

    def Handshake(
        self, request: pb.LanguageHandshakeRequest, context: grpc.ServicerContext
    ) -> pb.LanguageHandshakeResponse:
        """Takes the engine's address."""
        _ = context
        self._engine_address = request.engine_address or self._engine_address
        return pb.LanguageHandshakeResponse()

    # No version: the host is that of the program's own environment.
    GetPluginInfo = _always(plugin_pb2.PluginInfo)
    # None: the engine asks for each provider when a resource needs it.
    GetRequiredPlugins = _always(pb.GetRequiredPluginsResponse)
    GetRequiredPackages = _always(pb.GetRequiredPackagesResponse)
    RuntimeOptionsPrompts = _always(pb.RuntimeOptionsResponse)
    # Nothing to install: ``make`` has made the environment.
    InstallDependencies = _always(lambda: iter(()))

    def Run(self, request: pb.RunRequest, context: grpc.ServicerContext) -> pb.RunResponse:
        """Runs a program to its end."""
        _ = context
        message = request.SerializeToString().hex()
        command = [_python(request.info), "-u", "-m", "engine.run_program"]
        command += [self._engine_address, message]
        status = subprocess.run(command, cwd=request.pwd, check=False).returncode  # noqa: S603  the program's own Python
        if status == _ERROR_TOLD:
            return pb.RunResponse(bail=True)
        error = f"the program ended with exit status {status}" if status else ""
        return pb.RunResponse(error=error)

    def RunPlugin(
        self, request: pb.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.RunPluginResponse]:
        """Runs a plugin and hands on what it prints; it ends with the call."""
        environment = dict(pair.split("=", maxsplit=1) for pair in request.env)
        with subprocess.Popen(  # noqa: S603  the plugin's own Python
            [_python(request.info), "-u", *_plugin_arguments(request)],
            cwd=request.pwd or None,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            context.add_callback(process.kill)
            self._plugins.add(process)
            yield from _outputs(process)
            self._plugins.discard(process)
            yield pb.RunPluginResponse(exitcode=process.wait())


def _outputs(process: subprocess.Popen[bytes]) -> Iterator[pb.RunPluginResponse]:
    """Yields what a process prints on both of its streams, until both end."""
    lines: Queue[Mapping[str, bytes] | None] = Queue()

    def read(name: str, stream: IO[bytes]) -> None:
        for line in stream:
            lines.put({name: line})
        lines.put(None)

    streams = {"stdout": process.stdout, "stderr": process.stderr}
    for name, stream in streams.items():
        Thread(target=read, args=(name, stream), daemon=True).start()
    for _ in streams:
        while line := lines.get():
            fields: dict[str, Any] = dict(line)
            yield pb.RunPluginResponse(**fields)


def _python(info: pb.ProgramInfo) -> str:
    """Returns the Python of a program's environment, or this one without any."""
    options = dict(info.options)
    if "virtualenv" not in options:
        return sys.executable
    return str(Path(info.root_directory, str(options["virtualenv"]), "bin", "python"))


def _plugin_arguments(request: pb.RunPluginRequest) -> list[str]:
    """Returns what Python runs for a plugin, as Pulumi's own host does.

    That is the plugin's folder where it has a ``__main__.py``, else the module of its package
    (``RunPlugin`` in
    https://github.com/pulumi/pulumi/blob/master/sdk/python/cmd/pulumi-language-python/main.go).
    """
    folder = Path(request.info.program_directory)
    if request.kind == "analyzer":
        return ["-m", "pulumi.policy", *request.args, str(folder)]
    if (folder / "__main__.py").is_file():
        return [str(folder), *request.args]
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return ["-m", "pulumi.run.plugin", str(project["name"]), *request.args]


def serve(engine_address: str) -> None:
    """Serves until the process is ended, after the line with the port."""
    server = grpc.server(
        ThreadPoolExecutor(max_workers=16),
        options=[
            ("grpc.max_receive_message_length", _LARGEST_MESSAGE),
            ("grpc.max_send_message_length", _LARGEST_MESSAGE),
        ],
    )
    host = LanguageHost(engine_address)
    end_with_parent(host.end_plugins)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)  # noqa: T201  how the engine learns it
    # The engine, or whoever stops it, interrupts the whole group of processes.
    with suppress(KeyboardInterrupt):
        server.wait_for_termination()


if __name__ == "__main__":
    serve(next((word for word in sys.argv[1:] if not word.startswith("-")), ""))
