"""How KMS, EFS and CloudWatch Logs behave."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

from deployment.types import FILE_SYSTEM, KEY, LOG_GROUP, MOUNT_TARGET

from .behaviour import Behaviour
from .moto_behaviour import OfMoto
from .network import add_interface, remove_interfaces

if TYPE_CHECKING:
    from moto.efs.models import EFSBackend
    from moto.kms.models import KmsBackend
    from moto.logs.models import LogsBackend

    from .cloud import Cloud, Thing

# https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
_DELETION_WINDOW_DAYS: Final = 30


def _kms(cloud: "Cloud", thing: "Thing") -> "KmsBackend":
    return cloud.account.kms(thing.properties["region"])


def _efs(cloud: "Cloud", thing: "Thing") -> "EFSBackend":
    return cloud.account.efs(thing.properties["region"])


def _logs(cloud: "Cloud", thing: "Thing") -> "LogsBackend":
    return cloud.account.logs(thing.properties["region"])


def _make_key(cloud: "Cloud", thing: "Thing") -> str:
    kms = _kms(cloud, thing)
    with (
        patch("moto.kms.models.generate_key_id", lambda _multi_region: thing.id),
        # Nothing signs with it, it takes a while to make, and it cannot be written to a folder.
        patch("moto.kms.models.generate_private_key", lambda _key_spec: None),
    ):
        made = kms.create_key(
            thing.inputs.get("policy"),
            "ENCRYPT_DECRYPT",
            "SYMMETRIC_DEFAULT",
            thing.inputs.get("description") or "",
            tags=[],
        )
    return made.id


def _change_key(cloud: "Cloud", thing: "Thing", inputs: Mapping[str, Any]) -> None:
    if policy := inputs.get("policy"):
        _kms(cloud, thing).put_key_policy(thing.id, policy)


def _remove_key(cloud: "Cloud", thing: "Thing") -> None:
    """Deletion is only scheduled; the provider takes the key for gone."""
    days = thing.inputs.get("deletionWindowInDays") or _DELETION_WINDOW_DAYS
    _kms(cloud, thing).schedule_key_deletion(thing.id, days)


def _make_alias(cloud: "Cloud", thing: "Thing") -> str:
    kms = _kms(cloud, thing)
    if any(alias.alias_name == thing.id for alias in kms.list_aliases()):
        from moto.kms.exceptions import AlreadyExistsException

        # moto looks for the name in the code that reads requests, which is not used here.
        message = f"An alias with the name {thing.id} already exists"
        raise AlreadyExistsException(message)
    return kms.create_alias(thing.inputs["targetKeyId"], thing.id).alias_name


def _change_alias(cloud: "Cloud", thing: "Thing", inputs: Mapping[str, Any]) -> None:
    _kms(cloud, thing).update_alias(inputs["targetKeyId"], thing.id)


def _make_file_system(cloud: "Cloud", thing: "Thing") -> str:
    inputs = thing.inputs
    made = _efs(cloud, thing).create_file_system(
        thing.urn,
        inputs.get("performanceMode") or "generalPurpose",
        bool(inputs.get("encrypted")),
        inputs.get("kmsKeyId") or "",
        inputs.get("throughputMode") or "bursting",
        inputs.get("provisionedThroughputInMibps") or 0,
        inputs.get("availabilityZoneName") or "",
        backup=False,
        tags=[],
    )
    return made.file_system_id


def _make_mount_target(cloud: "Cloud", thing: "Thing") -> str:
    with _network_of(cloud, thing):
        made = _efs(cloud, thing).create_mount_target(
            thing.inputs["fileSystemId"],
            thing.inputs["subnetId"],
            security_groups=list(thing.inputs.get("securityGroups") or []),
        )
    return made.mount_target_id


def _change_mount_target(cloud: "Cloud", thing: "Thing", inputs: Mapping[str, Any]) -> None:
    groups = list(inputs.get("securityGroups") or [])
    with _network_of(cloud, thing):
        _efs(cloud, thing).modify_mount_target_security_groups(thing.id, groups)
    remove_interfaces(cloud, thing.id)
    add_interface(cloud, thing.inputs["subnetId"], owner=thing.id, security_groups=groups)


def _remove_mount_target(cloud: "Cloud", thing: "Thing") -> None:
    with _network_of(cloud, thing):
        _efs(cloud, thing).delete_mount_target(thing.id)


def _network_of(cloud: "Cloud", thing: "Thing") -> Any:
    """Makes EFS look into this cloud's network and not into the one that moto shares."""
    region = thing.properties["region"]
    ec2 = cloud.account.ec2(region)
    # A text, so that EFS is imported here and not before.
    return patch("moto.efs.models.ec2_backends", {ec2.account_id: {region: ec2}})


