"""HAProxy in the place of the Application Load Balancer."""

import asyncio
import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from components.apps.nginx_config import PORT
from planning.shutdown import ShutdownBudget

from .networks import BALANCER_PORT

_BACKEND: Final = "app"
_ANSWER_SECONDS: Final = 5


def haproxy_config(
    *,
    budget: ShutdownBudget,
    address: str,
    servers: Sequence[str],
    in_use: int,
    admin_socket: Path,
    connect_timeout_seconds: int,
    sticky: bool,
) -> str:
    """Returns a configuration in which HAProxy does what an ALB would.

    It never tries a request again. A client's connection keeps those to servers for its next
    requests, and they are closed with it. ``sticky`` keeps to one server for each, so that no
    connection stays idle for longer than the idle timeout; without it servers take turns.
    (HAProxy's shared pool would close half of the idle ones at intervals, which is no bound.)
    The servers beyond the first ``in_use`` wait to be switched on.
    """
    lines = [
        f"    server {server_name(index)} {server}:{PORT}{'' if index < in_use else ' disabled'}"
        for index, server in enumerate(servers)
    ]
    listed = "\n".join(lines)
    idle = budget.idle_timeout_seconds
    return f"""\
global
    stats socket {admin_socket} mode 600 level admin
    nbthread 1
    maxconn 8000
    # Small, so that a slow reader holds back the server and not only the balancer.
    tune.rcvbuf.server 32768
    tune.sndbuf.client 32768

defaults
    mode http
    timeout connect {connect_timeout_seconds}s
    timeout client {idle}s
    timeout server {idle}s
    timeout http-keep-alive {idle}s
    retries 0
    max-session-srv-conns {len(servers)}
    http-reuse never

frontend clients
    bind {address}:{BALANCER_PORT}
    default_backend {_BACKEND}

backend {_BACKEND}
    balance {"hash src_port" if sticky else "roundrobin"}
{listed}
"""


def server_name(pod: int) -> str:
    """Returns HAProxy's name of a pod."""
    return f"pod{pod}"


class Balancer:
    """A running HAProxy."""

    def __init__(self, config: str, folder: Path) -> None:
        self._path = folder / "haproxy.cfg"
        self._log = folder / "haproxy.log"
        self._path.write_text(config, encoding="utf-8")
        self.admin_socket = admin_socket(folder)
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Runs HAProxy; returns when it answers."""
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                "haproxy", "-db", "-f", str(self._path), stdout=log, stderr=log
            )
        for _ in range(100):
            if self._process.returncode is not None:
                break
            if self.admin_socket.exists():
                await self._ask("show info")
                return
            await asyncio.sleep(0.05)
        raise ChildProcessError(f"haproxy: {self._log.read_text(encoding='utf-8')}")

    async def add(self, pod: int) -> None:
        """Sends requests to a pod."""
        await self._ask(f"set server {_BACKEND}/{server_name(pod)} state ready")

    async def drain(self, pod: int) -> None:
        """Sends a pod no more new requests."""
        await self._ask(f"set server {_BACKEND}/{server_name(pod)} state drain")

    async def cut(self, pod: int) -> None:
        """Ends the requests that a pod still serves."""
        await self._ask(f"set server {_BACKEND}/{server_name(pod)} state maint")
        await self._ask(f"shutdown sessions server {_BACKEND}/{server_name(pod)}")

    async def weigh(self, pod: int, weight: int) -> None:
        """Gives a pod its part of the requests: its weight of the sum of all weights."""
        await self._ask(f"set server {_BACKEND}/{server_name(pod)} weight {weight}")

    async def requests(self) -> dict[int, int]:
        """Returns how many requests each pod got."""
        answer = (await self._ask("show stat")).removeprefix("# ")
        by_name = {row["svname"]: row["stot"] for row in csv.DictReader(answer.splitlines())}
        names = {server_name(pod): pod for pod in range(len(by_name))}
        return {names[name]: int(count) for name, count in by_name.items() if name in names}

    async def kill(self) -> None:
        """Ends HAProxy."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def _ask(self, command: str) -> str:
        async with asyncio.timeout(_ANSWER_SECONDS):
            reader, writer = await asyncio.open_unix_connection(self.admin_socket)
            writer.write(f"{command}\n".encode())
            answer = (await reader.read()).decode().strip()
            writer.close()
        if answer and not command.startswith("show"):
            raise ChildProcessError(f"haproxy: {command}: {answer}")
        return answer


def admin_socket(folder: Path) -> Path:
    """Returns where HAProxy takes commands."""
    return folder / "haproxy.sock"
