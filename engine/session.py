"""The plain commands of Pulumi's CLI, in a workspace of their own against a simulated cloud."""

import asyncio
import copy
import json
import os
import shlex
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Self

import yaml

from offline.cloud.clock import Clock
from offline.cloud.cloud import Cloud
from offline.served import Servers, attach, providers

from .install import ROOT
from .outcomes import Outcome, Steps

# Real seconds for each of the simulated cloud.
SCALE: Final = 0.0005
# A command that takes longer hangs.
_LONGEST_SECONDS: Final = 300
_AT_ONCE: Final = ("--yes", "--skip-preview")
_LOGGED_COMMANDS: Final = frozenset({"up", "destroy", "refresh", "import", "preview"})


class ServedCloud:
    """A simulated cloud that is served from a thread of this process."""

    def __init__(
        self, region: str, version: str, scale: float = SCALE, cloud: Cloud | None = None
    ) -> None:
        self.region, self.version = region, version
        self.cloud = cloud or Cloud(Clock(scale))
        self._servers = Servers(providers(region, version, self.cloud))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.environment: Mapping[str, str] = {}

    def fork(self) -> "ServedCloud":
        """Returns a cloud of its own with the same things, not served yet."""
        clock = self.cloud.clock
        cloud = copy.deepcopy(self.cloud, {id(clock): clock})
        return ServedCloud(self.region, self.version, cloud=cloud)

    def __enter__(self) -> Self:
        self._thread.start()
        ports = asyncio.run_coroutine_threadsafe(self._servers.start(), self._loop).result()
        self.environment = attach(ports)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._servers.stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def environment(folder: Path, tools: Path) -> Mapping[str, str]:
    """Returns the environment of the CLI: state, plugins and passphrase of its own."""
    # Without its bytecode kept, Python would compile the SDKs anew each time.
    left_out = ("PULUMI_", "PYTHONDONTWRITEBYTECODE")
    own = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return {
        **own,
        "PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "of a test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        # Without it the CLI does not know --event-log.
        "PULUMI_DEBUG_COMMANDS": "true",
    }


def copy_program(place: Path) -> None:
    """Copies the files of this project that git tracks or would, and links the environment."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.check_output(command, cwd=ROOT, text=True)  # noqa: S603  git, from the PATH
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, place / name)
    (place / ".venv").symlink_to((ROOT / ".venv").resolve())


class Running:
    """A command that runs.

    :param process: the CLI, in a group of its own.
    """

    def __init__(self, session: "Session", arguments: tuple[str, ...]) -> None:
        number = len(list(session.logs.glob("*.log"))) + 1
        self.log = session.logs / f"{number:02}-{arguments[0]}.log"
        self._output = self.log.with_suffix(".out")
        self._events = self.log.with_suffix(".events")
        command = ["pulumi", *arguments]
        self.log.write_text(f"$ {shlex.join(command)}\n")
        if arguments[0] in _LOGGED_COMMANDS and "--json" not in arguments:
            command += ["--event-log", str(self._events)]
        self._start = time.monotonic()
        with self.log.open("ab") as errors, self._output.open("wb") as output:
            self.process = subprocess.Popen(  # noqa: S603  the CLI under test
                command,
                env=dict(session.environment),
                cwd=session.program,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )

    def kill(self) -> Outcome:
        """Ends the engine and its language hosts as a lost machine would, and returns the end."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        return self.wait()

    def wait(self, seconds: float = _LONGEST_SECONDS) -> Outcome:
        """Waits for the end and returns it; after that many seconds, the command is killed."""
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            raise AssertionError(f"took over {seconds:g} s and was ended: {self.log}") from None
        taken = time.monotonic() - self._start
        answer = self._output.read_text(errors="replace")
        with self.log.open("a") as log:
            log.write(f"{answer}\n[exit status {status} after {taken:.1f} s]\n")
        self._output.unlink()
        return Outcome(
            status=status,
            output=self.log.read_text(errors="replace"),
            answer=answer,
            seconds=taken,
            events=_read_events(self._events),
        )


def _read_events(file: Path) -> list[Mapping[str, Any]]:
    """Returns the engine's events; a killed engine leaves half a line, which is no event."""
    events: list[Mapping[str, Any]] = []
    for line in file.read_text().splitlines() if file.exists() else []:
        with suppress(json.JSONDecodeError):
            events.append(json.loads(line))
    return events


