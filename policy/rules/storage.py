"""What is kept: logs, files, volumes and images."""

import re
from collections.abc import Iterator
from typing import Final

from deployment.types import BACKUP_POLICY, FILE_SYSTEM, LOG_GROUP, REPOSITORY, STORAGE_CLASS
from policy.catalogue import Level, Option, Severity, Subject, rule
from policy.reading import read, whole
from policy.unknown import each

EBS: Final = "ebs.csi.aws.com"
NFS: Final = "nfs.csi.k8s.io"
# Names that pods resolve and nodes, whose kubelets mount, do not: those of cluster DNS, and short
# ones.
CLUSTER_DNS: Final = re.compile(r"\.svc(\.|$)|\.cluster\.local\.?$|^[^.:]*$")
# Loopback and link-local addresses.
OF_EACH_NODE: Final = re.compile(r"127\.|169\.254\.|::1$|fe80:|localhost$", re.IGNORECASE)
PROVISIONER_SECRET: Final = "csi.storage.k8s.io/provisioner-secret-name"  # noqa: S105  a key
PERMISSIONS: Final = ("0", "0750", "0770")


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

    Set eks-platform:cluster.logRetentionDays and eks-platform:network.flowLogRetentionDays.
    """
    days, least = subject.read("retentionInDays"), subject.options["atLeastDays"]
    if not days:
        yield "keeps its logs for ever"
    elif days < least:
        yield f"keeps its logs for {whole(days)} days, and {whole(least)} are asked for"


@rule(LOG_GROUP, Severity.MEDIUM, "CKV_AWS_158")
def logs_encrypted(subject: Subject) -> Iterator[str]:
    """Audit logs hold names, addresses and requests; a key of yours decides who reads them.

    Give the log group a KMS key.
    """
    if not subject.read("kmsKeyId"):
        yield "has no KMS key of yours"


@rule(FILE_SYSTEM, Severity.HIGH, "CKV_AWS_42", "R37")
def files_encrypted(subject: Subject) -> Iterator[str]:
    """A file system that is made without encryption cannot be encrypted later.

    Keep encrypted=True in components/storage/efs.py.
    """
    if not subject.read("encrypted"):
        yield "is not encrypted"


@rule(FILE_SYSTEM, Severity.MEDIUM, "CKV2_AWS_18", "R37", level=Level.ADVISORY, of_stack=True)
def files_backed_up(subject: Subject) -> Iterator[str]:
    """A file that somebody deletes is gone, unless there is a copy.

    Set eks-platform:nfs.backup to true.
    """
    policies = subject.users(BACKUP_POLICY, "fileSystemId")
    if not any(read(p.properties, "backupPolicy.status") == "ENABLED" for p in policies):
        yield "has no backups"


@rule(REPOSITORY, Severity.MEDIUM, "CKV_AWS_163", "CKV_AWS_51")
def registries_scan_and_keep_tags(subject: Subject) -> Iterator[str]:
    """A tag that can be moved runs something else tomorrow; an unscanned image runs anything.

    Set image_scanning_configuration and image_tag_mutability of the repository.
    """
    if not subject.read("imageScanningConfiguration.scanOnPush"):
        yield "does not scan images"
    if not str(subject.read("imageTagMutability", "MUTABLE")).startswith("IMMUTABLE"):
        yield "lets tags be moved"


@rule(STORAGE_CLASS, Severity.HIGH, "CKV_AWS_3", "R37")
def volumes_encrypted(subject: Subject) -> Iterator[str]:
    """A volume that is not encrypted can be read by whoever gets a snapshot of it.

    Keep encrypted in the parameters of the class in components/storage/ebs_storage.py.
    """
    if subject.read("provisioner") == EBS and subject.read("parameters.encrypted") != "true":
        yield "makes volumes that are not encrypted"


@rule(STORAGE_CLASS, Severity.HIGH, "R35", "R36")
def nfs_volumes_by_decision(subject: Subject) -> Iterator[str]:
    """What an NFS class leaves out is decided by defaults that lose data or never mount.

    Keep NfsStorage in components/storage/nfs_storage.py, and set eks-platform:nfs.reclaimPolicy
    and eks-platform:nfs.onDelete.
    """
    if subject.read("provisioner") == NFS:
        yield from each(_of_mounts(subject), _of_secrets(subject), _of_servers(subject))


def _of_mounts(subject: Subject) -> Iterator[str]:
    options = subject.items("mountOptions")
    parameters = subject.read("parameters", {})
    if not any(option.startswith("nfsvers=") for option in options):
        yield "pins no nfsvers"
    if "hard" not in options:
        yield "does not mount hard, so that writes can be lost unnoticed"
    if not subject.read("reclaimPolicy"):
        yield "has no reclaimPolicy"
    if not parameters.get("onDelete"):
        yield "has no onDelete"
    if parameters.get("mountPermissions", "0777") not in PERMISSIONS:
        yield f"opens volumes with mode {parameters.get('mountPermissions', '0777')}"
    if "${pv" not in parameters.get("subDir", "${pv.metadata.name}"):
        yield "puts all volumes into one directory"


def _of_secrets(subject: Subject) -> Iterator[str]:
    if not subject.read(("parameters", PROVISIONER_SECRET)):
        yield "deletes volumes without its mount options: it names no provisioner secret"


def _of_servers(subject: Subject) -> Iterator[str]:
    server = subject.read("parameters.server", "")
    if OF_EACH_NODE.match(server):
        yield f"is served by {server}, which is another server on each node"
    elif CLUSTER_DNS.search(server):
        yield f"is served by {server or 'nobody'}, which no node resolves"
