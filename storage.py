"""Storage as a stack asks for it: who serves the files, and what that server needs itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi

from components.cluster.cluster import Cluster
from components.network.network import Network
from components.storage.default_class import SoleDefaultClass
from components.storage.ebs_storage import EbsStorage, EbsStorageArgs
from components.storage.efs import Efs, EfsArgs
from components.storage.nfs_server import NfsServer, NfsServerArgs
from components.storage.nfs_storage import FileServer, NfsClass, NfsStorage, NfsStorageArgs
from stackfile.account import Account
from stackfile.settings import Settings
from stackfile.storage import NFS_SERVER, NfsSettings

_NFS: Final = "nfs"


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """Where storage is built.

    :param after: what must be there before any driver and outlive it: nodes and cluster DNS.
    """

    account: Account
    network: Network
    cluster: Cluster
    after: Sequence[pulumi.Resource]

    @property
    def options(self) -> pulumi.ResourceOptions:
        """The options of a component with objects in the cluster."""
        return pulumi.ResourceOptions(providers=[self.cluster.kubernetes])


def block_storage(settings: Settings, site: Site) -> EbsStorage | None:
    """Creates the class ``gp3`` where something of the stack needs a volume of its own."""
    if not settings.needs_volumes:
        return None
    return EbsStorage(
        "ebs-csi-driver",
        EbsStorageArgs(
            cluster_name=site.cluster.name,
            oidc=site.cluster.oidc,
            partition=site.account.partition,
            default_class=not _nfs_is_default(settings),
            after=site.after,
            tags=settings.tags,
        ),
        opts=site.options,
    )


def shared_storage(settings: Settings, site: Site, ebs: EbsStorage | None) -> NfsStorage | None:
    """Creates the NFS classes with the server behind them, where the stack asks for them."""
    if settings.nfs is None:
        return None
    return NfsStorage(
        _NFS,
        NfsStorageArgs(
            server=_file_server(settings, settings.nfs, site, ebs),
            classes={
                name: NfsClass(
                    reclaim_policy=entry.reclaim_policy,
                    on_delete=entry.on_delete,
                    default=entry.default,
                )
                for name, entry in settings.nfs.all_classes.items()
            },
            after=site.after,
        ),
        opts=site.options,
    )


def sole_default_class(settings: Settings, site: Site) -> None:
    """Sees to it that a default class of the stack is the only one."""
    if settings.needs_volumes or _nfs_is_default(settings):
        SoleDefaultClass("sole-default-class", opts=site.options)


def _nfs_is_default(settings: Settings) -> bool:
    return settings.nfs is not None and any(
        entry.default for entry in settings.nfs.all_classes.values()
    )


def _file_server(
    settings: Settings, nfs: NfsSettings, site: Site, ebs: EbsStorage | None
) -> FileServer:
    if nfs.backend == "external":
        # Both are there: the section is refused without them.
        return FileServer(address=str(nfs.server), share=str(nfs.share))
    if nfs.backend == "in-cluster":
        if ebs is None:
            message = "ebs: the server in the cluster needs a volume of its own"
            raise ValueError(message)
        return NfsServer(
            NFS_SERVER,
            NfsServerArgs(
                storage_class=ebs.storage_class,
                volume_gib=nfs.volume_gib,
                node_blocks=[blocks.private for blocks in site.network.subnets.values()],
                after=[*site.after, ebs.gp3],
            ),
            opts=site.options,
        ).server
    return Efs(
        _NFS,
        EfsArgs(
            vpc_id=site.network.vpc_id,
            subnet_ids=site.network.private_subnet_ids,
            node_security_group_id=site.cluster.security_group_id,
            backup=nfs.backup,
            lifecycle_days=nfs.lifecycle_days,
            throughput_mode=nfs.throughput_mode,
            provisioned_mibps=nfs.provisioned_mibps,
            tags=settings.tags,
        ),
    ).server
