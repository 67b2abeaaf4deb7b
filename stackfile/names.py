"""Names that the platform gives, and how a stack file names a key."""

from collections.abc import Sequence
from typing import Final

PROJECT: Final = "eks-platform"
SAMPLE_APP: Final = "sample-app"
WORDPRESS: Final = "wordpress"
# The one class of shared storage where a stack file names none.
NFS_CLASS: Final = "nfs-csi"
# The namespace of the NFS server in the cluster.
NFS_SERVER: Final = "nfs-server"


def full_key(place: Sequence[str | int]) -> str:
    """Returns the key of a section, or of a place in it, as the stack file has it."""
    section, *rest = place or ("",)
    key = "aws:region" if section == "region" else f"{PROJECT}:{section}"
    for part in rest:
        # What is wrong with a map's key itself gets a pseudo-element, which the file has not.
        if part != "[key]":
            key += f"[{part}]" if isinstance(part, int) else f".{part}"
    return key
