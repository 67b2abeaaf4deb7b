"""The section teams: what it takes, what is refused, and the arithmetic of quotas."""

from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_settings import ABSENT, ADMIN, ADMINS, DEV, changed, load, mistakes, row

from planning.cluster_access import AccessEntry, who, with_others
from planning.scheduling.allocatable import Allocatable
from planning.scheduling.amounts import Amounts
from planning.scheduling.nodes import NodeGroup, SchedulingPlan, Verdict
from planning.scheduling.quotas import Quota, Room, rooms
from planning.scheduling.taints import EVERY_TAINT, Taint
from planning.scheduling.workloads import Workload

TEAMS: Final = "eks-platform:teams"
SHOP: Final = f"{TEAMS}.shop.namespaces.shop"
QUOTA: Final = {"pods": 5, "cpuRequests": "1", "memoryRequests": "1Gi"}
DEVELOPER: Final = f"{ADMINS}/shop-developer"


def team(namespaces: Any = None, **keys: Any) -> dict[str, Any]:
    return {"owner": "shop@example.com", "namespaces": namespaces or {"shop": space()}, **keys}


def space(**keys: Any) -> dict[str, Any]:
    return {"quota": QUOTA, **keys}


def roles(*given: tuple[str, str]) -> list[dict[str, str]]:
    return [{"role": role, "access": access} for role, access in given]


@pytest.mark.parametrize(
    "teams",
    [
        {},
        {"shop": team()},
        {"shop": team(roles=roles((DEVELOPER, "edit"), (f"{DEVELOPER}s", "view")))},
        {
            "shop": team(roles=roles((DEVELOPER, "edit"))),
            "pay": team({"pay": space()}, roles=roles((DEVELOPER, "edit"))),
        },
        {"shop": team({"1": space(), "a" * 63: space(podSecurity="baseline")}, owner="Zoë")},
        {"shop": team({"shop": space(podSecurity="privileged", podSecurityReason="Why.")})},
        {
            "shop": team(
                {"shop": space(quota={**QUOTA, "cpuLimits": "1", "memoryLimits": "1024Mi"})}
            )
        },
        {"shop": team({"shop": space(quota={**QUOTA, "claims": 2, "storageGiB": 2})})},
        {"shop": team({"shop": space(loadBalancers={"scheme": "internal", "ports": [80, 81]})})},
        {"shop": team({"shop": space(nodes="default", amongThemselves=False)})},
        {"wordpress": team({"wordpress": space(), "nfs-server": space()})},
    ],
    ids=str,
)
def test_what_teams_have_loads(teams: dict[str, Any]) -> None:
    assert load(changed("teams", teams, DEV)).teams.keys() == teams.keys()


def of_team(keys: dict[str, Any], key: str, *words: str) -> Any:
    return row("teams", {"shop": {**team(), **keys}}, f"{TEAMS}.shop.{key}", *words)


def of_space(keys: dict[str, Any], key: str, *words: str) -> Any:
    return of_team({"namespaces": {"shop": space(**keys)}}, f"namespaces.shop.{key}", *words)


def of_quota(keys: dict[str, Any], key: str, *words: str) -> Any:
    return of_space({"quota": {**QUOTA, **keys}}, f"quota.{key}", *words)


def named(name: str, *words: str) -> Any:
    return row("teams", {"shop": team({name: space()})}, f"{TEAMS}.shop.namespaces", *words)


def two(first: tuple[str, str], second: tuple[str, str], key: str, *words: str) -> Any:
    teams = {"pay": team({"pay": space()}, roles=roles(first)), "shop": team(roles=roles(second))}
    return row("teams", teams, f"{TEAMS}.shop.roles[0].{key}", *words)


