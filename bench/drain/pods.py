"""A pod: NGINX with the configuration that the component writes, and what the kubelet does."""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Final

from components.apps.nginx_config import HEALTH_PATH, PORT, index_html
from planning.shutdown import ShutdownBudget

from .networks import Network

SLOW_FILE: Final = "slow.bin"
# So many that those in buffers are a small part.
_SLOW_BYTES_PER_SECOND: Final = 500_000
# Between the end of a pod's last process and that of its network: the kubelet takes the sandbox
# away after the containers, and what NGINX has handed to the kernel still goes out.
_SANDBOX_SECONDS: Final = 0.5
INDEX: Final = index_html("drain")
_READY_SECONDS: Final = 10


def slow_bytes(budget: ShutdownBudget) -> int:
    """Returns the length of the file that takes as long as the longest request."""
    return _SLOW_BYTES_PER_SECOND * budget.longest_request_seconds


class Pod:
    """NGINX at an address of its own."""

    def __init__(self, index: int, network: Network, budget: ShutdownBudget, folder: Path) -> None:
        self.index = index
        self._network = network
        self._budget = budget
        self._folder = folder / f"pod{index}"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Starts NGINX; returns when its health check succeeds."""
        site = self._folder / "html"
        site.mkdir(parents=True)
        # NGINX's workers run as another user where its master is root.
        for folder in (self._folder.parent, self._folder, site):
            folder.chmod(0o755)
        (site / "index.html").write_text(INDEX, encoding="utf-8")
        with (site / SLOW_FILE).open("wb") as file:
            file.truncate(slow_bytes(self._budget))
        conf = self._folder / "nginx.conf"
        text = self._network.conf(self._budget, self.index, site)
        conf.write_text(text, encoding="utf-8")
        self._network.add(self.index)
        with (self._folder / "stderr").open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._network.command(self.index, conf, site),
                stdout=asyncio.subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
        await self._until_ready()

    async def delete(self, stop_signal: str) -> bool:
        """Does what the kubelet does; returns whether the pod had to be killed."""
        process = self._running()
        pre_stop, grace = self._budget.pre_stop_seconds, self._budget.grace_seconds
        await asyncio.sleep(min(pre_stop, grace))
        with suppress(ProcessLookupError):
            process.send_signal(signal.Signals[f"SIG{stop_signal}"])
        killed = False
        try:
            async with asyncio.timeout(max(0, grace - pre_stop)):
                await process.wait()
        except TimeoutError:
            killed = True
            await self.kill()
        await asyncio.sleep(_SANDBOX_SECONDS)
        self._network.remove(self.index)
        return killed

    async def kill(self) -> None:
        """Ends NGINX and its workers at once."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()

    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            log = (self._folder / "stderr").read_text(encoding="utf-8")
            raise ChildProcessError(f"pod {self.index}: nginx is not running: {log}")
        return self._process

    async def _until_ready(self) -> None:
        for _ in range(_READY_SECONDS * 20):
            self._running()
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(1):
                    if await self._is_healthy():
                        return
            await asyncio.sleep(0.05)
        raise ChildProcessError(f"pod {self.index}: not ready after {_READY_SECONDS} s")

    async def _is_healthy(self) -> bool:
        reader, writer = await asyncio.open_connection(self._network.address(self.index), PORT)
        writer.write(f"GET {HEALTH_PATH} HTTP/1.0\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
        return answer.startswith(b"HTTP/1.1 200 ")
