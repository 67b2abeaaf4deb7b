"""What pods ask of a class of volumes."""

from typing import Literal

import pulumi
from pulumi_kubernetes.core.v1 import PersistentVolumeClaimSpecArgs, VolumeResourceRequirementsArgs


def claim_spec(
    storage_class: pulumi.Input[str],
    gib: int,
    mode: Literal["ReadWriteOnce", "ReadWriteMany"] = "ReadWriteMany",
) -> PersistentVolumeClaimSpecArgs:
    """Returns a claim for a volume.

    :param gib: its size, in GiB.
    :param mode: whether one node may mount it, or many.
    """
    return PersistentVolumeClaimSpecArgs(
        access_modes=[mode],
        storage_class_name=storage_class,
        resources=VolumeResourceRequirementsArgs(requests={"storage": f"{gib}Gi"}),
    )