MISTAKES: Final = [
    row("teams", {"Shop": team()}, TEAMS, "at most 40 of a-z", "'Shop'"),
    row("teams", {"shop": {"namespaces": {"shop": space()}}}, f"{TEAMS}.shop.owner", "is required"),
    of_team({"owner": " "}, "owner", "e-mail address or a name", "got ' '"),
    of_team({"owner": "a\nb"}, "owner", "one line"),
    of_team({"namespaces": {}}, "namespaces", "needs at least one namespace"),
    named("kube-public", "not be default or kube-", "'kube-public'"),
    named("default", "not be default or kube-"),
    named("shop.eu", "must be the name of a namespace"),
    named("a" * 64, "at most 63"),
    named("shop-*", "must be the name of a namespace"),
    row("teams", {"shop": team({"sample-app": space()})}, f"{TEAMS}.shop.namespaces.sample-app",
        "sample-app is a namespace of sampleApp"),
    row("teams", {"shop": team(), "pay": team()}, f"{TEAMS}.pay.namespaces.shop",
        "is a namespace of the team shop already"),
    of_team({"roles": roles((ADMIN, "owner"))}, "roles[0].access", "'view', 'edit' or 'admin'"),
    of_team({"roles": roles((ADMIN, "cluster-admin"))}, "roles[0].access", "'view', 'edit'"),
    of_team({"roles": roles((ADMIN.replace(":role/", ":user/"), "edit"))}, "roles[0].role",
            "must be the ARN of an IAM role, such as", "got"),
    of_team({"roles": roles(("arn:aws:sts::444455556666:assumed-role/shop/me", "edit"))},
            "roles[0].role", "must be the ARN of an IAM role"),
    of_team({"roles": roles((DEVELOPER.replace("aws", "aws-cn", 1), "edit"))}, "roles[0].role",
            "is in the partition aws-cn"),
    of_team({"roles": roles((f"{ADMINS}/aws-service-role/eks.amazonaws.com/a", "edit"))},
            "roles[0].role", "is a service-linked role"),
    of_team({"roles": roles((DEVELOPER, "edit"), (DEVELOPER, "edit"))}, "roles[1].role",
            "is in the team already"),
    of_team({"roles": roles((DEVELOPER, "edit"), (f"{ADMINS}/x/Shop-Developer", "view"))},
            "roles[1].role", "is in the team already"),
    two((DEVELOPER, "view"), (DEVELOPER, "edit"), "access", "must be 'view'", "the team pay",
        "got 'edit'"),
    two((DEVELOPER, "view"), (f"{ADMINS}/x/shop-developer", "edit"), "role",
        f"is '{DEVELOPER}' of the team pay in other words", "whatever its path"),
    of_quota({"pods": 0}, "pods", "at least 1, got 0"),
    of_quota({"cpuRequests": "1.0001"}, "cpuRequests", "finer than 1m", "got '1.0001'"),
    of_quota({"cpuRequests": "0"}, "cpuRequests", "must be CPU time"),
    of_quota({"memoryRequests": "64"}, "memoryRequests", "must be 1Mi or more"),
    of_quota({"cpuLimits": "900m"}, "cpuLimits", "900m is below cpuRequests 1"),
    of_quota({"memoryLimits": "1000Mi"}, "memoryLimits", "1000Mi is below memoryRequests 1Gi"),
    of_quota({"claims": 3, "storageGiB": 2}, "storageGiB", "1 GiB for each of 3 claims, got 2"),
    of_quota({"claims": 3}, "claims", "storageGiB, which the file leaves out: must be at least"),
    of_quota({"storageGiB": 2}, "storageGiB", "claims, which the file leaves out"),
    of_space({"containers": {"cpuRequest": "600m"}}, "containers.cpuRequest",
             "500m is below cpuRequest 600m"),
    of_space({"containers": {"cpuRequest": "2", "cpuLimit": "3"}}, "containers",
             "cpuRequest 2 is above quota.cpuRequests 1: no pod would start"),
    of_space({"quota": {**QUOTA, "memoryRequests": "64Mi"}}, "quota",
             "memoryRequest 128Mi is above quota.memoryRequests 64Mi"),
    of_space({"quota": {**QUOTA, "cpuRequests": "200m", "cpuLimits": "400m"}}, "quota",
             "cpuLimit 500m is above quota.cpuLimits 400m"),
    of_space({"podSecurity": "none"}, "podSecurity", "'restricted', 'baseline' or 'privileged'"),
    of_space({"podSecurity": "privileged"}, "podSecurity", "podSecurityReason",
             "makes pods root on their node"),
    of_space({"podSecurityReason": "x"}, "podSecurityReason", "podSecurity is restricted"),
    of_space({"nodes": "gpu"}, "nodes", "must be a node group or a pool of Karpenter (default)",
             "got 'gpu'"),
    of_space({"loadBalancers": {"scheme": "internal", "ports": []}}, "loadBalancers.ports",
             "at least one port"),
    of_space({"loadBalancers": {"scheme": "internal", "ports": [80], "ingresses": 0}},
             "loadBalancers.ingresses", "allow no load balancer"),
    of_space({"loadBalancers": {"scheme": "public", "ports": [80]}}, "loadBalancers.scheme",
             "'internal' or 'internet-facing'"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "key", "fragments"), MISTAKES)
