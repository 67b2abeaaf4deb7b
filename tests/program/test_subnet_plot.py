"""The curve of the tightest subnet is drawn where the stack is, and says what lies beyond."""

from dataclasses import replace

import numpy as np
import pytest

from offline.simulation import read_address_plan
from planning.pod_ips.demand import AddressPlan
from report.subnet_plot import subnet_figure
from stackfile.files import PROGRAM


@pytest.fixture(params=["dev", "prod"])
def plan(request: pytest.FixtureRequest) -> AddressPlan:
    return read_address_plan(PROGRAM, str(request.param))


def test_the_axes_end_near_the_maximum_of_the_stack(plan: AddressPlan) -> None:
    most = sum(group.max_size for group in plan.groups.values())
    (axes,) = subnet_figure(plan, title="x").axes
    assert most < axes.get_xlim()[1] <= 2 * most
    highest = np.max(axes.get_lines()[0].get_ydata())
    assert highest < axes.get_ylim()[1] <= 2 * highest
    labels = axes.get_legend_handles_labels()[1]
    assert sum(label.endswith(", beyond this picture") for label in labels) == 2


def test_a_subnet_that_fills_up_soon_is_seen_to() -> None:
    plan = read_address_plan(PROGRAM, "dev")
    groups = {name: replace(group, max_size=900) for name, group in plan.groups.items()}
    crowded = replace(plan, groups=groups)
    (axes,) = subnet_figure(crowded, title="x").axes
    labels = axes.get_legend_handles_labels()[1]
    assert "full at 904 nodes" in labels
    assert axes.get_xlim()[1] > 904
    assert axes.get_ylim()[1] > 8187
