"""One trial from beginning to end: ``python -m bench.drain.runner JOB``, in its own process.

It runs where the balancer's address is, prints the result as a JSON object and ends what it began.
"""

import asyncio
import json
import signal
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from . import balancer as lb
from .load import Spec
from .networks import BALANCER_PORT, Loopback, Namespaces, Network
from .pods import INDEX, SLOW_FILE, Pod, slow_bytes
from .shifts import Shifts
from .trials import IDLE_BURSTS, PATIENCE_SECONDS, PODS, SETTLE_SECONDS, Trial, trial_from_json


class Run:
    """A trial under way."""

    def __init__(self, trial: Trial, network: Network, folder: Path) -> None:
        self._trial = trial
        new = PODS if trial.scenario == "rolling-update" else 0
        self._pods = [Pod(i, network, trial.budget, folder) for i in range(PODS + new)]
        config = lb.haproxy_config(
            budget=trial.budget,
            address=network.address(),
            servers=[network.address(pod.index) for pod in self._pods],
            in_use=PODS,
            admin_socket=lb.admin_socket(folder),
            connect_timeout_seconds=trial.connect_timeout_seconds,
            sticky=trial.scenario == "idle-reuse",
        )
        self._balancer = lb.Balancer(config, folder)
        self._shifts = Shifts(trial, self._pods, self._balancer) if trial.shares else None
        self._address = network.address()
        self._load: asyncio.subprocess.Process | None = None
        self._killed = 0

    async def result(self) -> dict[str, Any]:
        """Returns the counts of requests and how many pods had to be killed."""
        try:
            absent = PODS // 2 if self._trial.scenario == "early-shift" else 0
            for pod in self._pods[: PODS - absent]:
                await pod.start()
            await self._balancer.start()
            if self._shifts:
                await self._shifts.begin()
            load = self._load = await self._start_load()
            if self._trial.scenario != "idle-reuse":
                await asyncio.sleep(SETTLE_SECONDS)
                await (self._shifts.run(self._delete) if self._shifts else self._remove_pods())
                await asyncio.sleep(SETTLE_SECONDS)
            output, _ = await load.communicate(b"")  # its input ends
            if load.returncode:
                raise ChildProcessError(f"load generator: exit status {load.returncode}")
            measured = {**json.loads(output), "killed_pods": self._killed}
            if self._shifts:
                measured["requests_by_version"] = await self._shifts.requests()
            return measured
        finally:
            if self._load is not None and self._load.returncode is None:
                self._load.kill()
                await self._load.wait()
            await self._balancer.kill()
            for pod in self._pods:
                await pod.kill()

    async def _start_load(self) -> asyncio.subprocess.Process:
        trial = self._trial
        idle = trial.scenario == "idle-reuse"
        spec = Spec(
            host=self._address,
            port=BALANCER_PORT,
            fast_rate=trial.fast_rate,
            slow_rate=trial.slow_rate,
            fast_bytes=len(INDEX.encode()),
            slow_bytes=slow_bytes(trial.budget),
            slow_path=f"/{SLOW_FILE}",
            slow_seconds=trial.budget.longest_request_seconds,
            patience_seconds=trial.budget.longest_request_seconds + PATIENCE_SECONDS,
            limit_seconds=trial.limit_seconds,
            bursts=IDLE_BURSTS if idle else 0,
            period_seconds=trial.idle_period_seconds,
        )
        command = [sys.executable, "-m", "bench.drain.load", json.dumps(asdict(spec))]
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)

    async def _remove_pods(self) -> None:
        trial = self._trial
        async with asyncio.TaskGroup() as group:
            for index, lag in enumerate(trial.lags):
                if trial.scenario == "rolling-update":
                    new = PODS + index
                    await self._pods[new].start()
                    await self._balancer.add(new)
                group.create_task(self._delete(index))
                group.create_task(self._deregister(index, lag))
                if trial.scenario == "rolling-update":
                    await asyncio.sleep(trial.step_seconds)

    async def _delete(self, pod: int) -> None:
        self._killed += await self._pods[pod].delete(self._trial.stop_signal)

    async def _deregister(self, pod: int, lag: float) -> None:
        await asyncio.sleep(lag)
        await self._balancer.drain(pod)
        await asyncio.sleep(self._trial.budget.deregistration_delay_seconds)
        await self._balancer.cut(pod)


async def _main(job: dict[str, Any]) -> None:
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    trial = trial_from_json(job["trial"])
    network = Namespaces(job["prefix"]) if job["prefix"] else Loopback(job["number"])
    start = time.monotonic()
    async with asyncio.timeout(trial.limit_seconds):
        result = await Run(trial, network, Path(job["folder"])).result()
    wall_seconds = round(time.monotonic() - start, 1)
    sys.stdout.write(json.dumps({**result, "wall_seconds": wall_seconds}) + "\n")


if __name__ == "__main__":
    asyncio.run(_main(json.loads(sys.argv[1])))
