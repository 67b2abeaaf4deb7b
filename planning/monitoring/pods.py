"""The pods that watch: what each asks for, and what it keeps.

Memory of Alertmanager, and all that the operator, kube-state-metrics and the node exporter ask for,
are those of https://github.com/prometheus-operator/kube-prometheus/tree/main/manifests, and where
that has a higher limit of memory, that: a container gets no more than it is promised. What is
marked as chosen was not measured; a stack's own dashboards show what its pods use.
"""

from collections.abc import Sequence
from typing import Final

from planning.scheduling.amounts import Amounts, pod
from planning.scheduling.taints import EVERY_TAINT
from planning.scheduling.workloads import Workload

# In each pod of Prometheus and Alertmanager; the operator's own default
# (https://github.com/prometheus-operator/prometheus-operator/blob/main/cmd/operator/main.go).
RELOADER: Final = Amounts(0, 10, 50)
# Chosen: the manifests name none, and then CPU that is short delays alerts.
PROMETHEUS_CPU: Final = 250
# CPU: chosen, more than the 4m of the manifests.
ALERTMANAGER_EACH: Final = pod(cpu=10, memory=100)
OPERATOR: Final = Workload(name="prometheus-operator", each=pod(cpu=100, memory=200))
STATE_METRICS: Final = Workload(name="kube-state-metrics", each=pod(cpu=10, memory=250))
NODE_EXPORTER: Final = Workload(
    name="node-exporter", each=pod(cpu=102, memory=180), tolerations=EVERY_TAINT, on_every_node=True
)
# Memory: chosen, more than the limit of 200 MiB in the manifests, which are of a smaller release.
GRAFANA: Final = Workload(name="grafana", each=pod(cpu=100, memory=512))
# Chosen.
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
