"""Volumes on a server of files."""

import re
from collections.abc import Iterator
from typing import Final

from pulumi_policy.proxy import UnknownValueError

from deployment.types import PERSISTENT_VOLUME, RELEASE, STORAGE_CLASS
from policy.catalogue import Severity, Subject, rule
from policy.charts import chart
from policy.reading import number, whole
from policy.unknown import UnreadableError, each

PROVISIONER: Final = "nfs.csi.k8s.io"
DRIVER: Final = "csi-driver-nfs"
# Names that pods resolve and nodes, whose kubelets mount, do not: those of cluster DNS, and short
# ones.
CLUSTER_DNS: Final = re.compile(r"\.svc(\.|$)|\.cluster\.local\.?$|^[^.:]*$")
# Loopback and link-local addresses.
OF_EACH_NODE: Final = re.compile(r"127\.|169\.254\.|::1$|fe80:|localhost$", re.IGNORECASE)
PROVISIONER_SECRET: Final = "csi.storage.k8s.io/provisioner-secret-"  # noqa: S105  a key
# The annotation that had a volume's mount options before they had a place of their own
# (https://kubernetes.io/docs/concepts/storage/persistent-volumes/#mount-options).
OPTIONS: Final = ("metadata", "annotations", "volume.beta.kubernetes.io/mount-options")
# What anybody may do with a file of that mode: write.
_WRITTEN_BY_OTHERS: Final = 0o002
_MODE: Final = re.compile(r"[0-7]{1,5}")
# What nfs(5) calls the same; of options that contradict each other the last one counts
# (https://man7.org/linux/man-pages/man5/nfs.5.html).
_VERSIONS: Final = ("nfsvers", "vers")
_ENDLESS: Final = {"hard": True, "soft": False, "softerr": False}
_LOCKS: Final = {"lock": True, "nolock": False}
_FIRST_WITH_LOCKS: Final = 4


@rule([STORAGE_CLASS, PERSISTENT_VOLUME, RELEASE], Severity.HIGH, "R35", "R36")
def nfs_volumes_by_decision(subject: Subject) -> Iterator[str]:
    """What an NFS class leaves out is decided by defaults that lose data or never mount.

    Pin nfsvers in mountOptions and leave soft and nolock out; of a class set reclaimPolicy,
    parameters.onDelete, parameters.server to what nodes resolve, and the provisioner secret with
    the mount options
    (https://github.com/kubernetes-csi/csi-driver-nfs/blob/master/docs/driver-parameters.md).

    Keep NfsStorage in components/storage/nfs_storage.py, and set eks-platform:nfs.reclaimPolicy
    and eks-platform:nfs.onDelete.
    """
    if subject.resource.type == RELEASE:
        yield from _of_driver(subject)
    elif subject.resource.type == PERSISTENT_VOLUME:
        if server := _server_of(subject):
            options = [*subject.texts("spec.mountOptions"), subject.text(OPTIONS)]
            yield from each(_of_mounts(options), _of_server(subject, server))
    elif subject.text("provisioner") == PROVISIONER:
        yield from each(
            _of_mounts(subject.texts("mountOptions")),
            _of_volumes(subject),
            _of_secrets(subject),
            _of_server(subject, "parameters.server"),
        )


def _server_of(subject: Subject) -> str:
    """Returns where a volume on a server of files names the server, whatever mounts it."""
    if subject.read("spec.nfs") is not None:
        return "spec.nfs.server"
    by_driver = subject.text("spec.csi.driver") == PROVISIONER
    return "spec.csi.volumeAttributes.server" if by_driver else ""


def _of_mounts(options: list[str]) -> Iterator[str]:
    version, is_endless, locks = "", True, True
    # One item may hold several, as on a command line.
    for option in ",".join(options).split(","):
        key, _, value = option.strip().partition("=")
        if key in _VERSIONS:
            version = value
        elif re.fullmatch(r"v[234](\.\d)?", key):
            version = key.removeprefix("v")
        is_endless, locks = _ENDLESS.get(key, is_endless), _LOCKS.get(key, locks)
    if not version:
        yield "pins no nfsvers"
    if not is_endless:
        yield "does not mount hard, so that writes can be lost unnoticed"
    if not locks and version and number({"nfsvers": version}, "nfsvers") >= _FIRST_WITH_LOCKS:
        yield "has nolock, which NFS 4 does not know"
    elif not locks:
        yield "has nolock, so that each node takes locks of its own"


def _of_volumes(subject: Subject) -> Iterator[str]:
    if not subject.text("reclaimPolicy"):
        yield "has no reclaimPolicy"
    # What is retained, the driver never deletes.
    if not _is_retained(subject) and not subject.text("parameters.onDelete"):
        yield "has no onDelete"
    yield from _of_mode(subject, "parameters.mountPermissions")
    if "${pv" not in subject.text("parameters.subDir", "${pv.metadata.name}"):
        yield "puts all volumes into one directory"


def _of_driver(subject: Subject) -> Iterator[str]:
    """Yields what the driver's chart decides for the classes that say nothing."""
    if chart(subject.resource) == DRIVER:
        yield from _of_mode(subject, "values.driver.mountPermissions")


def _of_mode(subject: Subject, path: str) -> Iterator[str]:
    # Nothing, and 0, leave the mode to the server.
    mode = str(whole(subject.read(path, "0")))
    if not _MODE.fullmatch(mode):
        raise UnreadableError(f"{path} is no mode such as 0770")
    if int(mode, 8) & _WRITTEN_BY_OTHERS:
        yield f"opens volumes with mode {mode}"


def _of_secrets(subject: Subject) -> Iterator[str]:
    missing = [key for key in ("name", "namespace") if not _is_given(subject, key)]
    if missing and not _is_retained(subject):
        what = "" if "name" in missing else ", or not its namespace"
        yield f"deletes volumes without its mount options: it names no provisioner secret{what}"


def _is_given(subject: Subject, key: str) -> bool:
    """Returns whether the secret is named: a name that is not known yet is one."""
    try:
        return bool(subject.text(("parameters", f"{PROVISIONER_SECRET}{key}")))
    except UnreadableError:
        raise
    except UnknownValueError:
        return True


def _is_retained(subject: Subject) -> bool:
    return subject.text("reclaimPolicy") == "Retain"


def _of_server(subject: Subject, path: str) -> Iterator[str]:
    server = subject.text(path)
    if OF_EACH_NODE.match(server):
        yield f"is served by {server}, which is another server on each node"
    elif CLUSTER_DNS.search(server):
        yield f"is served by {server or 'nobody'}, which no node resolves"
