"""What a stack's pods ask of its nodes."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from planning.pod_ips.demand import AddressPlan
from planning.quantities import mebibytes, millicores
from planning.scheduling import workloads
from planning.scheduling.allocatable import allocatable
from planning.scheduling.amounts import pod
from planning.scheduling.nodes import NodeGroup, SchedulingPlan, Verdict
from planning.scheduling.taints import Taint
from planning.scheduling.workloads import Workload
from planning.weights import candidate_name

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
    asked = tuple(_workloads(settings, at_maximum=at_maximum or busy))
    pools = _pools(settings, addresses)
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
        | (pools if at_maximum else _started(pools, asked, len(zones))),
        workloads=asked,
    )


def _started(
    pools: Mapping[str, NodeGroup], asked: Sequence[Workload], zones: int
) -> dict[str, NodeGroup]:
    """Returns the nodes that Karpenter starts for pods that ask for a pool, whatever else there is.

    Pods that may run elsewhere, too, do not count on them.
    """
    found: dict[str, NodeGroup] = {}
    for name, pool in pools.items():
        own = [some for some in asked if some.only_on == name and some.count]
        if not own:
            continue
        of_pool = [*own, *(some for some in asked if some.on_every_node)]
        # Karpenter counts the zones where it may start nodes, too, so that it starts one in each
        # (https://karpenter.sh/docs/concepts/scheduling/#topology-spread).
        widest = max((some.count for some in own if some.spread), default=1)
        least = min(pool.count, widest, len(pool.zones) or zones)

        def holds(count: int, pool: NodeGroup = pool, of_pool: list[Workload] = of_pool) -> bool:
            nodes = {of_pool[0].only_on or "": replace(pool, count=count)}
            plan = SchedulingPlan(zones=zones, groups=nodes, workloads=of_pool)
            return plan.verdict is Verdict.FITS

        of_counts = range(least, pool.count)
        found[name] = replace(pool, count=least + bisect_left(of_counts, 1, key=holds))
    return found


def _pools(settings: Settings, addresses: AddressPlan) -> dict[str, NodeGroup]:
    """Returns the nodes of Karpenter's pools at their limits."""
    zones = settings.network.zones
    return {
        pool_name(name): NodeGroup(
            by_demand=True,
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


def _drivers(settings: Settings) -> Iterator[Workload]:
    """Yields the pods of what mounts volumes, and of the server that files are on."""
    if settings.needs_volumes:
        yield from workloads.WITH_VOLUMES
    if settings.secrets:
        yield from workloads.WITH_SECRETS
    if settings.nfs:
        yield from workloads.WITH_NFS
        if settings.nfs.backend == "in-cluster":
            where = settings.placement(settings.nfs.nodes).counted
            yield replace(workloads.NFS_SERVER, volumes_gib=(settings.nfs.volume_gib,), **where)


def _workloads(settings: Settings, *, at_maximum: bool) -> Iterator[Workload]:
    for workload in workloads.ON_EVERY_STACK:
        configuration = settings.platform_addon(workload.name).configuration
        yield tuned(workload, configuration, at_maximum=at_maximum)
    yield from _drivers(settings)
    controller = settings.load_balancer_controller
    yield replace(
        workloads.LOAD_BALANCER_CONTROLLER, count=controller.replicas, each=controller.each
    )
    if settings.autoscaling.mode == "cluster-autoscaler":
        yield workloads.CLUSTER_AUTOSCALER
    elif settings.autoscaling.mode == "karpenter":
        yield workloads.KARPENTER
    yield from _mysql(settings)
    yield from _wordpress(settings, at_maximum=at_maximum)
    yield from _builds(settings, at_maximum=at_maximum)
    yield from _watching(settings)
    yield from _apps(settings, at_maximum=at_maximum)
    if settings.load:
        load, where = settings.load, settings.placement(settings.load.nodes).counted
        yield replace(workloads.LOAD_MASTER, **where)
        yield replace(workloads.LOAD_WORKER, each=load.each, count=load.workers, **where)


def _apps(settings: Settings, *, at_maximum: bool) -> Iterator[Workload]:
    for name, app in settings.all_apps.items():
        own = Workload(
            name=name,
            each=pod(cpu=millicores(app.cpu_request), memory=mebibytes(app.memory_request)),
            count=app.max_replicas if at_maximum else app.min_replicas,
            spread=True,
            **settings.placement(app.nodes).counted,
            apart=app.per_node,
        )
        yield own
        if app.candidate:
            # Any of the two may get all requests.
            least = app.candidate.min_replicas or app.min_replicas
            count = app.max_replicas if at_maximum else least
            yield replace(own, name=candidate_name(name), count=count)


def _builds(settings: Settings, *, at_maximum: bool) -> Iterator[Workload]:
    if jenkins := settings.jenkins:
        agents, where = jenkins.agents, settings.placement(jenkins.nodes).counted
        each = jenkins.each.plus(workloads.JENKINS_SIDECAR)._replace(pods=1)
        yield replace(workloads.JENKINS, each=each, **where)
        yield Workload(
            name="jenkins-agent",
            each=agents.each,
            # Builds start them.
            count=agents.most if at_maximum else 0,
            **settings.placement(agents.nodes).counted,
        )


def _watching(settings: Settings) -> Iterator[Workload]:
    """Yields the pods of the monitoring."""
    if settings.monitoring:
        where = settings.placement(settings.monitoring.nodes).counted
        for one in settings.monitoring.workloads:
            yield one if one.on_every_node else replace(one, **where)


def _mysql(settings: Settings) -> Iterator[Workload]:
    """Yields the servers of the section mysql, with all around them."""
    if (mysql := settings.mysql) is None:
        return
    where = settings.placement(mysql.nodes).counted
    yield workloads.MYSQL_OPERATOR
    yield replace(
        workloads.MYSQL_SERVERS,
        count=mysql.instances,
        each=mysql.each,
        volumes_gib=(mysql.volume_gib,),
        **where,
    )
    yield replace(workloads.MYSQL_ROUTERS, count=mysql.routers, **where)
    yield replace(workloads.MYSQL_TASK, **where)


def _wordpress(settings: Settings, *, at_maximum: bool) -> Iterator[Workload]:
    if (wordpress := settings.wordpress) is None:
        return
    where = settings.placement(wordpress.nodes).counted
    if wordpress.database == "own":
        yield replace(workloads.MYSQL, volumes_gib=(wordpress.database_gib,), **where)
    most = workloads.WORDPRESS_MOST if at_maximum else workloads.WORDPRESS.count
    yield replace(workloads.WORDPRESS, count=most, **where)
