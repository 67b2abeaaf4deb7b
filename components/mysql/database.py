"""A database of one application, with an account that may use it alone."""

from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.pods.pod_network import PodPeer
from components.secrets.secret import password

from .cluster_spec import CLUSTER, NAMESPACE, ROUTERS
from .innodb_cluster import SERVER_PORT, TASKS, WRITE_PORT, InnoDbCluster
from .network import PodSet, serves
from .tasks import SECRETS, Task, secret_volume, task_pod

# The routers' Service, on the port that leads to the server that takes writes.
HOST: Final = f"{CLUSTER}.{NAMESPACE}.svc"
PORT: Final = SERVER_PORT
# As often as the servers may be about to choose another primary.
_RETRIES: Final = 6
_PATIENCE_SECONDS: Final = 1800


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountArgs:
    """Inputs of :class:`Account`.

    :param account: its name: a letter, then letters, digits and ``_``, 32 at most.
    :param database: the database that it may use; empty: none of its own.
    :param privileges: what it may do with the database, or else with all of them.
    """

    servers: InnoDbCluster
    account: str
    database: str = ""
    privileges: str = "ALL PRIVILEGES"


class Account(pulumi.ComponentResource):
    """An account of MySQL with a generated password, made by a Job as root.

    Creates the password, the Secret with it in MySQL's namespace, and the Job. A changed password
    is a new Job. The account stays when the resource goes. Outputs: ``password`` and ``secret``,
    the name of the Secret, which has it as ``password``. ``ready`` is for others to wait for.
    """

    password: pulumi.Output[str]
    secret: pulumi.Output[str]
    ready: kubernetes.batch.v1.Job

    def __init__(
        self, name: str, args: AccountArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:mysql:Account", name, None, opts)
        child, namespace = pulumi.ResourceOptions(parent=self), args.servers.namespace
        self.password = password(name, child)
        self.secret = kubernetes.core.v1.Secret(
            name,
            metadata=ObjectMetaArgs(namespace=namespace),
            string_data={"password": self.password},
            opts=child,
        ).metadata.name
        root = args.servers.root
        task = Task(
            script="accounts.py",
            environment={
                "MYSQL_HOST": HOST,
                "MYSQL_PORT": str(PORT),
                "ACCOUNT": args.account,
                "DATABASE": args.database,
                "PRIVILEGES": args.privileges,
                "ROOT_PASSWORD_FILE": f"{SECRETS}/root/{root.files['rootPassword']}",
                "PASSWORD_FILE": f"{SECRETS}/account/password",
            },
            secrets={"root": root.volume("root"), "account": secret_volume("account", self.secret)},
        )
        pod = task_pod(
            name, task, args.servers, account=args.servers.admin, labels=TASKS, opts=child
        )
        self.ready = kubernetes.batch.v1.Job(
            name,
            metadata=ObjectMetaArgs(namespace=namespace, labels=TASKS),
            spec=kubernetes.batch.v1.JobSpecArgs(
                backoff_limit=_RETRIES, active_deadline_seconds=_PATIENCE_SECONDS, template=pod
            ),
            # Before the servers answer there is nobody to make an account, and without a policy its
            # pod does not get there.
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[args.servers.servers, args.servers.ways_of_tasks]
            ),
        )
        self.register_outputs({"password": self.password, "secret": self.secret})


@dataclass(frozen=True, kw_only=True, slots=True)
class DatabaseArgs:
    """Inputs of :class:`Database`.

    :param database: the name of the database and of the account, as :class:`AccountArgs` has it.
    :param client: the pods that may connect.
    """

    servers: InnoDbCluster
    database: str
    client: PodPeer


class Database(pulumi.ComponentResource):
    """A database, its account, and the way from one application to it.

    Creates an :class:`Account` and the network policy that admits the application to the routers.
    The account takes connections with TLS alone. ``ready`` is for others to wait for; ``peer`` is
    whom the client connects to. Outputs: ``host``, ``port``, ``database``, ``user`` and
    ``password``, which is secret.
    """

    host: str
    port: int
    database: str
    user: str
    password: pulumi.Output[str]
    peer: PodPeer
    ready: pulumi.Resource

    def __init__(
        self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:mysql:Database", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        account = Account(
            name,
            AccountArgs(servers=args.servers, account=args.database, database=args.database),
            opts=child,
        )
        client = PodSet(namespace=args.client.namespace, labels=args.client.labels)
        serves(
            name,
            PodSet(namespace=args.servers.namespace, labels=ROUTERS),
            ingress=[client.admits(WRITE_PORT)],
            opts=child,
        )
        self.host, self.port = HOST, PORT
        self.database = self.user = args.database
        self.password, self.ready = account.password, account.ready
        # Where a connection ends: the Service's own port stands for this one.
        self.peer = PodPeer(namespace=NAMESPACE, labels=ROUTERS, port=WRITE_PORT)
        self.register_outputs({"host": self.host, "password": self.password})
