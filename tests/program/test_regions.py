"""The shipped stacks and a new one in other regions and partitions."""

import pytest
from regions import NEW, ONE_OF_EACH, plan_in

from offline.ec2_data import regions
from offline.partitions import partition_of
from offline.partitions import regions as known_regions


@pytest.mark.parametrize("stack", ["dev", "prod", NEW])
def test_every_region_of_the_data_has_a_plan(stack: str) -> None:
    fits = {region: plan_in(stack, region).fits for region in regions()}

    assert len(fits) >= 30
    assert all(fits.values())


def test_every_partition_has_a_region_here() -> None:
    assert {partition_of(region).name for region in ONE_OF_EACH} == set(known_regions())
    assert all(plan_in("prod", region).fits for region in ONE_OF_EACH)
