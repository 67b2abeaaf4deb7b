"""Changes that people make to a stack that runs: what is planned, and that it is what happens.

Replacements and deletions first of all: a plan is compared as a whole, so that what it does not
name stays.
"""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import yaml

from deployment.export import earlier
from deployment.steps import Operation
from engine.outcomes import Steps
from engine.session import Session
from offline.simulation import run_stack


def config(session: Session, section: str) -> Any:
    """Returns a section of the stack file."""
    return yaml.safe_load(session.stack_file.read_text())["config"][f"eks-platform:{section}"]


def preview(session: Session) -> Steps:
    """Returns what is planned, which the offline preview foretells of every resource."""
    planned = session.preview()
    before = earlier(session.export())
    steps = [
        step
        for step in run_stack(session.program, session.stack, before).steps
        if step.resource.custom and not step.resource.type.startswith("pulumi:")
    ]
    names = {f"{step.resource.short_type} {step.resource.name}": step for step in steps}
    foretold = {
        name: step.operation.value
        for name, step in names.items()
        if step.operation is not Operation.SAME
    }
    assert foretold == {
        name: operation for name, operation in planned.operations.items() if name in names
    }
    return planned


def deploy(session: Session, expected: Mapping[str, str]) -> Steps:
    """Deploys what is planned, which is just what is expected, and returns the steps."""
    planned = preview(session)
    assert planned.operations == expected
    done = session.up().steps
    assert done.operations == expected
    assert session.preview().operations == {}
    assert not session.cloud.harms
    return done


def test_a_larger_node_group_changes_in_place(deployed: Session) -> None:
    deployed.set("nodeGroups.default.maxSize", 20)
    deploy(deployed, {"NodeGroup nodes-default": "update"})


def test_another_instance_type_replaces_the_group_and_not_its_template(deployed: Session) -> None:
    """New nodes come first, and those before them go when their pods have somewhere to go."""
    deployed.set("nodeGroups.default.instanceTypes", ["m6i.2xlarge"])
    planned = preview(deployed)
    assert planned.names("replace") == {"NodeGroup nodes-default"}
    assert planned.names("delete", "create") == set()
    done = deployed.up().steps
    assert done.operations == planned.operations
    group = "NodeGroup nodes-default"
    assert done.position("create-replacement", group) < done.position("delete-replaced", group)
    assert deployed.preview().operations == {}


def test_a_node_group_comes_and_goes(deployed: Session) -> None:
    group = {**config(deployed, "nodeGroups")["default"], "minSize": 1, "desiredSize": 1}
    deployed.set("nodeGroups.batch", group)
    own = ("NodeGroup nodes-batch", "LaunchTemplate nodes-batch")
    deploy(deployed, dict.fromkeys(own, "create"))
    deployed.unset("nodeGroups.batch")
    done = deploy(deployed, dict.fromkeys(own, "delete"))
    assert done.position("delete", own[0]) < done.position("delete", own[1])


def test_a_zone_is_added_and_what_runs_stays(deployed: Session) -> None:
    """The control plane stays in its zones, as EKS wants it; nodes get the new one."""
    zones = [*config(deployed, "network")["zones"], "ap-northeast-2d"]
    deployed.set("network.zones", zones)
    planned = preview(deployed)
    assert planned.names("replace") == {"NodeGroup nodes-default"}
    assert planned.names("delete") == set()
    # The component of pulumi-eks is told of the new subnet and keeps it from the control plane.
    assert "Cluster cluster-eksCluster" not in planned.operations
    reached = ("VpcEndpoint network-endpoints-", "NetworkPolicy sample-app", "Cluster cluster")
    assert [name for name in planned.names("update") if not name.startswith(reached)] == []
    assert [name for name in planned.names("create") if "ap-northeast-2d" not in name] == []
    done = deployed.up().steps
    assert done.operations == planned.operations
    assert deployed.preview().operations == {}


def test_warm_targets_change_in_place(deployed: Session) -> None:
    key = {"secondary-ip": "warmIpTarget", "prefix": "warmPrefixTarget"}
    deployed.set(f"vpcCni.{key[config(deployed, 'vpcCni')['mode']]}", 3)
    done = deploy(deployed, {"Addon vpc-cni": "update"})
    assert done.changed("Addon vpc-cni") == {"configurationValues"}


def test_another_value_of_a_chart_is_an_upgrade_of_its_release(deployed: Session) -> None:
    """In place of another version of the chart, whose values are not at hand."""
    deployed.set("loadBalancerController.replicas", 3)
    deploy(deployed, {"Release load-balancer-controller": "update"})


def test_log_retention_changes_in_place(deployed: Session) -> None:
    deployed.set("cluster.logRetentionDays", 180)
    deploy(deployed, {"LogGroup cluster-control-plane": "update"})