class Session:
    """A stack of this program in a workspace of its own, and the commands that a user types.

    :param served: the cloud, which is being served.
    :param tools: the folder of the CLI.
    :param folder: where workspace and state go; empty.
    :param logs: where each command leaves what it printed.
    """

    def __init__(
        self, stack: str, *, served: ServedCloud, tools: Path, folder: Path, logs: Path
    ) -> None:
        self.stack = stack
        self.served = served
        self.cloud = served.cloud
        self.program = folder / "program"
        self.logs = logs
        self._tools = tools
        self.environment = {**environment(folder, tools), **served.environment}
        self.folder = folder
        (folder / "state").mkdir(parents=True)
        logs.mkdir(parents=True, exist_ok=True)
        copy_program(self.program)

    def fork(self, *, served: ServedCloud, folder: Path, logs: Path) -> "Session":
        """Returns a session that goes on from here and leaves this one as it is.

        :param served: a fork of this session's cloud, which is being served.
        """
        other = Session(self.stack, served=served, tools=self._tools, folder=folder, logs=logs)
        shutil.copytree(self.folder / "state", folder / "state", dirs_exist_ok=True)
        shutil.copy2(self.stack_file, other.stack_file)
        other.pulumi("stack", "select", self.stack)
        return other

    @property
    def stack_file(self) -> Path:
        """The stack file in the workspace."""
        return self.program / f"Pulumi.{self.stack}.yaml"

    def start(self, *arguments: str) -> Running:
        """Starts ``pulumi ARGUMENTS…``."""
        return Running(self, arguments)

    def pulumi(self, *arguments: str, status: int | None = 0) -> Outcome:
        """Runs ``pulumi ARGUMENTS…`` to its end.

        :param status: what the exit status must be; ``None``: any.
        """
        running = self.start(*arguments)
        outcome = running.wait()
        if status not in {None, outcome.status}:
            end = "\n".join(outcome.output.splitlines()[-60:])
            raise AssertionError(f"exit status {outcome.status}: {running.log}\n{end}")
        return outcome

    def init(self) -> None:
        """Makes the stack."""
        self.pulumi("stack", "init", self.stack)

    def preview(self) -> Steps:
        """Returns what ``pulumi up`` would do."""
        return self.pulumi("preview", "--json").planned

    def up(self, *arguments: str, status: int | None = 0) -> Outcome:
        """Deploys, without another preview."""
        return self.pulumi("up", *_AT_ONCE, *arguments, status=status)

    def refresh(self, *arguments: str, status: int | None = 0) -> Outcome:
        """Reads the cloud's resources into the state, without another preview."""
        return self.pulumi("refresh", *_AT_ONCE, *arguments, status=status)

    def destroy(self, *arguments: str, status: int | None = 0) -> Outcome:
        """Deletes all, without another preview."""
        return self.pulumi("destroy", *_AT_ONCE, *arguments, status=status)

    def export(self) -> dict[str, Any]:
        """Returns the state as ``pulumi stack export`` writes it."""
        data: dict[str, Any] = json.loads(self.pulumi("stack", "export").answer)
        return data

    def resources(self) -> list[dict[str, Any]]:
        """Returns the resources in the state."""
        found: list[dict[str, Any]] = self.export()["deployment"].get("resources") or []
        return found

    def set(self, path: str, value: object) -> None:
        """Changes the stack file as a person with an editor would.

        :param path: the setting's key in the section's, such as ``nodeGroups.default.maxSize``.
        """
        *parents, key = (path if ":" in path else f"eks-platform:{path}").split(".")
        data = yaml.safe_load(self.stack_file.read_text())
        place = data["config"]
        for parent in parents:
            place = place.setdefault(parent, {})
        if value is None:
            del place[key]
        else:
            place[key] = value
        self.stack_file.write_text(yaml.safe_dump(data, sort_keys=False))

    def unset(self, path: str) -> None:
        """Takes a setting out of the stack file."""
        self.set(path, None)

    def assert_empty(self) -> None:
        """Fails where the state or the cloud has anything left."""
        in_state = [resource["urn"] for resource in self.resources()]
        in_cloud = [f"{thing.token} {thing.id}" for thing in self.cloud]
        assert (in_state, in_cloud) == ([], []), f"left: {in_state} in the state, {in_cloud}"  # noqa: S101

    def write_evidence(self) -> None:
        """Writes what is in the state and in the cloud beside the logs."""
        listed = [
            f"{thing.token}\t{thing.id}\t{thing.urn}\t{thing.fault or 'ready'}"
            for thing in self.cloud
        ]
        (self.logs / "cloud.txt").write_text("\n".join([*listed, *self.cloud.harms, ""]))
        export = self.pulumi("stack", "export", status=None)
        (self.logs / "export.json").write_text(export.answer)
