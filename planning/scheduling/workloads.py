"""The pods of the platform itself: what each asks for, how many there are, and where they may run.

Where the program sets the requests, its components take them from here. The others are the defaults
of charts and add-ons, each with its source.
"""

from dataclasses import dataclass, replace
from typing import Final

from .amounts import Amounts, pod
from .taints import EVERY_TAINT, Toleration


@dataclass(frozen=True, kw_only=True, slots=True)
class Workload:
    """Pods of one kind.

    :param each: what one of them asks for.
    :param count: how many there are; of those ``on_every_node`` as many as nodes.
    :param tolerations: the taints that they put up with.
    :param on_every_node: whether they are those of a DaemonSet.
    :param spread: whether the numbers in two zones may differ by one pod at most, counting zones
        with nodes that they may run on.
    :param apart: whether no two of them may be on one node.
    :param stays_in_zone: whether they keep a volume that stays in the zone where it was made.
    :param only_on: the node group that they run on and on no other, by the plan's name; ``None``:
        on every group whose taints they put up with.
    :param volumes_gib: the sizes of the gp3 volumes that each of them keeps.
    :param owner: the component that makes their volumes; empty: the one of this name.
    """

    name: str
    each: Amounts
    count: int = 1
    tolerations: tuple[Toleration, ...] = ()
    on_every_node: bool = False
    spread: bool = False
    apart: bool = False
    stays_in_zone: bool = False
    only_on: str | None = None
    volumes_gib: tuple[int, ...] = ()
    owner: str = ""

    def counted(self, count: int) -> "Workload":
        """Returns so many of them."""
        return replace(self, count=count)

    @property
    def takes(self) -> Amounts:
        """What one of them takes of a node: what it asks for, and its volumes."""
        return self.each._replace(volumes=len(self.volumes_gib))


_CRITICAL: Final = "CriticalAddonsOnly"
_CRITICAL_ADDONS: Final = (Toleration(key=_CRITICAL),)

# 25m for each of its two containers; the second enforces network policies and runs without, too
# (https://github.com/aws/amazon-vpc-cni-k8s/blob/master/charts/aws-vpc-cni/values.yaml).
VPC_CNI: Final = Workload(
    name="aws-node", each=pod(cpu=50, memory=0), tolerations=EVERY_TAINT, on_every_node=True
)
# As `kubectl describe node` shows it of a node of EKS.
KUBE_PROXY: Final = Workload(
    name="kube-proxy", each=pod(cpu=100, memory=0), tolerations=EVERY_TAINT, on_every_node=True
)
# https://github.com/eksctl-io/eksctl/blob/main/pkg/addons/default/assets/coredns-1.36.json
COREDNS: Final = Workload(
    name="coredns", each=pod(cpu=100, memory=70), count=2, tolerations=_CRITICAL_ADDONS
)
# Two replicas, by https://repost.aws/articles/ARo3gNWB0fTaOUSasgws8VBA; the requests are those of
# https://github.com/kubernetes-sigs/metrics-server/blob/master/charts/metrics-server/values.yaml.
METRICS_SERVER: Final = Workload(
    name="metrics-server", each=pod(cpu=100, memory=200), count=2, tolerations=_CRITICAL_ADDONS
)
# Six containers in a controller's pod and three in a node's, 10m and 40Mi each
# (https://github.com/kubernetes-sigs/aws-ebs-csi-driver/tree/master/deploy/kubernetes/base).
EBS_CONTROLLER: Final = Workload(
    name="ebs-csi-controller", each=pod(cpu=60, memory=240), count=2, tolerations=_CRITICAL_ADDONS
)
EBS_NODE: Final = Workload(
    name="ebs-csi-node", each=pod(cpu=30, memory=120), tolerations=EVERY_TAINT, on_every_node=True
)
# Five containers in the controller's pod and three in a node's, 10m and 20Mi each: the defaults of
# the chart that versions.py pins.
NFS_CONTROLLER: Final = Workload(
    name="csi-nfs-controller",
    each=pod(cpu=50, memory=100),
    tolerations=(Toleration(key=_CRITICAL, effect="NO_SCHEDULE"),),
)
NFS_NODE: Final = Workload(
    name="csi-nfs-node", each=pod(cpu=30, memory=60), tolerations=EVERY_TAINT, on_every_node=True
)

