"""Shared storage: the NFS CSI driver, and classes for claims on a server of files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import pulumi
import pulumi_kubernetes as kubernetes

import versions
from components.pods.chart import SYSTEM_NAMESPACE, release
from planning.images import AS_NAMED, Images, registry_of
from versions import NFS_DRIVER_IMAGE

from .default_class import default_mark

CLASS_NAME: Final = "nfs-csi"
PROVISIONER: Final = "nfs.csi.k8s.io"
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
class FileServer:
    """A server of files, as each backend hands it over.

    :param server: an address that a node reaches, or a name that the VPC resolves: nodes mount,
        and they do not ask cluster DNS (requirement 35).
    :param share: the exported directory.
    :param depends_on: what must be there before the driver and outlive it.
    """

    server: pulumi.Input[str]
    share: str
    depends_on: Sequence[pulumi.Resource] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class NfsClass:
    """What a StorageClass decides about its volumes.

    :param reclaim_policy: what becomes of a volume whose claim is deleted.
    :param on_delete: what becomes of a deleted volume's directory.
    :param default: claims that name no class get this one.
    """

    reclaim_policy: Literal["Retain", "Delete"]
    on_delete: Literal["archive", "retain", "delete"]
    default: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class NfsStorageArgs:
    """Inputs of :class:`NfsStorage`.

    :param server: where the files are.
    :param classes: StorageClasses by name, at most one of them the default.
    :param images: where the driver's images are pulled from.
    :param depends_on: what must be there before the driver and outlive it: nodes.
    """

    server: FileServer
    classes: Mapping[str, NfsClass]
    images: Images = AS_NAMED
    depends_on: Sequence[pulumi.Resource]

    def __post_init__(self) -> None:
        if not self.classes:
            raise ValueError("classes: needs at least one, or no claim gets a volume")
        defaults = [name for name, made in self.classes.items() if made.default]
        if len(defaults) > 1:
            raise ValueError(f"classes: only one can be the default, got {', '.join(defaults)}")


class NfsStorage(pulumi.ComponentResource):
    """The NFS CSI driver, and StorageClasses whose volumes are directories of one server.

    Creates the driver's Helm release, the secret with the mount options that deletion needs, and
    the classes; each claim gets a directory of its own. On destroy the classes go before the
    driver, and the driver before the server and the nodes (requirement 5). ``storage_classes`` has
    the name of each class, for claims to wait for; ``classes`` has the classes. Outputs:
    ``storage_class``, the default class or else the first by name, and ``server``.
    """

    classes: Sequence[kubernetes.storage.v1.StorageClass]
    storage_class: pulumi.Output[str]
    storage_classes: Mapping[str, pulumi.Output[str]]
    server: pulumi.Output[str]

    def __init__(
        self, name: str, args: NfsStorageArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:nfs_storage:NfsStorage", name, None, opts)
        driver = release(
            name,
            "csi-driver-nfs",
            version=versions.NFS_CSI_DRIVER_CHART,
            repository=versions.NFS_CSI_DRIVER_REPOSITORY,
            values=_chart_values(args.images),
            # The driver mounts from nodes and unbinds volumes while the server is still there.
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[*args.server.depends_on, *args.depends_on]
            ),
        )
        self.server = pulumi.Output.from_input(args.server.server)
        # Deleting a volume ignores the class's mount options unless this secret repeats them.
        secret = kubernetes.core.v1.Secret(
            f"{name}-mount-options",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(
                name=f"{CLASS_NAME}-mount-options", namespace=SYSTEM_NAMESPACE
            ),
            string_data={"mountOptions": ",".join(MOUNT_OPTIONS)},
            opts=pulumi.ResourceOptions(parent=self),
        )
        classes = {
            class_name: _storage_class(
                name,
                class_name,
                made,
                server=args.server,
                secret=secret,
                # Claims go while the driver runs, or their volumes never unbind.
                opts=pulumi.ResourceOptions(parent=self, depends_on=[driver]),
            )
            for class_name, made in args.classes.items()
        }
        self.classes = [*classes.values()]
        self.storage_classes = {name: made.metadata.name for name, made in classes.items()}
        self.storage_class = self.storage_classes[primary(args.classes)]
        self.register_outputs({"storageClass": self.storage_class, "server": self.server})

    def class_named(self, name: str | None) -> pulumi.Output[str]:
        """Returns a class by its name, for claims to wait for; ``None``: that of claims without."""
        return self.storage_classes[name] if name else self.storage_class


def _storage_class(
    name: str,
    class_name: str,
    made: NfsClass,
    *,
    server: FileServer,
    secret: kubernetes.core.v1.Secret,
    opts: pulumi.ResourceOptions,
) -> kubernetes.storage.v1.StorageClass:
    return kubernetes.storage.v1.StorageClass(
        # The class of a stack that names none has the component's own name.
        name if class_name == CLASS_NAME else f"{name}-{class_name}",
        metadata=kubernetes.meta.v1.ObjectMetaArgs(
            name=class_name, annotations=default_mark(is_default=made.default)
        ),
        provisioner=PROVISIONER,
        parameters={
            "server": server.server,
            "share": server.share,
            # With the volume's name, a claim made again never finds its predecessor's files.
            "subDir": "${pvc.metadata.namespace}/${pvc.metadata.name}/${pv.metadata.name}",
            "mountPermissions": "0",
            "onDelete": made.on_delete,
            "csi.storage.k8s.io/provisioner-secret-name": secret.metadata.name,
            "csi.storage.k8s.io/provisioner-secret-namespace": SYSTEM_NAMESPACE,
        },
        mount_options=list(MOUNT_OPTIONS),
        reclaim_policy=made.reclaim_policy,
        volume_binding_mode="Immediate",
        opts=opts,
    )


def primary(classes: Mapping[str, NfsClass]) -> str:
    """Returns the name of the default class, or of the first where none is the default."""
    return next((name for name, made in classes.items() if made.default), min(classes))


def _chart_values(images: Images) -> dict[str, Any] | None:
    """Returns where the driver's images are pulled from where it is not the chart's own registry.

    The first name is that of the driver, and the chart puts the other one before those that begin
    with a slash.
    """
    driver = images.of(NFS_DRIVER_IMAGE)
    if driver == NFS_DRIVER_IMAGE:
        return None
    base = driver.removesuffix(NFS_DRIVER_IMAGE.removeprefix(registry_of(NFS_DRIVER_IMAGE)))
    return {"image": {"baseRepo": base, "nfs": {"repository": driver}}}
