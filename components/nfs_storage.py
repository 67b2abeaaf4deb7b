"""Shared storage: the NFS CSI driver, a class for claims, and an EFS file system behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

import versions

from .tags import with_name

NAMESPACE: Final = "kube-system"
CLASS_NAME: Final = "nfs-csi"
NFS_PORT: Final = 2049

# AWS's recommendation for EFS, and ``hard``, without which a pause of the server loses writes
# (https://docs.aws.amazon.com/efs/latest/ug/mounting-fs-nfs-mount-settings.html).
MOUNT_OPTIONS: Final = (
    "nfsvers=4.1",
    "rsize=1048576",
    "wsize=1048576",
    "hard",
    "timeo=600",
    "retrans=2",
    "noresvport",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class NfsStorageArgs:
    """Inputs of :class:`NfsStorage`.

    :param subnet_ids: where mount targets get their addresses, one subnet a zone.
    :param node_security_group_id: the only group whose members may mount.
    :param reclaim_policy: what becomes of a volume whose claim is deleted.
    :param on_delete: what becomes of a deleted volume's directory.
    :param default_class: claims that name no class get this one.
    :param backup: let AWS Backup keep daily copies.
    :param after: what must be there before the driver and outlive it: nodes.
    """

    vpc_id: pulumi.Input[str]
    subnet_ids: Mapping[str, pulumi.Input[str]]
    node_security_group_id: pulumi.Input[str]
    reclaim_policy: Literal["Retain", "Delete"]
    on_delete: Literal["archive", "retain", "delete"]
    default_class: bool
    backup: bool
    after: Sequence[pulumi.Resource]
    tags: Mapping[str, str]


class NfsStorage(pulumi.ComponentResource):
    """The StorageClass ``nfs-csi`` on an encrypted EFS file system.

    Creates the file system, a security group that admits NFS from the nodes only, a mount target in
    each zone, the driver's Helm release, the secret with the mount options that deletion needs, and
    the class. Nodes mount, not pods, so that the server's name is one that the VPC resolves
    (requirement 35). On destroy the class goes before the driver, the driver before the mount
    targets and the nodes (requirement 5). Outputs: ``storage_class`` and ``server``.
    """

    storage_class: pulumi.Output[str]
    server: pulumi.Output[str]

    def __init__(
        self, name: str, args: NfsStorageArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:nfs_storage:NfsStorage", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        file_system = aws.efs.FileSystem(
            name, encrypted=True, tags=with_name(args.tags, name), opts=child
        )
        aws.efs.BackupPolicy(
            name,
            file_system_id=file_system.id,
            backup_policy=aws.efs.BackupPolicyBackupPolicyArgs(
                status="ENABLED" if args.backup else "DISABLED"
            ),
            opts=child,
        )
        mount_targets = self._mount_targets(name, args, file_system.id)
        driver = kubernetes.helm.v3.Release(
            name,
            name="csi-driver-nfs",
            chart="csi-driver-nfs",
            version=versions.NFS_CSI_DRIVER_CHART,
            repository_opts=kubernetes.helm.v3.RepositoryOptsArgs(
                repo=versions.NFS_CSI_DRIVER_REPOSITORY
            ),
            namespace=NAMESPACE,
            atomic=True,
            timeout=600,
            # The driver mounts from nodes and unbinds volumes while the server is still there.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*mount_targets, *args.after]),
        )
        self.server = file_system.dns_name
        # Deleting a volume ignores the class's mount options unless this secret repeats them.
        secret = kubernetes.core.v1.Secret(
            f"{name}-mount-options",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(
                name=f"{CLASS_NAME}-mount-options", namespace=NAMESPACE
            ),
            string_data={"mountOptions": ",".join(MOUNT_OPTIONS)},
            opts=child,
        )
        storage_class = kubernetes.storage.v1.StorageClass(
            name,
            metadata=kubernetes.meta.v1.ObjectMetaArgs(
                name=CLASS_NAME,
                annotations={
                    "storageclass.kubernetes.io/is-default-class": str(args.default_class).lower()
                },
            ),
            provisioner="nfs.csi.k8s.io",
            parameters={
                "server": self.server,
                "share": "/",
                "subDir": "${pvc.metadata.namespace}/${pvc.metadata.name}/${pv.metadata.name}",
                "mountPermissions": "0",
                "onDelete": args.on_delete,
                "csi.storage.k8s.io/provisioner-secret-name": secret.metadata.name,
                "csi.storage.k8s.io/provisioner-secret-namespace": NAMESPACE,
            },
            mount_options=list(MOUNT_OPTIONS),
            reclaim_policy=args.reclaim_policy,
            volume_binding_mode="Immediate",
            # Claims go while the driver runs, or their volumes never unbind.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[driver]),
        )
        self.storage_class = storage_class.metadata.name
        self.register_outputs({"storageClass": self.storage_class, "server": self.server})

    def _mount_targets(
        self, name: str, args: NfsStorageArgs, file_system_id: pulumi.Input[str]
    ) -> list[aws.efs.MountTarget]:
        child = pulumi.ResourceOptions(parent=self)
        group = aws.ec2.SecurityGroup(
            name,
            vpc_id=args.vpc_id,
            description="NFS from the nodes",
            tags=with_name(args.tags, name),
            opts=child,
        )
        rule = aws.vpc.SecurityGroupIngressRule(
            f"{name}-nodes",
            security_group_id=group.id,
            description="NFS from the nodes",
            ip_protocol="tcp",
            from_port=NFS_PORT,
            to_port=NFS_PORT,
            referenced_security_group_id=args.node_security_group_id,
            tags=dict(args.tags),
            opts=child,
        )
        return [
            aws.efs.MountTarget(
                f"{name}-{zone}",
                file_system_id=file_system_id,
                subnet_id=subnet_id,
                security_groups=[group.id],
                # A mount target that no node reaches is of no use to whoever waits for it.
                opts=pulumi.ResourceOptions(parent=self, depends_on=[rule]),
            )
            for zone, subnet_id in args.subnet_ids.items()
        ]
