"""What a stack's pods ask of its nodes."""

from collections.abc import Iterator
from dataclasses import replace

from planning.pod_ips.demand import AddressPlan
from planning.quantities import mebibytes, millicores
from planning.scheduling import workloads
from planning.scheduling.allocatable import allocatable
from planning.scheduling.amounts import pod
from planning.scheduling.nodes import NodeGroup, SchedulingPlan
from planning.scheduling.taints import Taint
from planning.scheduling.workloads import Workload

from .addon_configuration import tuned
from .settings import Settings


def scheduling_plan(
    settings: Settings, addresses: AddressPlan, *, at_maximum: bool = False
) -> SchedulingPlan:
    """Returns the stack's nodes and the pods that they are to run.

    :param addresses: which instance types the nodes are of, and how many pods they take.
    :param at_maximum: ``maxSize`` nodes and applications at their maximum; else ``desiredSize``
        nodes and applications at their minimum.
    """
    zones = settings.network.zones
    return SchedulingPlan(
        zones=len(zones),
        groups={
            name: NodeGroup(
                count=group.max_size if at_maximum else group.desired_size,
                each=allocatable(
                    addresses.groups[name].kinds, addresses.max_pods(name), group.family
                ),
                taints=tuple(Taint(key=one.key, effect=one.effect) for one in group.taints),
                zones=tuple(
                    zones.index(zone) for zone in group.zones_of(zones) if group.zones is not None
                ),
            )
            for name, group in settings.node_groups.items()
        },
        workloads=tuple(_workloads(settings, at_maximum=at_maximum)),
    )


def _workloads(settings: Settings, *, at_maximum: bool) -> Iterator[Workload]:
    for workload in workloads.ON_EVERY_STACK:
        configuration = settings.platform_addon(workload.name).configuration
        yield tuned(workload, configuration, at_maximum=at_maximum)
    if settings.needs_volumes:
        yield from workloads.WITH_VOLUMES
    if settings.nfs:
        yield from workloads.WITH_NFS
        if settings.nfs.backend == "in-cluster":
            yield workloads.NFS_SERVER
    controller = settings.load_balancer_controller
    yield replace(
        workloads.LOAD_BALANCER_CONTROLLER, count=controller.replicas, each=controller.each
    )
    if settings.wordpress:
        yield workloads.MYSQL
        most = workloads.WORDPRESS_MOST
        yield workloads.WORDPRESS.counted(most) if at_maximum else workloads.WORDPRESS
    for name, app in settings.all_apps.items():
        yield Workload(
            name=name,
            each=pod(cpu=millicores(app.cpu_request), memory=mebibytes(app.memory_request)),
            count=app.max_replicas if at_maximum else app.min_replicas,
            spread=True,
        )
