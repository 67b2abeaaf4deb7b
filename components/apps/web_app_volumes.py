"""What a web application's container sees besides its image: files, secrets, claims, scratch."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.core.v1 import (
    ConfigMapVolumeSourceArgs,
    EmptyDirVolumeSourceArgs,
    PersistentVolumeClaimVolumeSourceArgs,
    SecretVolumeSourceArgs,
    VolumeArgs,
    VolumeMountArgs,
)
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.pods.claims import claim_spec
from components.pods.hardened import Home
from components.secrets.secret import Secret, SecretArgs
from components.secrets.store import SecretStore

# The one directory that every read-only container may write to, and how much it holds.
SCRATCH_DIRECTORY: Final = "/tmp"  # noqa: S108  a volume of the pod, nobody else's
_SCRATCH_SIZE: Final = "64Mi"
# Readable for the pod's group and nobody else.
_SECRET_MODE: Final = 0o440
# The volume that has them.
_SECRET_FILES: Final = "secret-files"  # noqa: S105  a name


@dataclass(frozen=True, kw_only=True, slots=True)
class SharedVolume:
    """A volume that all replicas share.

    :param storage_class: a class whose volumes many nodes may write to.
    :param size_gib: what is asked for, in GiB; NFS does not enforce it.
    """

    storage_class: pulumi.Input[str]
    size_gib: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Contents:
    """What the container sees, by absolute path; no two of one kind have one base name.

    :param files: texts.
    :param secret_files: texts that only the container's user reads; from a secret store all of
        them are in one directory.
    :param shared: volumes that all replicas share, which outlive the pods.
    :param writable: directories of each pod's own with their size, such as ``64Mi``.
    """

    files: Mapping[str, str] = field(default_factory=dict[str, str])
    secret_files: Mapping[str, pulumi.Input[str]] = field(
        default_factory=dict[str, pulumi.Input[str]]
    )
    shared: Mapping[str, SharedVolume] = field(default_factory=dict[str, SharedVolume])
    writable: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        for kind in ("files", "secret_files", "shared", "writable"):
            paths: Mapping[str, object] = getattr(self, kind)
            if len({base_name(path) for path in paths}) != len(paths):
                raise ValueError(f"{kind}: two have one base name in {sorted(paths)}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Mounts:
    """A pod's volumes and where its container has them, the outer directories first."""

    volumes: list[VolumeArgs]
    mounts: list[VolumeMountArgs]


def base_name(path: str) -> str:
    """Returns the last part of a path, the name of a file in its ConfigMap or Secret."""
    return PurePosixPath(path).name


def kept_files(
    space: kubernetes.core.v1.Namespace,
    name: str,
    contents: Contents,
    store: SecretStore | None,
    opts: pulumi.ResourceOptions,
) -> Secret | None:
    """Creates what keeps the secret files outside of the cluster, where there are any to keep.

    :param name: of the namespace and of the service account in it.
    """
    if store is None or not contents.secret_files:
        return None
    values = {base_name(path): text for path, text in contents.secret_files.items()}
    return Secret(
        name,
        SecretArgs(
            store=store, namespace=name, service_account=name, values=values, depends_on=[space]
        ),
        opts=opts,
    )


def mounts(
    home: Home, contents: Contents, opts: pulumi.ResourceOptions, secret: Secret | None = None
) -> Mounts:
    """Creates ConfigMap, Secret and claims where there is something for them to hold.

    ConfigMap and Secret are named by Pulumi, so that changed texts make new ones and with them a
    rollout.

    :param secret: keeps the secret files in the place of a Secret in the cluster.
    """
    found = [*_directories(contents), *_claims(home, contents, opts)]
    if contents.files:
        texts = {base_name(path): text for path, text in contents.files.items()}
        config_map = kubernetes.core.v1.ConfigMap(
            f"{home.name}-files", metadata=home.unnamed, data=texts, opts=opts
        )
        source = ConfigMapVolumeSourceArgs(name=config_map.metadata.name)
        found += _files(VolumeArgs(name="files", config_map=source), contents.files)
    if secret:
        (directory,) = {str(PurePosixPath(path).parent) for path in contents.secret_files}
        mount = VolumeMountArgs(name=_SECRET_FILES, mount_path=directory, read_only=True)
        found.append((secret.volume(_SECRET_FILES), mount))
    elif contents.secret_files:
        hidden = {base_name(path): text for path, text in contents.secret_files.items()}
        in_cluster = kubernetes.core.v1.Secret(
            f"{home.name}-secret-files", metadata=home.unnamed, string_data=hidden, opts=opts
        )
        name = in_cluster.metadata.name
        kept = SecretVolumeSourceArgs(secret_name=name, default_mode=_SECRET_MODE)
        found += _files(VolumeArgs(name=_SECRET_FILES, secret=kept), contents.secret_files)
    volumes = {str(volume.name): volume for volume, _ in found}
    return Mounts(
        volumes=[volumes[key] for key in sorted(volumes)],
        mounts=sorted((mount for _, mount in found), key=lambda mount: str(mount.mount_path)),
    )


def _directories(contents: Contents) -> Iterator[tuple[VolumeArgs, VolumeMountArgs]]:
    sizes = {"scratch": (SCRATCH_DIRECTORY, _SCRATCH_SIZE)} | {
        f"writable-{base_name(path)}": (path, size) for path, size in contents.writable.items()
    }
    for key, (path, size) in sizes.items():
        source = EmptyDirVolumeSourceArgs(size_limit=size)
        yield VolumeArgs(name=key, empty_dir=source), VolumeMountArgs(name=key, mount_path=path)


def _claims(
    home: Home, contents: Contents, opts: pulumi.ResourceOptions
) -> Iterator[tuple[VolumeArgs, VolumeMountArgs]]:
    for path, shared in contents.shared.items():
        key = base_name(path)
        claim = kubernetes.core.v1.PersistentVolumeClaim(
            f"{home.name}-{key}",
            metadata=ObjectMetaArgs(name=key, namespace=home.namespace, labels=home.labels),
            spec=claim_spec(shared.storage_class, shared.size_gib),
            opts=opts,
        )
        source = PersistentVolumeClaimVolumeSourceArgs(claim_name=claim.metadata.name)
        volume = VolumeArgs(name=f"shared-{key}", persistent_volume_claim=source)
        yield volume, VolumeMountArgs(name=f"shared-{key}", mount_path=path)


def _files(
    volume: VolumeArgs, paths: Iterable[str]
) -> Iterator[tuple[VolumeArgs, VolumeMountArgs]]:
    for path in paths:
        yield (
            volume,
            VolumeMountArgs(
                name=volume.name, mount_path=path, sub_path=base_name(path), read_only=True
            ),
        )
