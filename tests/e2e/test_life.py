"""The life of a stack: nothing, up, up again, refresh, destroy."""

from engine.session import Session


def test_a_stack_goes_up_stays_and_leaves_nothing(session: Session) -> None:
    planned = session.preview()
    assert set(planned.operations.values()) == {"create"}
    deployed = session.up()
    assert deployed.steps.operations == planned.operations
    assert session.up().steps.operations == {}
    assert session.refresh().steps.operations == {}
    assert session.preview().operations == {}
    session.destroy()
    session.assert_empty()