def test_a_mistake_is_one_line_with_its_key(
    path: str, value: Any, key: str, fragments: tuple[str, ...]
) -> None:
    (line,) = mistakes(changed(path, value, DEV))

    assert line.startswith(f"{key}"), line
    assert [fragment for fragment in fragments if fragment not in line] == [], line


@pytest.mark.parametrize(
    ("path", "section", "keys", "key", "fragment"),
    [
        ("cluster/admins", [DEVELOPER], {"roles": roles((DEVELOPER, "edit"))},
         "shop.roles[0].role", "has an entry by cluster.admins already"),
        ("cluster/access",
         [{"principal": f"{ADMINS}/a/shop-developer", "policies": {"view": {}}}],
         {"roles": roles((DEVELOPER, "view"))}, "shop.roles[0].role",
         "has an entry by cluster.access already"),
        ("apps", {"pay": {}}, {"namespaces": {"pay": space()}}, "shop.namespaces.pay",
         "pay is a namespace of apps"),
        ("wordpress", {"scheme": "internal"}, {"namespaces": {"wordpress-mysql": space()}},
         "shop.namespaces.wordpress-mysql", "is a namespace of wordpress"),
        ("nfs", {"backend": "in-cluster"}, {"namespaces": {"nfs-server": space()}},
         "shop.namespaces.nfs-server", "is a namespace of nfs"),
        ("nfs", ABSENT,
         {"namespaces": {"shop": space(quota={**QUOTA, "claims": 1, "storageGiB": 1})}},
         "shop.namespaces.shop.quota.claims", "needs a class for them: the section nfs, or"),
    ],
)  # fmt: skip
def test_teams_agree_with_the_rest(
    path: str, section: Any, keys: dict[str, Any], key: str, fragment: str
) -> None:
    sections = changed("teams", {"shop": team(**keys)}, DEV)
    (line,) = mistakes(changed(path, section, sections))
    assert line.startswith(f"{TEAMS}.{key}: ")
    assert fragment in line
    if section != ABSENT:
        assert load(sections)


def test_an_admin_by_another_path_is_the_same() -> None:
    same = ADMIN.replace("role/", "role/x/")
    (line,) = mistakes(changed("cluster/admins", [ADMIN, same], DEV))
    assert line.startswith("eks-platform:cluster.admins[1]: has an entry already")
    assert who(ADMIN) == who(same) == who(ADMIN.upper().replace(":ROLE/", ":role/"))
    assert who(ADMIN) != who(ADMIN.replace("444455556666", "444455556667"))


