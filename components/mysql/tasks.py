"""Pods that come, do something in MySQL Shell, and end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.core.v1 import (
    ConfigMapVolumeSourceArgs,
    EmptyDirVolumeSourceArgs,
    KeyToPathArgs,
    PodSpecArgs,
    PodTemplateSpecArgs,
    SecretVolumeSourceArgs,
    VolumeArgs,
    VolumeMountArgs,
)
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

import versions
from components.pods.hardened import HardenedContainer, Resources, pod_spec
from planning.scheduling.workloads import MYSQL_TASK

from .innodb_cluster import InnoDbCluster

_SCRIPTS: Final = Path(__file__).parent / "scripts"
_SCRIPTS_MOUNT: Final = "/scripts"
SECRETS: Final = "/run/secrets"
# The user that the operator's image runs its own jobs as
# (https://github.com/mysql/mysql-operator/blob/trunk/mysqloperator/controller/backup/backup_objects.py).
_USER: Final = 27
_GRACE_SECONDS: Final = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """What such a pod does.

    :param script: a file beside this one.
    :param arguments: of the script.
    :param environment: of the script; no secrets.
    :param secrets: volumes with secrets, by the name of their directory below :data:`SECRETS`.
    """

    script: str
    arguments: Sequence[str] = ()
    environment: Mapping[str, pulumi.Input[str]]
    secrets: Mapping[str, VolumeArgs]


def secret_volume(name: str, secret: pulumi.Input[str], *items: KeyToPathArgs) -> VolumeArgs:
    """Returns the volume of a Secret of the cluster.

    :param items: which of its keys are files, and what these are called; none: all.
    """
    # Readable for the pod's group and nobody else.
    source = SecretVolumeSourceArgs(
        secret_name=secret, items=list(items) or None, default_mode=0o440
    )
    return VolumeArgs(name=name, secret=source)


def task_pod(
    name: str,
    task: Task,
    servers: InnoDbCluster,
    *,
    account: pulumi.Input[str],
    labels: Mapping[str, str],
    opts: pulumi.ResourceOptions,
) -> PodTemplateSpecArgs:
    """Creates the ConfigMap of the script, and returns the pod that runs it.

    :param servers: beside which it runs, on the same nodes.
    """
    script = kubernetes.core.v1.ConfigMap(
        name,
        # Named by Pulumi, so that a changed script is a new one.
        metadata=ObjectMetaArgs(namespace=servers.namespace, labels=labels),
        data={task.script: (_SCRIPTS / task.script).read_text(encoding="utf-8")},
        opts=opts,
    )
    container = HardenedContainer(
        name="mysqlsh",
        image=servers.images.of(versions.MYSQL_OPERATOR_IMAGE),
        command=["mysqlsh", "--py", f"--file={_SCRIPTS_MOUNT}/{task.script}"],
        args=task.arguments,
        environment={
            **task.environment,
            "MYSQLSH_USER_CONFIG_HOME": "/tmp",  # noqa: S108  a volume of the pod
            "MYSQLSH_CREDENTIAL_STORE_SAVE_PASSWORDS": "never",
        },
        resources=Resources.of(MYSQL_TASK.each, cpu_limit="1", memory_limit="1Gi"),
        mounts=[
            VolumeMountArgs(name="scripts", mount_path=_SCRIPTS_MOUNT, read_only=True),
            VolumeMountArgs(name="tmp", mount_path="/tmp"),  # noqa: S108  a volume of the pod
            *(
                VolumeMountArgs(name=volume.name, mount_path=f"{SECRETS}/{key}", read_only=True)
                for key, volume in task.secrets.items()
            ),
        ],
    )
    spec: PodSpecArgs = pod_spec(
        account,
        container,
        user_id=_USER,
        grace_seconds=_GRACE_SECONDS,
        ends=True,
        placement=servers.placement,
        volumes=[
            VolumeArgs(
                name="scripts", config_map=ConfigMapVolumeSourceArgs(name=script.metadata.name)
            ),
            VolumeArgs(name="tmp", empty_dir=EmptyDirVolumeSourceArgs(size_limit="256Mi")),
            *task.secrets.values(),
        ],
    )
    return PodTemplateSpecArgs(metadata=ObjectMetaArgs(labels=labels), spec=spec)
