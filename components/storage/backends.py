"""Who serves the files of a stack, and what that server needs itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol, TypeVar

import pulumi

import versions
from components.cluster.cluster import Cluster
from components.network.found import AnyNetwork
from components.pods.placement import ANYWHERE, Placement
from planning.aws_place import AwsPlace
from planning.images import AS_NAMED, Images
from planning.layout import blocks_of

from .ebs_storage import EbsStorage, EbsStorageArgs
from .efs import Efs, EfsArgs
from .nfs_server import NfsServer, NfsServerArgs
from .nfs_storage import FileServer, NfsClass, NfsStorage, NfsStorageArgs

T = TypeVar("T")

_NFS: Final = "nfs"
# Also the namespace of the server in the cluster.
NFS_SERVER: Final = "nfs-server"


class Backend(Protocol):
    """A server of files as a stack asks for it."""

    @property
    def backend(self) -> Literal["efs", "in-cluster", "external"]:
        """What serves the files."""
        ...

    def values(self, kind: Callable[..., T], **given: Any) -> T:
        """Returns arguments of what serves them, from the stack's own values and the given ones."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class StorageContext:
    """Where storage is built.

    :param depends_on: what must be there before any driver and outlive it: nodes and cluster DNS.
    :param tags: carried by volumes that a driver makes.
    :param images: where images are pulled from.
    """

    network: AnyNetwork
    cluster: Cluster
    place: AwsPlace
    depends_on: Sequence[pulumi.Resource]
    tags: Mapping[str, str]
    images: Images = AS_NAMED

    @property
    def options(self) -> pulumi.ResourceOptions:
        """The options of a component with objects in the cluster."""
        return pulumi.ResourceOptions(providers=[self.cluster.kubernetes])


def block_storage(context: StorageContext, *, default_class: bool) -> EbsStorage:
    """Creates the class ``gp3``, for volumes of one pod each."""
    return EbsStorage(
        "ebs-csi-driver",
        EbsStorageArgs(
            cluster_name=context.cluster.name,
            oidc=context.cluster.oidc,
            place=context.place,
            default_class=default_class,
            depends_on=context.depends_on,
            volume_tags=context.tags,
        ),
        opts=context.options,
    )


def shared_storage(
    context: StorageContext,
    backend: Backend,
    classes: Mapping[str, NfsClass],
    ebs: EbsStorage | None,
    placement: Placement = ANYWHERE,
) -> NfsStorage:
    """Creates the NFS classes with the server behind them.

    :param placement: on which nodes a server in the cluster runs.
    """
    return NfsStorage(
        _NFS,
        NfsStorageArgs(
            server=_file_server(context, backend, ebs, placement),
            classes=classes,
            images=context.images,
            depends_on=context.depends_on,
        ),
        opts=context.options,
    )


def _file_server(
    context: StorageContext, backend: Backend, ebs: EbsStorage | None, placement: Placement
) -> FileServer:
    if backend.backend == "external":
        return backend.values(FileServer)
    if backend.backend == "in-cluster":
        if ebs is None:
            raise ValueError("ebs: the server in the cluster needs a volume of its own")
        args = backend.values(
            NfsServerArgs,
            storage_class=ebs.storage_class,
            image=context.images.of(versions.NFS_SERVER_IMAGE),
            node_blocks=list(blocks_of(context.network.layout, "private").values()),
            placement=placement,
            depends_on=[*context.depends_on, ebs.gp3],
        )
        return NfsServer(NFS_SERVER, args, opts=context.options).server
    args = backend.values(
        EfsArgs,
        vpc_id=context.network.vpc_id,
        subnet_ids=context.network.private_subnet_ids,
        node_security_group_id=context.cluster.security_group_id,
    )
    return Efs(_NFS, args).server
