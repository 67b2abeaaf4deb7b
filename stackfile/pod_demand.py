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
from .names import pool_name
from .settings import Settings


def scheduling_plan(
    settings: Settings, addresses: AddressPlan, *, at_maximum: bool = False, busy: bool = False
) -> SchedulingPlan:
    """Returns the stack's nodes and the pods that they are to run.

    :param addresses: which instance types the nodes are of, and how many pods they take.
    :param at_maximum: as many nodes as an autoscaler may make and applications at their maximum;
        else ``desiredSize`` nodes and applications at their minimum.
    :param busy: applications at their maximum on ``desiredSize`` nodes.
    """
    zones = settings.network.zones
    # Karpenter leaves node groups at the size that they have.
    fixed = settings.autoscaling.mode == "karpenter"
    most = {
        name: group.desired_size if fixed else group.max_size
        for name, group in settings.node_groups.items()
    }
    return SchedulingPlan(
        zones=len(zones),
        groups={
            name: NodeGroup(
                count=most[name] if at_maximum else group.desired_size,
                each=allocatable(
                    addresses.groups[name].kinds, addresses.max_pods(name), group.family
                ),
                taints=tuple(Taint(key=one.key, effect=one.effect) for one in group.taints),
                zones=tuple(
                    zones.index(zone) for zone in group.zones_of(zones) if group.zones is not None
                ),
            )
            for name, group in settings.node_groups.items()
        }
        | (_pools(settings, addresses) if at_maximum else {}),
        workloads=tuple(_workloads(settings, at_maximum=at_maximum or busy)),
    )


def _pools(settings: Settings, addresses: AddressPlan) -> dict[str, NodeGroup]:
    """Returns the nodes of Karpenter's pools at their limits."""
    zones = settings.network.zones
    return {
        pool_name(name): NodeGroup(
            count=addresses.groups[pool_name(name)].max_size,
            each=allocatable(
                addresses.groups[pool_name(name)].kinds,
                addresses.max_pods(pool_name(name)),
                pool.family,
            ),
            taints=tuple(Taint(key=one.key, effect=one.effect) for one in pool.taints),
            zones=tuple(map(zones.index, pool.zones_of(zones))) if pool.zones else (),
        )
        for name, pool in settings.autoscaling.pools.items()
    }


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
    if settings.autoscaling.mode == "cluster-autoscaler":
        yield workloads.CLUSTER_AUTOSCALER
    elif settings.autoscaling.mode == "karpenter":
        yield workloads.KARPENTER
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
