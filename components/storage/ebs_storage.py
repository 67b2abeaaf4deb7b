"""Volumes of EBS, each for one pod: the driver as an add-on, and a class for claims."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from components.cluster.addons import ManagedAddon, ManagedAddonArgs
from components.identity.irsa import IrsaRole, IrsaRoleArgs, OidcProvider
from components.pods.chart import SYSTEM_NAMESPACE
from planning.aws_place import AwsPlace

from .default_class import default_mark

CLASS_NAME: Final = "gp3"
# The managed policy that AWS recommends over AmazonEBSCSIDriverPolicy: it reaches only volumes and
# snapshots that carry the driver's own tag
# (https://github.com/kubernetes-sigs/aws-ebs-csi-driver/issues/2918).
_POLICY: Final = "AmazonEBSCSIDriverPolicyV2"


@dataclass(frozen=True, kw_only=True, slots=True)
class EbsStorageArgs:
    """Inputs of :class:`EbsStorage`.

    :param default_class: claims that name no class get ``gp3``.
    :param depends_on: what must be there before the driver and outlive it: nodes.
    :param volume_tags: carried by every volume that it makes.
    """

    cluster_name: pulumi.Input[str]
    oidc: OidcProvider
    place: AwsPlace
    default_class: bool
    depends_on: Sequence[pulumi.Resource]
    volume_tags: Mapping[str, str]


class EbsStorage(pulumi.ComponentResource):
    """The StorageClass ``gp3`` of encrypted volumes in the zone of the pod that first needs them.

    Creates the EBS CSI driver as a managed add-on with its own role, and the class. A volume goes
    with its claim. ``gp3`` is for others to wait for, ``driver`` for other classes. Output:
    ``storage_class``.
    """

    driver: aws.eks.Addon
    gp3: kubernetes.storage.v1.StorageClass
    storage_class: pulumi.Output[str]

    def __init__(
        self, name: str, args: EbsStorageArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:ebs_storage:EbsStorage", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        role = IrsaRole(
            name,
            IrsaRoleArgs(
                oidc=args.oidc,
                namespace=SYSTEM_NAMESPACE,
                service_account="ebs-csi-controller-sa",
                policy_arns={"volumes": args.place.managed_policy(_POLICY)},
            ),
            opts=child,
        )
        driver = ManagedAddon(
            name,
            ManagedAddonArgs(
                addon_name="aws-ebs-csi-driver",
                cluster_name=args.cluster_name,
                configuration={"controller": {"extraVolumeTags": dict(args.volume_tags)}}
                if args.volume_tags
                else {},
                role_arn=role.arn,
                depends_on=args.depends_on,
            ),
            opts=child,
        )
        self.driver = driver.addon
        self.gp3 = gp3_class(
            name,
            kubernetes.meta.v1.ObjectMetaArgs(
                name=CLASS_NAME, annotations=default_mark(is_default=args.default_class)
            ),
            reclaim_policy="Delete",
            driver=driver.addon,
            opts=child,
        )
        self.storage_class = self.gp3.metadata.name
        self.register_outputs({"storageClass": self.storage_class})


def gp3_class(
    name: str,
    metadata: kubernetes.meta.v1.ObjectMetaArgs,
    *,
    reclaim_policy: Literal["Retain", "Delete"],
    driver: pulumi.Resource,
    opts: pulumi.ResourceOptions,
) -> kubernetes.storage.v1.StorageClass:
    """Creates a class of encrypted gp3 volumes.

    :param reclaim_policy: what becomes of a volume whose claim is deleted.
    """
    return kubernetes.storage.v1.StorageClass(
        name,
        metadata=metadata,
        provisioner="ebs.csi.aws.com",
        parameters={"type": "gp3", "encrypted": "true", "csi.storage.k8s.io/fstype": "ext4"},
        reclaim_policy=reclaim_policy,
        # A volume lives in one zone: that of its pod, which only the scheduler knows.
        volume_binding_mode="WaitForFirstConsumer",
        allow_volume_expansion=True,
        # Claims go while the driver runs, or their volumes stay behind.
        opts=pulumi.ResourceOptions(parent=opts.parent, depends_on=[driver]),
    )
