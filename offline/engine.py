"""Runs the unchanged ``__main__.py`` of a stack and returns what it registered."""

import asyncio
import contextvars
import runpy
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pulumi
from pulumi.runtime import mocks
from pulumi.runtime.proto import engine_pb2
from pulumi.runtime.stack import run_in_stack

from deployment.properties import exported_map
from deployment.resource import Resource
from deployment.steps import Step
from planning.plan import Plan

from .monitor import RecordingMonitor

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """What came of a program's run.

    :param resources: every resource of its deployment.
    :param plan: its variable ``plan``, where it has one.
    :param steps: what becomes of an earlier deployment, where there is one.
    :param warnings: what it warns of, by ``pulumi.log.warn``.
    """

    resources: list[Resource]
    plan: Plan | None
    steps: Sequence[Step] = ()
    warnings: Sequence[str] = ()


class _Engine(mocks.MockEngine):
    """Keeps warnings for whoever shows them, instead of writing them to the error stream."""

    def __init__(self, warnings: list[str]) -> None:
        super().__init__(None)
        self._warnings = warnings

    def Log(self, request: engine_pb2.LogRequest) -> None:  # noqa: N802  Pulumi's name
        """Takes what the program logs."""
        if request.severity == engine_pb2.WARNING:
            self._warnings.append(request.message)
        else:
            super().Log(request)


def run_program(
    program: Path, monitor: RecordingMonitor, main: Callable[[], object] | None = None
) -> Run:
    """Runs a program's ``__main__.py`` and returns what came of it.

    :param program: the folder of the program.
    :param monitor: a new one, which says of which stack and with which configuration.
    :param main: what to run in the place of ``__main__.py``.
    :raises pulumi.RunError: where the program or the simulated cloud refuses.
    """
    main = main or (lambda: runpy.run_path(str(program / "__main__.py"), run_name="__main__"))
    variables = run_main(main, program, monitor)
    plan = variables.get("plan") if isinstance(variables, Mapping) else None
    steps: Sequence[Step] = ()
    if monitor.update.previous.by_urn:
        exported = {
            urn: resource.seen_as(exported_map) for urn, resource in monitor.recorded.items()
        }
        steps = monitor.update.finish(exported)
    return Run(
        resources=list(monitor.recorded.values()),
        plan=plan if isinstance(plan, Plan) else None,
        steps=steps,
        warnings=tuple(monitor.warnings),
    )


def run_main(main: Callable[[], T], program: Path, monitor: RecordingMonitor) -> T:
    """Runs a function as the program of the monitor's stack, from the program's folder.

    Returns what the function returns.

    :raises pulumi.RunError: where the function or the simulated cloud refuses.
    """
    returned: list[T] = []

    def main_of_program() -> None:
        sys.path.insert(0, str(program))
        try:
            returned.append(main())
        finally:
            sys.path.remove(str(program))

    async def run() -> None:
        monitor.loop = asyncio.get_running_loop()
        # Registrations that fail after the first one have nobody left to tell: the run has failed.
        monitor.loop.set_exception_handler(lambda *_: None)
        try:
            await run_in_stack(main_of_program)
        finally:
            monitor.ended = True

    def run_configured() -> None:
        settings = mocks.MockSettings(
            monitor=monitor,
            engine=_Engine(monitor.warnings),
            project=monitor.project,
            stack=monitor.stack,
            dry_run=monitor.dry_run,
            callbacks=None,
            # Else what a failed run leaves unfinished would be waited for in the next one.
            outputs=set[asyncio.Task[object]](),
        )
        pulumi.runtime.configure(settings)
        pulumi.runtime.set_all_config(dict(monitor.config), [])
        asyncio.run(run())

    # Pulumi keeps its settings, configuration and stack in the context: each run has its own.
    contextvars.Context().run(run_configured)
    return returned[0]
