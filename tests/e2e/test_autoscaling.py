"""Autoscalers come, move nodes behind Pulumi's back, and go in order."""

from typing import Final

from engine.session import Session

_GROUPS: Final = {
    "default": {"instanceTypes": ["m6i.xlarge"], "minSize": 3, "desiredSize": 3, "maxSize": 6}
}
_POOL: Final = {
    "instanceTypes": ["m6i.large", "m6i.xlarge"],
    "limits": {"cpu": 16, "memoryGiB": 64},
}
RELEASE: Final = "Release karpenter"
POOL: Final = "NodePool karpenter-general"
CLASS: Final = "EC2NodeClass karpenter-general-class"


def test_what_cluster_autoscaler_changes_stays(deployed: Session) -> None:
    deployed.set("nodeGroups", _GROUPS)
    deployed.set("autoscaling", {"mode": "cluster-autoscaler"})
    deployed.up()
    assert deployed.preview().operations == {}

    (group,) = deployed.cloud.of("aws:eks/nodeGroup:NodeGroup")
    sizes = {**group.inputs["scalingConfig"], "desiredSize": 5}
    group.inputs = {**group.inputs, "scalingConfig": sizes}
    group.properties = {**group.properties, "scalingConfig": sizes}
    deployed.refresh()
    assert deployed.preview().operations == {}

    deployed.unset("autoscaling")
    done = deployed.up().steps
    assert set(done.operations.values()) == {"delete"}
    assert "Release cluster-autoscaler" in done.operations


def test_karpenter_s_pools_go_before_it_and_its_nodes_before_their_network(
    deployed: Session,
) -> None:
    deployed.set("nodeGroups", _GROUPS)
    deployed.set("autoscaling", {"mode": "karpenter", "pools": {"general": _POOL}})
    made = deployed.up().steps
    assert made.position("create", RELEASE) < made.position("create", CLASS)
    assert deployed.preview().operations == {}

    deployed.set("autoscaling.pools.general.limits.cpu", 32)
    assert deployed.up().steps.operations == {POOL: "update"}

    deployed.unset("autoscaling")
    gone = deployed.up().steps
    # The component of the same name goes after what is in it.
    assert gone.position("delete", POOL) < gone.position("delete", CLASS)
    assert gone.position("delete", CLASS) < gone.position("delete", RELEASE)
    assert not deployed.cloud.harms
    assert deployed.preview().operations == {}
