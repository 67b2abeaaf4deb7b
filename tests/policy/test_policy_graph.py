"""What rules make of dependencies where values do not tell."""

from typing import Any

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError, unknown_checking_proxy

from deployment.resource import Resource
from deployment.types import (
    ADDON,
    CLUSTER,
    CONFIG_MAP,
    DEPLOYMENT,
    NAMESPACE,
    NODE_GROUP,
    ROLE,
    SERVICE,
    SUBNET,
)
from policy.catalogue import Level
from policy.evaluation import Finding, not_checked
from policy.graph import Graph, once
from policy.objects import names, neighbours
from policy.rules import RULES
from policy.unknown import NotCheckedError, OutsideError, Why, each
from policy.view import laid_over

UNKNOWN = UNKNOWN_STRING_VALUE
COMPONENT = "network:index:Network"


def _resource(
    token: str, name: str, properties: dict[str, Any], *, custom: bool = True, **details: Any
) -> Resource:
    of_properties = {
        key: frozenset(urns) for key, urns in details.pop("property_dependencies", {}).items()
    }
    return Resource(
        urn=name,
        type=token,
        custom=custom,
        inputs=unknown_checking_proxy(properties),
        property_dependencies=of_properties,
        **details,
    )


def _component(name: str, *children: Resource) -> list[Resource]:
    return [_resource(COMPONENT, name, {}, custom=False), *children]


def _nodes(**origins: list[str]) -> Resource:
    properties = dict.fromkeys(origins, UNKNOWN)
    return _resource(NODE_GROUP, "nodes", properties, property_dependencies=origins)


def test_a_component_stands_for_the_only_one_of_a_type_in_it() -> None:
    cluster = _resource(CLUSTER, "inner", {}, parent="eks")
    nodes = _nodes(clusterName=["eks"])
    graph = Graph([*_component("eks", cluster), nodes])
    assert graph.named(nodes, "clusterName", CLUSTER) == [cluster]
    assert graph.users(cluster, NODE_GROUP, "clusterName") == [nodes]


def test_of_several_in_a_component_nobody_can_say_which() -> None:
    subnets = [_resource(SUBNET, name, {}, parent="net") for name in ("public", "private")]
    nodes = _nodes(subnetIds=["net"])
    graph = Graph([*_component("net", *subnets), nodes])
    with pytest.raises(UnknownValueError) as caught:
        graph.named(nodes, "subnetIds", SUBNET, several=True)
    assert caught.value.message == "subnetIds comes from one of public, private"


def test_waiting_for_a_component_is_waiting_for_what_is_in_it() -> None:
    addon = _resource(ADDON, "cni", {}, parent="inner")
    inner = _resource(COMPONENT, "inner", {}, parent="outer", custom=False)
    nodes = _resource(NODE_GROUP, "nodes", {}, dependencies=frozenset({"outer"}))
    graph = Graph([*_component("outer", inner, addon), nodes])
    assert graph.waits_for(nodes, addon)


def test_waiting_for_a_resource_is_not_waiting_for_its_children() -> None:
    parent = _resource(CLUSTER, "cluster", {})
    addon = _resource(ADDON, "cni", {}, parent="cluster")
    nodes = _resource(NODE_GROUP, "nodes", {}, dependencies=frozenset({"cluster"}))
    assert not Graph([parent, addon, nodes]).waits_for(nodes, addon)


def test_a_single_name_that_comes_from_two_is_of_neither() -> None:
    roles = [_resource(ROLE, name, {}) for name in ("one", "two")]
    nodes = _nodes(nodeRoleArn=["one", "two"])
    with pytest.raises(UnknownValueError):
        Graph([*roles, nodes]).named(nodes, "nodeRoleArn", ROLE)


@pytest.mark.parametrize("identified", [True, False])
def test_an_id_that_is_known_decides_over_dependencies(identified: bool) -> None:  # noqa: FBT001
    subnet = _resource(SUBNET, "subnet", {"id": "subnet-1"} if identified else {})
    origins = {"subnetIds": ["subnet"]}
    nodes = _resource(
        NODE_GROUP, "nodes", {"subnetIds": ["subnet-2"]}, property_dependencies=origins
    )
    graph = Graph([subnet, nodes])
    if identified:
        with pytest.raises(OutsideError):
            graph.named(nodes, "subnetIds", SUBNET, several=True)
    else:
        assert graph.named(nodes, "subnetIds", SUBNET, several=True) == [subnet]


def test_a_urn_in_the_place_of_an_id_is_the_resource() -> None:
    role = _resource(ROLE, "role", {})
    nodes = _resource(NODE_GROUP, "nodes", {"nodeRoleArn": "role"})
    assert Graph([role, nodes]).named(nodes, "nodeRoleArn", ROLE) == [role]


def test_who_may_use_a_resource_is_not_said_to_leave_it_alone() -> None:
    role = _resource(ROLE, "role", {})
    nodes = _resource(NODE_GROUP, "nodes", {"nodeRoleArn": UNKNOWN})
    with pytest.raises(UnknownValueError):
        Graph([role, nodes]).users(role, NODE_GROUP, "nodeRoleArn")


def _namespaced(token: str, name: str, namespace: str, *homes: str) -> Resource:
    metadata = {"namespace": namespace, "name": name}
    origins = {"metadata": homes}
    return _resource(token, name, {"metadata": metadata}, property_dependencies=origins)


