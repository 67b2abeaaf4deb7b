"""What is kept: logs, files, volumes and images."""

import re
from collections.abc import Iterator
from typing import Final

from deployment.types import FILE_SYSTEM, LOG_GROUP, REPOSITORY, STORAGE_CLASS

from .reading import whole
from .registry import Option, Severity, Subject, rule
from .unseen import each

NFS: Final = "nfs.csi.k8s.io"
# Names that pods resolve and nodes, whose kubelets mount, do not.
CLUSTER_DNS: Final = re.compile(r"\.svc(\.|$)|\.cluster\.local$")
PROVISIONER_SECRET: Final = "csi.storage.k8s.io/provisioner-secret-name"  # noqa: S105  a key
PERMISSIONS: Final = ("0", "0750", "0770")


@rule(
    subjects=[LOG_GROUP],
    severity=Severity.LOW,
    sources=["CKV_AWS_66", "CKV_AWS_338", "R16", "R24"],
    remediation="Set eks-platform:cluster.logRetentionDays and "
    "eks-platform:network.flowLogRetentionDays.",
    options={
        "atLeastDays": Option(schema={"type": "number"}, default=1),
    },
)
def logs_kept_for_a_time(subject: Subject) -> Iterator[str]:
    """Logs without retention are paid for for ever; with too short a one they are gone too soon."""
    days, least = subject.read("retentionInDays"), subject.options["atLeastDays"]
    if not days:
        yield "keeps its logs for ever"
    elif days < least:
        yield f"keeps its logs for {whole(days)} days, and {whole(least)} are asked for"


@rule(
    subjects=[LOG_GROUP],
    severity=Severity.MEDIUM,
    sources=["CKV_AWS_158"],
    remediation="Give the log group a KMS key.",
)
def logs_encrypted(subject: Subject) -> Iterator[str]:
    """Audit logs hold names, addresses and requests; a key of yours decides who reads them."""
    if not subject.read("kmsKeyId"):
        yield "has no KMS key of yours"


@rule(
    subjects=[FILE_SYSTEM],
    severity=Severity.HIGH,
    sources=["CKV_AWS_42", "R37"],
    remediation="Keep encrypted=True in components/storage/nfs_storage.py.",
)
def files_encrypted(subject: Subject) -> Iterator[str]:
    """A file system in clear cannot be encrypted later."""
    if not subject.read("encrypted"):
        yield "is in clear"


@rule(
    subjects=[REPOSITORY],
    severity=Severity.MEDIUM,
    sources=["CKV_AWS_163", "CKV_AWS_51"],
    remediation="Set image_scanning_configuration and image_tag_mutability of the repository.",
)
def registries_scan_and_keep_tags(subject: Subject) -> Iterator[str]:
    """A tag that can be moved runs something else tomorrow; an unscanned image runs anything."""
    if not subject.read("imageScanningConfiguration.scanOnPush"):
        yield "does not scan images"
    if not str(subject.read("imageTagMutability", "MUTABLE")).startswith("IMMUTABLE"):
        yield "lets tags be moved"


@rule(
    subjects=[STORAGE_CLASS],
    severity=Severity.HIGH,
    sources=["R35", "R36"],
    remediation="Keep NfsStorage in components/storage/nfs_storage.py, and set "
    "eks-platform:nfs.reclaimPolicy and eks-platform:nfs.onDelete.",
)
def nfs_volumes_by_decision(subject: Subject) -> Iterator[str]:
    """What an NFS class leaves out is decided by defaults that lose data or never mount."""
    if subject.read("provisioner") != NFS:
        return
    yield from each(_of_mounts(subject), _of_secrets(subject), _of_servers(subject))


def _of_mounts(subject: Subject) -> Iterator[str]:
    options = subject.items("mountOptions")
    parameters = subject.read("parameters", {})
    if not any(option.startswith("nfsvers=") for option in options):
        yield "pins no nfsvers"
    if "hard" not in options:
        yield "does not mount hard, so that writes can be lost in silence"
    if not subject.read("reclaimPolicy"):
        yield "has no reclaimPolicy"
    if not parameters.get("onDelete"):
        yield "has no onDelete"
    if parameters.get("mountPermissions", "0777") not in PERMISSIONS:
        yield f"opens volumes with mode {parameters.get('mountPermissions', '0777')}"


def _of_secrets(subject: Subject) -> Iterator[str]:
    if not subject.read(("parameters", PROVISIONER_SECRET)):
        yield "deletes volumes without its mount options: it names no provisioner secret"


def _of_servers(subject: Subject) -> Iterator[str]:
    server = subject.read("parameters.server", "")
    if CLUSTER_DNS.search(server):
        yield f"is served by {server}, which no node resolves"
