"""The pods that watch: what each asks for, and what it keeps.

Requests are those of
https://github.com/prometheus-operator/kube-prometheus/tree/main/manifests, and where that has a
higher limit of memory, that: a container gets no more than it is promised. Others have their own
source.
"""

from collections.abc import Sequence
from typing import Final

from planning.scheduling.amounts import Amounts, pod
from planning.scheduling.taints import EVERY_TAINT
from planning.scheduling.workloads import Workload

# In each pod of Prometheus and Alertmanager; the operator's own default
# (https://github.com/prometheus-operator/prometheus-operator/blob/main/cmd/operator/main.go).
RELOADER: Final = Amounts(0, 10, 50)
PROMETHEUS_CPU: Final = 250
ALERTMANAGER_EACH: Final = pod(cpu=10, memory=100)
OPERATOR: Final = Workload(name="prometheus-operator", each=pod(cpu=100, memory=200))
STATE_METRICS: Final = Workload(name="kube-state-metrics", each=pod(cpu=10, memory=250))
NODE_EXPORTER: Final = Workload(
    name="node-exporter", each=pod(cpu=102, memory=180), tolerations=EVERY_TAINT, on_every_node=True
)
# Room for a few people at a time.
GRAFANA: Final = Workload(name="grafana", each=pod(cpu=100, memory=512))
# Room for a hundred load balancers.
CLOUDWATCH_EXPORTER: Final = Workload(name="cloudwatch-exporter", each=pod(cpu=50, memory=128))
# Silences, and which alerts were sent: kilobytes, and EBS has nothing smaller.
ALERTMANAGER_GIB: Final = 1


def prometheus_each(memory_mib: int) -> Amounts:
    """Returns what the container of a Prometheus asks for."""
    return pod(cpu=PROMETHEUS_CPU, memory=memory_mib)


def pods(
    *, replicas: int, memory_mib: int, volume_gib: int, cloudwatch: bool
) -> Sequence[Workload]:
    """Returns all of them.

    :param replicas: how many of Prometheus, and as many of Alertmanager.
    :param memory_mib: what each Prometheus is promised.
    :param volume_gib: what each Prometheus keeps its samples on.
    :param cloudwatch: whether CloudWatch is read.
    """
    prometheus = Workload(
        name="prometheus",
        each=prometheus_each(memory_mib).plus(RELOADER),
        count=replicas,
        stays_in_zone=True,
        volumes_gib=(volume_gib,),
        owner="monitoring",
    )
    alertmanager = Workload(
        name="alertmanager",
        each=ALERTMANAGER_EACH.plus(RELOADER),
        count=replicas,
        stays_in_zone=True,
        volumes_gib=(ALERTMANAGER_GIB,),
        owner="monitoring",
    )
    return (
        prometheus,
        alertmanager,
        OPERATOR,
        STATE_METRICS,
        NODE_EXPORTER,
        GRAFANA,
        *([CLOUDWATCH_EXPORTER] if cloudwatch else []),
    )