def test_tags_change_in_place(deployed: Session) -> None:
    deployed.set("tags.owner", "somebody-else")
    planned = preview(deployed)
    assert set(planned.operations.values()) == {"update"}
    tagged = {
        f"{resource['type'].rsplit(':')[-1]} {resource['urn'].rsplit('::')[-1]}"
        for resource in deployed.resources()
        if "tags" in (resource.get("inputs") or {})
    }
    assert tagged <= planned.names("update")
    assert deployed.up().steps.operations == planned.operations
    assert deployed.preview().operations == {}


def test_only_what_a_removed_setting_made_is_deleted(deployed: Session) -> None:
    deployed.unset("sampleApp")
    planned = preview(deployed)
    assert set(planned.operations.values()) == {"delete"}
    assert all("sample-app" in step.urn for step in planned if step.name in planned.operations)
    left = {step.name for step in planned if step.operation == "same"}
    assert not [name for name in left if "sample-app" in name]
    assert deployed.up().steps.operations == planned.operations
    assert not [thing.id for thing in deployed.cloud if "sample-app" in thing.urn]


CHANGES: Mapping[str, Callable[[Session], None]] = {
    "another block": lambda session: session.set("network.cidr", "10.99.0.0/16"),
    "no files": lambda session: session.unset("nfs"),
    "another architecture": lambda session: session.set(
        "nodeGroups.default.instanceTypes", ["m7g.2xlarge"]
    ),
    "another name": lambda session: session.set(
        "nodeGroups", {"main": config(session, "nodeGroups")["default"]}
    ),
    "another zone": lambda session: session.set(
        "network.zones", ["ap-northeast-2d", *config(session, "network")["zones"][1:]]
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_a_change_does_is_foretold_offline(deployed: Session, change: str) -> None:
    CHANGES[change](deployed)
    assert preview(deployed).operations


SessionOf = Callable[..., Session]


def test_the_control_plane_goes_up_one_version_and_not_two(session_of: SessionOf) -> None:
    session = session_of("dev")
    session.set("cluster.version", "1.34")
    session.up()

    session.set("cluster.version", "1.36")
    refused = session.pulumi("preview", status=1)
    assert 'it runs 1.34, so deploy cluster.version "1.35" before "1.36"' in refused.output

    session.set("cluster.version", "1.35")
    planned = preview(session)
    cluster, nodes = "Cluster cluster-eksCluster", "NodeGroup nodes-default"
    assert planned.names("replace", "delete", "create") == set()
    assert {cluster, nodes} <= planned.names("update")
    done = session.up().steps
    assert done.operations == planned.operations
    assert done.position("update", cluster) < done.position("update", nodes)
    assert session.preview().operations == {}


def test_requests_move_to_a_second_version_and_back(deployed: Session) -> None:
    """A canary comes, gets a part of the requests, all, none, and goes; what was there stays.

    Promotion and rollback each change the load balancer's rule and nothing else.
    """
    delivery, ingress = "sampleApp.delivery", "Ingress sample-app"
    old, new = "Deployment sample-app", "Deployment sample-app-candidate"
    kinds = ("Service", "HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy")
    own = (*(f"{kind} sample-app-candidate" for kind in kinds), new)
    service = own[0]

    def refusal(candidate: Mapping[str, Any] | None) -> str:
        its = {"candidate": {"image": "nginx:1.31.6", **candidate}} if candidate else {}
        deployed.set(delivery, {"strategy": "canary", **its})
        return deployed.pulumi("preview", status=1).output

    def up(expected: Mapping[str, str]) -> Steps:
        done = deployed.up().steps
        assert done.operations == expected
        assert not deployed.cloud.harms
        return done

    def shift(weight: int) -> None:
        deployed.set(f"{delivery}.candidate.weight", weight)
        up({ingress: "update"})

    early = "sample-app-candidate has no healthy pods behind the load balancer yet"
    assert early in refusal({"weight": 10})
    deployed.set(f"{delivery}.candidate.weight", 0)
    done = deploy(deployed, {**dict.fromkeys(own, "create"), ingress: "update"})
    assert done.position("create", service) < done.position("update", ingress)
    assert done.position("update", ingress) < done.position("create", new)
    shift(50)
    shift(100)
    assert "sample-app-candidate still gets 100 % of the requests" in refusal(None)

    # The stable version becomes what was promoted, without requests, and gets them back.
    deployed.set(delivery, {"strategy": "canary", "candidate": {"image": "nginx:1.31.6"}})
    deployed.set(f"{delivery}.candidate.weight", 100)
    deployed.set("sampleApp.image", "nginx:1.31.6")
    up({old: "update"})
    shift(0)
    deployed.unset(delivery)
    done = up({**dict.fromkeys(own, "delete"), ingress: "update"})
    assert done.position("update", ingress) < done.position("delete", new)
    assert done.position("delete", new) < done.position("delete", service)
