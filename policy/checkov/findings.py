"""What checkov finds in a stack, and why each finding is accepted."""

import json
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from deployment.deployment import Deployment
from deployment.resource import Resource

from .terraform_plan import plan

REASONS: Final = Path(__file__).parent / "accepted.json"
_SECONDS: Final = 300


class CheckovError(RuntimeError):
    """Checkov did not run; its message is one line."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckovFinding:
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

    def covers(self, finding: CheckovFinding) -> bool:
        """Returns whether it is the reason of a failed check."""
        return self.check == finding.check and fnmatchcase(finding.resource, self.resource)


def reasons(path: Path = REASONS) -> list[Reason]:
    """Returns all reasons."""
    return [Reason(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]


def findings(resources: Deployment, checkov: Path) -> Iterator[CheckovFinding]:
    """Yields what checkov finds, from a Terraform plan and from Kubernetes manifests.

    It is asked about what the deployment has of each kind: of nothing it gives no report.

    :raises CheckovError: where it does not run.
    """
    planned, objects = plan(resources), list(manifests(resources))
    with TemporaryDirectory() as folder:
        for framework, name, text, has_any in (
            ("terraform_plan", "tfplan.json", json.dumps(planned), planned["resource_changes"]),
            ("kubernetes", "manifests.yaml", "\n---\n".join(objects), objects),
        ):
            path = Path(folder) / name
            path.write_text(text, encoding="utf-8")
            if has_any:
                yield from _run(checkov, framework, path)


def manifests(resources: Iterable[Resource]) -> Iterator[str]:
    """Yields each Kubernetes object as JSON."""
    for resource in resources:
        if resource.type.startswith("kubernetes:") and "kind" in resource.inputs:
            yield json.dumps(resource.inputs)


def _run(checkov: Path, framework: str, path: Path) -> Iterator[CheckovFinding]:
    command = [str(checkov), "--framework", framework, "--file", str(path), "--skip-download"]
    try:
        ended = subprocess.run(  # noqa: S603  the project's own environment
            [*command, "--output", "json", "--compact"],
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
        failed: list[dict[str, Any]] = json.loads(ended.stdout)["results"]["failed_checks"]
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError, TypeError) as error:
        raise CheckovError(f"{checkov} said nothing of {framework}: {error}") from None
    for check in failed:
        yield CheckovFinding(
            check=check["check_id"], resource=check["resource"], title=check["check_name"]
        )


def review(found: Sequence[CheckovFinding], known: Sequence[Reason]) -> Iterator[str]:
    """Yields a line for each finding without a reason, and for each reason without a finding."""
    for finding in found:
        if not any(reason.covers(finding) for reason in known):
            yield f"{finding.check} {finding.resource}: {finding.title}"
    for reason in known:
        if not any(reason.covers(finding) for finding in found):
            yield f"{reason.check} {reason.resource}: {REASONS.name} has a reason for nothing"
