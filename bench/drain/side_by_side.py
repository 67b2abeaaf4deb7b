"""Trials in processes of their own, several at a time, and nothing of them left behind."""

import asyncio
import itertools
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from planning.shutdown import broken

from .networks import Namespaces, NetworkKind, permitted_kind
from .trials import Trial, predicted_failures, wrong_with

NOTE: Final = "the arithmetic for an assumed lag, not AWS's own lag"
_STOP_SECONDS: Final = 5

Result = dict[str, Any]


async def run_groups(
    groups: Sequence[Sequence[Trial]],
    folder: Path,
    at_once: int,
    show: Callable[[Result], None],
    *,
    loopback: bool = False,
) -> tuple[list[Result], list[str]]:
    """Runs one group after another; returns the results and what was wrong with them.

    :raises ChildProcessError: where a trial could not be carried out.
    """
    kind: NetworkKind = "loopback" if loopback else permitted_kind()
    numbers = itertools.count()
    permits = asyncio.Semaphore(at_once)
    wrong: list[str] = []

    async def one(trial: Trial) -> Result:
        async with permits:
            result = await _run(trial, kind, next(numbers), folder)
        show(result)
        wrong.extend(wrong_with(trial, result["failed"] + result["truncated"], result["requests"]))
        return result

    results: list[Result] = []
    for group in groups:
        started = [asyncio.create_task(one(trial)) for trial in group]
        try:
            results.extend(await asyncio.gather(*started))
        finally:
            # The others of a trial that could not be carried out.
            for task in started:
                if not task.cancelling():
                    task.cancel()
            await asyncio.gather(*started, return_exceptions=True)
    return results, wrong


def described(trial: Trial, measured: Result, kind: NetworkKind) -> Result:
    """Returns a trial's numbers and figures as one line has them."""
    kinds = (measured["fast"], measured["slow"])
    sums = {key: sum(each[key] for each in kinds) for key in ("ok", "failed", "truncated")}
    numbers = trial.as_json()
    budget = numbers.pop("budget")
    lost = sums["failed"] + sums["truncated"]
    requests = lost + sums["ok"]
    return {
        "trial": numbers.pop("name"),
        "scenario": trial.scenario,
        "network": kind,
        **budget,
        "stop_signal": trial.stop_signal,
        "lags_seconds": [round(lag, 2) for lag in trial.lags],
        "fast_rate": trial.fast_rate,
        "slow_rate": trial.slow_rate,
        **({"shares": list(trial.shares)} if trial.shares else {}),
        "requests": requests,
        "failed": sums["failed"],
        "truncated": sums["truncated"],
        "predicted_failures": round(predicted_failures(trial)),
        "refused_by_settings": [verdict.field for verdict in broken(trial.budget)],
        "expected": trial.expected,
        "as_expected": not wrong_with(trial, lost, requests),
        **measured,
    }


async def _run(trial: Trial, kind: NetworkKind, number: int, folder: Path) -> Result:
    own = _own_folder(folder, number)
    prefix = f"drain-{os.getpid()}-{number}"
    namespaces = Namespaces(prefix) if kind == "namespaces" else None
    job = {
        "trial": trial.as_json(),
        "prefix": prefix if namespaces else "",
        "number": number,
        "folder": str(own),
    }
    command = [sys.executable, "-m", "bench.drain.runner", json.dumps(job)]
    try:
        if namespaces:
            namespaces.create()
            command = namespaces.inside(command)
        output = await _output(trial, command, own / "runner.log")
        return described(trial, json.loads(output), kind)
    finally:
        if namespaces:
            namespaces.remove_all()


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip()


def _own_folder(folder: Path, number: int) -> Path:
    own = folder / str(number)
    own.mkdir()
    # NGINX's workers run as another user where its master is root.
    folder.chmod(0o755)
    return own


async def _output(trial: Trial, command: Sequence[str], log: Path) -> bytes:
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=errors, start_new_session=True
        )
    try:
        async with asyncio.timeout(trial.limit_seconds + _STOP_SECONDS):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError, TimeoutError):
                process.terminate()
                async with asyncio.timeout(_STOP_SECONDS):
                    await process.wait()
        if process.returncode is None:
            process.kill()
    if process.returncode:
        raise ChildProcessError(f"{trial.name}: {_text(log)}")
    return output
