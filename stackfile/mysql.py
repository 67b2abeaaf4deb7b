"""The section about MySQL by its operator."""

from typing import Annotated, Final, Literal

from pydantic import Field

import versions
from planning.quantities import mebibytes, millicores
from planning.scheduling.amounts import Amounts, pod
from planning.scheduling.workloads import MYSQL_SERVERS, MYSQL_SIDECAR

from .checks import Check, one_of, text
from .infrastructure import NetworkSettings
from .placed import PlacedSection
from .reach import unreachable
from .section import Earlier, Errors, FollowsError, Section
from .storage import ReclaimPolicy
from .types import Cpu, GiB, Memory
from .workloads import FEWEST_REPLICAS

# A majority of an odd number outlives as many servers as one of the next even number, and the
# operator takes 9 at most (`instances` of
# https://github.com/mysql/mysql-operator/blob/trunk/deploy/deploy-crds.yaml).
_INSTANCES: Final = (3, 5, 7, 9)
# Less, and the server does not start beside its message cache.
_LEAST_MEMORY: Final = 1024
_SERVER: Final = pod(
    cpu=MYSQL_SERVERS.each.cpu - MYSQL_SIDECAR.cpu,
    memory=MYSQL_SERVERS.each.memory - MYSQL_SIDECAR.memory,
)
# https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
_PART: Final = r"(\*|[0-9A-Za-z]+(-[0-9A-Za-z]+)?)(/[0-9]+)?"
_FIELD: Final = rf"{_PART}(,{_PART})*"
Schedule = Annotated[
    str,
    text(
        rf"@(hourly|daily|midnight|weekly|monthly)|{_FIELD}( {_FIELD}){{4}}",
        "must be a time as cron has it: minute, hour, day of the month, month and day of the week, "
        "such as 0 2 * * *, or @daily",
    ),
]
OwnClass = Annotated[
    str,
    text(
        "gp3",
        "must be gp3, volumes of EBS: the servers copy their data to one another, and on NFS each "
        "write waits for the network twice, and the locks of a server that crashed keep the next "
        "one from starting",
    ),
]
SecretName = Annotated[
    str,
    text(
        r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?",
        "must be the name of a Secret: a-z, 0-9, '-' and '.'",
    ),
]


def _too_little(memory: str) -> str | None:
    least = f"must be at least {_LEAST_MEMORY}Mi, of which half is for tables and indexes"
    return f"{least}, got {memory!r}" if mebibytes(memory) < _LEAST_MEMORY else None


class MysqlTlsSettings(Section):
    """``mysql.tls``: certificates of yours, in Secrets of the namespace mysql."""

    secret: SecretName = Field(examples=["mysql-servers-tls"])
    """The servers' certificate and key, of the type kubernetes.io/tls, for
    *.mysql-instances.mysql.svc.cluster.local."""
    ca_secret: SecretName = Field(examples=["mysql-ca"])
    """The authority's certificate, as ca.pem."""
    router_secret: SecretName = Field(examples=["mysql-routers-tls"])
    """The routers' certificate and key, of the type kubernetes.io/tls, for mysql.mysql.svc."""


class MysqlBackupSettings(Section):
    """``mysql.backup``: dumps of all databases, in a bucket of their own."""

    schedule: Schedule = "0 2 * * *"
    """When a dump begins, as cron has it, in UTC."""
    retention_days: Annotated[int, Field(ge=1, le=3650)] = 30
    """Days for which a dump is kept."""
    on_destroy: Literal["keep", "delete"] = "keep"
    """Whether the bucket stays when the section or the stack goes, or goes with all dumps."""


class MysqlSettings(PlacedSection):
    """``mysql``: MySQL servers that replace one another, by MySQL Operator; absent: none."""

    instances: Annotated[int, one_of(_INSTANCES)] = 3
    """MySQL servers, each on a node of its own; a majority of them has to run."""
    routers: Annotated[int, Field(ge=FEWEST_REPLICAS, le=20)] = 2
    """Pods that clients connect to, and that know which server takes writes."""
    volume_gib: GiB = 20
    """Size of each server's volume, in GiB."""
    storage_class: OwnClass = "gp3"
    """The volumes' kind: encrypted gp3, and no other."""
    cpu_request: Cpu = _SERVER.cpu_quantity
    """CPU time that each server is promised."""
    memory_request: Annotated[Memory, Check(_too_little, {})] = _SERVER.memory_quantity
    """Memory that each server is promised and gets at most; half of it is for tables and
    indexes."""
    reclaim_policy: ReclaimPolicy = "Retain"
    deletion_protection: bool = True
    """Pulumi refuses to delete the servers, and their namespace, until this is false."""
    allow_two_zones: bool = False
    """With two zones one of them has most of the servers: when it fails, the others take no writes
    until somebody forces them."""
    tls: MysqlTlsSettings | None = None
    """Certificates of yours; absent: self-signed ones, which encrypt and prove nothing."""
    backup: MysqlBackupSettings = Field(default_factory=MysqlBackupSettings)
    """Dumps of all databases by a schedule."""

    @property
    def each(self) -> Amounts:
        """What one of the servers' pods asks for, with the operator's program in it."""
        own = self.server
        return pod(cpu=own.cpu + MYSQL_SIDECAR.cpu, memory=own.memory + MYSQL_SIDECAR.memory)

    @property
    def server(self) -> Amounts:
        """What MySQL alone asks for."""
        return pod(cpu=millicores(self.cpu_request), memory=mebibytes(self.memory_request))


def mysql_mistakes(mysql: MysqlSettings, earlier: Earlier) -> Errors:
    """Yields what does not go with the sections before."""
    if "secrets" in earlier and earlier["secrets"] is None:
        yield (), "needs the section secrets, which keeps the password of root"
    network: NetworkSettings | None = earlier.get("network")
    if network:
        yield from _few_zones(mysql, len(network.zones))
    yield from unreachable([versions.MYSQL_OPERATOR_IMAGE], earlier)


def _few_zones(mysql: MysqlSettings, zones: int) -> Errors:
    # Spread evenly, the fullest zone has so many, and without it a majority has to be left.
    fullest = -(-mysql.instances // zones)
    if mysql.instances - fullest > mysql.instances // 2:
        if mysql.allow_two_zones and "allow_two_zones" in mysql.model_fields_set:
            yield (
                ("allowTwoZones",),
                FollowsError(f"has no effect with {zones} zones", ("network", "zones")),
            )
    elif not mysql.allow_two_zones:
        left = mysql.instances - fullest
        yield (
            ("instances",),
            FollowsError(
                f"{mysql.instances} servers in {zones} zones: one zone has {fullest} of them, and "
                f"the {left} that it leaves are no majority, which alone takes writes; add a third "
                "zone to network.zones, or set allowTwoZones true",
                ("network", "zones"),
            ),
        )
