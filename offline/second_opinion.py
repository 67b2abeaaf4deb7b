"""``python -m offline.second_opinion``: what checkov says of every stack, and why that may be.

Exit status: 0 each finding has its reason in second_opinion.json; 1 one has none, or a reason is
for nothing that checkov finds; 2 checkov does not run.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from .analysis import DeployedResource
from .policies import resources_of
from .simulation import run_stack
from .stacks import PROGRAM, stack_names
from .terraform_plan import plan

REASONS: Final = Path(__file__).parent / "second_opinion.json"
_SECONDS: Final = 300


class NoOpinionError(RuntimeError):
    """Checkov did not run; its message is one line."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Opinion:
    """A check of checkov's that fails."""

    check: str
    resource: str
    title: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """Why a check may fail on resources whose address fits a pattern."""

    check: str
    resource: str
    reason: str

    def covers(self, opinion: Opinion) -> bool:
        """Returns whether it is the reason of a failed check."""
        return self.check == opinion.check and fnmatchcase(opinion.resource, self.resource)


def reasons(path: Path = REASONS) -> list[Reason]:
    """Returns all reasons."""
    return [Reason(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]


def opinions(resources: Sequence[DeployedResource], checkov: Path) -> Iterator[Opinion]:
    """Yields what checkov finds, from a Terraform plan and from Kubernetes manifests.

    :raises NoOpinionError: where it does not run.
    """
    with TemporaryDirectory() as folder:
        for framework, name, text in (
            ("terraform_plan", "tfplan.json", json.dumps(plan(resources))),
            ("kubernetes", "manifests.yaml", "\n---\n".join(manifests(resources))),
        ):
            path = Path(folder) / name
            path.write_text(text, encoding="utf-8")
            yield from _run(checkov, framework, path)


def manifests(resources: Iterable[DeployedResource]) -> Iterator[str]:
    """Yields each Kubernetes object as JSON."""
    for resource in resources:
        if resource.type.startswith("kubernetes:") and "kind" in resource.inputs:
            yield json.dumps(resource.inputs)


def _run(checkov: Path, framework: str, path: Path) -> Iterator[Opinion]:
    command = [str(checkov), "--framework", framework, "--file", str(path), "--skip-download"]
    try:
        ended = subprocess.run(  # noqa: S603  the project's own environment
            [*command, "--output", "json", "--compact"],
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
        data: dict[str, Any] = json.loads(ended.stdout)
        failed = data["results"]["failed_checks"]
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError, TypeError) as error:
        message = f"{checkov} said nothing of {framework}: {error}"
        raise NoOpinionError(message) from None
    for check in failed:
        yield Opinion(
            check=check["check_id"], resource=check["resource"], title=check["check_name"]
        )


def review(found: Sequence[Opinion], known: Sequence[Reason]) -> Iterator[str]:
    """Yields a line for each finding without a reason, and for each reason without a finding."""
    for opinion in found:
        if not any(reason.covers(opinion) for reason in known):
            yield f"{opinion.check} {opinion.resource}: {opinion.title}"
    for reason in known:
        if not any(reason.covers(opinion) for opinion in found):
            yield f"{reason.check} {reason.resource}: {REASONS.name} has a reason for nothing"


def main(checkov: Path) -> int:
    """Asks checkov about every stack; returns the exit status."""
    found: list[Opinion] = []
    for stack in stack_names(PROGRAM):
        try:
            of_stack = list(opinions(resources_of(run_stack(PROGRAM, stack)), checkov))
        except NoOpinionError as error:
            sys.stderr.write(f"{error}\n")
            return 2
        sys.stdout.write(f"{stack}: {len(of_stack)} checks of checkov's fail\n")
        found += of_stack
    lines = list(review(found, reasons()))
    sys.stdout.write(f"{len(lines)} without a reason, or reasons without a finding\n")
    sys.stderr.writelines(f"{line}\n" for line in lines)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(PROGRAM / ".venv-second-opinion" / "bin" / "checkov"))
