"""A MySQL server of one application, with its own volume and generated passwords."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.core.v1 import (
    EmptyDirVolumeSourceArgs,
    ExecActionArgs,
    PodSpecArgs,
    SecretVolumeSourceArgs,
    VolumeArgs,
    VolumeMountArgs,
)

import versions
from components.pods.hardened import (
    HardenedContainer,
    Home,
    Probes,
    Resources,
    home_in,
    namespace,
    pod_spec,
)
from components.pods.placement import ANYWHERE, Placement
from components.pods.pod_network import PodPeer, pod_peer
from components.pods.single_server import DATA, PORT_NAME, single_server
from components.secrets.secret import Secret, SecretArgs, password
from components.secrets.store import SecretStore
from planning.scheduling.workloads import MYSQL

PORT: Final = 3306
# The user and group that MySQL's own image makes for it.
_MYSQL_USER: Final = 999
_SECRETS: Final = "/run/secrets/mysql"
_SECRETS_VOLUME: Final = "secrets"
_DATA_DIRECTORY: Final = "/var/lib/mysql"


@dataclass(frozen=True, kw_only=True, slots=True)
class MySqlArgs:
    """Inputs of :class:`MySql`.

    :param database: the name of the database and of the user who owns it.
    :param storage_class: the class of its volume: block storage, encrypted.
    :param volume_gib: size of its volume, in GiB.
    :param image: where its image is pulled from.
    :param client: the pods that may connect.
    :param placement: on which nodes its pod runs.
    :param secrets: what keeps its passwords; ``None``: a Secret in the cluster.
    :param depends_on: what must be there before it and outlive it: nodes, and the volume's driver.
    """

    database: str
    storage_class: pulumi.Input[str]
    volume_gib: int
    image: str = versions.MYSQL_IMAGE
    client: PodPeer
    placement: Placement = ANYWHERE
    secrets: SecretStore | None = None
    depends_on: Sequence[pulumi.Resource]


class MySql(pulumi.ComponentResource):
    """A MySQL server in a namespace of its own, which one application reaches.

    Creates two passwords, the namespace (restricted pods), the secret with them in the cluster or
    in a secret store, a service account without rights, a network policy that admits the client, a
    Service, and a StatefulSet of one hardened pod. The passwords are files in the pod and never
    variables; root logs in from inside of the pod only. ``ready`` is for others to wait for,
    ``peer`` is whom a client connects to. Outputs: ``host`` and ``password``, which is secret.
    """

    ready: kubernetes.apps.v1.StatefulSet
    peer: PodPeer
    host: str
    password: pulumi.Output[str]

    def __init__(
        self, name: str, args: MySqlArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:mysql:MySql", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        after = pulumi.ResourceOptions(parent=self, depends_on=list(args.depends_on))
        passwords = {key: password(f"{name}-{key}", child) for key in ("root", "user")}
        # On destroy the claim goes with its namespace, while the volume's driver still runs.
        space = namespace(name, opts=after)
        kept = None
        if args.secrets:
            kept = Secret(
                name,
                SecretArgs(
                    store=args.secrets,
                    namespace=name,
                    service_account=name,
                    values=passwords,
                    depends_on=[space],
                ),
                opts=child,
            )
        place = home_in(space, name, role_arn=kept.role_arn if kept else None, opts=child)
        secrets = kept.volume(_SECRETS_VOLUME) if kept else _in_cluster(place, passwords, child)
        self.ready = single_server(
            place,
            clients=[pod_peer(args.client.namespace, args.client.labels)],
            port=PORT,
            pod=_pod(args, place.account, secrets),
            storage_class=args.storage_class,
            volume_gib=args.volume_gib,
            opts=child,
            pod_opts=after,
        ).stateful_set
        self.peer = PodPeer(namespace=name, labels=place.labels, port=PORT)
        # Pods ask cluster DNS, and it is they who connect.
        self.host = f"{name}.{name}.svc"
        self.password = passwords["user"]
        self.register_outputs({"host": self.host, "password": self.password})


def _in_cluster(
    place: Home, passwords: Mapping[str, pulumi.Output[str]], opts: pulumi.ResourceOptions
) -> VolumeArgs:
    """Creates a Secret in the cluster and returns the volume with what is in it."""
    secret = kubernetes.core.v1.Secret(
        place.name, metadata=place.unnamed, string_data=dict(passwords), opts=opts
    )
    source = SecretVolumeSourceArgs(secret_name=secret.metadata.name, default_mode=0o440)
    return VolumeArgs(name=_SECRETS_VOLUME, secret=source)


def _pod(args: MySqlArgs, account: pulumi.Input[str], secrets: VolumeArgs) -> PodSpecArgs:
    directories = {"run": "/var/run/mysqld", "tmp": "/tmp"}  # noqa: S108  the container's own
    container = HardenedContainer(
        name="mysql",
        image=args.image,
        # A new volume is not empty: its file system has a lost+found.
        args=["mysqld", f"--datadir={_DATA_DIRECTORY}/data"],
        environment={
            "MYSQL_DATABASE": args.database,
            "MYSQL_USER": args.database,
            "MYSQL_PASSWORD_FILE": f"{_SECRETS}/user",
            "MYSQL_ROOT_PASSWORD_FILE": f"{_SECRETS}/root",
            "MYSQL_ROOT_HOST": "localhost",
        },
        port=(PORT_NAME, PORT),
        resources=Resources.of(MYSQL.each, cpu_limit="1", memory_limit="1Gi"),
        probes=Probes(
            # Over TCP, on which a server that is still making its database does not listen; it
            # answers to whoever asks, so that no password is needed.
            action={"exec_": ExecActionArgs(command=["mysqladmin", "ping", "--host=127.0.0.1"])},
            # The first start makes the database, which takes its time on a new volume.
            start=(5, 60),
            alive=(10, 6),
            timeout_seconds=3,
        ),
        mounts=[
            VolumeMountArgs(name=DATA, mount_path=_DATA_DIRECTORY),
            VolumeMountArgs(name=_SECRETS_VOLUME, mount_path=_SECRETS, read_only=True),
            *(VolumeMountArgs(name=key, mount_path=path) for key, path in directories.items()),
        ],
    )
    return pod_spec(
        account,
        container,
        user_id=_MYSQL_USER,
        # Long enough to write what it holds in memory.
        grace_seconds=60,
        volumes=[
            secrets,
            *(
                VolumeArgs(name=key, empty_dir=EmptyDirVolumeSourceArgs(size_limit="256Mi"))
                for key in directories
            ),
        ],
        placement=args.placement,
    )
