"""What the policies find, as the report shows it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from policy.evaluation import Finding

from .findings import kind, name_of

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


def policy_results(findings: Iterable[Finding]) -> list[PolicyResult]:
    """Returns what the policies find, the worst first."""
    results = [
        PolicyResult(
            rule=finding.rule.name,
            severity=finding.rule.severity.value,
            level=kind(finding),
            resource=name_of(finding),
            message=finding.message,
            remediation=finding.rule.remediation,
        )
        for finding in findings
    ]
    return sorted(results, key=lambda result: (_ORDER.index(result.level), result.rule))
