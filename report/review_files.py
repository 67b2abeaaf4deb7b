"""What the policies find, as files that code-review tools read."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from junitparser import Failure, JUnitXml, Skipped, TestCase, TestSuite

from deployment.texts import json_text, printable
from policy.catalogue import Level, Rule, Severity
from policy.evaluation import Finding
from policy.rules import RULES
from policy.server import PACK_NAME

# GitHub sorts findings by this figure
# (https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning).
_SECURITY_SEVERITY: Final = {
    Severity.LOW: "3.0",
    Severity.MEDIUM: "5.0",
    Severity.HIGH: "8.0",
    Severity.CRITICAL: "9.5",
}
_SARIF_LEVELS: Final = {"mandatory": "error", "advisory": "warning", "not checked": "note"}


def write_sarif(findings: Sequence[Finding], stack: str, path: Path) -> None:
    """Writes the findings in SARIF 2.1.0; all are about the stack's file.

    The form is that of https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html.
    """
    rules = [_sarif_rule(rule) for rule in RULES.values()]
    run = {
        "tool": {"driver": {"name": PACK_NAME, "rules": rules}},
        "results": [_sarif_result(finding, stack) for finding in findings],
    }
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    log = {"$schema": schema, "version": "2.1.0", "runs": [run]}
    path.write_text(json_text(log, indent=2) + "\n", encoding="utf-8")


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


def _sarif_result(finding: Finding, stack: str) -> dict[str, Any]:
    file = {"artifactLocation": {"uri": f"Pulumi.{stack}.yaml"}, "region": {"startLine": 1}}
    place = {"name": finding.resource, "fullyQualifiedName": printable(finding.urn) or stack}
    return {
        "ruleId": finding.rule.name,
        "ruleIndex": list(RULES).index(finding.rule.name),
        "level": _SARIF_LEVELS[finding.kind],
        "message": {"text": str(finding)},
        "properties": {"remediation": finding.remediation},
        "locations": [{"physicalLocation": file, "logicalLocations": [place]}],
    }


def write_junit(findings: Sequence[Finding], stack: str, path: Path) -> None:
    """Writes a test case for each rule: failed by mandatory findings, skipped where not checked."""
    suite = TestSuite(f"{PACK_NAME} {stack}")
    for rule in RULES.values():
        case = TestCase(rule.name, classname=PACK_NAME)
        of_rule = [finding for finding in findings if finding.rule is rule]
        case.result = [
            *(_junit_result(Failure, found) for found in of_rule if found.level is Level.MANDATORY),
            *(_junit_result(Skipped, found) for found in of_rule if not found.checked),
        ]
        case.system_out = "\n".join(f"{finding.kind}: {finding}" for finding in of_rule)
        suite.add_testcase(case)
    document = JUnitXml()
    document.add_testsuite(suite)
    document.write(str(path), pretty=True)


def _junit_result(form: type[Failure | Skipped], finding: Finding) -> Failure | Skipped:
    result = form(str(finding), finding.rule.severity.value)
    result.text = f"{finding.rule.description} {finding.remediation}"
    return result
