"""The section about shared storage: who serves the files, and the classes of volumes."""

import re
from collections.abc import Iterator, Mapping
from ipaddress import AddressValueError, IPv4Address
from typing import Annotated, Final, Literal

from pydantic import Field, field_validator

from .checks import Check
from .names import NFS_CLASS
from .placed import PlacedSection
from .section import Earlier, Errors, Section, raise_all, without_section
from .types import ClassName, GiB, LifecycleDays, Share

_LABEL: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
# Of a name in DNS (RFC 1035, section 2.3.4), as it is written.
_LONGEST_NAME: Final = 253
# Which backend alone a key is for.
_BACKENDS: Final[Mapping[str, str]] = {
    "backup": "efs",
    "lifecycle_days": "efs",
    "throughput_mode": "efs",
    "provisioned_mibps": "efs",
    "volume_gib": "in-cluster",
    "nodes": "in-cluster",
    "server": "external",
    "share": "external",
}


def _unreachable(server: str) -> str | None:
    """Returns why nodes in a VPC cannot mount from a server, or ``None`` where they may."""
    try:
        reason = _unreachable_address(IPv4Address(server))
    except AddressValueError:
        reason = _unreachable_name(server)
    return reason and f"{reason}, got {server!r}"


def _unreachable_address(address: IPv4Address) -> str | None:
    if address.is_loopback:
        return "is a loopback address, at which each node finds itself"
    if address.is_link_local:
        return "is a link-local address, which is not routed"
    if address.is_unspecified or address.is_multicast or address.is_reserved:
        return "is no host's address"
    return None


def _unreachable_name(name: str) -> str | None:
    labels = name.lower().removesuffix(".").split(".")
    if len(name) > _LONGEST_NAME:
        return f"must have at most {_LONGEST_NAME} characters"
    if labels[-1] == "localhost":
        return "is a loopback name, by which each node finds itself"
    if "svc" in labels[1:] or labels[-2:] == ["cluster", "local"]:
        return (
            "is a name of cluster DNS, which nodes do not ask and nodes mount; use the "
            "Service's IP or a name that the VPC resolves"
        )
    if not all(map(_LABEL.fullmatch, labels)) or labels[-1].isdigit():
        return "must be an IPv4 address or a DNS name such as nfs.example.org"
    if len(labels) == 1:
        return "is a name without a domain, which the VPC's resolver does not complete"
    return None


Server = Annotated[str, Check(_unreachable, {})]
ReclaimPolicy = Annotated[
    Literal["Retain", "Delete"],
    Field(description="What becomes of a volume whose claim is deleted."),
]
OnDelete = Annotated[
    Literal["archive", "retain", "delete"],
    Field(
        description="What becomes of a deleted volume's directory: it is renamed, left or removed."
    ),
]
IsDefault = Annotated[bool, Field(description="Claims that name no class get this one.")]


class NfsClassSettings(Section):
    """Each entry of ``nfs.classes``: a StorageClass."""

    reclaim_policy: ReclaimPolicy = "Retain"
    on_delete: OnDelete = "archive"
    default: IsDefault = False


class NfsSettings(PlacedSection):
    """``nfs``: shared storage through the NFS CSI driver; absent: none."""

    backend: Literal["efs", "in-cluster", "external"] = "efs"
    """What serves the files."""
    server: Server | None = Field(default=None, examples=["nfs.corp.internal"])
    """With backend external, required there: the server, by an IPv4 address or a DNS name with a
    domain. Nodes mount, so that names of cluster DNS are refused."""
    share: Share | None = Field(default=None, examples=["/exports/team"])
    """With backend external, required there: the directory that the server exports."""
    reclaim_policy: ReclaimPolicy = "Retain"
    on_delete: OnDelete = "archive"
    default_class: bool = False
    """Claims that name no class get nfs-csi; no other class is the default then."""
    classes: dict[ClassName, NfsClassSettings] = Field(default={})
    """StorageClasses by name, in the place of nfs-csi; reclaimPolicy, onDelete and default then
    belong to each of them."""
    backup: bool = True
    """With backend efs: AWS Backup keeps daily copies of the files."""
    lifecycle_days: LifecycleDays | None = None
    """With backend efs: days without access until a file moves to Infrequent Access; absent: none
    moves."""
    throughput_mode: Literal["elastic", "bursting", "provisioned"] = "elastic"
    """With backend efs, what the throughput follows: the load, the amount of data, or
    provisionedMibps."""
    # https://docs.aws.amazon.com/efs/latest/ug/API_CreateFileSystem.html
    provisioned_mibps: Annotated[int, Field(ge=1, le=3414)] | None = None
    """MiB/s, with throughputMode provisioned, required there; the upper limit depends on the
    region."""
    volume_gib: GiB = 20
    """With backend in-cluster: size of the server's volume, encrypted gp3."""

    @field_validator("classes")
    @classmethod
    def _check_classes(cls, classes: dict[str, NfsClassSettings]) -> dict[str, NfsClassSettings]:
        defaults = sorted(name for name, entry in classes.items() if entry.default)
        raise_all(
            ((name, "default"), f"only one class can be the default, and {defaults[0]} is")
            for name in defaults[1:]
        )
        return classes

    @property
    def all_classes(self) -> Mapping[str, NfsClassSettings]:
        """Every class by name; without ``classes`` the one that the section itself describes."""
        one = {
            "reclaimPolicy": self.reclaim_policy,
            "onDelete": self.on_delete,
            "default": self.default_class,
        }
        return self.classes or {NFS_CLASS: NfsClassSettings.model_validate(one)}

    def conflicts(self) -> Iterator[tuple[str, str]]:
        """Yields the keys of another backend or class, and those that the backend needs."""
        for field in sorted(self.model_fields_set & _BACKENDS.keys()):
            if self.backend != _BACKENDS[field]:
                yield (
                    field,
                    f"is for backend {_BACKENDS[field]} only, and backend is {self.backend}",
                )
        for field in ("reclaim_policy", "on_delete", "default_class"):
            if self.classes and field in self.model_fields_set:
                yield field, "belongs to each entry of classes once there are any"
        for field in ("server", "share"):
            if self.backend == "external" and getattr(self, field) is None:
                yield field, "is required with backend external"
        provisioned = self.throughput_mode == "provisioned"
        if provisioned and self.provisioned_mibps is None:
            yield "provisioned_mibps", "is required with throughputMode provisioned"
        if not provisioned and self.provisioned_mibps is not None:
            yield (
                "provisioned_mibps",
                f"needs throughputMode provisioned, and it is {self.throughput_mode}",
            )


def shared_class_mistakes(storage_class: str | None, earlier: Earlier, why: str) -> Errors:
    """Yields that a section has no shared files, or names a class that is not there.

    :param why: what it needs them for.
    """
    yield from without_section("nfs", earlier, why)
    nfs: NfsSettings | None = earlier.get("nfs")
    if nfs and storage_class and storage_class not in nfs.all_classes:
        known = ", ".join(sorted(nfs.all_classes))
        yield ("storageClass",), f"must be a class of nfs ({known}), got {storage_class!r}"
