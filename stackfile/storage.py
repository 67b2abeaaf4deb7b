"""The section about shared storage: who serves the files, and the classes of volumes."""

import re
from collections.abc import Iterator, Mapping
from ipaddress import AddressValueError, IPv4Address
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, field_validator, model_validator
from pydantic.alias_generators import to_camel

from .section import Place, Section, has_value, mistake, refuse, whole

# The one class where a stack file names none.
NFS_CLASS: Final = "nfs-csi"
# The namespace of backend in-cluster.
NFS_SERVER: Final = "nfs-server"
_EBS_CLASSES: Final = {"gp2", "gp3"}
_CLASS_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")
_CLASS_NAMES: Final[dict[str, Any]] = {
    "propertyNames": {**whole(_CLASS_NAME), "not": {"enum": sorted(_EBS_CLASSES)}}
}
_LABEL: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_SHARE: Final = re.compile(r"(?!.*/\.\.(/|$))/[\w./-]*")
# Which backend alone a key is for.
_BACKENDS: Final[Mapping[str, str]] = {
    "backup": "efs",
    "lifecycle_days": "efs",
    "throughput_mode": "efs",
    "provisioned_mibps": "efs",
    "volume_gib": "in-cluster",
    "server": "external",
    "share": "external",
}
# What every class has of its own once classes are named.
_OF_A_CLASS: Final = ("reclaim_policy", "on_delete", "default_class")

ReclaimPolicy = Literal["Retain", "Delete"]
OnDelete = Literal["archive", "retain", "delete"]
# Days after which EFS moves files to Infrequent Access
# (https://docs.aws.amazon.com/efs/latest/ug/API_LifecyclePolicy.html).
LifecycleDays = Literal[1, 7, 14, 30, 60, 90, 180, 270, 365]


def _class_name(name: str) -> str:
    if not _CLASS_NAME.fullmatch(name) or name in _EBS_CLASSES:
        raise mistake("must be named by at most 40 of a-z, 0-9 and '-', and not be gp2 or gp3")
    return name


ClassName = Annotated[str, AfterValidator(_class_name)]


def _keys_together(schema: dict[str, Any]) -> None:
    """Adds what editors know of keys that go with one another."""

    def needs(key: str, then: dict[str, Any]) -> dict[str, Any]:
        return {"if": {"required": [key]}, "then": then}

    # EFS is what serves the files where nothing is said.
    efs = {"properties": {"backend": {"const": "efs"}}}
    schema["allOf"] = [
        *(
            needs(_key(field), efs if backend == "efs" else has_value("backend", backend))
            for field, backend in _BACKENDS.items()
        ),
        {"if": has_value("backend", "external"), "then": {"required": ["server", "share"]}},
        {
            "if": has_value("throughputMode", "provisioned"),
            "then": {"required": ["provisionedMibps"]},
        },
        needs("provisionedMibps", has_value("throughputMode", "provisioned")),
        {
            "if": {"properties": {"classes": {"minProperties": 1}}, "required": ["classes"]},
            "then": {"not": {"anyOf": [{"required": [_key(k)]} for k in _OF_A_CLASS]}},
        },
    ]


class NfsClassSettings(Section):
    """Each entry of ``nfs.classes``: a StorageClass."""

    reclaim_policy: ReclaimPolicy = Field(
        default="Retain", description="What becomes of a volume whose claim is deleted."
    )
    on_delete: OnDelete = Field(
        default="archive", description="What becomes of a deleted volume's directory."
    )
    default: bool = Field(default=False, description="Claims that name no class get this one.")


