"""A stack that ``make new-stack`` writes."""

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import SessionOf


def test_a_new_stack_goes_up_and_leaves_nothing(session_of: "SessionOf") -> None:
    session = session_of("trial", like="dev", init=False)
    subprocess.run(
        [sys.executable, "-m", "cli", "new-stack", "--", "trial"],
        cwd=session.program,
        check=True,
        capture_output=True,
    )
    session.init()
    first = session.pulumi("preview", "--policy-pack", "policy")
    assert [event for event in first.events if "policyEvent" in event] == []
    planned = session.preview()
    assert set(planned.operations.values()) == {"create"}
    assert session.up().steps.operations == planned.operations
    assert session.preview().operations == {}
    # It is protected unless somebody says otherwise.
    assert "is protected" in session.pulumi("destroy", "--yes", status=1).output
    session.set("cluster.deletionProtection", False)  # noqa: FBT003  a setting's value
    session.up()
    session.pulumi("destroy", "--yes")
    session.assert_empty()
