"""Scenarios under the real engine: their sessions, their logs, and what they add up to."""

import json
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol

import pytest
import yaml
from tally import SCENARIOS, SCENARIOS_PASSED, Tally

from engine.install import BUILD, ROOT, tools_folder
from engine.session import SCALE, ServedCloud, Session

_FIGURES: Final = BUILD / "e2e" / "figures.json"
_LOGS: Final = BUILD / "e2e" / "logs"
# On a machine that others use, too.
_LONGEST_SECONDS: Final = 900
# Where the scenarios are that take longest: begun first, so that none of them is left for the end.
_LONGEST: Final = ("test_faults.py", "test_edges.py")
_FAILED: Final = pytest.StashKey[bool]()
_TALLY: Final = pytest.StashKey[Tally]()
# By which pytest-xdist's processes hand over what they counted.
_HANDED_OVER: Final = "eks-platform tally"


_NOTHING: Final = json.dumps(Tally().data)


class SessionOf(Protocol):
    """Makes sessions."""

    def __call__(
        self, name: str, *, like: str = "", scale: float = SCALE, init: bool = True
    ) -> Session:
        """Returns a session of a stack.

        :param like: the shipped stack whose region the cloud has; empty: the stack itself.
        :param init: whether the stack exists already.
        """
        ...


@pytest.fixture(scope="session")
def tools() -> Path:
    """The folder of Pulumi's CLI."""
    return tools_folder()


class _Sessions:
    """Sessions in one temporary folder, whose clouds are served until it goes."""

    def __init__(self, stack: ExitStack, tools: Path, logs: Path) -> None:
        self._stack, self._tools, self._logs = stack, tools, logs
        self._folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="eks-platform-"))
        )
        self.made: list[Session] = []
        shutil.rmtree(logs, ignore_errors=True)

    def of(self, name: str, *, like: str = "", scale: float = SCALE, init: bool = True) -> Session:
        config = yaml.safe_load((ROOT / f"Pulumi.{like or name}.yaml").read_text())["config"]
        version = config["eks-platform:cluster"]["version"]
        served = ServedCloud(config["aws:region"], version, scale)
        folder, logs = self._places()
        session = Session(
            name,
            served=self._stack.enter_context(served),
            tools=self._tools,
            folder=folder,
            logs=logs,
        )
        self.made.append(session)
        if init:
            session.init()
        return session

    def fork(self, base: Session) -> Session:
        folder, logs = self._places()
        served = self._stack.enter_context(base.served.fork())
        session = base.fork(served=served, folder=folder, logs=logs)
        self.made.append(session)
        return session

    def _places(self) -> tuple[Path, Path]:
        number = len(self.made)
        return self._folder / str(number), self._logs / str(number) if number else self._logs


@pytest.fixture
def sessions(request: pytest.FixtureRequest, tools: Path) -> Iterator[_Sessions]:
    """The sessions of a scenario.

    What is left of one that fails is in one folder, whose path is printed.
    """
    logs = _logs(request.node.name)
    with ExitStack() as stack:
        sessions = _Sessions(stack, tools, logs)
        yield sessions
        if request.node.stash.get(_FAILED, False):
            for session in sessions.made:
                session.write_evidence()
        else:
            shutil.rmtree(logs, ignore_errors=True)


@pytest.fixture
def session_of(sessions: _Sessions) -> SessionOf:
    """Makes a session of a stack, which exists and has deployed nothing."""
    return sessions.of


@pytest.fixture(scope="session")
def bases(tools: Path) -> Iterator[Callable[[str], Session]]:
    """Returns a session in which a shipped stack is deployed, once for all; not to be changed."""
    with ExitStack() as stack:
        sessions = _Sessions(stack, tools, _LOGS / f"deployed-by-{os.getpid()}")

        @cache
        def deployed(name: str) -> Session:
            session = sessions.of(name)
            session.up()
            return session

        yield deployed
    shutil.rmtree(_LOGS / f"deployed-by-{os.getpid()}", ignore_errors=True)


@pytest.fixture
def deployed(stack: str, bases: Callable[[str], Session], sessions: _Sessions) -> Session:
    """A session of each shipped stack in turn, in which it is deployed."""
    return sessions.fork(bases(stack))


def _logs(name: str) -> Path:
    return _LOGS / re.sub(r"[^\w.-]+", "-", name).strip("-")


@pytest.fixture
def session(stack: str, session_of: SessionOf) -> Session:
    """A session of each shipped stack in turn."""
    return session_of(stack)


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Tally:
    """Counts what the last line of the run says, and rows for the documentation."""
    return request.config.stash[_TALLY]


def pytest_configure(config: pytest.Config) -> None:
    """Begins to count; of what a refused program leaves unfinished, nothing is said."""
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    config.stash[_TALLY] = Tally()
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Controller(config))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Gives scenarios more time than other tests have, and begins with those that take longest."""
    items.sort(key=lambda item: item.path.name not in _LONGEST)
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent) and not item.get_closest_marker(
            "timeout"
        ):
            item.add_marker(pytest.mark.timeout(_LONGEST_SECONDS))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remembers that a scenario failed, and says where its logs are."""
    report = yield
    if report.failed and "sessions" in getattr(item, "fixturenames", ()):
        item.stash[_FAILED] = True
        report.sections.append(("logs", str(_logs(item.name))))
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hands over what a process has counted."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_HANDED_OVER] = json.dumps(session.config.stash[_TALLY].data)


class _Controller:
    """What the process does that starts the others and hears of each report."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._tally = config.stash[_TALLY]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Counts scenarios."""
        if report.when == "call" or (report.when == "setup" and not report.passed):
            self._tally.add(SCENARIOS)
            self._tally.add(SCENARIOS_PASSED, int(report.passed))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Takes what a process of pytest-xdist has counted; one that was lost has nothing."""
        self._tally.merge(json.loads(getattr(node, "workeroutput", {}).get(_HANDED_OVER, _NOTHING)))

    def pytest_unconfigure(self) -> None:
        """Writes the figures, and what they come to as the last line."""
        if not self._tally.data["counts"]:
            return
        _FIGURES.parent.mkdir(parents=True, exist_ok=True)
        arguments = self._config.invocation_params.args
        figures = {"arguments": [str(argument) for argument in arguments], **self._tally.data}
        _FIGURES.write_text(json.dumps(figures, indent=1) + "\n")
        print(self._tally.sentence)  # noqa: T201  the line that people read
