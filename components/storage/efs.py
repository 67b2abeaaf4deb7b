"""A file system of EFS, which all zones share and AWS runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.tags import name_tag

from .nfs_storage import NFS_PORT, FileServer


@dataclass(frozen=True, kw_only=True, slots=True)
class EfsArgs:
    """Inputs of :class:`Efs`.

    :param subnet_ids: where mount targets get their addresses, one subnet a zone.
    :param node_security_group_id: the only group whose members may mount.
    :param backup: let AWS Backup keep daily copies.
    :param lifecycle_days: days without access until a file moves to Infrequent Access, one of 1, 7,
        14, 30, 60, 90, 180, 270 and 365
        (https://docs.aws.amazon.com/efs/latest/ug/API_LifecyclePolicy.html); ``None``: never.
    :param throughput_mode: ``elastic`` follows the load, ``bursting`` the amount of data.
    :param provisioned_mibps: MiB/s, from 1 to 3,414, with ``provisioned`` and only there.
    """

    vpc_id: pulumi.Input[str]
    subnet_ids: Mapping[str, pulumi.Input[str]]
    node_security_group_id: pulumi.Input[str]
    backup: bool
    lifecycle_days: int | None = None
    throughput_mode: Literal["elastic", "bursting", "provisioned"] = "elastic"
    provisioned_mibps: int | None = None

    def __post_init__(self) -> None:
        if (self.throughput_mode == "provisioned") != (self.provisioned_mibps is not None):
            raise ValueError(
                "provisioned_mibps: belongs to throughput_mode provisioned, got "
                f"{self.provisioned_mibps} with {self.throughput_mode}"
            )


class Efs(pulumi.ComponentResource):
    """An encrypted file system with a mount target in each zone.

    Creates the file system, its backup policy, a security group that admits NFS from the nodes
    only (requirement 37), and the mount targets. ``server`` is for the NFS CSI driver's classes.
    Output: ``file_system_id``.
    """

    server: FileServer
    file_system_id: pulumi.Output[str]

    def __init__(
        self, name: str, args: EfsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:efs:Efs", name, None, opts)
        child = _of(self, name)
        file_system = aws.efs.FileSystem(
            name,
            encrypted=True,
            throughput_mode=args.throughput_mode,
            provisioned_throughput_in_mibps=args.provisioned_mibps,
            lifecycle_policies=[
                aws.efs.FileSystemLifecyclePolicyArgs(
                    transition_to_ia=_transition(args.lifecycle_days)
                )
            ]
            if args.lifecycle_days
            else None,
            tags=name_tag(name),
            opts=child,
        )
        aws.efs.BackupPolicy(
            name,
            file_system_id=file_system.id,
            backup_policy=aws.efs.BackupPolicyBackupPolicyArgs(
                status="ENABLED" if args.backup else "DISABLED"
            ),
            opts=child,
        )
        ready = self._ways_in(name, args, file_system.id)
        self.server = FileServer(server=file_system.dns_name, share="/", depends_on=ready)
        self.file_system_id = file_system.id
        self.register_outputs({"fileSystemId": self.file_system_id})

    def _ways_in(
        self, name: str, args: EfsArgs, file_system_id: pulumi.Input[str]
    ) -> list[pulumi.Resource]:
        child = _of(self, name)
        group = aws.ec2.SecurityGroup(
            name,
            vpc_id=args.vpc_id,
            description="NFS from the nodes",
            tags=name_tag(name),
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
            opts=child,
        )
        targets = [
            aws.efs.MountTarget(
                f"{name}-{zone}",
                file_system_id=file_system_id,
                subnet_id=subnet_id,
                security_groups=[group.id],
                opts=_of(self, name),
            )
            for zone, subnet_id in args.subnet_ids.items()
        ]
        # A mount target that no node reaches is of no use. The rule names the nodes' group, which
        # comes with the control plane: mount targets do not wait for that.
        return [*targets, rule]


def _of(efs: Efs, name: str) -> pulumi.ResourceOptions:
    """Returns the options of a child.

    Before it had a component of its own the file system was a child of ``NfsStorage``. By that
    alias a running stack keeps it, and with it the files.
    """
    before = pulumi.create_urn(name, "eks-platform:nfs_storage:NfsStorage")
    return pulumi.ResourceOptions(parent=efs, aliases=[pulumi.Alias(parent=before)])


def _transition(days: int) -> str:
    return f"AFTER_{days}_DAY" if days == 1 else f"AFTER_{days}_DAYS"
