"""Mutants of logs, files, volumes and images, and of tags."""

from deployment.types import BACKUP_POLICY, FILE_SYSTEM, LOG_GROUP, REPOSITORY, STORAGE_CLASS, VPC
from policy_mutants.registry import Deployment, Properties, breaks, keeps


@breaks("logs-kept-for-a-time", LOG_GROUP, "flow-logs")
def logs_are_kept_for_ever(group: Properties) -> None:
    del group["retentionInDays"]


@breaks("logs-kept-for-a-time", LOG_GROUP, "flow-logs")
def logs_are_gone_in_a_day(group: Properties) -> None:
    group["retentionInDays"] = 1


@keeps("logs-kept-for-a-time", LOG_GROUP, "flow-logs")
def logs_are_kept_for_a_year(group: Properties) -> None:
    group["retentionInDays"] = 365


@breaks("logs-encrypted", LOG_GROUP, "control-plane")
def logs_have_no_key(group: Properties) -> None:
    del group["kmsKeyId"]


@keeps("logs-encrypted", LOG_GROUP, "control-plane")
def logs_have_another_key(group: Properties) -> None:
    group["kmsKeyId"] = "arn:aws:kms:ap-northeast-2:111122223333:alias/logs"


@breaks("files-encrypted", FILE_SYSTEM)
def files_are_in_clear(file_system: Properties) -> None:
    del file_system["encrypted"]


@keeps("files-encrypted", FILE_SYSTEM)
def files_have_a_key_of_ours(file_system: Properties) -> None:
    file_system["kmsKeyId"] = "arn:aws:kms:ap-northeast-2:111122223333:alias/files"


@breaks("files-backed-up", BACKUP_POLICY)
def backups_are_off(policy: Properties) -> None:
    policy["backupPolicy"]["status"] = "DISABLED"


@breaks("files-backed-up")
def nobody_speaks_of_backups(deployment: Deployment) -> None:
    deployment.remove(BACKUP_POLICY)


@keeps("files-backed-up", FILE_SYSTEM)
def files_move_to_a_cheaper_class(file_system: Properties) -> None:
    file_system["lifecyclePolicies"] = [{"transitionToIa": "AFTER_90_DAYS"}]


def _repository(*, scan: bool, mutability: str) -> Properties:
    return {
        "name": "shop",
        "imageScanningConfiguration": {"scanOnPush": scan},
        "imageTagMutability": mutability,
        "tags": {"owner": "shop", "environment": "prod"},
    }


@breaks("registries-scan-and-keep-tags")
def a_registry_does_not_scan(deployment: Deployment) -> None:
    deployment.add(REPOSITORY, "shop", _repository(scan=False, mutability="IMMUTABLE"))


@breaks("registries-scan-and-keep-tags")
def a_registry_lets_tags_move(deployment: Deployment) -> None:
    deployment.add(REPOSITORY, "shop", _repository(scan=True, mutability="MUTABLE"))


@keeps("registries-scan-and-keep-tags")
def a_registry_scans_and_keeps(deployment: Deployment) -> None:
    deployment.add(REPOSITORY, "shop", _repository(scan=True, mutability="IMMUTABLE"))


@breaks("nfs-volumes-by-decision", STORAGE_CLASS)
def mounts_are_soft(storage_class: Properties) -> None:
    options = storage_class["mountOptions"]
    options[options.index("hard")] = "soft"


@breaks("nfs-volumes-by-decision", STORAGE_CLASS)
def the_protocol_is_not_pinned(storage_class: Properties) -> None:
    storage_class["mountOptions"].remove("nfsvers=4.1")


@breaks("nfs-volumes-by-decision", STORAGE_CLASS)
def nobody_decided_what_becomes_of_volumes(storage_class: Properties) -> None:
    del storage_class["reclaimPolicy"]
    del storage_class["parameters"]["onDelete"]


@breaks("nfs-volumes-by-decision", STORAGE_CLASS)
def volumes_are_open_to_everybody(storage_class: Properties) -> None:
    storage_class["parameters"]["mountPermissions"] = "0777"


@breaks("nfs-volumes-by-decision", STORAGE_CLASS)
def volumes_are_deleted_without_their_options(storage_class: Properties) -> None:
    storage_class["reclaimPolicy"] = "Delete"
    del storage_class["parameters"]["csi.storage.k8s.io/provisioner-secret-name"]


@breaks("nfs-volumes-by-decision", STORAGE_CLASS)
def the_file_server_is_a_service_name(storage_class: Properties) -> None:
    storage_class["parameters"]["server"] = "nfs.storage.svc.cluster.local"


@breaks("nfs-volumes-by-decision", STORAGE_CLASS)
def the_file_server_is_a_short_name(storage_class: Properties) -> None:
    storage_class["parameters"]["server"] = "nfs-server"


@breaks("nfs-volumes-by-decision", STORAGE_CLASS)
def the_file_server_is_the_node_itself(storage_class: Properties) -> None:
    storage_class["parameters"]["server"] = "127.0.0.1"


@breaks("nfs-volumes-by-decision", STORAGE_CLASS)
def all_claims_share_a_directory(storage_class: Properties) -> None:
    storage_class["parameters"]["subDir"] = "everybody"


@keeps("nfs-volumes-by-decision", STORAGE_CLASS)
def each_volume_has_the_driver_s_directory(storage_class: Properties) -> None:
    del storage_class["parameters"]["subDir"]


@keeps("nfs-volumes-by-decision", STORAGE_CLASS)
def the_file_server_is_an_address(storage_class: Properties) -> None:
    storage_class["parameters"]["server"] = "10.8.0.20"


@keeps("nfs-volumes-by-decision")
def a_class_of_another_driver(deployment: Deployment) -> None:
    deployment.add(STORAGE_CLASS, "gp3", _volumes(encrypted="true"))


def _volumes(**parameters: str) -> Properties:
    metadata = {"name": "gp3"}
    return {"metadata": metadata, "provisioner": "ebs.csi.aws.com", "parameters": parameters}


@breaks("volumes-encrypted")
def volumes_are_in_clear(deployment: Deployment) -> None:
    deployment.add(STORAGE_CLASS, "gp3", _volumes(type="gp3"))


@keeps("volumes-encrypted")
def volumes_have_a_key_of_ours(deployment: Deployment) -> None:
    key = "arn:aws:kms:ap-northeast-2:111122223333:alias/volumes"
    deployment.add(STORAGE_CLASS, "gp3", _volumes(encrypted="true", kmsKeyId=key))


@breaks("required-tags", FILE_SYSTEM)
def files_belong_to_nobody(file_system: Properties) -> None:
    del file_system["tags"]["owner"]


@breaks("required-tags", VPC)
def a_tag_is_empty(vpc: Properties) -> None:
    vpc["tags"]["environment"] = ""


@keeps("required-tags", VPC)
def there_are_more_tags(vpc: Properties) -> None:
    vpc["tags"]["cost-centre"] = "42"
