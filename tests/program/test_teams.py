"""Teams, as the program makes them: walls first, then rights; quotas that nodes hold."""

import asyncio
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import pulumi
import pytest
from graph_model import Graph
from object_parts import place_of
from platforms import broken_rules
from played import LAB, build, create_all, demolish, resources
from programs import run_of_platform, run_platform, section

from components.pods.hardened import Resources
from components.teams.namespaces import TeamNamespace
from components.teams.teams import Team, TeamsArgs
from deployment.resource import Resource
from deployment.types import (
    ACCESS_ENTRY,
    ACCESS_POLICY,
    LIMIT_RANGE,
    LOAD_BALANCER,
    NAMESPACE,
    NETWORK_POLICY,
    NODE_GROUP,
    RESOURCE_QUOTA,
    STORAGE_CLASS,
)
from offline.cloud.cloud import Cloud, Thing
from offline.cloud.tenants import early_rights, use_quotas

ROLES: Final = "arn:aws:iam::111122223333:role"
QUOTA: Final = {"pods": 5, "cpuRequests": "1", "memoryRequests": "1Gi"}
TEAMS: Final[Mapping[str, Any]] = {
    "shop": {
        "owner": "shop@example.com",
        "roles": [
            {"role": f"{ROLES}/people/developer", "access": "edit"},
            {"role": f"{ROLES}/auditor", "access": "view"},
        ],
        "namespaces": {
            "shop": {
                "quota": {**QUOTA, "memoryLimits": "2Gi", "claims": 2, "storageGiB": 10},
                "loadBalancers": {"scheme": "internal", "ports": [8080, 9090], "services": 1},
            },
            "shop-test": {"quota": QUOTA, "amongThemselves": False},
        },
    },
    "pay": {
        "owner": "Pay & Co.",
        "roles": [{"role": f"{ROLES}/auditor", "access": "view"}],
        "namespaces": {
            "pay": {"quota": QUOTA, "podSecurity": "baseline", "podSecurityReason": "Old image."}
        },
    },
}


@cache
def exported() -> dict[str, Any]:
    return run_platform({"teams": TEAMS, "wordpress": {"scheme": "internal"}})


@cache
def graph() -> Graph:
    return Graph(exported())


def in_namespace(token: str, namespace: str) -> dict[str, Any]:
    """Returns the specs of objects of a namespace by name."""
    found = (one for one in graph().of(token) if place_of(one) == namespace)
    return {one.inputs["metadata"]["name"]: one.inputs["spec"] for one in found}


def test_no_rule_objects() -> None:
    assert broken_rules(exported()) == []


def test_a_namespace_says_whose_it_is_and_what_may_run() -> None:
    found = {
        one.inputs["metadata"]["name"]: one.inputs["metadata"] for one in graph().of(NAMESPACE)
    }
    gate = "elbv2.k8s.aws/pod-readiness-gate-inject"
    security = "pod-security.kubernetes.io"
    versions = {f"{security}/{mode}-version": "v1.36" for mode in ("enforce", "warn", "audit")}
    strict = {f"{security}/{mode}": "restricted" for mode in ("enforce", "warn", "audit")}
    assert found["shop"]["labels"] == {
        "eks-platform/team": "shop", gate: "enabled", **strict, **versions
    }  # fmt: skip
    assert found["shop"]["annotations"] == {"eks-platform/owner": "shop@example.com"}
    assert gate not in found["shop-test"]["labels"]
    assert found["pay"]["labels"] == {
        "eks-platform/team": "pay", **strict, **versions, f"{security}/enforce": "baseline"
    }  # fmt: skip
    assert found["pay"]["annotations"]["eks-platform/pod-security-reason"] == "Old image."


def test_a_quota_counts_everything_and_no_node_port() -> None:
    (quota,) = in_namespace(RESOURCE_QUOTA, "shop").values()
    assert quota["hard"] == {
        "pods": "5",
        "requests.cpu": "1",
        "requests.memory": "1Gi",
        "limits.memory": "2Gi",
        "persistentvolumeclaims": "2",
        "requests.storage": "10Gi",
        "count/ingresses.networking.k8s.io": "1",
        "services.loadbalancers": "1",
        "services.nodeports": "0",
    }
    (bare,) = in_namespace(RESOURCE_QUOTA, "shop-test").values()
    none = ("persistentvolumeclaims", "count/ingresses.networking.k8s.io", "services.loadbalancers")
    assert {bare["hard"][key] for key in none} == {"0"}
    (defaults,) = in_namespace(LIMIT_RANGE, "shop").values()
    assert defaults["limits"] == [
        {
            "type": "Container",
            "default": {"cpu": "500m", "memory": "256Mi"},
            "defaultRequest": {"cpu": "100m", "memory": "128Mi"},
        }
    ]


