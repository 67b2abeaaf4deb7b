"""Which nodes ordinary pods run on."""

import pytest

from planning.scheduling.taints import may_run_on_spot, repels


@pytest.mark.parametrize(
    ("effects", "expected"),
    [
        ([], False),
        (["PREFER_NO_SCHEDULE"], False),
        (["NO_SCHEDULE"], True),
        (["PREFER_NO_SCHEDULE", "NO_EXECUTE"], True),
    ],
)
def test_only_hard_taints_keep_pods_away(effects: list[str], *, expected: bool) -> None:
    assert repels(effects) is expected
    assert may_run_on_spot([("ON_DEMAND", []), ("SPOT", effects)]) is not expected


def test_without_spot_nodes_no_pod_runs_on_one() -> None:
    assert not may_run_on_spot([("ON_DEMAND", [])])
