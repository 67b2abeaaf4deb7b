"""What the policies say of a stack, where the policy pack is there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from offline.deployment import RecordedResource

_RUNNER: Final = "offline.policies"
_ORDER: Final = ("mandatory", "advisory", "not checked")


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyResult:
    """A rule that a resource breaks, or that could not see enough of it."""

    rule: str
    severity: str
    level: str
    resource: str
    message: str
    remediation: str


def policy_results(resources: Sequence[RecordedResource], stack: str) -> list[PolicyResult] | None:
    """Returns what the policies find, the worst first, or ``None`` without a policy pack."""
    if find_spec(_RUNNER) is None:
        return None
    found = list(_results(import_module(_RUNNER).findings(resources, stack)))
    return sorted(found, key=lambda result: (_ORDER.index(result.level), result.rule))


def _results(findings: Sequence[Any]) -> Iterator[PolicyResult]:
    for finding in findings:
        yield PolicyResult(
            rule=finding.rule.name,
            severity=finding.rule.severity.value,
            level=finding.level.value if finding.checked else "not checked",
            resource=finding.urn.rsplit("::", maxsplit=1)[-1] or "stack",
            message=finding.message,
            remediation=finding.rule.remediation,
        )
