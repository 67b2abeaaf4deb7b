"""What IAM documents of actions, and what a linter of its policies finds."""

import warnings
from functools import cache

with warnings.catch_warnings():
    # The library is older than the Python that it runs on.
    warnings.simplefilter("ignore")
    import parliament


@cache
def resource_kinds(action: str) -> frozenset[str]:
    """Returns the kinds of resource that an action can be narrowed to; raises for no action."""
    service, name = action.split(":")
    for known in parliament.iam_definition:
        if known["prefix"] == service:
            for privilege in known["privileges"]:
                if privilege["privilege"] == name:
                    kinds = (entry["resource_type"] for entry in privilege["resource_types"])
                    return frozenset(kind.rstrip("*") for kind in kinds if kind)
    message = f"IAM documents no action {action}"
    raise LookupError(message)


def lint(policy: str) -> set[tuple[str, str]]:
    """Returns issue and detail of each finding of an IAM policy's linter."""
    analysis = parliament.analyze_policy_string(policy)
    return {(finding.issue, str(finding.detail)) for finding in analysis.findings}
