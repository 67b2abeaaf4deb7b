"""What is kept: logs, files, volumes and images."""

from collections.abc import Iterator
from typing import Final

from deployment.types import (
    BACKUP_POLICY,
    BACKUP_SELECTION,
    FILE_SYSTEM,
    LOG_GROUP,
    REGISTRY_SCANS,
    REPOSITORY,
    STORAGE_CLASS,
)
from policy.catalogue import Level, Option, Severity, Subject, rule
from policy.reading import mappings, text, texts, whole
from policy.unknown import UnreadableError

from .nodes import encrypts_by_default

# The driver, Auto Mode's own, and the name that stands for the first one in old classes
# (https://docs.aws.amazon.com/eks/latest/userguide/create-storage-class.html,
# https://kubernetes.io/docs/concepts/storage/storage-classes/#aws-ebs).
EBS: Final = ("ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com", "kubernetes.io/aws-ebs")
# Groups of this class keep their logs for two days, and take no other number
# (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html).
DELIVERY: Final = "DELIVERY"


@rule(
    LOG_GROUP,
    Severity.LOW,
    "CKV_AWS_66",
    "CKV_AWS_338",
    "R16",
    "R24",
    atLeastDays=Option(schema={"type": "number"}, default=1),
)
def logs_kept_for_a_time(subject: Subject) -> Iterator[str]:
    """Logs without a retention period cost more every day; with a short one they are gone too soon.

    Set retentionInDays.

    Set eks-platform:cluster.logRetentionDays and eks-platform:network.flowLogRetentionDays.
    """
    if subject.text("logGroupClass") == DELIVERY:
        return
    days, least = subject.number("retentionInDays"), subject.options["atLeastDays"]
    if not days:
        yield "keeps its logs for ever"
    elif days < least:
        yield f"keeps its logs for {whole(days)} days, and {whole(least)} are asked for"


@rule(LOG_GROUP, Severity.MEDIUM, "CKV_AWS_158")
def logs_encrypted(subject: Subject) -> Iterator[str]:
    """Audit logs hold names, addresses and requests; a key of yours decides who reads them.

    Give the log group a KMS key in kmsKeyId.
    """
    if not subject.text("kmsKeyId"):
        yield "has no KMS key of yours"


@rule(FILE_SYSTEM, Severity.HIGH, "CKV_AWS_42", "R37")
def files_encrypted(subject: Subject) -> Iterator[str]:
    """A file system that is made without encryption cannot be encrypted later.

    Set encrypted to true.

    Keep encrypted=True in components/storage/efs.py.
    """
    if not subject.flag("encrypted"):
        yield "is not encrypted"


@rule(FILE_SYSTEM, Severity.MEDIUM, "CKV2_AWS_18", "R37", level=Level.ADVISORY, of_stack=True)
def files_backed_up(subject: Subject) -> Iterator[str]:
    """A file that somebody deletes is gone, unless there is a copy.

    Make an aws.efs.BackupPolicy with backupPolicy.status ENABLED, or name the file system in an
    aws.backup.Selection.

    Set eks-platform:nfs.backup to true.
    """
    policies = subject.users(BACKUP_POLICY, "fileSystemId")
    if any(text(p.properties, "backupPolicy.status") == "ENABLED" for p in policies):
        return
    for selection in subject.graph.of(BACKUP_SELECTION):
        named = {*texts(selection.properties, "resources")}
        if named & {subject.text("arn"), "*"}:
            return
        if mappings(selection.properties, "selectionTags") or any("*" in arn for arn in named):
            raise UnreadableError(f"the backup selection {selection} chooses by tag or pattern")
    yield "has no backups"


@rule(REPOSITORY, Severity.MEDIUM, "CKV_AWS_163", "CKV_AWS_51", of_stack=True)
def registries_scan_and_keep_tags(subject: Subject) -> Iterator[str]:
    """A tag that can be moved runs something else tomorrow; an unscanned image runs anything.

    Set imageScanningConfiguration.scanOnPush to true, or scan all of the registry with
    aws.ecr.RegistryScanningConfiguration, and imageTagMutability to IMMUTABLE.
    """
    scans = [mappings(one.properties, "rules") for one in subject.graph.of(REGISTRY_SCANS)]
    if not any(scans) and not subject.flag("imageScanningConfiguration.scanOnPush"):
        yield "does not scan images"
    if not subject.text("imageTagMutability", "MUTABLE").startswith("IMMUTABLE"):
        yield "lets tags be moved"


@rule(STORAGE_CLASS, Severity.HIGH, "CKV_AWS_3", "R37", of_stack=True)
def volumes_encrypted(subject: Subject) -> Iterator[str]:
    """A volume that is not encrypted can be read by whoever gets a snapshot of it.

    Set parameters.encrypted to "true", or encrypt all disks of the region with
    aws.ebs.EncryptionByDefault.

    Keep encrypted in the parameters of the class in components/storage/ebs_storage.py.
    """
    if subject.text("provisioner") not in EBS or encrypts_by_default(subject.graph):
        return
    if not subject.flag("parameters.encrypted"):
        yield "makes volumes that are not encrypted"
