"""A whole preview in one region of each partition, with the partition's own names."""

import pytest
from regions import ONE_OF_EACH, preview_in, texts_of

from offline.ec2_data import regions
from offline.partitions import partition_of


@pytest.mark.parametrize("region", [region for region in ONE_OF_EACH if region not in regions()])
def test_every_partition_previews_with_its_own_names(region: str) -> None:
    run = preview_in("prod", region)
    partition, text = partition_of(region), texts_of(run.resources)

    assert f"arn:{partition.name}:iam::aws:policy/AmazonEKSWorkerNodePolicy" in text
    assert "arn:aws:" not in text
    assert f".gr7.{region}.eks.{partition.dns_suffix}" in text
    assert f"https://oidc.eks.{region}.{partition.dns_suffix}/id/" in text
    assert f".efs.{region}.{partition.dns_suffix}" in text
    assert f"logs.{region}.{partition.dns_suffix}" in text
    assert f".elb.{partition.dns_suffix}" in text
    assert f"com.amazonaws.{region}.s3" in text
    prefix = ".".join(reversed(partition.dns_suffix.split(".")))
    assert f"{prefix}.{region}.ecr.api" in text
    assert any("not checked whether m6i.xlarge is offered in" in line for line in run.warnings)
