"""What others change behind Pulumi's back is put right by a refresh and an update."""

from collections.abc import Mapping
from typing import Any

import pytest

from engine.session import Session
from offline.cloud.cloud import Thing


def thing_of(session: Session, token: str, name: str) -> Thing:
    """Returns what the program's resource of a type and name is in the cloud."""
    (found,) = [thing for thing in session.cloud.of(token) if thing.name == name]
    return found


def contents(session: Session) -> set[tuple[str, str]]:
    """Returns the types and IDs of all that is in the cloud."""
    return {(thing.token, thing.id) for thing in session.cloud}


@pytest.mark.parametrize(
    ("stack", "token", "name", "shown"),
    [
        pytest.param(
            "dev",
            "kubernetes:policy/v1:PodDisruptionBudget",
            "sample-app",
            "PodDisruptionBudget sample-app",
            id="object",
        ),
        pytest.param(
            "prod",
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            "nodes-ssm",
            "RolePolicyAttachment nodes-ssm",
            id="attachment",
        ),
        pytest.param(
            "dev", "aws:eks/addon:Addon", "metrics-server", "Addon metrics-server", id="add-on"
        ),
    ],
)
def test_what_somebody_deleted_comes_back(
    deployed: Session, token: str, name: str, shown: str
) -> None:
    before = contents(deployed)
    deployed.cloud.forget(thing_of(deployed, token, name))

    assert deployed.refresh().steps.operations == {shown: "delete"}
    assert deployed.preview().operations == {shown: "create"}
    assert deployed.up().steps.operations == {shown: "create"}
    assert contents(deployed) == before
    assert deployed.preview().operations == {}


@pytest.mark.parametrize(
    ("stack", "token", "name", "shown", "changes"),
    [
        pytest.param(
            "prod",
            "aws:cloudwatch/logGroup:LogGroup",
            "cluster-control-plane",
            "LogGroup cluster-control-plane",
            {"retentionInDays": 1},
            id="log retention",
        ),
        pytest.param(
            "dev",
            "aws:eks/addon:Addon",
            "vpc-cni",
            "Addon vpc-cni",
            {"configurationValues": "{}"},
            id="add-on",
        ),
    ],
)
def test_what_somebody_changed_is_put_right(
    deployed: Session, token: str, name: str, shown: str, changes: Mapping[str, Any]
) -> None:
    thing = thing_of(deployed, token, name)
    right = thing.inputs
    thing.inputs, thing.properties = {**right, **changes}, {**thing.properties, **changes}

    deployed.refresh()
    assert deployed.preview().operations == {shown: "update"}
    assert deployed.up().steps.operations == {shown: "update"}
    assert thing.inputs == right
    assert deployed.preview().operations == {}


@pytest.mark.parametrize("stack", ["prod"])
def test_nodes_that_an_autoscaler_added_stay(deployed: Session) -> None:
    group = thing_of(deployed, "aws:eks/nodeGroup:NodeGroup", "nodes-default")
    sizes = {**group.inputs["scalingConfig"], "desiredSize": 4}
    group.inputs = {**group.inputs, "scalingConfig": sizes}
    group.properties = {**group.properties, "scalingConfig": sizes}

    deployed.refresh()
    assert deployed.preview().operations == {}
    assert deployed.up().steps.operations == {}
    assert group.inputs["scalingConfig"]["desiredSize"] == 4
