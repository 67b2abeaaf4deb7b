"""A MySQL server of one application, with its own volume and generated passwords."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_kubernetes as kubernetes
import pulumi_random as random
from pulumi_kubernetes.core.v1 import (
    CapabilitiesArgs,
    ContainerArgs,
    ContainerPortArgs,
    EmptyDirVolumeSourceArgs,
    EnvVarArgs,
    ExecActionArgs,
    PodSecurityContextArgs,
    PodSpecArgs,
    ProbeArgs,
    ResourceRequirementsArgs,
    SeccompProfileArgs,
    SecretVolumeSourceArgs,
    SecurityContextArgs,
    VolumeArgs,
    VolumeMountArgs,
)
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

import versions
from components.pods.pod_network import PodPeer, cluster_ip_service, network_policy, pod_peer
from components.pods.single_server import DATA, stateful_set

PORT: Final = 3306
# Letters and digits, 62 of them: 190 bits.
PASSWORD_LENGTH: Final = 32
# The user and group that MySQL's own image makes for it.
_MYSQL_USER: Final = 999
_SECRETS: Final = "/run/secrets/mysql"
_DATA_DIRECTORY: Final = "/var/lib/mysql"


@dataclass(frozen=True, kw_only=True, slots=True)
class MySqlArgs:
    """Inputs of :class:`MySql`.

    :param database: the name of the database and of the user who owns it.
    :param storage_class: the class of its volume: block storage, encrypted.
    :param volume_gib: size of its volume, in GiB.
    :param client: the pods that may connect.
    :param after: what must be there before it and outlive it: nodes, and the volume's driver.
    """

    database: str
    storage_class: pulumi.Input[str]
    volume_gib: int
    client: PodPeer
    after: Sequence[pulumi.Resource]


class MySql(pulumi.ComponentResource):
    """A MySQL server in a namespace of its own, which one application reaches.

    Creates two passwords, the namespace (restricted pods), the secret with them, a service account
    without rights, a network policy that admits the client, a Service, and a StatefulSet of one
    hardened pod. The passwords are files in the pod and never variables; root logs in from inside
    of the pod only. ``server`` is for others to wait for, ``peer`` is whom a client connects to.
    Outputs: ``host`` and ``password``, which is secret.
    """

    server: kubernetes.apps.v1.StatefulSet
    peer: PodPeer
    host: str
    password: pulumi.Output[str]

    def __init__(
        self, name: str, args: MySqlArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:mysql:MySql", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        after = pulumi.ResourceOptions(parent=self, depends_on=list(args.after))
        labels = {"app.kubernetes.io/name": name}
        passwords = {
            key: random.RandomPassword(
                f"{name}-{key}", length=PASSWORD_LENGTH, special=False, opts=child
            ).result
            for key in ("root", "user")
        }
        # On destroy the claim goes with its namespace, while the volume's driver still runs.
        namespace = _namespace(name, labels, after).metadata.name
        metadata = ObjectMetaArgs(name=name, namespace=namespace, labels=labels)
        secret = kubernetes.core.v1.Secret(
            name,
            metadata=ObjectMetaArgs(namespace=namespace, labels=labels),
            string_data=passwords,
            opts=child,
        )
        account = kubernetes.core.v1.ServiceAccount(
            name, metadata=metadata, automount_service_account_token=False, opts=child
        )
        network_policy(
            name,
            metadata,
            labels,
            clients=[pod_peer(args.client.namespace, args.client.labels)],
            port=PORT,
            opts=child,
        )
        service = cluster_ip_service(
            name, metadata, labels, port_name="server", port=PORT, opts=child
        )
        self.server = stateful_set(
            name,
            metadata,
            labels,
            service_name=service.metadata.name,
            pod=_pod(args.database, account.metadata.name, secret.metadata.name),
            storage_class=args.storage_class,
            volume_gib=args.volume_gib,
            opts=after,
        )
        self.peer = PodPeer(namespace=name, labels=labels, port=PORT)
        # Pods ask cluster DNS, and it is they who connect.
        self.host = f"{name}.{name}.svc"
        self.password = passwords["user"]
        self.register_outputs({"host": self.host, "password": self.password})


def _namespace(
    name: str, labels: Mapping[str, str], opts: pulumi.ResourceOptions
) -> kubernetes.core.v1.Namespace:
    levels = {
        f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn", "audit")
    }
    return kubernetes.core.v1.Namespace(
        name, metadata=ObjectMetaArgs(name=name, labels={**labels, **levels}), opts=opts
    )


def _pod(database: str, account: pulumi.Input[str], secret: pulumi.Input[str]) -> PodSpecArgs:
    directories = {"run": "/var/run/mysqld", "tmp": "/tmp"}  # noqa: S108  the container's own
    return PodSpecArgs(
        service_account_name=account,
        automount_service_account_token=False,
        enable_service_links=False,
        # Long enough to write what it holds in memory.
        termination_grace_period_seconds=60,
        security_context=PodSecurityContextArgs(
            run_as_non_root=True,
            run_as_user=_MYSQL_USER,
            run_as_group=_MYSQL_USER,
            fs_group=_MYSQL_USER,
            fs_group_change_policy="OnRootMismatch",
            seccomp_profile=SeccompProfileArgs(type="RuntimeDefault"),
        ),
        containers=[_container(database, directories)],
        volumes=[
            VolumeArgs(
                name="secrets",
                secret=SecretVolumeSourceArgs(secret_name=secret, default_mode=0o440),
            ),
            *(
                VolumeArgs(name=key, empty_dir=EmptyDirVolumeSourceArgs(size_limit="256Mi"))
                for key in directories
            ),
        ],
    )


def _container(database: str, directories: Mapping[str, str]) -> ContainerArgs:
    environment = {
        "MYSQL_DATABASE": database,
        "MYSQL_USER": database,
        "MYSQL_PASSWORD_FILE": f"{_SECRETS}/user",
        "MYSQL_ROOT_PASSWORD_FILE": f"{_SECRETS}/root",
        "MYSQL_ROOT_HOST": "localhost",
    }
    return ContainerArgs(
        name="mysql",
        image=versions.MYSQL_IMAGE,
        image_pull_policy="IfNotPresent",
        # A new volume is not empty: its file system has a lost+found.
        args=["mysqld", f"--datadir={_DATA_DIRECTORY}/data"],
        env=[EnvVarArgs(name=key, value=value) for key, value in sorted(environment.items())],
        ports=[ContainerPortArgs(name="server", container_port=PORT, protocol="TCP")],
        # Room for a small site.
        resources=ResourceRequirementsArgs(
            requests={"cpu": "250m", "memory": "512Mi"}, limits={"cpu": "1", "memory": "1Gi"}
        ),
        # The first start makes the database, which takes its time on a new volume.
        startup_probe=_probe(period_seconds=5, failure_threshold=60),
        readiness_probe=_probe(period_seconds=5, failure_threshold=2),
        liveness_probe=_probe(period_seconds=10, failure_threshold=6),
        security_context=SecurityContextArgs(
            allow_privilege_escalation=False,
            read_only_root_filesystem=True,
            run_as_non_root=True,
            capabilities=CapabilitiesArgs(drop=["ALL"]),
        ),
        volume_mounts=[
            VolumeMountArgs(name=DATA, mount_path=_DATA_DIRECTORY),
            VolumeMountArgs(name="secrets", mount_path=_SECRETS, read_only=True),
            *(VolumeMountArgs(name=key, mount_path=path) for key, path in directories.items()),
        ],
    )


def _probe(*, period_seconds: int, failure_threshold: int) -> ProbeArgs:
    return ProbeArgs(
        # Over TCP, on which a server that is still making its database does not listen; it answers
        # to whoever asks, so that no password is needed.
        exec_=ExecActionArgs(command=["mysqladmin", "ping", "--host=127.0.0.1"]),
        period_seconds=period_seconds,
        timeout_seconds=3,
        failure_threshold=failure_threshold,
    )
