"""The AWS Load Balancer Controller's policies: pinned to its chart, valid, and small enough.

``tests/golden/load-balancer-policy-VERSION.json`` holds the documents of each chart version. To
move to a new version, compare the policy that the controller's release documents with
``components/cluster/load_balancer_policy.py``, then write the new golden file; the old one goes.
"""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from iam_reference import lint

import versions
from components.cluster.load_balancer_policy import Scope, controller_policies
from components.identity.iam import document
from planning.aws_place import AwsPlace

GOLDEN = Path(__file__).parents[1] / "golden"
PLACE = AwsPlace(partition="aws", region="eu-west-1", account_id="111122223333")
SCOPE = Scope(place=PLACE, vpc_id="vpc-0123456789abcdef0")
# What the linter's data, older than the controller, does not know yet. Each is documented:
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html
NEWER_THAN_THE_LINTER = (
    "Unknown action elasticloadbalancing:ModifyIpPools",
    "Unknown condition elasticloadbalancing:CreateAction",
)
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
LARGEST_POLICY = 6144


def documents(scope: Scope) -> dict[str, str]:
    """Returns the policies as JSON texts."""

    async def collect() -> dict[str, str]:
        return {
            key: str(await document(*statements).future())
            for key, statements in controller_policies(scope).items()
        }

    return asyncio.run(collect())


def test_chart_and_policy_move_together() -> None:
    """Requirement 12."""
    golden = GOLDEN / f"load-balancer-policy-{versions.LOAD_BALANCER_CONTROLLER_CHART}.json"
    assert golden.is_file(), "the chart's version moved: see this module's docstring"
    wanted: dict[str, Any] = json.loads(golden.read_text(encoding="utf-8"))
    found = {key: json.loads(text) for key, text in documents(SCOPE).items()}
    assert found == wanted, "the policy moved: see this module's docstring"


def test_there_is_a_policy_of_one_version_only() -> None:
    assert len(list(GOLDEN.glob("load-balancer-policy-*.json"))) == 1


@pytest.mark.parametrize(
    ("off", "services", "other"),
    [
        ({"waf": False}, {"waf-regional", "wafv2"}, {"shield"}),
        ({"shield": False}, {"shield"}, {"waf-regional", "wafv2"}),
    ],
    ids=["waf", "shield"],
)
def test_permissions_go_with_what_is_off(
    off: dict[str, bool], services: set[str], other: set[str]
) -> None:
    found = documents(replace(SCOPE, **off))
    actions = {
        action
        for text in found.values()
        for statement in json.loads(text)["Statement"]
        for action in statement["Action"]
    }
    used = {action.partition(":")[0] for action in actions}
    assert used & (services | other) == other
    assert ("elasticloadbalancing:SetWebAcl" in actions) == ("shield" in services)


@pytest.mark.parametrize("key", ["read", "manage"])
def test_actions_resources_and_conditions_exist(key: str) -> None:
    """Requirement 11: a resource that an action does not know would deny the action."""
    findings = [
        f"{issue}: {detail}"
        for issue, detail in lint(documents(SCOPE)[key])
        if not detail.startswith(NEWER_THAN_THE_LINTER)
    ]
    assert findings == []


def test_policies_fit_into_iam_with_the_longest_names() -> None:
    place = AwsPlace(partition="aws-us-gov", region="ap-southeast-1", account_id="111122223333")
    longest = Scope(place=place, vpc_id="vpc-0123456789abcdef0")
    assert {key: len(text) for key, text in documents(longest).items() if len(text) > 0}
    assert max(map(len, documents(longest).values())) <= LARGEST_POLICY
