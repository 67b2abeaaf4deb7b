"""Requests that move between two versions by weights, and what becomes of the version left."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from planning.weights import ALL

from .balancer import Balancer
from .pods import Pod
from .trials import DWELL_SECONDS, STABLE, VERSIONS, Trial


class Shifts:
    """The steps of a trial with two versions: the first half of the pods is the stable one."""

    def __init__(self, trial: Trial, pods: Sequence[Pod], balancer: Balancer) -> None:
        half = len(pods) // 2
        self._trial = trial
        self._by_version: dict[str, Sequence[Pod]] = dict(
            zip(VERSIONS, (pods[:half], pods[half:]), strict=True)
        )
        self._balancer = balancer

    async def begin(self) -> None:
        """Gives the stable version all requests."""
        await self._share(0)

    async def run(self, delete: Callable[[int], Coroutine[Any, Any, None]]) -> None:
        """Moves the weights step by step, and removes the version that is left with none.

        The balancer learns of each step after the trial's lag. A version that is no more named
        loses its target group at once, with the requests that are under way.

        :param delete: does what the kubelet does to a pod.
        """
        trial = self._trial
        *before, last = trial.shares
        for lag, share in zip(trial.lags, before, strict=False):
            await asyncio.sleep(lag)
            await self._share(share)
            await asyncio.sleep(DWELL_SECONDS)
        left = [pod.index for pod in self._by_version[trial.left_version]]
        async with asyncio.TaskGroup() as group:
            if trial.scenario == "hasty-removal":
                for pod in left:
                    group.create_task(delete(pod))
            await asyncio.sleep(trial.lags[-1])
            await self._share(last)
            if trial.scenario == "early-shift":
                return
            if trial.scenario != "hasty-removal":
                budget = trial.budget
                await asyncio.sleep(budget.propagation_seconds + budget.longest_request_seconds)
                for pod in left:
                    group.create_task(delete(pod))
            for pod in left:
                await self._balancer.cut(pod)

    async def requests(self) -> dict[str, int]:
        """Returns how many requests each version got."""
        by_pod = await self._balancer.requests()
        return {
            version: sum(by_pod[pod.index] for pod in pods)
            for version, pods in self._by_version.items()
        }

    async def _share(self, candidate: int) -> None:
        for version, pods in self._by_version.items():
            share = ALL - candidate if version == STABLE else candidate
            for pod in pods:
                await self._balancer.weigh(pod.index, share)