def _place_mount_target(cloud: "Cloud", thing: "Thing") -> None:
    groups = thing.inputs.get("securityGroups") or []
    add_interface(cloud, thing.inputs["subnetId"], owner=thing.id, security_groups=groups)


def _take_interfaces(cloud: "Cloud", thing: "Thing") -> None:
    remove_interfaces(cloud, thing.id)


def _set_backup(cloud: "Cloud", thing: "Thing", *, enabled: bool) -> None:
    _, found = _efs(cloud, thing).describe_file_systems(file_system_id=thing.id)
    # moto sets a backup policy only when it makes a file system.
    found[0]._backup = enabled  # noqa: SLF001


def _make_backup(cloud: "Cloud", thing: "Thing") -> None:
    _set_backup(cloud, thing, enabled=thing.inputs["backupPolicy"]["status"] == "ENABLED")


def _change_backup(cloud: "Cloud", thing: "Thing", inputs: Mapping[str, Any]) -> None:
    _set_backup(cloud, thing, enabled=inputs["backupPolicy"]["status"] == "ENABLED")


def _remove_backup(cloud: "Cloud", thing: "Thing") -> None:
    _set_backup(cloud, thing, enabled=False)


def _make_log_group(cloud: "Cloud", thing: "Thing") -> str:
    logs = _logs(cloud, thing)
    made = logs.create_log_group(thing.id, {}, kmsKeyId=thing.inputs.get("kmsKeyId"))
    _change_log_group(cloud, thing, thing.inputs)
    return made.name


def _change_log_group(cloud: "Cloud", thing: "Thing", inputs: Mapping[str, Any]) -> None:
    if days := inputs.get("retentionInDays"):
        _logs(cloud, thing).put_retention_policy(thing.id, str(days))
    else:
        _logs(cloud, thing).delete_retention_policy(thing.id)


def _write_again(cloud: "Cloud", thing: "Thing") -> None:
    """A service that still writes to a deleted group makes it again, without retention."""
    from .eks import made_again

    if made_again(cloud, thing.id):
        region = thing.properties["region"]
        made = cloud.make(LOG_GROUP, thing.id, {"name": thing.id, "region": region})
        _logs(cloud, made).create_log_group(made.id, {})


SERVICES: Final[Mapping[str, Behaviour]] = {
    KEY: OfMoto(make=_make_key, change=_change_key, remove=_remove_key),
    "aws:kms/alias:Alias": OfMoto(
        make=_make_alias,
        change=_change_alias,
        remove=lambda cloud, thing: _kms(cloud, thing).delete_alias(thing.id),
    ),
    FILE_SYSTEM: OfMoto(
        make=_make_file_system,
        remove=lambda cloud, thing: _efs(cloud, thing).delete_file_system(thing.id),
    ),
    MOUNT_TARGET: OfMoto(
        make=_make_mount_target,
        change=_change_mount_target,
        made=_place_mount_target,
        remove=_remove_mount_target,
        gone=_take_interfaces,
    ),
    "aws:efs/backupPolicy:BackupPolicy": OfMoto(
        make=_make_backup, change=_change_backup, remove=_remove_backup
    ),
    LOG_GROUP: OfMoto(
        make=_make_log_group,
        change=_change_log_group,
        remove=lambda cloud, thing: _logs(cloud, thing).delete_log_group(thing.id),
        gone=_write_again,
    ),
}
