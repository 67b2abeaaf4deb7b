"""Which StorageClass is the default: one, and not the one that EKS makes."""

from typing import Final

import pulumi
import pulumi_kubernetes as kubernetes

# https://kubernetes.io/docs/tasks/administer-cluster/change-default-storage-class/
_ANNOTATION: Final = "storageclass.kubernetes.io/is-default-class"
EKS_CLASS: Final = "gp2"


def default_mark(*, is_default: bool) -> dict[str, str]:
    """Returns the annotation that makes a StorageClass the default, or says that it is none."""
    return {_ANNOTATION: str(is_default).lower()}


class SoleDefaultClass(pulumi.ComponentResource):
    """Takes the mark of a default from ``gp2``, the class that EKS makes with a cluster.

    With two defaults a claim without a class gets the newer of them, whichever that is. Creates a
    server-side patch of the annotation; what goes with it on destroy is the annotation alone.
    """

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("eks-platform:default_class:SoleDefaultClass", name, None, opts)
        kubernetes.storage.v1.StorageClassPatch(
            name,
            metadata=kubernetes.meta.v1.ObjectMetaPatchArgs(
                name=EKS_CLASS,
                annotations={
                    **default_mark(is_default=False),
                    # The annotation may belong to whoever made the class.
                    "pulumi.com/patchForce": "true",
                },
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