class NfsSettings(Section):
    """``nfs``: shared storage through the NFS CSI driver; absent: none."""

    model_config = ConfigDict(json_schema_extra=_keys_together)

    backend: Literal["efs", "in-cluster", "external"] = Field(
        default="efs", description="What serves the files."
    )
    server: str | None = Field(
        default=None,
        description="The server of backend external, by an address that nodes reach.",
        examples=["nfs.corp.internal"],
    )
    share: str | None = Field(
        default=None,
        description="The directory that the server exports.",
        examples=["/exports/team"],
        json_schema_extra=whole(_SHARE),
    )
    reclaim_policy: ReclaimPolicy = Field(
        default="Retain", description="What becomes of a volume whose claim is deleted."
    )
    on_delete: OnDelete = Field(
        default="archive", description="What becomes of a deleted volume's directory."
    )
    default_class: bool = Field(
        default=False, description="Claims that name no class get this one."
    )
    classes: dict[ClassName, NfsClassSettings] = Field(
        default_factory=dict[str, NfsClassSettings],
        description="StorageClasses by name, in the place of nfs-csi.",
        json_schema_extra=_CLASS_NAMES,
    )
    backup: bool = Field(default=True, description="AWS Backup keeps daily copies of the files.")
    lifecycle_days: LifecycleDays | None = Field(
        default=None, description="Days without access until a file moves to Infrequent Access."
    )
    throughput_mode: Literal["elastic", "bursting", "provisioned"] = Field(
        default="elastic", description="What the file system's throughput follows."
    )
    # https://docs.aws.amazon.com/efs/latest/ug/API_CreateFileSystem.html
    provisioned_mibps: Annotated[int, Field(ge=1, le=3414)] | None = Field(
        default=None, description="MiB/s, with throughputMode provisioned."
    )
    volume_gib: Annotated[int, Field(ge=1, le=16384)] = Field(
        default=20, alias="volumeGiB", description="Size of the in-cluster server's gp3 volume."
    )

    @field_validator("server")
    @classmethod
    def _check_server(cls, server: str | None) -> str | None:
        if server is not None and (reason := _unreachable(server)):
            raise mistake(f"{reason}, got {server!r}")
        return server

    @field_validator("share")
    @classmethod
    def _check_share(cls, share: str | None) -> str | None:
        if share is not None and not _SHARE.fullmatch(share):
            raise mistake(f"must be an absolute path such as /exports/team, got {share!r}")
        return share

    @field_validator("classes")
    @classmethod
    def _check_classes(cls, classes: dict[str, NfsClassSettings]) -> dict[str, NfsClassSettings]:
        defaults = sorted(name for name, entry in classes.items() if entry.default)
        refuse(
            ((name, "default"), f"only one class can be the default, and {defaults[0]} is")
            for name in defaults[1:]
        )
        return classes

    @model_validator(mode="after")
    def _check_backend(self) -> Self:
        refuse([*self._misplaced(), *self._incomplete()])
        return self

    @property
    def all_classes(self) -> Mapping[str, NfsClassSettings]:
        """Every class by name; without ``classes`` the one that the section itself describes."""
        one = {
            "reclaimPolicy": self.reclaim_policy,
            "onDelete": self.on_delete,
            "default": self.default_class,
        }
        return self.classes or {NFS_CLASS: NfsClassSettings.model_validate(one)}

    def _misplaced(self) -> Iterator[tuple[Place, str]]:
        for field in sorted(self.model_fields_set & _BACKENDS.keys()):
            if self.backend != _BACKENDS[field]:
                yield (
                    (_key(field),),
                    f"is for backend {_BACKENDS[field]} only, and backend is {self.backend}",
                )
        for field in _OF_A_CLASS:
            if self.classes and field in self.model_fields_set:
                yield (_key(field),), "belongs to each entry of classes once there are any"

    def _incomplete(self) -> Iterator[tuple[Place, str]]:
        if self.backend == "external":
            for field in ("server", "share"):
                if getattr(self, field) is None:
                    yield (field,), "is required with backend external"
        provisioned = self.throughput_mode == "provisioned"
        if provisioned and self.provisioned_mibps is None:
            yield (_key("provisioned_mibps"),), "is required with throughputMode provisioned"
        if not provisioned and self.provisioned_mibps is not None:
            yield (
                (_key("provisioned_mibps"),),
                f"needs throughputMode provisioned, and it is {self.throughput_mode}",
            )


def _key(field: str) -> str:
    return str(NfsSettings.model_fields[field].alias or to_camel(field))


def _unreachable(server: str) -> str | None:
    """Returns why nodes in a VPC cannot mount from a server, or ``None`` where they may."""
    try:
        return _unreachable_address(IPv4Address(server))
    except AddressValueError:
        return _unreachable_name(server)


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
