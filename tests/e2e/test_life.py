"""The life of a stack: nothing, up, up again, refresh, destroy."""

from typing import Final

import pytest

from engine.session import Session

# The stack whose cluster is protected from deletion.
PROTECTED: Final = "prod"


@pytest.mark.parametrize("stack", ["dev", "prod", "lab"])
def test_a_stack_goes_up_stays_and_leaves_nothing(session: Session) -> None:
    planned = session.preview()
    assert set(planned.operations.values()) == {"create"}
    deployed = session.up()
    assert deployed.steps.operations == planned.operations
    assert session.up().steps.operations == {}
    assert session.refresh().steps.operations == {}
    assert session.preview().operations == {}
    if session.stack == PROTECTED:
        before = len(session.cloud.things)
        assert "is protected" in session.pulumi("destroy", "--yes", status=1).output
        assert len(session.cloud.things) == before
        session.set("cluster.deletionProtection", False)  # noqa: FBT003  a setting's value
        # The component of pulumi-eks, and the cluster in it.
        clusters = dict.fromkeys(("Cluster cluster", "Cluster cluster-eksCluster"), "update")
        assert session.up().steps.operations == clusters
    session.destroy()
    session.assert_empty()
