"""A server that is one pod with a volume of its own: what holds it."""

from typing import Final

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.core.v1 import (
    PersistentVolumeClaimArgs,
    PersistentVolumeClaimSpecArgs,
    PodSpecArgs,
    PodTemplateSpecArgs,
    VolumeResourceRequirementsArgs,
)
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs

from .hardened import Home

# The volume's name in the pod.
DATA: Final = "data"


def stateful_set(
    home: Home,
    *,
    service_name: pulumi.Input[str],
    pod: PodSpecArgs,
    storage_class: pulumi.Input[str],
    volume_gib: int,
    opts: pulumi.ResourceOptions,
) -> kubernetes.apps.v1.StatefulSet:
    """Creates a StatefulSet of one pod, with a claim that outlives it."""
    claim = PersistentVolumeClaimSpecArgs(
        access_modes=["ReadWriteOnce"],
        storage_class_name=storage_class,
        resources=VolumeResourceRequirementsArgs(requests={"storage": f"{volume_gib}Gi"}),
    )
    return kubernetes.apps.v1.StatefulSet(
        home.name,
        metadata=home.metadata,
        spec=kubernetes.apps.v1.StatefulSetSpecArgs(
            # Two servers on one volume would corrupt it.
            replicas=1,
            service_name=service_name,
            selector=LabelSelectorArgs(match_labels=home.labels),
            template=PodTemplateSpecArgs(metadata=ObjectMetaArgs(labels=home.labels), spec=pod),
            volume_claim_templates=[
                PersistentVolumeClaimArgs(metadata=ObjectMetaArgs(name=DATA), spec=claim)
            ],
            # A server made again finds its data; they go with the namespace.
            persistent_volume_claim_retention_policy=(
                kubernetes.apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicyArgs(
                    when_deleted="Retain", when_scaled="Retain"
                )
            ),
        ),
        opts=opts,
    )
