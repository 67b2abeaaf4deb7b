"""Requests at a constant rate, whatever becomes of earlier ones, counted by what became of each.

A process of its own (``python -m bench.drain.load SPEC``), so that nothing else delays it. It ends
when its input does.
"""

import asyncio
import json
import socket
import sys
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from .responses import Head, classify, parse_head

# Connections that stay open, each used in its turn.
KEPT_CONNECTIONS: Final = 16
# Part of the longest request for which a slow reader reads.
PACED_PART: Final = 0.9
_READ_BYTES: Final = 65536
_PACE_SECONDS: Final = 0.02
# By how much each burst is later than the one before: the moment at which a server closes is not
# known to the millisecond.
_BURST_SHIFT_SECONDS: Final = 0.001


@dataclass(frozen=True, kw_only=True, slots=True)
class Spec:
    """What load is made. With ``bursts``, ``fast_rate`` requests at once every ``period``."""

    host: str
    port: int
    fast_rate: int
    slow_rate: int
    fast_bytes: int
    slow_bytes: int
    slow_path: str
    slow_seconds: float
    patience_seconds: float
    limit_seconds: float
    bursts: int = 0
    period_seconds: float = 0.0


@dataclass
class Counts:
    """How many requests ended how."""

    outcomes: Counter[str] = field(default_factory=Counter[str])
    slowest_seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Returns the figures."""
        names = ("ok", "failed", "truncated")
        figures: dict[str, Any] = {name: self.outcomes[name] for name in names}
        return {**figures, "slowest_seconds": round(self.slowest_seconds, 3)}


class Load:
    """A generator of load under way."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._idle: deque[socket.socket] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self.stopped = asyncio.Event()
        self.fast, self.slow = Counts(), Counts()

    async def run(self) -> None:
        """Makes load until told to stop or past the limit; returns when every request has ended."""
        spec = self._spec
        if spec.bursts:
            await self._bursts()
        else:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._at_rate(spec.fast_rate, slow=False))
                group.create_task(self._at_rate(spec.slow_rate, slow=True))
        while self._tasks:
            await asyncio.wait(self._tasks)
        for connection in self._idle:
            connection.close()

    async def _at_rate(self, rate: int, *, slow: bool) -> None:
        loop = asyncio.get_running_loop()
        start = loop.time()
        for number in range(int(rate * self._spec.limit_seconds)):
            if (delay := start + number / rate - loop.time()) > 0:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.stopped.wait(), delay)
            if self.stopped.is_set():
                return
            self._begin(slow=slow)

    async def _bursts(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        for number in range(self._spec.bursts):
            await asyncio.sleep(max(0, due - loop.time()))
            for _ in range(self._spec.fast_rate):
                self._begin(slow=False)
            due += self._spec.period_seconds + number * _BURST_SHIFT_SECONDS

    def _begin(self, *, slow: bool) -> None:
        task = asyncio.create_task(self._request(slow=slow))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _request(self, *, slow: bool) -> None:
        spec, counts = self._spec, self.slow if slow else self.fast
        path, expected = ("/", spec.fast_bytes)
        if slow:
            path, expected = (spec.slow_path, spec.slow_bytes)
        loop = asyncio.get_running_loop()
        start = loop.time()
        exchange = Exchange(path, expected, spec.slow_seconds * PACED_PART if slow else 0.0)
        kept = None
        # One connection per slow request; for fast ones, that which has been idle longest.
        if not slow and self._idle and (spec.bursts or len(self._idle) >= KEPT_CONNECTIONS):
            kept = self._idle.popleft()
        connection = kept or _new_socket(slow=slow)
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(spec.patience_seconds):
                if kept is None:
                    await loop.sock_connect(connection, (spec.host, spec.port))
                await exchange.run(connection)
        outcome = classify(exchange.head, exchange.received, expected)
        if slow or outcome != "ok" or exchange.head is None or not exchange.head.stays_open:
            connection.close()
        else:
            self._idle.append(connection)
        counts.outcomes[outcome] += 1
        counts.slowest_seconds = max(counts.slowest_seconds, loop.time() - start)


class Exchange:
    """One request and its response, read evenly over ``paced_seconds``."""

    def __init__(self, path: str, expected: int, paced_seconds: float) -> None:
        self._request = f"GET {path} HTTP/1.1\r\nHost: app\r\n\r\n".encode()
        self._expected = expected
        self._paced_seconds = paced_seconds
        self.head: Head | None = None
        self.received = 0

    async def run(self, connection: socket.socket) -> None:
        """Sends and receives, until the response is whole or the other side has closed."""
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(connection, self._request)
        start, data = loop.time(), b""
        while (parsed := parse_head(data)) is None:
            if not (more := await loop.sock_recv(connection, _READ_BYTES)):
                return
            data += more
        self.head, rest = parsed
        self.received = len(rest)
        length = self.head.content_length
        while length is not None and self.received < length:
            due = start + self._paced_seconds * self.received / self._expected
            if (delay := due - loop.time()) > 0:
                await asyncio.sleep(max(delay, _PACE_SECONDS))
            if not (more := await loop.sock_recv(connection, _READ_BYTES)):
                return
            self.received += len(more)


def _new_socket(*, slow: bool) -> socket.socket:
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    connection.setblocking(False)  # noqa: FBT003  the standard library's own name
    if slow:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _READ_BYTES)
    else:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


async def _main(spec: Spec) -> None:
    load = Load(spec)
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), load.stopped.set)
    await load.run()
    result = {"fast": load.fast.as_json(), "slow": load.slow.as_json()}
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    asyncio.run(_main(Spec(**json.loads(sys.argv[1]))))
