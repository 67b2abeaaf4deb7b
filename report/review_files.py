"""What the policies say, as files that code-review tools read."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from junitparser import Failure, JUnitXml, Skipped, TestCase, TestSuite

from policy.catalogue import Level, Rule, Severity
from policy.evaluation import Finding
from policy.rules import RULES
from policy.server import PACK_NAME

from .findings import kind, name_of

# GitHub sorts findings by this figure
# (https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning).
_SECURITY_SEVERITY: Final = {
    Severity.LOW: "3.0",
    Severity.MEDIUM: "5.0",
    Severity.HIGH: "8.0",
    Severity.CRITICAL: "9.5",
}


def write_sarif(findings: Sequence[Finding], stack: str, path: Path) -> None:
    """Writes the findings in SARIF 2.1.0; all are about the stack's file.

    The form is that of https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html.
    """
    names = list(RULES)
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": PACK_NAME,
                        "rules": [_sarif_rule(rule) for rule in RULES.values()],
                    }
                },
                "results": [
                    {
                        "ruleId": finding.rule.name,
                        "ruleIndex": names.index(finding.rule.name),
                        "level": _sarif_level(finding),
                        "message": {"text": f"{name_of(finding)} {finding.message}"},
                        "locations": [
                            {
                                "physicalLocation": {
                                    "artifactLocation": {"uri": f"Pulumi.{stack}.yaml"},
                                    "region": {"startLine": 1},
                                },
                                "logicalLocations": [
                                    {
                                        "name": name_of(finding),
                                        "fullyQualifiedName": finding.urn or stack,
                                    }
                                ],
                            }
                        ],
                    }
                    for finding in findings
                ],
            }
        ],
    }
    path.write_text(json.dumps(log, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _sarif_rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.name,
        "shortDescription": {"text": rule.description},
        "help": {"text": rule.remediation},
        "properties": {
            "tags": list(rule.sources),
            "security-severity": _SECURITY_SEVERITY[rule.severity],
        },
    }


def _sarif_level(finding: Finding) -> str:
    if not finding.checked:
        return "note"
    return "error" if finding.level is Level.MANDATORY else "warning"


def write_junit(findings: Sequence[Finding], stack: str, path: Path) -> None:
    """Writes a test case for each rule: failed by mandatory findings, skipped where not checked."""
    suite = TestSuite(f"{PACK_NAME} {stack}")
    for rule in RULES.values():
        case = TestCase(rule.name, classname=PACK_NAME)
        of_rule = [finding for finding in findings if finding.rule is rule]
        case.result = [
            *(_junit_result(Failure, f) for f in of_rule if f.level is Level.MANDATORY),
            *(_junit_result(Skipped, f) for f in of_rule if not f.checked),
        ]
        case.system_out = "\n".join(
            f"{kind(finding)}: {name_of(finding)} {finding.message}" for finding in of_rule
        )
        suite.add_testcase(case)
    document = JUnitXml()
    document.add_testsuite(suite)
    document.write(str(path), pretty=True)


def _junit_result(form: type[Failure | Skipped], finding: Finding) -> Failure | Skipped:
    result = form(f"{name_of(finding)} {finding.message}", finding.rule.severity.value)
    result.text = f"{finding.rule.description} {finding.rule.remediation}"
    return result
