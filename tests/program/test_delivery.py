"""Two versions of an application behind one load balancer: their objects, order and weights."""

import copy
import json
from typing import Any, Final

import pytest
from graph_model import Graph
from programs import by_name, run_of_platform, run_platform, section

from deployment.steps import Operation
from deployment.types import DEPLOYMENT, INGRESS, SERVICE
from planning.weights import shares_of_ingress
from policy.configuration import configuration_of
from policy.evaluation import findings
from policy.view import visible

NEW: Final = "nginx:1.31.6"
STABLE: Final = "sample-app"
CANDIDATE: Final = "sample-app-candidate"


def app(strategy: str = "canary", **candidate: Any) -> dict[str, Any]:
    """Returns dev's sample application with a strategy, and a candidate if it has keys."""
    its = {"candidate": {"image": NEW, **candidate}} if candidate else {}
    return {"sampleApp": {**section("sampleApp"), "delivery": {"strategy": strategy, **its}}}


@pytest.fixture(scope="module")
def exported() -> dict[str, Any]:
    """The export of dev with a canary that gets a tenth of the requests."""
    return run_platform(app(weight=10))


@pytest.fixture(scope="module")
def graph(exported: dict[str, Any]) -> Graph:
    """Its graph."""
    return Graph(exported)


@pytest.fixture(scope="module")
def plain() -> dict[str, Any]:
    """The export of dev as it is."""
    return run_platform()


def of_candidate(data: dict[str, Any]) -> set[str]:
    """Returns the kinds of the candidate's own objects."""
    found = (name.rsplit(":", maxsplit=1)[-1] for name in by_name(data))
    return {name.removesuffix(f" {CANDIDATE}") for name in found if name.endswith(CANDIDATE)}


def test_a_candidate_has_all_that_pods_need_and_no_load_balancer_of_its_own(
    exported: dict[str, Any], graph: Graph
) -> None:
    assert of_candidate(exported) == {
        "Deployment",
        "Service",
        "HorizontalPodAutoscaler",
        "PodDisruptionBudget",
        "NetworkPolicy",
    }
    assert shares_of_ingress(graph.one(INGRESS).inputs) == {STABLE: 90, CANDIDATE: 10}


def test_the_versions_differ_in_image_and_labels_alone(exported: dict[str, Any]) -> None:
    stable, candidate = (
        by_name(exported)[f"{DEPLOYMENT} {name}"]["inputs"] for name in (STABLE, CANDIDATE)
    )
    image = json.dumps(section("sampleApp")["image"])
    renamed = json.dumps(stable["spec"]).replace(f'": "{STABLE}"}}', f'": "{CANDIDATE}"}}')
    assert json.loads(renamed.replace(image, json.dumps(NEW))) == candidate["spec"]


def test_no_service_sends_to_the_other_version(exported: dict[str, Any]) -> None:
    resources = by_name(exported)
    for name in (STABLE, CANDIDATE):
        wanted = {"app.kubernetes.io/name": name}
        for kind in ("kubernetes:core/v1:Service", "kubernetes:policy/v1:PodDisruptionBudget"):
            selector = resources[f"{kind} {name}"]["inputs"]["spec"]["selector"]
            assert selector.get("matchLabels", selector) == wanted


def test_pods_come_after_what_sends_to_them_and_go_before_it(graph: Graph) -> None:
    """Requirement 33, for both; and the Ingress after the Services that its annotation names."""
    ingress = graph.one(INGRESS)
    services = {service.name: service for service in graph.of(SERVICE)}
    assert list(graph.missing_waits([ingress], list(services.values()))) == []
    for deployment in graph.of(DEPLOYMENT):
        reached = [ingress, services[deployment.name]]
        assert list(graph.missing_waits([deployment], reached)) == []


def test_blue_and_green_get_all_requests_or_none() -> None:
    data = run_platform(app("blueGreen", live=True, minReplicas=3))
    assert shares_of_ingress(Graph(data).one(INGRESS).inputs) == {STABLE: 0, CANDIDATE: 100}
    scaler = f"kubernetes:autoscaling/v2:HorizontalPodAutoscaler {CANDIDATE}"
    assert by_name(data)[scaler]["inputs"]["spec"]["minReplicas"] == 3


def test_a_strategy_without_a_candidate_is_a_guard_and_nothing_else(plain: dict[str, Any]) -> None:
    guarded = run_platform(app())
    ingress = by_name(guarded)[f"{INGRESS} {STABLE}"]
    assert ingress.pop("resourceHooks") == {"BeforeUpdate": ["sample-app-shift"]}
    assert guarded == plain


def test_the_plan_counts_both_versions_and_the_numbers_of_both(
    exported: dict[str, Any], plain: dict[str, Any]
) -> None:
    plan = exported["deployment"]["resources"][0]["outputs"]["plan"]
    assert plan["shutdown"][CANDIDATE] == plan["shutdown"][STABLE]
    before = plain["deployment"]["resources"][0]["outputs"]["plan"]
    for size, pods in (("desiredSize", 2), ("maxSize", 6)):
        more, less = (p["podsOnNodes"][size]["asked"]["pods"] for p in (plan, before))
        assert more - less == pods


def refusals(before: dict[str, Any], after: dict[str, Any]) -> str:
    """Returns why a change of a running stack is refused; empty: it is not."""
    run = run_of_platform(after, previous=Graph(before))
    return "\n".join(reason for step in run.steps for reason in step.refusals)


def test_a_change_that_loses_requests_is_refused_at_preview(
    exported: dict[str, Any], plain: dict[str, Any]
) -> None:
    early = refusals(plain, app(weight=10))
    assert f"{CANDIDATE} has no healthy pods behind the load balancer yet" in early
    assert f"{CANDIDATE} still gets 10 % of the requests" in refusals(exported, app())


def test_a_shift_of_weights_changes_the_load_balancer_alone(exported: dict[str, Any]) -> None:
    run = run_of_platform(app(weight=100), previous=Graph(exported))
    changed = [step for step in run.steps if step.operation is not Operation.SAME]
    assert [(step.resource.type, step.refusals) for step in changed] == [(INGRESS, ())]


def rules_broken(data: dict[str, Any]) -> set[str]:
    """Returns the names of the rules that a deployment breaks."""
    return {found.rule.name for found in findings(visible(data), configuration_of("dev"))}


def test_the_policies_find_the_versions_behind_an_action(exported: dict[str, Any]) -> None:
    """They follow an Ingress to both Services, and judge the pods of each."""
    assert rules_broken(exported) == {"load-balancers-speak-tls"}
    data = copy.deepcopy(exported)
    for view in ("inputs", "outputs"):
        pod = by_name(data)[f"{DEPLOYMENT} {CANDIDATE}"][view]["spec"]["template"]["spec"]
        pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"] = 5
    assert rules_broken(data) == {"load-balancers-speak-tls", "shutdown-numbers-agree"}
