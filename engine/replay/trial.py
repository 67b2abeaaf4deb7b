"""What becomes of a stack that is registered by a graph, under the real engine."""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final

import yaml

from deployment.types import CLUSTER
from engine.session import ServedCloud, environment
from offline.cloud.clock import Clock
from offline.cloud.cloud import Cloud
from offline.cloud.conditions import admin_policies
from offline.cloud.harms import harms
from offline.cloud.tenants import use_quotas
from stackfile.files import PROGRAM, configuration, project_name

from .adversary import AdversarialCloud
from .graph import Graph

# Real seconds for each simulated one: EKS gives up on nodes after 25 minutes, which are 0.75 s.
SCALE: Final = 0.0005
# As many operations at a time as there are: what is late takes nobody's place.
_COMMAND: Final = ("--yes", "--skip-preview", "--non-interactive", "--parallel", "256", "--stack")
# The reason why a resource is not ready stands in a list of its own. Rows of the progress say the
# same again, with those of other resources in between.
_ERROR: Final = re.compile(
    r"^(?!.*\*\*).*?error: (?:1 error occurred:\s*)?(?:\* )?(.+)", re.MULTILINE
)
# What the engine adds when something has failed.
_ONLY_SOME: Final = ("failed", "exception:", "shutting down")
_FOLDER: Final = Path(__file__).resolve().parent


class End(Enum):
    """How a stack's life ends."""

    UP_FAILS = "up fails"
    DESTROY_FAILS = "destroy fails"
    LEAKS = "destroy leaks"
    HARMS = "harms"
    WELL = "nothing"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """The end of a trial.

    :param detail: what the engine or the cloud says of it.
    """

    end: End
    detail: str = ""


class Workspace:
    """A folder with the replay program, and an empty state of one stack.

    :param tools: the folder of the CLI.
    """

    def __init__(self, folder: Path, tools: Path, stack: str) -> None:
        self.folder, self._tools, self._stack = folder, tools, stack
        self._program = folder / "program"
        self._program.mkdir(parents=True)
        shutil.copy(_FOLDER / "__main__.py", self._program)
        project: dict[str, Any] = yaml.safe_load((_FOLDER / "Pulumi.yaml").read_text())
        project["name"] = project_name(PROGRAM)
        project["runtime"]["options"]["virtualenv"] = str(PROGRAM / ".venv")
        (self._program / "Pulumi.yaml").write_text(yaml.safe_dump(project))
        config = configuration(PROGRAM, stack)
        self.region = config["aws:region"]
        self.version = str(json.loads(config[f"{project['name']}:cluster"])["version"])
        (self._program / f"Pulumi.{stack}.yaml").write_text(
            yaml.safe_dump({"config": {"aws:region": self.region}})
        )
        self._pulumi("stack", "init", stack, state="state").check_returncode()

    def run_worst(self, graph: Graph, late: frozenset[str], name: str) -> Outcome:
        """Returns what becomes of a graph where some resources come as late as they can.

        They are created last of all that need not wait for them, and deleted first.

        :param name: a name of the trial's own, for its files.
        :raises AssertionError: where something waits for them that the graph does not say.
        """
        cloud = AdversarialCloud(Clock(SCALE), graph, late)
        first = sorted(late & graph.custom)
        outcome = self.run(graph.program(deleted_first=first), cloud, name)
        if cloud.missing:
            raise AssertionError(f"did not come before {late}: {cloud.missing}")
        return outcome

    def run(
        self, program: list[dict[str, Any]], cloud: Cloud, name: str, *, up_only: bool = False
    ) -> Outcome:
        """Deploys what the replay program reads, destroys it again, and returns what came of it.

        :param up_only: whether to leave it there.
        """
        state, path = f"state-{name}", self.folder / f"{name}.json"
        shutil.copytree(self.folder / "state", self.folder / state)
        path.write_text(json.dumps(program), encoding="utf-8")
        with ServedCloud(self.region, self.version, cloud=cloud) as served:
            extra = {**served.environment, "REPLAY_GRAPH": str(path)}

            def ended(command: str, failure: End) -> Outcome:
                done = self._pulumi(command, *_COMMAND, self._stack, state=state, extra=extra)
                if done.returncode:
                    return Outcome(end=failure, detail=_errors(done.stdout))
                return Outcome(end=End.WELL)

            up = ended("up", End.UP_FAILS)
            if up_only or up.end is not End.WELL:
                return up
            if found := harms(cloud):
                return Outcome(end=End.HARMS, detail="; ".join(found))
            _hand_over(cloud)
            down = ended("destroy", End.DESTROY_FAILS)
        left = ", ".join(f"{thing.token} {thing.id}" for thing in cloud)
        return Outcome(end=End.LEAKS, detail=left) if left and down.end is End.WELL else down

    def _pulumi(
        self, *arguments: str, state: str, extra: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        settings = {
            **environment(self.folder, self._tools),
            "PULUMI_BACKEND_URL": f"file://{self.folder / state}",
            # The state is written once, at the end: each trial is one life.
            "PULUMI_EXPERIMENTAL": "true",
            "PULUMI_SKIP_CHECKPOINTS": "true",
            **(extra or {}),
        }
        (self.folder / state).mkdir(exist_ok=True)
        return subprocess.run(  # noqa: S603  the CLI under test
            ["pulumi", *arguments],  # noqa: S607
            env=settings,
            cwd=self._program,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )


def _hand_over(cloud: Cloud) -> None:
    """Lets teams use what they have, and then a named admin, if there is one, destroy it all."""
    use_quotas(cloud)
    if admin_policies(cloud):
        for cluster in cloud.of(CLUSTER):
            cluster.inputs = {
                **cluster.inputs,
                "accessConfig": {"bootstrapClusterCreatorAdminPermissions": False},
            }


def _errors(output: str) -> str:
    """Returns what the engine says went wrong, each thing once."""
    told = [text.strip() for text in _ERROR.findall(output)]
    found = dict.fromkeys(text for text in told if not text.endswith(_ONLY_SOME))
    return "; ".join(found) or output[-500:]