def _namespace(urn: str, **metadata: str) -> Resource:
    return _resource(NAMESPACE, urn, {"metadata": metadata})


def test_objects_of_one_namespace_are_neighbours_whatever_its_name() -> None:
    for home in (
        _namespace("home", name="shop"),
        _namespace("home"),
        _namespace("home", name=UNKNOWN),
    ):
        one = _namespaced(DEPLOYMENT, "one", UNKNOWN, "home")
        two = _namespaced(SERVICE, "two", UNKNOWN, "home")
        assert neighbours(Graph([home, one, two]), one, SERVICE) == [two]


def test_a_namespace_that_is_named_later_is_none_that_has_a_name() -> None:
    one = _namespaced(DEPLOYMENT, "one", UNKNOWN, "home")
    two = _namespaced(SERVICE, "two", "elsewhere")
    assert neighbours(Graph([_namespace("home"), one, two]), one, SERVICE) == []


def test_a_namespace_of_unknown_name_may_be_any() -> None:
    one = _namespaced(DEPLOYMENT, "one", UNKNOWN, "home")
    two = _namespaced(SERVICE, "two", "elsewhere")
    with pytest.raises(UnknownValueError):
        neighbours(Graph([_namespace("home", name=UNKNOWN), one, two]), one, SERVICE)


def test_a_name_in_a_spec_is_that_of_what_the_spec_comes_from() -> None:
    one, other = (_resource(CONFIG_MAP, n, {"metadata": {"name": n}}) for n in ("one", "other"))
    pods = _resource(DEPLOYMENT, "pods", {}, property_dependencies={"spec": ["one"]})
    graph, volume = Graph([one, other, pods]), unknown_checking_proxy({"name": UNKNOWN})
    assert names(graph, pods, "name", one, within=volume)
    assert not names(graph, pods, "name", other, within=volume)


def test_what_two_clusters_call_the_same_is_of_ones_own_cluster() -> None:
    metadata = {"metadata": {"namespace": "shop", "name": "web"}}
    made = [
        _resource(token, f"{cluster}-{token}", properties, provider=cluster)
        for cluster in ("one", "two")
        for token, properties in (
            (NAMESPACE, {"metadata": {"name": "shop"}}),
            (DEPLOYMENT, metadata),
            (SERVICE, metadata),
        )
    ]
    graph = Graph(made)
    for cluster in (made[:3], made[3:]):
        home, pods, service = cluster
        assert neighbours(graph, pods, SERVICE) == [service]
        assert graph.named(pods, "metadata.namespace", NAMESPACE) == [home]


def test_two_resources_that_are_one_thing_count_as_one() -> None:
    made, read = (_resource(ADDON, urn, {"id": "cluster:vpc-cni"}) for urn in ("made", "read"))
    by_made, by_read = (
        _resource(NODE_GROUP, f"by-{urn}", {}, dependencies=frozenset({urn}))
        for urn in ("made", "read")
    )
    graph = Graph([made, read, by_made, by_read])
    assert graph.of(ADDON) == [made]
    assert all(graph.waits_for(one, made) for one in (by_made, by_read))


def test_outputs_lie_over_inputs_but_for_what_they_do_not_say() -> None:
    inputs = {"spec": {"replicas": 2, "type": "a"}, "only": 1, "late": "known"}
    outputs = {"spec": {"type": "b", "more": True}, "late": UNKNOWN, "id": UNKNOWN}
    assert laid_over(inputs, outputs) == {
        "spec": {"replicas": 2, "type": "b", "more": True},
        "only": 1,
        "late": "known",
        "id": UNKNOWN,
    }


def test_what_one_part_cannot_see_hides_nothing_of_the_others() -> None:
    def blind() -> Any:
        raise OutsideError("no")
        yield

    found: list[str] = []
    with pytest.raises(OutsideError):
        found.extend(each(["first"], blind(), ["last"]))
    parts = each(["first"], blind(), ["last"])
    assert [next(parts), next(parts)] == ["first", "last"]


@pytest.mark.parametrize(
    ("later", "outside", "line"),
    [
        ([], [], ""),
        (
            ["probes", "keys-rotate", "probes"],
            [],
            "not checked before deployment: 2 rules: keys-rotate, probes",
        ),
        (["probes"], ["probes"], "not checked before deployment: 1 rule: probes"),
        (
            ["probes"],
            ["keys-rotate"],
            "not checked before deployment: 1 rule: probes; "
            "not checked, for what is not part of the stack: 1 rule: keys-rotate",
        ),
    ],
)
def test_what_is_not_checked_is_one_line(later: list[str], outside: list[str], line: str) -> None:
    found = [
        Finding(rule=RULES[name], urn=name, message="", level=Level.ADVISORY, why=reason)
        for names_of, reason in ((later, Why.LATER), (outside, Why.OUTSIDE))
        for name in names_of
    ]
    assert not_checked(found) == line


def test_an_answer_is_worked_out_once_a_graph() -> None:
    asked: list[str] = []

    @once
    def answer(graph: Graph, what: str) -> int:
        asked.append(what)
        if what == "unknown":
            raise NotCheckedError(what)
        return len(graph)

    one, other = Graph(), Graph()
    for _ in range(2):
        assert answer(one, "a") == answer(other, "a") == 0
        with pytest.raises(NotCheckedError):
            answer(one, "unknown")
    assert asked == ["a", "a", "unknown"]
