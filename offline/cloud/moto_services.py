"""How KMS, EFS, Secrets Manager and CloudWatch Logs behave."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

from deployment.types import FILE_SYSTEM, KEPT_SECRET, KEY, LOG_GROUP, MOUNT_TARGET, SECRET_VALUE

from .behaviour import Behaviour, Inputs
from .cloud import Cloud, Thing
from .eks import writes_logs_to
from .moto_behaviour import OfMoto

if TYPE_CHECKING:
    from moto.efs.models import EFSBackend
    from moto.kms.models import KmsBackend
    from moto.logs.models import LogsBackend
    from moto.secretsmanager.models import SecretsManagerBackend

# https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
_DELETION_WINDOW_DAYS: Final = 30


def _kms(cloud: Cloud, thing: Thing) -> "KmsBackend":
    return cloud.account.kms(thing.properties["region"])


def _efs(cloud: Cloud, thing: Thing) -> "EFSBackend":
    return cloud.account.efs(thing.properties["region"])


def _logs(cloud: Cloud, thing: Thing) -> "LogsBackend":
    return cloud.account.logs(thing.properties["region"])


def _secrets(cloud: Cloud, thing: Thing) -> "SecretsManagerBackend":
    return cloud.account.secrets(thing.properties["region"])


def _make_key(kms: "KmsBackend", key: Thing, inputs: Inputs) -> object:
    with (
        patch("moto.kms.models.generate_key_id", lambda _multi_region: key.id),
        # Nothing signs with it, it takes a while to make, and it cannot be written to a folder.
        patch("moto.kms.models.generate_private_key", lambda _key_spec: None),
    ):
        return kms.create_key(
            inputs.get("policy"),
            "ENCRYPT_DECRYPT",
            "SYMMETRIC_DEFAULT",
            inputs.get("description") or "",
            tags=[],
        )


def _change_key(kms: "KmsBackend", key: Thing, inputs: Inputs) -> None:
    if policy := inputs.get("policy"):
        kms.put_key_policy(key.id, policy)


def _make_alias(kms: "KmsBackend", alias: Thing, inputs: Inputs) -> object:
    if any(found.alias_name == alias.id for found in kms.list_aliases()):
        from moto.kms.exceptions import AlreadyExistsException

        # moto looks for the name in the code that reads requests, which is not used here.
        raise AlreadyExistsException(f"An alias with the name {alias.id} already exists")
    return kms.create_alias(inputs["targetKeyId"], alias.id)


def _make_file_system(efs: "EFSBackend", file_system: Thing, inputs: Inputs) -> object:
    return efs.create_file_system(
        file_system.urn,
        inputs.get("performanceMode") or "generalPurpose",
        bool(inputs.get("encrypted")),
        inputs.get("kmsKeyId") or "",
        inputs.get("throughputMode") or "bursting",
        inputs.get("provisionedThroughputInMibps") or 0,
        inputs.get("availabilityZoneName") or "",
        backup=False,
        tags=[],
    )


def _efs_in_network(cloud: Cloud, target: Thing) -> Callable[..., Any]:
    """Returns what makes a request to EFS while that looks into this cloud's network.

    By itself it looks into the one that all of moto shares.
    """
    efs, ec2 = _efs(cloud, target), cloud.account.ec2(target.properties["region"])

    def ask(method: str, *arguments: object, **options: object) -> Any:
        networks = {ec2.account_id: {ec2.region_name: ec2}}
        with patch("moto.efs.models.ec2_backends", networks):
            return getattr(efs, method)(*arguments, **options)

    return ask


def _groups(inputs: Inputs) -> list[str]:
    return list(inputs.get("securityGroups") or [])


def _set_backup(efs: "EFSBackend", backup: Thing, inputs: Inputs) -> None:
    # moto sets a backup policy only when it makes a file system.
    _, found = efs.describe_file_systems(file_system_id=backup.id)
    found[0]._backup = inputs.get("backupPolicy") == {"status": "ENABLED"}  # noqa: SLF001


def _make_log_group(logs: "LogsBackend", group: Thing, inputs: Inputs) -> object:
    made = logs.create_log_group(group.id, {}, kmsKeyId=inputs.get("kmsKeyId"))
    _change_log_group(logs, group, inputs)
    return made


def _change_log_group(logs: "LogsBackend", group: Thing, inputs: Inputs) -> None:
    if days := inputs.get("retentionInDays"):
        logs.put_retention_policy(group.id, str(days))
    else:
        logs.delete_retention_policy(group.id)


def _write_again(cloud: Cloud, group: Thing) -> None:
    """A service that still writes to a deleted group makes it again, without retention."""
    if writes_logs_to(cloud, group.id):
        region = group.properties["region"]
        made = cloud.make(LOG_GROUP, group.id, {"name": group.id, "region": region})
        _logs(cloud, made).create_log_group(made.id, {})


def _make_secret(manager: "SecretsManagerBackend", secret: Thing, inputs: Inputs) -> object:
    letters = secret.id.rpartition("-")[2]
    with patch("moto.secretsmanager.utils.generate_str_id", lambda **_: letters):
        manager.create_secret(
            secret.properties["name"],
            secret_string=None,
            secret_binary=None,
            description=inputs.get("description"),
            tags=[],
            kms_key_id=inputs.get("kmsKeyId"),
            client_request_token=None,
            replica_regions=[],
            force_overwrite=False,
        )
    return manager.describe_secret(secret.id)


def _remove_secret(manager: "SecretsManagerBackend", secret: Thing) -> None:
    """Deletion is scheduled; without a recovery window it is done at once."""
    days = secret.inputs.get("recoveryWindowInDays", _DELETION_WINDOW_DAYS)
    manager.delete_secret(
        secret.id, recovery_window_in_days=days or None, force_delete_without_recovery=not days
    )


def _put_value(manager: "SecretsManagerBackend", value: Thing, inputs: Inputs) -> None:
    manager.put_secret_value(
        inputs["secretId"],
        secret_string=inputs["secretString"],
        secret_binary="",
        client_request_token=value.properties["versionId"],
        version_stages=["AWSCURRENT"],
    )


SERVICES: Final[Mapping[str, Behaviour]] = {
    KEY: OfMoto(
        _kms,
        make=_make_key,
        change=_change_key,
        # Deletion is only scheduled; the provider takes the key for gone.
        remove=lambda kms, key: kms.schedule_key_deletion(
            key.id, key.inputs.get("deletionWindowInDays") or _DELETION_WINDOW_DAYS
        ),
    ),
    "aws:kms/alias:Alias": OfMoto(
        _kms,
        make=_make_alias,
        called="alias_name",
        change=lambda kms, alias, inputs: kms.update_alias(inputs["targetKeyId"], alias.id),
        remove=lambda kms, alias: kms.delete_alias(alias.id),
    ),
    KEPT_SECRET: OfMoto(_secrets, make=_make_secret, called="arn", remove=_remove_secret),
    SECRET_VALUE: OfMoto(
        _secrets,
        make=_put_value,
        called="",
        # The version that is current stays until its secret goes
        # (https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/secretsmanager/secret_version.go).
        remove=lambda *_: None,
    ),
    FILE_SYSTEM: OfMoto(
        _efs,
        make=_make_file_system,
        called="file_system_id",
        remove=lambda efs, file_system: efs.delete_file_system(file_system.id),
    ),
    MOUNT_TARGET: OfMoto(
        _efs_in_network,
        make=lambda ask, _, inputs: ask(
            "create_mount_target",
            inputs["fileSystemId"],
            inputs["subnetId"],
            security_groups=_groups(inputs),
        ),
        called="mount_target_id",
        change=lambda ask, target, inputs: ask(
            "modify_mount_target_security_groups", target.id, _groups(inputs)
        ),
        remove=lambda ask, target: ask("delete_mount_target", target.id),
        stands_in=lambda inputs: [inputs["subnetId"]],
    ),
    "aws:efs/backupPolicy:BackupPolicy": OfMoto(
        _efs,
        make=_set_backup,
        called="",
        change=_set_backup,
        remove=lambda efs, backup: _set_backup(efs, backup, {}),
    ),
    LOG_GROUP: OfMoto(
        _logs,
        make=_make_log_group,
        called="name",
        change=_change_log_group,
        remove=lambda logs, group: logs.delete_log_group(group.id),
        gone=_write_again,
    ),
}
