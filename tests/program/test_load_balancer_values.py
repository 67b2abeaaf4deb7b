"""What a stack file says of the load balancer controller, in its release, its role and its pods."""

import json
from typing import Any, Final

import pytest
from graph_model import Graph
from programs import run_platform, section

from deployment.types import INGRESS, POLICY

CONTROLLER: Final = "aws-load-balancer-controller"
MODERN: Final = "ELBSecurityPolicy-TLS13-1-3-2021-06"
CERTIFICATE: Final = (
    "arn:aws:acm:ap-northeast-2:444455556666:certificate/00000000-0000-4000-8000-000000000000"
)


def values_of(**given: Any) -> dict[str, Any]:
    """Returns the values of the controller's chart."""
    graph = Graph(run_platform({"loadBalancerController": given}))
    return dict(graph.release(CONTROLLER).inputs["values"])


def test_what_is_off_is_off_in_the_chart_and_in_the_policies() -> None:
    given = {"waf": False, "shield": False}
    graph = Graph(run_platform({"loadBalancerController": given}))
    values = graph.release(CONTROLLER).inputs["values"]

    names = ("enableWaf", "enableWafv2", "enableShield")
    assert [values[name] for name in names] == [False] * 3
    text = json.dumps([policy.inputs["policy"] for policy in graph.of(POLICY)])
    assert [service for service in ("waf", "shield:", "SetWebAcl") if service in text] == []


def test_the_tls_policy_is_that_of_others_and_of_the_stacks_applications() -> None:
    app = section("sampleApp") | {"certificateArn": CERTIFICATE}
    graph = Graph(run_platform({"loadBalancerController": {"tlsPolicy": MODERN}, "sampleApp": app}))

    assert graph.release(CONTROLLER).inputs["values"]["defaultSSLPolicy"] == MODERN
    annotations = graph.one(INGRESS).inputs["metadata"]["annotations"]
    assert annotations["alb.ingress.kubernetes.io/ssl-policy"] == MODERN


def test_every_ingress_gets_what_the_class_says() -> None:
    given = {"ingressClass": {"scheme": "internet-facing", "inboundCidrs": ["198.51.100.0/24"]}}
    assert values_of(**given)["ingressClassParams"] == {
        "spec": {"scheme": "internet-facing", "inboundCIDRs": ["198.51.100.0/24"]}
    }


@pytest.mark.parametrize("given", [{}, {"waf": True, "shield": True, "ingressClass": {}}])
def test_what_is_not_said_is_the_charts_own(given: dict[str, Any]) -> None:
    own = {"enableWaf", "enableWafv2", "enableShield", "defaultSSLPolicy", "ingressClassParams"}
    assert own & values_of(**given).keys() == set()


def test_requests_are_those_that_the_plan_counts() -> None:
    given = {"replicas": 3, "cpuRequest": "0.5", "memoryRequest": "1Gi", "memoryLimit": "2Gi"}
    graph = Graph(run_platform({"loadBalancerController": given}))
    (stack,) = graph.of("pulumi:pulumi:Stack")
    before = Graph(run_platform()).of("pulumi:pulumi:Stack")[0]

    assert graph.release(CONTROLLER).inputs["values"]["resources"] == {
        "requests": {"cpu": "0.5", "memory": "1Gi"},
        "limits": {"memory": "2Gi"},
    }
    asked, usual = (
        one.outputs["plan"]["podsOnNodes"]["desiredSize"]["asked"] for one in (stack, before)
    )
    # Three pods of 500m and 1,024 MiB in the place of two of 100m and 128 MiB.
    assert asked["cpuMillicores"] - usual["cpuMillicores"] == 3 * 500 - 2 * 100
    assert asked["memoryMib"] - usual["memoryMib"] == 3 * 1024 - 2 * 128
