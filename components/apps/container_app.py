"""An application of the user's own: an image that keeps a few rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pulumi

from components.mysql.database import Database, DatabaseArgs
from components.mysql.innodb_cluster import InnoDbCluster
from components.pods.placement import ANYWHERE, Placement
from components.pods.pod_network import PodPeer
from components.secrets.store import SecretStore
from planning.shutdown import ShutdownBudget

from .delivery import Delivery
from .graceful_web_app import GracefulWebApp, GracefulWebAppArgs
from .web_app_exposure import Exposure
from .web_app_pods import Container, Resources, Scaling
from .web_app_volumes import Contents

# Where the files of its configuration are.
CONFIGURATION_DIRECTORY: Final = "/etc/configuration"
_PASSWORD_FILE: Final = "/run/secrets/database/password"  # noqa: S105  a path


@dataclass(frozen=True, kw_only=True, slots=True)
class ContainerAppArgs:
    """Inputs of :class:`ContainerApp`.

    :param image: with a tag or a digest. It listens on ``PORT`` for HTTP, keeps idle connections
        for ``KEEP_ALIVE_SECONDS``, and at SIGTERM ends within ``DRAIN_LIMIT_SECONDS`` after the
        requests under way; it writes to ``/tmp`` alone.
    :param environment: variables beside those; no secrets.
    :param servers: MySQL servers that have a database for it; with ``database``.
    :param database: the name of that database, and of the account that may use it alone; ``None``:
        it has none. ``DATABASE_HOST``, ``DATABASE_PORT``, ``DATABASE_NAME`` and ``DATABASE_USER``
        tell of it, and ``DATABASE_PASSWORD_FILE`` where the password is.
    :param secrets: what keeps the password; ``None``: a Secret in the cluster.
    :param configuration: texts by the name of their file in ``CONFIGURATION_DIRECTORY``. Another
        text makes new pods.

    The others are those of :class:`components.apps.web_app_pods.Container` and
    :class:`components.apps.graceful_web_app.GracefulWebAppArgs`.
    """

    image: str
    port: int
    health_path: str
    ready_path: str | None = None
    user_id: int
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    configuration: Mapping[str, str] = field(default_factory=dict[str, str])
    servers: InnoDbCluster | None = None
    database: str | None = None
    secrets: SecretStore | None = None
    resources: Resources
    scaling: Scaling
    exposure: Exposure
    shutdown: ShutdownBudget
    placement: Placement = ANYWHERE
    delivery: Delivery | None = None
    depends_on: Sequence[pulumi.Resource]


class ContainerApp(pulumi.ComponentResource):
    """A container of the user's own, told of its port and of the numbers of its graceful stop.

    Creates a :class:`components.apps.graceful_web_app.GracefulWebApp` of its name, and for one with
    a database a :class:`components.mysql.database.Database`. ``app`` is that
    one. Output: ``ingress_hostname``.
    """

    app: GracefulWebApp
    ingress_hostname: pulumi.Output[str]

    def __init__(
        self, name: str, args: ContainerAppArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:container_app:ContainerApp", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        database = _database(name, args, child)
        self.app = GracefulWebApp(
            name,
            GracefulWebAppArgs(
                container=Container(
                    image=args.image,
                    port=args.port,
                    health_path=args.health_path,
                    ready_path=args.ready_path,
                    user_id=args.user_id,
                    environment={**args.environment, **_told(args), **_told_of(database)},
                    resources=args.resources,
                ),
                contents=Contents(
                    files={
                        f"{CONFIGURATION_DIRECTORY}/{file}": text
                        for file, text in args.configuration.items()
                    },
                    secret_files={_PASSWORD_FILE: database.password} if database else {},
                ),
                secrets=args.secrets if database else None,
                reachable_pods=[database.peer] if database else [],
                scaling=args.scaling,
                exposure=args.exposure,
                shutdown=args.shutdown,
                placement=args.placement,
                delivery=args.delivery,
                # Before its account is there, a pod finds no database.
                depends_on=[*args.depends_on, *([database.ready] if database else [])],
            ),
            opts=child,
        )
        self.ingress_hostname = self.app.ingress_hostname
        self.register_outputs({"ingressHostname": self.ingress_hostname})


def _database(name: str, args: ContainerAppArgs, opts: pulumi.ResourceOptions) -> Database | None:
    if args.servers is None or args.database is None:
        return None
    # All of its namespace, which has a candidate's pods, too.
    client = PodPeer(namespace=name, labels={}, port=args.port)
    return Database(
        f"{name}-database",
        DatabaseArgs(servers=args.servers, database=args.database, client=client),
        opts=opts,
    )


def _told_of(database: Database | None) -> dict[str, str]:
    """Returns the variables that tell an application of its database."""
    if database is None:
        return {}
    return {
        "DATABASE_HOST": database.host,
        "DATABASE_PORT": str(database.port),
        "DATABASE_NAME": database.database,
        "DATABASE_USER": database.user,
        "DATABASE_PASSWORD_FILE": _PASSWORD_FILE,
    }


def _told(args: ContainerAppArgs) -> dict[str, str]:
    """Returns the variables by which the platform tells an application what to keep to."""
    told = {
        "PORT": str(args.port),
        "KEEP_ALIVE_SECONDS": str(args.shutdown.keep_alive_seconds),
        "DRAIN_LIMIT_SECONDS": str(args.shutdown.drain_limit_seconds),
    }
    return {
        **told,
        **({"CONFIGURATION_DIRECTORY": CONFIGURATION_DIRECTORY} if args.configuration else {}),
    }