def test_one_role_of_two_teams_has_one_entry() -> None:
    entries = [
        AccessEntry(principal="a", policies={"edit": ("shop",)}),
        AccessEntry(principal="b", policies={"view": ("shop",)}),
        AccessEntry(principal="a", policies={"edit": ("pay", "pay-test")}),
    ]
    assert with_others(entries) == [
        AccessEntry(principal="a", policies={"edit": ("shop", "pay", "pay-test")}),
        AccessEntry(principal="b", policies={"view": ("shop",)}),
    ]


def nodes(count: int, taint: str = "", most: Amounts | None = None) -> NodeGroup:
    least = Amounts(10, 1000, 1000)
    taints = (Taint(key=taint, effect="NO_SCHEDULE"),) if taint else ()
    return NodeGroup(count=count, each=Allocatable(least=least, most=most or least), taints=taints)


def room_of(asked: Amounts, group: NodeGroup | None = None, *others: Workload) -> Room:
    plan = SchedulingPlan(zones=1, groups={"default": group or nodes(2)}, workloads=others)
    (room,) = rooms(plan, [Quota(name="shop: shop", asked=asked)])
    return room


@pytest.mark.parametrize(
    ("asked", "verdict"),
    [
        (Amounts(20, 2000, 2000), Verdict.FITS),
        (Amounts(21, 1, 1), Verdict.IMPOSSIBLE),
        (Amounts(1, 2001, 1), Verdict.IMPOSSIBLE),
        (Amounts(1, 1, 2001), Verdict.UNCERTAIN),
        (Amounts(1, 1, 2201), Verdict.IMPOSSIBLE),
    ],
)
def test_quotas_are_held_by_what_nodes_have(asked: Amounts, verdict: Verdict) -> None:
    assert room_of(asked, nodes(2, most=Amounts(10, 1000, 1100))).verdict is verdict


def test_what_runs_already_counts_first() -> None:
    daemon = Workload(
        name="log", each=Amounts(1, 100, 50), on_every_node=True, tolerations=EVERY_TAINT
    )
    web = Workload(name="web", each=Amounts(1, 200, 100), count=3)
    room = room_of(Amounts(15, 1200, 1600), nodes(2), daemon, web)
    assert room.taken == Amounts(5, 800, 400)
    assert room.verdict is Verdict.FITS
    assert room_of(Amounts(16, 1, 1), nodes(2), daemon, web).missing == Amounts(1, 0, 0)


def test_tainted_nodes_are_for_those_that_name_them() -> None:
    groups = {"default": nodes(1), "gpu": nodes(3, "gpu"), "big": nodes(4, "big")}
    of_gpu = Workload(name="driver", each=Amounts(1, 500, 1), tolerations=EVERY_TAINT)
    plan = SchedulingPlan(zones=1, groups=groups, workloads=(of_gpu,))
    quotas = [
        Quota(name="a", asked=Amounts(1, 500, 1), nodes="default"),
        Quota(name="b", asked=Amounts(30, 3000, 3000), nodes="gpu"),
    ]
    shared, gpu = rooms(plan, quotas)
    assert ([*shared.nodes], [*gpu.nodes]) == (["default"], ["gpu"])
    assert (shared.verdict, gpu.verdict) == (Verdict.FITS, Verdict.FITS)
    # What may run in both counts in the first alone.
    assert (shared.taken, gpu.taken) == (Amounts(1, 500, 1), Amounts(0, 0, 0))
    assert rooms(plan, []) == []


SIZES: Final = st.integers(min_value=1, max_value=5000)


@given(st.tuples(SIZES, SIZES, SIZES), st.integers(min_value=1, max_value=5))
def test_enough_nodes_are_enough_and_one_less_is_not(
    asked: tuple[int, int, int], count: int
) -> None:
    quota = Amounts(*asked)
    room = room_of(quota, nodes(count))
    enough = room.enough("default")
    assert enough is not None
    assert room_of(quota, nodes(enough)).verdict is Verdict.FITS
    if enough > count:
        assert room_of(quota, nodes(enough - 1)).verdict is not Verdict.FITS
