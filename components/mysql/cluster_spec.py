"""What an InnoDBCluster is to be, in the words of its definition.

The fields are those of
https://github.com/mysql/mysql-operator/blob/trunk/deploy/deploy-crds.yaml; ``offline/crds`` has the
schema of those that are used here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi

import versions
from components.pods.chart import resource_values
from components.pods.placement import Placement
from planning.images import Images
from planning.scheduling.amounts import Amounts
from planning.scheduling.workloads import MYSQL_ROUTERS, MYSQL_SERVERS, MYSQL_SIDECAR

# The name of the cluster is that of the routers' Service, too.
CLUSTER: Final = "mysql"
NAMESPACE: Final = "mysql"
# What the operator labels pods with
# (https://github.com/mysql/mysql-operator/blob/trunk/mysqloperator/controller/innodbcluster/cluster_objects.py
# and router_objects.py beside it).
_OF_CLUSTER: Final = {"mysql.oracle.com/cluster": CLUSTER, "tier": "mysql"}
SERVERS: Final = {**_OF_CLUSTER, "component": "mysqld"}
ROUTERS: Final = {**_OF_CLUSTER, "component": "mysqlrouter"}
# What group replication keeps of messages, in MiB: the least that it takes. Its default is 1 GiB
# beside everything else
# (https://dev.mysql.com/doc/refman/9.7/en/group-replication-options.html#sysvar_group_replication_message_cache_size).
_MESSAGE_CACHE_MIB: Final = 128
# Of the server's memory: the rest is for connections, the message cache and the server itself.
_BUFFER_POOL_SHARE: Final = 0.5
_REQUIRED: Final = "requiredDuringSchedulingIgnoredDuringExecution"


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerSize:
    """What each MySQL server is promised.

    :param cpu: thousandths of a core.
    :param memory: MiB, which it does not exceed either; half of it holds tables and indexes.
    """

    cpu: int = MYSQL_SERVERS.each.cpu - MYSQL_SIDECAR.cpu
    memory: int = MYSQL_SERVERS.each.memory - MYSQL_SIDECAR.memory


@dataclass(frozen=True, kw_only=True, slots=True)
class Tls:
    """Secrets of the namespace with certificates, which others put there.

    :param secret: the servers' certificate and key, of the type ``kubernetes.io/tls``.
    :param ca_secret: the authority's certificate, as ``ca.pem``.
    :param router_secret: the routers' certificate and key.
    """

    secret: str
    ca_secret: str
    router_secret: str


def cluster_spec(
    *,
    secret: pulumi.Input[str],
    instances: int,
    routers: int,
    volume_gib: int,
    storage_class: pulumi.Input[str],
    size: ServerSize,
    tls: Tls | None,
    images: Images,
    placement: Placement,
) -> dict[str, Any]:
    """Returns the spec of an InnoDBCluster.

    :param secret: name of the Secret with root's password.
    """
    certificates: dict[str, Any] = {"tlsUseSelfSigned": True}
    if tls:
        certificates = {"tlsSecretName": tls.secret, "tlsCASecretName": tls.ca_secret}
    server = Amounts(1, size.cpu, size.memory)
    return {
        "secretName": secret,
        **certificates,
        "version": versions.MYSQL_SERVER,
        "edition": "community",
        "imageRepository": images.of(versions.MYSQL_IMAGES),
        "instances": instances,
        "mycnf": _configuration(size),
        "datadirVolumeClaimTemplate": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": storage_class,
            "resources": {"requests": {"storage": f"{volume_gib}Gi"}},
        },
        "podSpec": {
            **_pod({"mysql": server, "sidecar": MYSQL_SIDECAR}, SERVERS, apart=True),
            **placement.chart_values(),
        },
        "router": {
            "instances": routers,
            "podSpec": {
                **_pod({"router": MYSQL_ROUTERS.each}, ROUTERS),
                **placement.chart_values(),
            },
            **({"tlsSecretName": tls.router_secret} if tls else {}),
        },
    }


def _configuration(size: ServerSize) -> str:
    pool = int(size.memory * _BUFFER_POOL_SHARE)
    return (
        "[mysqld]\n"
        f"innodb_buffer_pool_size={pool}M\n"
        f"loose_group_replication_message_cache_size={_MESSAGE_CACHE_MIB}M\n"
    )


def _pod(
    containers: Mapping[str, Amounts], labels: Mapping[str, str], *, apart: bool = False
) -> dict[str, Any]:
    """Returns what the operator adds to its own pods: it merges containers by their names.

    :param apart: whether no two of them may be on one node.
    """
    alike = {"labelSelector": {"matchLabels": dict(labels)}}
    alone = {"topologyKey": "kubernetes.io/hostname", **alike}
    zones = {"topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "DoNotSchedule"}
    return {
        "containers": [
            {"name": name, "resources": resource_values(each)} for name, each in containers.items()
        ],
        "topologySpreadConstraints": [{"maxSkew": 1, **zones, **alike}],
        **({"affinity": {"podAntiAffinity": {_REQUIRED: [alone]}}} if apart else {}),
    }
