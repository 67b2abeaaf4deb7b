"""WordPress, an application that needs shared files: what is uploaded to one pod all must have."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi

import versions
from components.mysql.database import Database, DatabaseArgs
from components.mysql.innodb_cluster import InnoDbCluster
from components.pods.hardened import LABEL
from components.pods.placement import ANYWHERE, Placement
from components.pods.pod_network import PodPeer
from components.secrets.secret import password
from components.secrets.store import SecretStore
from planning.images import AS_NAMED, Images
from planning.scheduling import workloads
from planning.shutdown import ShutdownBudget

from .apache_config import DOCUMENT_ROOT, HEALTH_PATH, PORT, apache_environment, apache_files
from .graceful_web_app import GracefulWebApp, GracefulWebAppArgs
from .mysql import MySql, MySqlArgs
from .web_app_exposure import Exposure
from .web_app_pods import Container, Resources, Scaling
from .web_app_volumes import SCRATCH_DIRECTORY, Contents, SharedVolume

# www-data of Debian, as which the image's Apache runs.
_WEB_USER: Final = 33
_SECRETS: Final = "/run/secrets/wordpress"
# One for each cookie and form that WordPress signs: all replicas must have the same
# (https://developer.wordpress.org/advanced-administration/security/logging-in/).
_KEYS: Final = tuple(
    f"{use}_{kind}"
    for use in ("AUTH", "SECURE_AUTH", "LOGGED_IN", "NONCE")
    for kind in ("KEY", "SALT")
)
# Servers of many applications take connections with TLS alone
# (https://github.com/WordPress/wordpress-develop/blob/trunk/src/wp-includes/class-wpdb.php).
_TLS: Final = "define('MYSQL_CLIENT_FLAGS', MYSQLI_CLIENT_SSL);"
_SCALING: Final = Scaling(
    min_replicas=workloads.WORDPRESS.count, max_replicas=workloads.WORDPRESS_MOST
)


@dataclass(frozen=True, kw_only=True, slots=True)
class WordPressArgs:
    """Inputs of :class:`WordPress`.

    :param shared_class: a class whose volumes many nodes may write to.
    :param content_gib: what is asked of it, in GiB.
    :param servers: MySQL servers for its database; ``None``: it gets one of its own.
    :param volume_class: a class of volumes for one pod, for a database of its own.
    :param database_gib: size of that database's volume, in GiB.
    :param images: where its images are pulled from.
    :param placement: on which nodes its pods run, and its database's.
    :param secrets: what keeps its passwords, keys and salts; ``None``: Secrets in the cluster.
    :param controller: the load balancer controller's release, which must outlive the Ingress.
    :param volume_driver: what must be there before its own database and outlive it.

    The others are those of :class:`components.apps.graceful_web_app.GracefulWebAppArgs`.
    """

    shared_class: pulumi.Input[str]
    content_gib: int
    servers: InnoDbCluster | None = None
    volume_class: pulumi.Input[str]
    database_gib: int
    images: Images = AS_NAMED
    secrets: SecretStore | None = None
    exposure: Exposure
    shutdown: ShutdownBudget
    placement: Placement = ANYWHERE
    controller: pulumi.Resource
    volume_driver: Sequence[pulumi.Resource]


class WordPress(pulumi.ComponentResource):
    """Three replicas that share uploads, themes and plugins, with a database.

    Creates a :class:`components.apps.mysql.MySql`, or a
    :class:`components.mysql.database.Database` on servers that are there, WordPress's keys and
    salts, and a :class:`components.apps.graceful_web_app.GracefulWebApp`. WordPress itself comes
    from the image and is not shared, so that another image is another version. Output:
    ``ingress_hostname``. ``app`` is the web application.
    """

    app: GracefulWebApp
    ingress_hostname: pulumi.Output[str]

    def __init__(
        self, name: str, args: WordPressArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:wordpress:WordPress", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        database = _database(name, args, child)
        secrets = {"DB_PASSWORD": database.password} | {
            key: password(f"{name}-{key.lower().replace('_', '-')}", child) for key in _KEYS
        }
        self.app = GracefulWebApp(
            name,
            GracefulWebAppArgs(
                container=Container(
                    image=args.images.of(versions.WORDPRESS_IMAGE),
                    port=PORT,
                    health_path=HEALTH_PATH,
                    user_id=_WEB_USER,
                    environment={
                        **apache_environment(SCRATCH_DIRECTORY),
                        "WORDPRESS_DB_HOST": database.host,
                        "WORDPRESS_DB_NAME": "wordpress",
                        "WORDPRESS_DB_USER": "wordpress",
                        **({"WORDPRESS_CONFIG_EXTRA": _TLS} if args.servers else {}),
                        **{f"WORDPRESS_{key}_FILE": f"{_SECRETS}/{key}" for key in secrets},
                    },
                    resources=Resources.of(
                        workloads.WORDPRESS.each, cpu_limit="1", memory_limit="512Mi"
                    ),
                ),
                contents=Contents(
                    files=apache_files(args.shutdown),
                    secret_files={f"{_SECRETS}/{key}": text for key, text in secrets.items()},
                    shared={
                        f"{DOCUMENT_ROOT}/wp-content": SharedVolume(
                            storage_class=args.shared_class, size_gib=args.content_gib
                        )
                    },
                    # The image copies WordPress to here.
                    writable={DOCUMENT_ROOT: "512Mi"},
                ),
                secrets=args.secrets,
                scaling=_SCALING,
                exposure=args.exposure,
                reachable_pods=[database.peer],
                shutdown=args.shutdown,
                placement=args.placement,
                depends_on=[args.controller, database.ready],
            ),
            opts=child,
        )
        self.ingress_hostname = self.app.ingress_hostname
        self.register_outputs({"ingressHostname": self.ingress_hostname})


def _database(name: str, args: WordPressArgs, opts: pulumi.ResourceOptions) -> MySql | Database:
    client = PodPeer(namespace=name, labels={LABEL: name}, port=PORT)
    if args.servers:
        return Database(
            f"{name}-database",
            DatabaseArgs(servers=args.servers, database="wordpress", client=client),
            opts=opts,
        )
    return MySql(
        f"{name}-mysql",
        MySqlArgs(
            database="wordpress",
            storage_class=args.volume_class,
            volume_gib=args.database_gib,
            image=args.images.of(versions.MYSQL_IMAGE),
            client=client,
            placement=args.placement,
            secrets=args.secrets,
            depends_on=args.volume_driver,
        ),
        opts=opts,
    )
