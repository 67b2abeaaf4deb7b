"""MySQL servers that replace one another, behind routers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any, Final, Literal

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs

from components.pods.hardened import LABEL, account_with_role, namespace
from components.pods.placement import ANYWHERE, Placement
from components.secrets.secret import Secret, SecretArgs, password
from components.secrets.store import SecretStore
from components.storage.ebs_storage import gp3_class
from planning.images import AS_NAMED, Images

from .cluster_spec import CLUSTER, NAMESPACE, ROUTERS, SERVERS, ServerSize, Tls, cluster_spec
from .network import PodSet, api_server, isolate, serves
from .operator import LABELS as OPERATOR_LABELS
from .operator import NAMESPACE as OPERATOR_NAMESPACE

# Where servers listen: for clients, for the X protocol, and for one another
# (`mysql_port`, `mysql_xport` and `mysql_grport` of
# https://github.com/mysql/mysql-operator/blob/trunk/mysqloperator/controller/innodbcluster/cluster_api.py).
SERVER_PORT: Final = 3306
_X_PORT: Final = 33060
_GROUP_PORT: Final = 33061
# Where routers do: for what writes, and for what only reads.
WRITE_PORT: Final = 6446
READ_PORT: Final = 6447
# The service account of what makes accounts, which mounts root's password.
ADMIN: Final = "mysql-admin"
# What they are labelled with that come, do something as root or another user, and end.
TASKS: Final = {LABEL: "mysql-task"}
# Servers are made one after another, each with a copy of the data.
_PATIENCE: Final = "30m"
_ROOT: Final = "rootPassword"


@dataclass(frozen=True, kw_only=True, slots=True)
class InnoDbClusterArgs:
    """Inputs of :class:`InnoDbCluster`.

    :param instances: MySQL servers: 3, 5, 7 or 9, each on a node of its own.
    :param routers: pods that clients connect to.
    :param volume_gib: size of each server's volume, in GiB.
    :param reclaim_policy: what becomes of the volumes when the namespace goes.
    :param deletion_protection: whether Pulumi refuses to delete the cluster.
    :param tls: certificates of yours; ``None``: self-signed ones.
    :param placement: on which nodes its pods run, and those that come and end.
    :param api_server: where the API server answers: the control plane's subnets and Services.
    :param volume_driver: what makes the volumes, which has to outlive them.
    :param operator: the operator's release.
    """

    store: SecretStore
    instances: int = 3
    routers: int = 2
    volume_gib: int = 20
    size: ServerSize = field(default_factory=ServerSize)
    reclaim_policy: Literal["Retain", "Delete"] = "Retain"
    deletion_protection: bool = True
    tls: Tls | None = None
    images: Images = AS_NAMED
    placement: Placement = ANYWHERE
    api_server: Sequence[IPv4Network]
    volume_driver: pulumi.Resource
    operator: pulumi.Resource


class InnoDbCluster(pulumi.ComponentResource):
    """An InnoDBCluster, and what the operator does not make for it.

    Creates the namespace, network policies (nobody reaches anything but by name), a class of
    encrypted gp3 volumes, root's password in Secrets Manager and the Secret of it that the operator
    takes, a service account that may read it, the InnoDBCluster, and the routers' disruption
    budget. The operator itself makes that of the servers. ``servers`` is for others to wait for:
    it is ready when all servers are members; so is ``ways_of_tasks`` for what comes and ends.

    Outputs: ``namespace``, ``root_secret``, the name of the Secret, and ``admin``, the service
    account whose pods mount ``root``.
    """

    servers: kubernetes.apiextensions.CustomResource
    namespace: pulumi.Output[str]
    root_secret: pulumi.Output[str]
    root: Secret
    admin: pulumi.Output[str]
    ways_of_tasks: pulumi.Resource
    images: Images
    placement: Placement

    def __init__(
        self, name: str, args: InnoDbClusterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:mysql:InnoDbCluster", name, None, opts)
        self.images, self.placement = args.images, args.placement
        child = pulumi.ResourceOptions(parent=self)
        storage_class = gp3_class(
            name,
            ObjectMetaArgs(name=NAMESPACE),
            reclaim_policy=args.reclaim_policy,
            driver=args.volume_driver,
            opts=child,
        )
        # A pod of a server hands its volume to MySQL as root, with two capabilities, before it
        # starts: the restricted level does not admit that.
        made = namespace(
            NAMESPACE,
            level="baseline",
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.deletion_protection or None,
                # On destroy the claims go with it, while their driver still runs.
                depends_on=[storage_class],
            ),
        )
        self.namespace = made.metadata.name
        alone = isolate(name, self.namespace, child)
        *ways, self.ways_of_tasks = _policies(name, self.namespace, args.api_server, child)
        self.root = Secret(
            f"{name}-root",
            SecretArgs(
                store=args.store,
                namespace=NAMESPACE,
                service_account=ADMIN,
                values={_ROOT: password(f"{name}-root", child)},
                depends_on=[made],
            ),
            opts=child,
        )
        self.admin = account_with_role(
            f"{name}-admin", ADMIN, self.namespace, self.root.role_arn, child
        )
        root = {"rootUser": "root", "rootHost": "%", _ROOT: self.root.values[_ROOT]}
        self.root_secret = kubernetes.core.v1.Secret(
            f"{name}-root",
            metadata=ObjectMetaArgs(name="mysql-root", namespace=self.namespace),
            string_data=root,
            opts=child,
        ).metadata.name
        self.servers = self._cluster(name, args, storage_class, [alone, *ways])
        kubernetes.policy.v1.PodDisruptionBudget(
            f"{name}-routers",
            metadata=ObjectMetaArgs(name="mysql-routers", namespace=self.namespace),
            spec=kubernetes.policy.v1.PodDisruptionBudgetSpecArgs(
                max_unavailable=1, selector=LabelSelectorArgs(match_labels=ROUTERS)
            ),
            opts=child,
        )
        self.register_outputs({"namespace": self.namespace})

    def _cluster(
        self,
        name: str,
        args: InnoDbClusterArgs,
        storage_class: kubernetes.storage.v1.StorageClass,
        before: Sequence[pulumi.Resource],
    ) -> kubernetes.apiextensions.CustomResource:
        spec: dict[str, Any] = cluster_spec(
            secret=self.root_secret,
            instances=args.instances,
            routers=args.routers,
            volume_gib=args.volume_gib,
            storage_class=storage_class.metadata.name,
            size=args.size,
            tls=args.tls,
            images=args.images,
            placement=args.placement,
        )
        return kubernetes.apiextensions.CustomResource(
            name,
            api_version="mysql.oracle.com/v2",
            kind="InnoDBCluster",
            metadata=ObjectMetaArgs(
                name=CLUSTER,
                namespace=self.namespace,
                # Without it nothing waits for what the operator makes of the object
                # (https://www.pulumi.com/registry/packages/kubernetes/installation-configuration/).
                annotations={"pulumi.com/waitFor": "jsonpath={.status.cluster.status}=ONLINE"},
            ),
            spec=spec,
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.deletion_protection or None,
                custom_timeouts=pulumi.CustomTimeouts(create=_PATIENCE, delete=_PATIENCE),
                # The definition, and who ends its finalizer; and the policies that let servers
                # find one another, without which none becomes a member.
                depends_on=[args.operator, *before],
            ),
        )


def _policies(
    name: str,
    namespace: pulumi.Output[str],
    api: Sequence[IPv4Network],
    opts: pulumi.ResourceOptions,
) -> list[pulumi.Resource]:
    """Creates the policies of servers, of routers, and of what comes and ends."""
    servers, routers = (PodSet(namespace=namespace, labels=of) for of in (SERVERS, ROUTERS))
    tasks = PodSet(namespace=namespace, labels=TASKS)
    operator = PodSet(namespace=OPERATOR_NAMESPACE, labels=OPERATOR_LABELS)
    among = servers.admits(SERVER_PORT, _X_PORT, _GROUP_PORT)
    return [
        serves(
            f"{name}-servers",
            servers,
            ingress=[
                among,
                routers.admits(SERVER_PORT, _X_PORT),
                operator.admits(SERVER_PORT, _X_PORT),
                tasks.admits(SERVER_PORT),
            ],
            # The sidecar asks the API server what its pod is to be.
            egress=[among, api_server(api)],
            opts=opts,
        ),
        serves(
            f"{name}-routers",
            routers,
            ingress=[tasks.admits(WRITE_PORT, READ_PORT)],
            egress=[servers.admits(SERVER_PORT, _X_PORT)],
            opts=opts,
        ),
        serves(
            f"{name}-tasks",
            tasks,
            egress=[routers.admits(WRITE_PORT, READ_PORT), servers.admits(SERVER_PORT)],
            opts=opts,
        ),
    ]