# Three containers of the driver, 50m and 100Mi, and twice 10m and 20Mi: the defaults of its chart
# (https://github.com/kubernetes-sigs/secrets-store-csi-driver/blob/main/charts/secrets-store-csi-driver/values.yaml).
SECRETS_DRIVER: Final = Workload(
    name="secrets-store-csi-driver",
    each=pod(cpu=70, memory=140),
    tolerations=EVERY_TAINT,
    on_every_node=True,
)
# https://github.com/aws/secrets-store-csi-driver-provider-aws/blob/main/charts/secrets-store-csi-driver-provider-aws/values.yaml
SECRETS_PROVIDER: Final = Workload(
    name="aws-secrets-store-csi-driver-provider",
    each=pod(cpu=50, memory=100),
    tolerations=EVERY_TAINT,
    on_every_node=True,
)

# Set by the program.
LOAD_BALANCER_CONTROLLER: Final = Workload(
    name="aws-load-balancer-controller", each=pod(cpu=100, memory=128), count=2
)
# As https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/aws/examples/cluster-autoscaler-autodiscover.yaml
# asks for them.
CLUSTER_AUTOSCALER: Final = Workload(name="cluster-autoscaler", each=pod(cpu=100, memory=600))
# As https://karpenter.sh/docs/getting-started/getting-started-with-karpenter/ asks for them; the
# chart spreads them over zones and lets them put up with CriticalAddonsOnly.
KARPENTER: Final = Workload(
    name="karpenter",
    each=pod(cpu=1000, memory=1024),
    count=2,
    tolerations=_CRITICAL_ADDONS,
    spread=True,
)
NFS_SERVER: Final = Workload(name="nfs-server", each=pod(cpu=100, memory=256), stays_in_zone=True)
# Room for a small site.
MYSQL: Final = Workload(
    name="wordpress-mysql", each=pod(cpu=250, memory=512), stays_in_zone=True, owner="wordpress"
)
# The chart of MySQL Operator knows no resources: a LimitRange of its namespace gives them.
MYSQL_OPERATOR: Final = Workload(name="mysql-operator", each=pod(cpu=100, memory=256))
# A container of each MySQL server's pod, beside the server: the operator's own program.
MYSQL_SIDECAR: Final = pod(cpu=50, memory=256)
MYSQL_SERVERS: Final = Workload(
    name="mysql",
    each=pod(cpu=500 + MYSQL_SIDECAR.cpu, memory=2048 + MYSQL_SIDECAR.memory),
    count=3,
    spread=True,
    apart=True,
    stays_in_zone=True,
)
MYSQL_ROUTERS: Final = Workload(
    name="mysql-router", each=pod(cpu=100, memory=128), count=2, spread=True
)
# What makes an account, or a dump, and ends.
MYSQL_TASK: Final = Workload(name="mysql-backup", each=pod(cpu=250, memory=512))
WORDPRESS: Final = Workload(name="wordpress", each=pod(cpu=250, memory=256), count=3, spread=True)
WORDPRESS_MOST: Final = 6

# Room for some ten jobs; the chart's own 50m and 256Mi are less than Jenkins starts with.
JENKINS: Final = Workload(name="jenkins", each=pod(cpu=500, memory=2048))
# What takes up changed configuration, beside the controller; the chart asks for nothing.
JENKINS_SIDECAR: Final = pod(cpu=10, memory=128)

# Locust's master counts what workers tell it; each worker is one process, which keeps a core busy
# at most (https://docs.locust.io/en/stable/running-distributed.html).
LOAD_MASTER: Final = Workload(name="load-master", each=pod(cpu=200, memory=256))
LOAD_WORKER: Final = Workload(name="load-workers", each=pod(cpu=500, memory=256))

ON_EVERY_STACK: Final = (VPC_CNI, KUBE_PROXY, COREDNS, METRICS_SERVER)
WITH_VOLUMES: Final = (EBS_NODE, EBS_CONTROLLER)
WITH_NFS: Final = (NFS_NODE, NFS_CONTROLLER)
WITH_SECRETS: Final = (SECRETS_DRIVER, SECRETS_PROVIDER)
