"""MySQL as a stack asks for it: the operator, the servers, and their dumps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any, Protocol, TypeVar

import pulumi

from components.pods.placement import Placement
from components.secrets.store import SecretStore
from components.storage.backends import StorageContext
from components.storage.ebs_storage import EbsStorage
from planning.layout import blocks_of

from .cluster_spec import NAMESPACE, SERVERS, ServerSize, Tls
from .dumps import Dumps, DumpsArgs
from .innodb_cluster import InnoDbCluster, InnoDbClusterArgs
from .network import PodSet
from .operator import MySqlOperator, MySqlOperatorArgs

T = TypeVar("T")


class Wanted(Protocol):
    """A section of a stack, which gives its values to the arguments of components."""

    def values(self, kind: Callable[..., T], **given: Any) -> T:
        """Returns arguments of a component, from the section's own values and the given ones."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class MySqlWanted:
    """What a stack asks for.

    :param cluster: values of :class:`InnoDbClusterArgs`.
    :param backup: values of :class:`DumpsArgs`.
    :param services: where the addresses of Services are.
    """

    cluster: Wanted
    backup: Wanted
    size: ServerSize
    tls: Tls | None
    placement: Placement
    services: Sequence[IPv4Network]


@dataclass(frozen=True, kw_only=True, slots=True)
class MySqlService:
    """MySQL that is there.

    :param servers: for whom a database is made on them.
    :param bucket: the name of the bucket of dumps.
    """

    servers: InnoDbCluster
    bucket: pulumi.Output[str]


def mysql_service(
    context: StorageContext, wanted: MySqlWanted, store: SecretStore, ebs: EbsStorage
) -> MySqlService:
    """Creates the operator, the servers, and their dumps."""
    api = [*blocks_of(context.network.layout, "control-plane").values(), *wanted.services]
    operator = MySqlOperator(
        "mysql-operator",
        MySqlOperatorArgs(
            images=context.images,
            api_server=api,
            servers=PodSet(namespace=NAMESPACE, labels=SERVERS),
            depends_on=context.depends_on,
        ),
        opts=context.options,
    )
    servers = InnoDbCluster(
        "mysql",
        wanted.cluster.values(
            InnoDbClusterArgs,
            store=store,
            size=wanted.size,
            tls=wanted.tls,
            images=context.images,
            placement=wanted.placement,
            api_server=api,
            volume_driver=ebs.driver,
            operator=operator.release,
        ),
        opts=context.options,
    )
    dumps = Dumps(
        "mysql-dumps",
        wanted.backup.values(
            DumpsArgs, servers=servers, oidc=context.cluster.oidc, place=context.place
        ),
        opts=context.options,
    )
    return MySqlService(servers=servers, bucket=dumps.bucket)
