"""Graphs that are registered again: their edges, kinds, and the longest chain through them."""

from functools import cache

import pytest

from bench.orders import as_pulumi_eks, as_terraform, longest_chain, seconds_to_delete
from bench.processes import Process, descendants
from engine.replay.graph import Edge, Graph, graph_of
from engine.replay.kinds import Sort, kind_of, kinds, sort_of
from offline.cloud.durations import duration
from offline.simulation import run_stack
from stackfile.files import PROGRAM


@cache
def graph(stack: str) -> Graph:
    return graph_of(run_stack(PROGRAM, stack).resources)


def urn(stack: str, name: str) -> str:
    """Returns the URN of a resource, by the last part of its type and its name."""
    kind, _, own = name.partition(" ")
    (found,) = (
        urn
        for urn, resource in graph(stack).resources.items()
        if resource.custom and resource.name == own and resource.type.endswith(f":{kind}")
    )
    return found


def edge(stack: str, later: str, earlier: str) -> Edge:
    return Edge(later=urn(stack, later), earlier=urn(stack, earlier))


@pytest.mark.parametrize(
    ("later", "earlier", "sort"),
    [
        # The ID of the VPC is among the subnet's inputs.
        ("Subnet network-private-ap-northeast-2a", "Vpc network-vpc", Sort.DATA),
        # The role's ARN is, and waits for the attachment, of which the add-on needs no value.
        ("Addon vpc-cni", "RolePolicyAttachment vpc-cni-cni", Sort.ORDERING),
        # The program knows the name of the namespace before there is one.
        ("Service sample-app", "Namespace sample-app", Sort.ORDERING),
        # By way of CoreDNS, which waits for the nodes.
        ("Release load-balancer-controller", "NodeGroup nodes-default", Sort.IMPLIED),
    ],
)
def test_edges_are_for_data_or_order(later: str, earlier: str, sort: Sort) -> None:
    assert sort_of(graph("dev"), edge("dev", later, earlier)) is sort


def test_edges_of_all_zones_are_of_one_kind() -> None:
    ways = kinds(graph("prod"))["NodeGroup nodes-<group> after Route network-private-<zone>-nat"]
    assert len(ways) == len({way.earlier for way in ways}) == 3
    reserved = "SubnetCidrReservation network-private-<zone>-<block>"
    assert len(kinds(graph("prod"))[f"NodeGroup nodes-<group> after {reserved}"]) == 6


def test_another_zone_makes_another_kind() -> None:
    way = edge(
        "prod",
        "NatGateway network-nat-ap-northeast-2a",
        "RouteTableAssociation network-public-ap-northeast-2b",
    )
    assert kind_of(graph("prod"), way).endswith("network-public-<other zone>")


def test_an_edge_takes_along_what_only_it_waited_for() -> None:
    lost = graph("dev").lost_with(
        edge("dev", "NatGateway network-nat-ap-northeast-2a", "Route network-public-internet")
    )
    assert urn("dev", "InternetGateway network-internet") in lost
    assert urn("dev", "Vpc network-vpc") not in lost


def test_what_is_deleted_first_waits_for_the_longest_chain() -> None:
    first = urn("dev", "SecurityGroupIngressRule nfs-nodes")
    program = graph("dev").program(deleted_first=[first])
    chain = [item for item in program if item["type"] == "pulumi:index:Stash"]
    assert len(chain) > len(longest_chain(graph("dev"))), "longer than any other"
    (registered,) = (item for item in program if item["urn"] == first)
    assert chain[-1]["urn"] in registered["waits_for"]


def test_everything_is_registered_after_what_it_needs() -> None:
    seen: set[str] = set()
    for item in graph("prod").program():
        needs = {*item["waits_for"], *filter(None, [item["parent"]])}
        assert needs <= seen, item["urn"]
        seen.add(item["urn"])


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_longest_chain_leads_from_the_control_plane_to_the_application(stack: str) -> None:
    names = [step.name for step in longest_chain(graph(stack))]
    wanted = [
        "Cluster cluster-eksCluster",
        "Role vpc-cni",
        "Addon vpc-cni",
        "NodeGroup nodes-default",
        "Addon coredns",
        "Release load-balancer-controller",
        "Ingress sample-app",
        "Deployment sample-app",
    ]
    assert [name for name in names if name in wanted] == wanted
    assert seconds_to_delete(graph(stack)) > 0


def test_what_takes_a_new_role_waits_until_others_see_it() -> None:
    (step,) = (step for step in longest_chain(graph("dev")) if step.name == "Addon vpc-cni")
    assert step.seconds == duration("create", "aws:eks/addon:Addon") + 8


def test_others_order_the_same_resources_in_another_way() -> None:
    nodes, dns = urn("dev", "NodeGroup nodes-default"), urn("dev", "Addon coredns")
    plugin = urn("dev", "Addon vpc-cni")
    terraform, pulumi_eks = as_terraform(graph("dev")), as_pulumi_eks(graph("dev"))
    assert terraform.custom == pulumi_eks.custom == graph("dev").custom
    assert plugin not in terraform.that_it_waits_for(nodes)
    assert nodes in terraform.that_it_waits_for(dns)
    assert plugin in pulumi_eks.that_it_waits_for(nodes)
    assert nodes not in pulumi_eks.that_it_waits_for(dns)


def test_a_watch_follows_a_process_and_all_that_it_starts() -> None:
    def process(parent: int) -> Process:
        return Process(parent=parent, cpu_seconds=0, resident=0, command="")

    running = {1: process(0), 2: process(1), 3: process(2), 4: process(1)}
    assert set(descendants(2, running)) == {2, 3}
    assert descendants(5, running) == {}
