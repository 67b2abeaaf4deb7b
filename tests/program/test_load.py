"""Load by Locust: its Jobs, what they reach, and what starts another run."""

from typing import Any, Final

from programs import by_name, run_platform

SCENARIO: Final = "examples/crud-api/load.py"
JOB: Final = "kubernetes:batch/v1:Job load-"


def made(**changes: Any) -> dict[str, dict[str, Any]]:
    load = {"scenario": SCENARIO, "target": "shop", "users": 40, "workers": 3, **changes}
    return by_name(run_platform({"apps": {"shop": {}}, "load": load}))


def templates(resources: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        resources[f"{JOB}{part}"]["inputs"]["spec"]["template"] for part in ("master", "workers")
    ]


def host_of(template: dict[str, Any]) -> str:
    (container,) = template["spec"]["containers"]
    (host,) = (entry["value"] for entry in container["env"] if entry["name"] == "LOCUST_HOST")
    return str(host)


def test_a_master_runs_the_scenario_once_against_the_load_balancer() -> None:
    resources = made(runTime="10m", spawnRate=4, run="second")
    job = resources[f"{JOB}master"]
    spec = job["inputs"]["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    options = dict(zip(container["args"][3::2], container["args"][4::2], strict=True))
    ingress = resources["kubernetes:networking.k8s.io/v1:Ingress shop"]
    (balancer,) = ingress["outputs"]["status"]["loadBalancer"]["ingress"]

    assert container["args"][:3] == ["--master", "--headless", "--only-summary"]
    assert options == {
        "--csv": "/results/second/load",
        "--expect-workers": "3",
        "--expect-workers-max-wait": "900",
        "--html": "/results/second/report.html",
        "--locustfile": "/scenario/scenario.py",
        "--run-time": "600s",
        "--spawn-rate": "4",
        "--stop-timeout": "20",
        "--users": "40",
    }
    for template in templates(resources):
        assert host_of(template) == f"http://{balancer['hostname']}"
    assert (spec["backoffLimit"], spec["completions"]) == (0, 1)
    assert resources[f"{JOB}workers"]["inputs"]["spec"]["completions"] == 3
    # Nobody waits for its end, and nobody deletes it, which would start it again.
    assert job["inputs"]["metadata"]["annotations"]["pulumi.com/skipAwait"] == "true"
    assert "ttlSecondsAfterFinished" not in spec
    # Longer than all of it may take: workers, run and end.
    assert spec["activeDeadlineSeconds"] > 900 + 600 + 20
    assert any(urn.endswith("::shop") and "Deployment" in urn for urn in job["dependencies"])


def test_every_change_starts_master_and_workers_together() -> None:
    runs = [
        tuple(one["metadata"]["annotations"]["eks-platform/run"] for one in templates(made(**new)))
        for new in ({}, {"run": "again"}, {"scenario": "tests/support/least_scenario.py"})
    ]
    assert all(master == workers for master, workers in runs)
    assert len(set(runs)) == len(runs)


def test_pods_reach_one_another_names_and_the_load_balancer_alone() -> None:
    policy = made()["kubernetes:networking.k8s.io/v1:NetworkPolicy load"]["inputs"]["spec"]
    reached = {
        (port["port"], str(sorted(one["to"][0])))
        for one in policy["egress"]
        for port in one["ports"]
    }
    pods, blocks = "['namespaceSelector', 'podSelector']", "['ipBlock']"
    assert reached == {(53, pods), (5557, pods), (80, blocks), (443, blocks)}
    internal = {one["ipBlock"]["cidr"] for one in policy["egress"][-1]["to"]}
    assert internal == {"172.30.0.0/19", "172.30.64.0/19"}


def test_an_application_on_the_internet_is_loaded_over_the_internet() -> None:
    resources = made(target="sample-app")
    policy = resources["kubernetes:networking.k8s.io/v1:NetworkPolicy load"]["inputs"]["spec"]
    assert policy["egress"][-1]["to"] == [{"ipBlock": {"cidr": "0.0.0.0/0"}}]
    assert host_of(templates(resources)[0]).startswith("http://k8s-")


def test_an_application_with_a_host_name_is_asked_by_it() -> None:
    shop = {"hostname": "shop.shops.eu"}
    load = {"scenario": SCENARIO, "target": "shop"}
    resources = by_name(run_platform({"apps": {"shop": shop}, "load": load}))
    assert host_of(templates(resources)[0]) == "http://shop.shops.eu"
    dependencies = resources[f"{JOB}master"]["dependencies"]
    assert any("Ingress" in urn for urn in dependencies)