def test_nobody_is_let_in_or_out_but_whom_it_needs() -> None:
    policies = in_namespace(NETWORK_POLICY, "shop")
    assert policies["default-deny"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    (dns,) = policies["cluster-dns"]["egress"]
    assert dns["to"][0]["podSelector"] == {"matchLabels": {"k8s-app": "kube-dns"}}
    assert [(port["port"], port["protocol"]) for port in dns["ports"]] == [
        (53, "UDP"), (53, "TCP")
    ]  # fmt: skip
    (balancers,) = policies["load-balancers"]["ingress"]
    assert [port["port"] for port in balancers["ports"]] == [8080, 9090]
    # Internal load balancers have their addresses in the private subnets.
    blocks = [peer["ipBlock"]["cidr"] for peer in balancers["from"]]
    assert blocks == ["172.30.0.0/19", "172.30.64.0/19"]
    own = policies["among-themselves"]
    assert own["ingress"] == [{"from": [{"podSelector": {}}]}]
    assert own["egress"] == [{"to": [{"podSelector": {}}]}]
    assert in_namespace(NETWORK_POLICY, "shop-test").keys() == {"default-deny", "cluster-dns"}


def test_a_role_has_one_entry_for_the_namespaces_of_its_teams() -> None:
    entries = [one.inputs["principalArn"] for one in graph().of(ACCESS_ENTRY)]
    assert sorted(entries) == [f"{ROLES}/auditor", f"{ROLES}/people/developer"]
    scopes = {
        (one.inputs["principalArn"].rsplit("/")[-1], one.inputs["policyArn"].rsplit("/")[-1]):
            one.inputs["accessScope"]
        for one in graph().of(ACCESS_POLICY)
    }  # fmt: skip
    assert scopes == {
        ("developer", "AmazonEKSEditPolicy"): {
            "type": "namespace", "namespaces": ["shop", "shop-test"]
        },
        ("auditor", "AmazonEKSViewPolicy"): {
            "type": "namespace", "namespaces": ["shop", "shop-test", "pay"]
        },
    }  # fmt: skip


def test_rights_come_after_what_limits_them() -> None:
    made = graph()
    limits = [
        one
        for token in (NAMESPACE, RESOURCE_QUOTA, LIMIT_RANGE, NETWORK_POLICY)
        for one in made.of(token)
        if one.name.startswith("teams-")
    ]
    assert len(limits) == 3 + 3 + 3 + 9
    (edit,) = (one for one in made.of(ACCESS_POLICY) if one.name.endswith("-edit"))
    waited_for = {one.name for one in limits if made.waits_for(edit, one)}
    assert waited_for == {one.name for one in limits if "-pay" not in one.name}


def test_a_namespace_goes_before_what_ends_the_things_in_it() -> None:
    made = graph()
    classes = made.of(STORAGE_CLASS)
    assert {one.inputs["provisioner"] for one in classes} == {"nfs.csi.k8s.io", "ebs.csi.aws.com"}
    outlived = [*classes, made.release("aws-load-balancer-controller")]
    waits = {
        one.name: [other for other in outlived if made.waits_for(one, other)]
        for one in made.of(NAMESPACE)
        if one.name.startswith("teams-")
    }
    # Where the quota allows neither claims nor load balancers, nothing is there to end.
    assert waits == {"teams-shop": outlived, "teams-shop-test": [], "teams-pay": []}


def test_load_balancers_of_teams_take_addresses() -> None:
    plan = run_of_platform({"teams": TEAMS}).plan
    assert plan
    assert (plan.addresses.public_load_balancers, plan.addresses.internal_load_balancers) == (1, 2)
    (quotas,) = plan.to_data()["quotas"]
    assert quotas["verdict"] == "fits"
    assert quotas["asked"]["pods"] == 15


def shop(**quota: Any) -> dict[str, Any]:
    of_shop = {"owner": "a", "namespaces": {"shop": {"quota": {**QUOTA, **quota}}}}
    return {"teams": {"shop": of_shop}}


REFUSED: Final[Mapping[str, tuple[Mapping[str, Any], list[str]]]] = {
    "pods": (shop(pods=44), ["missing                         1 ", "1 pods on default",
                             "eks-platform:nodeGroups.default.maxSize 5"]),
    "CPU": (shop(cpuRequests="9"), ["  9,000m", "CPU on default"]),
    "memory": (shop(memoryRequests="20Gi"), ["MiB memory on default"]),
    "a pool": (
        {
            **shop(pods=5000),
            "autoscaling": {
                "mode": "karpenter",
                "pools": {
                    "general": {
                        "instanceTypes": ["m6i.large"], "limits": {"cpu": 4, "memoryGiB": 32}
                    }
                },
            },
            "nodeGroups": {"default": {**section("nodeGroups")["default"],
                                       "instanceTypes": ["m6i.large"]}},
        },
        [
            "2 of default, 2 of karpenter/general",
            "higher limits of eks-platform:autoscaling.pools.general",
            "eks-platform:nodeGroups.default.desiredSize",
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", sorted(REFUSED))
def test_quotas_that_nodes_cannot_hold_are_refused_with_the_arithmetic(case: str) -> None:
    changes, fragments = REFUSED[case]
    with pytest.raises(pulumi.RunError) as refused:
        run_of_platform(changes)
    text = str(refused.value)
    assert text.startswith("Pulumi.dev.yaml: nodes cannot hold the quotas of teams at their max")
    assert "what the platform runs on them" in text
    assert [fragment for fragment in fragments if fragment not in text] == [], text


def test_quotas_beyond_the_nodes_there_are_is_a_warning() -> None:
    warnings = "\n".join(run_of_platform(shop(pods=20)).warnings)
    assert "desiredSize nodes do not hold the quotas of teams" in warnings
    assert "autoscaling.mode none adds no node: " in warnings
    doubtful = "\n".join(run_of_platform(shop(memoryRequests="12Gi")).warnings)
    assert "nodes at their maximum may not hold the quotas of teams" in doubtful


def test_nodes_for_a_team_are_counted_for_it_and_have_their_label() -> None:
    group = section("nodeGroups")["default"]
    gpu = {**group, "taints": [{"key": "gpu", "value": "", "effect": "NO_SCHEDULE"}]}
    wanted = {"quota": {**QUOTA, "pods": 48}, "nodes": "gpu"}
    teams = {"ml": {"owner": "a", "namespaces": {"ml": wanted}}}
    changes = {"nodeGroups": {"default": group, "gpu": gpu}, "teams": teams}
    (made,) = (one for one in Graph(run_platform(changes)).of(NODE_GROUP) if "gpu" in one.name)
    assert made.inputs["labels"]["eks-platform/nodes"] == "gpu"
    # Without it they are counted on nodes that take every pod.
    del wanted["nodes"]
    with pytest.raises(pulumi.RunError, match="nodes: 4 of default "):
        run_of_platform(changes)


def things_of(cloud: Cloud, *names: str) -> list[Thing]:
    """Returns things by the ends of type and name, as ``Namespace teams-shop``."""
    found = {f"{one.token.rpartition(':')[2]} {one.name}": one for one in cloud}
    return [found[name] for name in names]


@pytest.mark.parametrize(
    ("gone_first", "failure"),
    [
        ("Release load-balancer-controller", "finalizer ingress.k8s.aws/resources of Ingress"),
        ("Addon ebs-csi-driver", "hang in Terminating: no ebs.csi.aws.com unmounts"),
        ("Release nfs", "hang in Terminating: no nfs.csi.k8s.io unmounts"),
    ],
)
def test_what_teams_make_outlives_nobody_who_ends_it(gone_first: str, failure: str) -> None:
    cloud, failures = build(LAB)
    assert failures == {}
    use_quotas(cloud)
    assert cloud.find(LOAD_BALANCER, "shop/web")
    left = demolish(cloud, things_of(cloud, gone_first, "Namespace teams-shop"))
    assert failure in left["teams-shop"]


def test_what_teams_make_goes_with_their_namespaces() -> None:
    cloud, _ = build(LAB)
    use_quotas(cloud)
    assert demolish(cloud, things_of(cloud, "Namespace teams-shop")) == {}
    assert [one.id for one in cloud if one.id.startswith("shop/")] == []


@pytest.mark.parametrize(
    "late",
    [
        "ResourceQuota teams-shop",
        "LimitRange teams-shop-staging",
        "NetworkPolicy teams-shop-default-deny",
    ],
)
def test_rights_that_come_first_are_a_harm(late: str) -> None:
    def is_late(one: Resource) -> bool:
        return f"{one.type.rpartition(':')[2]} {one.name}" == late

    cloud, _ = build(LAB, without=is_late)
    assert early_rights(cloud) == []
    asyncio.run(create_all(cloud, [one for one in resources(LAB) if is_late(one)], {}))
    people = ("shop-developer-edit", "shop-on-call-admin")
    found = early_rights(cloud)
    assert [line for line in found if not any(who in line for who in people)] == []
    assert len(found) == len(people)


RESOURCES: Final = Resources(cpu_request="1", cpu_limit="1")
SPACE: Final = TeamNamespace(quota={"pods": "1"}, containers=RESOURCES)
ANY: Any = object()


def args(*teams: Team) -> TeamsArgs:
    named = {str(number): team for number, team in enumerate(teams)}
    return TeamsArgs(teams=named, cluster_name="c", version="1.36", place=ANY, controller=ANY)


def team(name: str, **roles: Any) -> Team:
    return Team(owner="a", roles=roles, namespaces={name: SPACE})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: args(team("a"), team("a")), "teams: two have the namespace a"),
        (lambda: args(team("a", role="view"), team("b", role="edit")), "has different rights"),
        (lambda: TeamNamespace(quota={}, containers=RESOURCES, ports=[80]), "ports: and load"),
        (
            lambda: TeamNamespace(quota={}, containers=RESOURCES, pod_security="privileged"),
            "pod_security_reason: of a privileged",
        ),
    ],
)
def test_arguments_check_themselves(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
