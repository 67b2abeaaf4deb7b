"""MySQL Operator, which makes and mends clusters of MySQL servers."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

import versions
from components.pods.chart import release
from components.pods.hardened import namespace
from planning.images import AS_NAMED, Images
from planning.scheduling.workloads import MYSQL_OPERATOR as WORKLOAD

from .network import PodSet, api_server, isolate, serves

NAMESPACE: Final = "mysql-operator"
# What its chart labels its pods with
# (https://github.com/mysql/mysql-operator/blob/trunk/helm/mysql-operator/templates/deployment.yaml).
LABELS: Final = {"name": "mysql-operator"}
# Of every cluster of EKS. Without it the operator looks its own address up in DNS to learn it.
_CLUSTER_DOMAIN: Final = "cluster.local"
_MEMORY_LIMIT: Final = "512Mi"


@dataclass(frozen=True, kw_only=True, slots=True)
class MySqlOperatorArgs:
    """Inputs of :class:`MySqlOperator`.

    :param images: where its image, and those of servers and routers, are pulled from.
    :param api_server: where the API server answers: the control plane's subnets and Services.
    :param servers: the namespace and the labels of the servers that it looks after.
    :param depends_on: what must be there before it and outlive it: nodes and cluster DNS.
    """

    images: Images = AS_NAMED
    api_server: Sequence[IPv4Network]
    servers: PodSet
    depends_on: Sequence[pulumi.Resource]


class MySqlOperator(pulumi.ComponentResource):
    """The operator's Helm release in a namespace of its own.

    Creates the namespace, a LimitRange, for the chart sets no requests, network policies that let
    it reach cluster DNS, the API server and its servers alone, and the release. ``release`` is for
    others to wait for: it ends the finalizers of clusters.
    """

    release: kubernetes.helm.v3.Release

    def __init__(
        self, name: str, args: MySqlOperatorArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:mysql:MySqlOperator", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        # Its pod names no seccomp profile, which the restricted level asks for.
        space = namespace(NAMESPACE, level="baseline", opts=child).metadata.name
        alone = isolate(name, space, child)
        ways = serves(
            name,
            PodSet(namespace=space, labels=LABELS),
            egress=[api_server(args.api_server), args.servers.admits(3306, 33060)],
            opts=child,
        )
        limits = kubernetes.core.v1.LimitRange(
            name,
            metadata=ObjectMetaArgs(name=NAMESPACE, namespace=space),
            spec=kubernetes.core.v1.LimitRangeSpecArgs(
                limits=[
                    kubernetes.core.v1.LimitRangeItemArgs(
                        type="Container",
                        default_request={
                            "cpu": WORKLOAD.each.cpu_quantity,
                            "memory": WORKLOAD.each.memory_quantity,
                        },
                        default={"memory": _MEMORY_LIMIT},
                    )
                ]
            ),
            opts=child,
        )
        registry, _, repository = args.images.of(versions.MYSQL_IMAGES).partition("/")
        self.release = release(
            name,
            "mysql-operator",
            version=versions.MYSQL_OPERATOR_CHART,
            repository=versions.MYSQL_OPERATOR_REPOSITORY,
            namespace=space,
            values={
                "image": {"registry": registry, "repository": repository},
                "envs": {
                    "imagesDefaultRegistry": registry,
                    "imagesDefaultRepository": repository,
                    "k8sClusterDomain": _CLUSTER_DOMAIN,
                },
            },
            # No value names the nodes that it runs on, or the requests that its pod gets; and it
            # ends finalizers for as long as it gets at the API server and at its servers.
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[*args.depends_on, limits, alone, ways]
            ),
        )
        self.register_outputs({})
