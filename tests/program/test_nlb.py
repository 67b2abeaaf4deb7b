"""An application behind an NLB: a Service whose targets are pods, and the numbers of its stop."""

import copy
from typing import Any, Final

import pytest
from graph_model import Graph
from programs import run_platform, section

from deployment.types import DEPLOYMENT, INGRESS, NETWORK_POLICY, SERVICE
from planning.shutdown import NLB_PROPAGATION_SECONDS, broken, check, derive_budget
from policy.configuration import configuration_of
from policy.evaluation import findings
from policy.view import visible
from report.costs import estimate

NLB: Final = "service.beta.kubernetes.io/aws-load-balancer-"
CERTIFICATE: Final = (
    "arn:aws:acm:ap-northeast-2:444455556666:certificate/00000000-0000-4000-8000-000000000000"
)
BEHIND_AN_NLB: Final[dict[str, Any]] = {
    "loadBalancer": "nlb",
    "scheme": "internet-facing",
    "shutdown": {"propagationSeconds": 150, "longestRequestSeconds": 20},
}


def export_of(**more: Any) -> dict[str, Any]:
    """Returns the export of dev with the sample application behind an NLB."""
    return run_platform(
        {"sampleApp": {"image": section("sampleApp")["image"], **BEHIND_AN_NLB, **more}}
    )


@pytest.fixture(scope="module")
def exported() -> dict[str, Any]:
    """The export of dev with the sample application behind an NLB."""
    return export_of()


@pytest.fixture(scope="module")
def graph(exported: dict[str, Any]) -> Graph:
    """Its graph."""
    return Graph(exported)


def test_there_is_a_service_and_no_ingress_and_no_node_port(graph: Graph) -> None:
    """Requirement 30."""
    assert graph.of(INGRESS) == []
    spec = graph.one(SERVICE).inputs["spec"]
    assert (spec["type"], spec["loadBalancerClass"]) == ("LoadBalancer", "service.k8s.aws/nlb")
    assert spec["allocateLoadBalancerNodePorts"] is False
    assert [port.get("nodePort") for port in spec["ports"]] == [None]
    annotations = graph.one(SERVICE).inputs["metadata"]["annotations"]
    assert annotations[f"{NLB}nlb-target-type"] == "ip"
    assert annotations[f"{NLB}scheme"] == "internet-facing"


def test_the_numbers_are_those_of_the_pods(graph: Graph) -> None:
    """Requirement 32: the pod goes on for longer than the NLB sends, and nothing is cut."""
    (pod,) = (one.inputs["spec"]["template"]["spec"] for one in graph.of(DEPLOYMENT))
    slept = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert slept == 160 > NLB_PROPAGATION_SECONDS
    assert pod["terminationGracePeriodSeconds"] == 160 + 20 + 15
    attributes = graph.one(SERVICE).inputs["metadata"]["annotations"][
        f"{NLB}target-group-attributes"
    ]
    assert dict(pair.split("=") for pair in attributes.split(",")) == {
        "deregistration_delay.timeout_seconds": "175",
        "deregistration_delay.connection_termination.enabled": "false",
        "preserve_client_ip.enabled": "false",
    }


def test_the_controller_outlives_the_service_and_pods_come_after_it(graph: Graph) -> None:
    """Requirements 4 and 33."""
    service = graph.one(SERVICE)
    assert graph.waits_for(service, graph.release("aws-load-balancer-controller"))
    assert graph.waits_for(graph.one(DEPLOYMENT), service)
    hostname = graph.of("pulumi:pulumi:Stack")[0].outputs["ingressHostnames"]["sample-app"]
    assert hostname.endswith(".elb.amazonaws.com")
    # An NLB without the clients' addresses has those of its subnets, which the policy admits.
    assert graph.one(NETWORK_POLICY).inputs["spec"]["ingress"][0]["from"]


def test_tls_is_the_load_balancers() -> None:
    service = Graph(export_of(certificateArn=CERTIFICATE, accessLogsBucket="logs")).one(SERVICE)
    annotations = service.inputs["metadata"]["annotations"]
    assert [port["port"] for port in service.inputs["spec"]["ports"]] == [443]
    assert annotations[f"{NLB}ssl-cert"] == CERTIFICATE
    assert annotations[f"{NLB}ssl-ports"] == "443"
    assert annotations[f"{NLB}ssl-negotiation-policy"].startswith("ELBSecurityPolicy-TLS13-1-2")
    assert "access_logs.s3.bucket=logs" in annotations[f"{NLB}attributes"]


def rules_broken(data: dict[str, Any]) -> set[str]:
    """Returns the names of the rules that a deployment breaks."""
    return {found.rule.name for found in findings(visible(data), configuration_of("dev"))}


def service_in(data: dict[str, Any]) -> dict[str, Any]:
    """Returns the Service of an export."""
    (service,) = (r for r in data["deployment"]["resources"] if r["type"] == SERVICE)
    return service


def test_policies_see_the_service_of_an_nlb(exported: dict[str, Any]) -> None:
    usual = rules_broken(exported)
    about_it = {
        "ingresses-before-their-controller-goes",
        "no-node-ports",
        "shutdown-numbers-agree",
        "rollouts-keep-serving",
    }
    assert usual & about_it == set()

    def after(change: Any) -> set[str]:
        data = copy.deepcopy(exported)
        change(data)
        return rules_broken(data) - usual

    def orphaned(data: dict[str, Any]) -> None:
        service = service_in(data)
        service["dependencies"] = [u for u in service["dependencies"] if ":Release::" not in u]

    def cut_at_once(data: dict[str, Any]) -> None:
        for view in ("inputs", "outputs"):
            annotations = service_in(data)[view]["metadata"]["annotations"]
            key = f"{NLB}target-group-attributes"
            annotations[key] = annotations[key].replace("=175", "=5")

    def to_nodes(data: dict[str, Any]) -> None:
        for view in ("inputs", "outputs"):
            service_in(data)[view]["metadata"]["annotations"][f"{NLB}nlb-target-type"] = "instance"

    def as_behind_an_alb(data: dict[str, Any]) -> None:
        stack = data["deployment"]["resources"][0]["outputs"]
        stack["plan"]["shutdown"]["sample-app"]["propagationSeconds"] = 20

    assert after(orphaned) == {"ingresses-before-their-controller-goes"}
    assert after(cut_at_once) == {"shutdown-numbers-agree"}
    assert after(to_nodes) == {"no-node-ports"}
    assert after(as_behind_an_alb) == {"shutdown-numbers-agree"}


def test_rules_know_what_is_in_front() -> None:
    """An NLB reuses no connection of its own, and sends for longer."""
    budget = derive_budget(
        propagation_seconds=150, longest_request_seconds=20, keep_alive_seconds=5
    )
    assert [verdict.field for verdict in broken(budget)] == ["keep_alive_seconds"]
    assert broken(budget, behind="nlb") == ()
    short = derive_budget(propagation_seconds=20, longest_request_seconds=20)
    assert broken(short) == ()
    (verdict,) = broken(short, behind="nlb")
    assert verdict.message.startswith("must be at least 120 behind an NLB")
    assert {verdict.field for verdict in check(short)} == {
        verdict.field for verdict in check(short, behind="nlb")
    } - {"propagation_seconds"} | {"keep_alive_seconds"}


def test_the_report_says_that_an_nlb_is_not_priced(graph: Graph) -> None:
    assert any("network load balancers" in text for text in estimate(graph).not_counted)
