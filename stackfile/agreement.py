"""What sections must agree on, with one another and with the cloud."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

import versions
from planning.aws_place import NO_CONTROL_PLANE
from planning.cluster_access import repeated_principals
from planning.instance_types import InstanceType
from planning.monitoring.images import CHART_IMAGES
from planning.pod_ips.limits import HOST_NETWORK_PODS, max_pods, pod_interfaces
from planning.scheduling.taints import may_run_on_spot, repels
from planning.scheduling.workloads import KARPENTER
from planning.weights import candidate_name

from .addons import AddonSettings, addon_mistakes
from .apps import AppSettings, database_mistakes
from .autoscaling import AutoscalingSettings, PoolSettings
from .infrastructure import ClusterSettings, NetworkSettings
from .jenkins import JenkinsSettings
from .load_agreement import TAKEN_BY_LOAD, load_mistakes
from .monitoring import MonitoringSettings
from .mysql import MysqlSettings, mysql_mistakes
from .names import (
    JENKINS,
    JENKINS_AGENTS,
    MONITORING_NAMESPACES,
    MYSQL,
    MYSQL_OPERATOR,
    NFS_SERVER,
    SAMPLE_APP,
    SECRETS_DRIVER_NAMESPACE,
    WORDPRESS,
)
from .node_groups import NodeGroupSettings
from .offline import OfflineSettings
from .placed import nodes_of
from .reach import (
    unreachable,
    unreachable_addons,
    unreachable_autoscaler,
    unreachable_controller,
    unreachable_features,
    without_public_subnets,
)
from .section import Cloud, Earlier, Errors, FollowsError, Place, key_of, without_section
from .storage import NfsSettings, shared_class_mistakes
from .team_agreement import team_mistakes
from .teams import TeamSettings
from .unknown import foreign_zone, not_offered, unknown_type, unknown_zones
from .vpc_cni import VpcCniSettings
from .workloads import (
    LoadBalancerControllerSettings,
    SampleAppSettings,
    WebAppSettings,
    WordpressSettings,
)


def _network(network: NetworkSettings, earlier: Earlier, cloud: Cloud | None) -> Errors:
    # Of a network that is there already `stackfile/network_check.py` says what is wrong.
    if not cloud or network.existing:
        return
    yield from _named_zones(network.zones, earlier, cloud)
    for index, zone in enumerate(network.zones):
        if (identifier := cloud.zones.get(zone)) in NO_CONTROL_PLANE.values():
            yield ("zones", index), f"EKS has no control plane in {zone}, which is {identifier}"


def _named_zones(zones: Iterable[str], earlier: Earlier, cloud: Cloud) -> Errors:
    """Yields what is wrong with the names of zones: all that are not known together."""
    unknown: list[str] = []
    for zone in zones:
        if message := foreign_zone(zone, earlier["region"]):
            yield ("zones",), message
        elif zone not in cloud.zones:
            unknown.append(zone)
    if unknown:
        yield ("zones",), unknown_zones(unknown, earlier["region"], cloud)


def _cluster(cluster: ClusterSettings, earlier: Earlier, cloud: Cloud | None) -> Errors:
    if network := earlier.get("network"):
        yield from _services(cluster, network)
    admins = len(cluster.admins)
    repeated = {*repeated_principals(cluster.access_entries)}
    for index, entry in enumerate(cluster.access_entries):
        place: Place = (
            ("admins", index) if index < admins else ("access", index - admins, "principal")
        )
        # Two admins that are the same are said of their list.
        if index in repeated and (index >= admins or cluster.admins.count(entry.principal) == 1):
            once = "has an entry already, as an admin or in access, and EKS makes one for each"
            together = "put its policies and groups together"
            yield place, f"{once}, whatever the path; {together}, got {entry.principal!r}"
        elif cloud and (fault := _elsewhere(entry.principal, cloud.partition)):
            yield place, fault


def _services(cluster: ClusterSettings, network: NetworkSettings) -> Errors:
    """Yields what the addresses of Services would cover, which EKS refuses of the VPC's blocks."""
    for key, block in (("cidr", network.cidr), ("podCidr", network.pod_cidr)):
        taken = next((one for one in cluster.service_blocks if block and one.overlaps(block)), None)
        # Without a block of its own EKS takes the one that the VPC's first block is not in.
        if taken and (cluster.service_cidr or key != "cidr"):
            fault = (
                f"{taken} overlaps network.{key} {block}, and Services need a block of their own"
            )
            yield ("serviceCidr",), FollowsError(fault, ("network", key))


def keeps_volumes(sections: Mapping[str, Any]) -> bool:
    """Returns whether something of a stack keeps data on a volume of its own.

    :param sections: by field, as far as they are there.
    """
    nfs: NfsSettings | None = sections.get("nfs")
    wordpress: WordpressSettings | None = sections.get("wordpress")
    return (
        any(sections.get(field) is not None for field in ("mysql", "monitoring"))
        or (wordpress is not None and wordpress.database == "own")
        or (nfs is not None and nfs.backend == "in-cluster")
    )


def _addons(given: Mapping[str, AddonSettings], earlier: Earlier, cloud: Cloud | None) -> Errors:
    cluster: ClusterSettings | None = earlier.get("cluster")
    yield from addon_mistakes(
        given,
        kubernetes=cluster.version if cluster else None,
        needs_volumes=keeps_volumes(earlier),
        has_secrets=earlier.get("secrets") is not None,
    )
    for name, addon in given.items():
        for index, arn in enumerate(addon.role.policies if cloud and addon.role else ()):
            if cloud and (fault := _elsewhere(arn, cloud.partition)):
                yield (name, "role", "policies", index), fault
    yield from unreachable_addons(given, earlier)


def _permissions_boundary(arn: str, _: Earlier, cloud: Cloud | None) -> Errors:
    if cloud and (fault := _elsewhere(arn, cloud.partition)):
        yield (), fault


def _elsewhere(arn: str, partition: str, region: str = "") -> str | None:
    """Returns why something of AWS is not where the stack is, or ``None``.

    :param region: that of the stack; empty for what is in no region.
    """
    _, its_partition, _, its_region, _ = arn.split(":", maxsplit=4)
    if its_partition != partition:
        return f"is in the partition {its_partition}, and the stack is in {partition}, got {arn!r}"
    if its_region != region:
        return f"is in {its_region}, and load balancers of {region} cannot use it, got {arn!r}"
    return None


def _node_groups(
    groups: Mapping[str, NodeGroupSettings], earlier: Earlier, cloud: Cloud | None
) -> Errors:
    if all(repels(group.taint_effects) for group in groups.values()):
        wanted = "needs a group without NO_SCHEDULE or NO_EXECUTE taints"
        yield (), f"{wanted}, or CoreDNS and the controllers find no node"
    for name, group in groups.items():
        for place, fault in _node_group(group, earlier, cloud):
            yield (name, *place), fault


def _node_group(group: NodeGroupSettings, earlier: Earlier, cloud: Cloud | None) -> Errors:
    if cloud:
        yield from group.image_faults(cloud)
    yield from _placed(group, earlier, cloud)


def _placed(
    group: NodeGroupSettings | PoolSettings, earlier: Earlier, cloud: Cloud | None
) -> Errors:
    """Yields zones that the network has not, and instance types that a zone does not offer."""
    of_network = earlier["network"].zones if "network" in earlier else ()
    if not of_network:
        return
    for index, zone in enumerate(group.zones or ()):
        if zone not in of_network:
            known = ", ".join(of_network)
            yield ("zones", index), f"must be one of network.zones ({known}), got {zone!r}"
    zones = set(group.zones_of(of_network))
    for index, name in enumerate(group.instance_types if cloud else ()):
        place, kind = ("instanceTypes", index), cloud.instance_type(name) if cloud else None
        if cloud and kind is None:
            yield place, unknown_type(name, earlier["region"], cloud)
        elif cloud and kind and (missing := sorted(zones - kind.zones - kind.unknown_zones)):
            yield place, not_offered(name, missing, earlier["region"], cloud)


def _autoscaling(autoscaling: AutoscalingSettings, earlier: Earlier, cloud: Cloud | None) -> Errors:
    groups: Mapping[str, NodeGroupSettings] = earlier.get("node_groups", {})
    yield from unreachable_autoscaler(autoscaling.mode, earlier)
    fixed = all(group.min_size == group.max_size for group in groups.values())
    if autoscaling.mode == "cluster-autoscaler" and groups and fixed:
        yield ("mode",), "needs a node group with maxSize above minSize, which it may scale"
    running = sum(g.desired_size for g in groups.values() if not repels(g.taint_effects))
    if autoscaling.mode == "karpenter" and groups and running < KARPENTER.count:
        wanted = f"needs {KARPENTER.count} nodes of nodeGroups without taints, one for each replica"
        yield ("mode",), f"{wanted} of Karpenter, which do not run on its own nodes; got {running}"
    for name, pool in autoscaling.pools.items():
        for place, fault in _placed(pool, earlier, cloud):
            yield ("pools", name, *place), fault
        for place, fault in pool.faults(cloud) if cloud else ():
            yield ("pools", name, *place), fault


def _vpc_cni(vpc_cni: VpcCniSettings, earlier: Earlier, cloud: Cloud | None) -> Errors:
    custom = vpc_cni.mode == "custom-networking"
    if network := earlier.get("network"):
        yield from _pod_subnets_of(network, custom=custom)
        if not custom and network.pod_cidr is not None:
            unused = f"leaves network.podCidr {network.pod_cidr} unused"
            remedy = "set custom-networking, or remove podCidr"
            fault = f"{unused}; {remedy}, got {vpc_cni.mode!r}"
            yield ("mode",), FollowsError(fault, ("network", "podCidr"))
    if cloud:
        pools = earlier["autoscaling"].pools if "autoscaling" in earlier else {}
        groups = {
            **{f"nodeGroups.{name}": g for name, g in earlier.get("node_groups", {}).items()},
            **{f"autoscaling.pools.{name}": pool for name, pool in pools.items()},
        }
        for name, group in groups.items():
            for kind in filter(None, map(cloud.instance_type, group.instance_types)):
                yield from _unfit_for_cni(vpc_cni, name, kind)


def _pod_subnets_of(network: NetworkSettings, *, custom: bool) -> Errors:
    """Yields that pods have no subnets of their own and need them, or have them for nothing."""
    if network.existing is None:
        if custom and network.pod_cidr is None:
            yield ("mode",), "custom-networking needs network.podCidr, such as 100.64.0.0/16"
    elif custom != (network.existing.subnets.pods is not None):
        pods = "network.existing.subnets.pods"
        yield (
            ("mode",),
            FollowsError(
                f"custom-networking needs {pods}" if custom else f"leaves {pods} unused",
                ("network", "existing", "subnets", "pods"),
            ),
        )


def _unfit_for_cni(vpc_cni: VpcCniSettings, group: str, kind: InstanceType) -> Errors:
    """Yields what an instance type of a group cannot do for its pods."""
    mode, minimum = vpc_cni.cni_mode, vpc_cni.minimum_ip_target
    if mode.prefix_delegation and not kind.nitro:
        place = "mode" if vpc_cni.mode == "prefix" else "prefixDelegation"
        yield (place,), f"prefixes need Nitro instances, and {group} has {kind.name}"
    if not pod_interfaces(kind, mode):
        yield ("mode",), f"leaves no interface for pods on {kind.name} in {group}"
    most = max_pods(kind, mode) - HOST_NETWORK_PODS
    if minimum is not None and minimum > most:
        limit = f"{most}, the pods with addresses of {kind.name} in {group}"
        yield ("minimumIpTarget",), f"must be at most {limit}, got {minimum}"


def _application(app: WebAppSettings, earlier: Earlier, cloud: Cloud | None) -> Errors:
    """Yields what a spot node that takes its pods would cut, and what is elsewhere."""
    arn = app.certificate_arn
    if cloud and arn and (fault := _elsewhere(arn, cloud.partition, earlier["region"])):
        yield ("certificateArn",), fault
    autoscaling: AutoscalingSettings = earlier.get("autoscaling") or AutoscalingSettings()
    controller: LoadBalancerControllerSettings | None = earlier.get("load_balancer_controller")
    enforced = controller and controller.ingress_class.scheme
    if enforced and app.scheme != enforced:
        rule = f"must be {enforced!r}, which loadBalancerController.ingressClass.scheme is for all"
        place = ("loadBalancerController", "ingressClass", "scheme")
        yield ("scheme",), FollowsError(f"{rule}, got {app.scheme!r}", place)
    shutdown = app.shutdown.conflicts(
        on_spot=_may_run_on_spot(app.nodes, earlier),
        behind=app.load_balancer,
        limits=autoscaling.node_limits(app.nodes),
    )
    for field, fault in shutdown:
        yield ("shutdown", key_of(field)), fault
    yield from without_public_subnets(app.scheme, earlier)


def _may_run_on_spot(nodes: str | None, earlier: Earlier) -> bool:
    """Returns whether pods may run on a spot node.

    :param nodes: the nodes that they ask for and whose taints they put up with.
    """
    groups, pools = nodes_of(earlier)
    kinds = {name: (group.capacity_type, group.taint_effects) for name, group in groups.items()}
    of_pools = {
        name: ("SPOT" if pool.buys_spot else "", pool.taint_effects) for name, pool in pools.items()
    }
    if nodes is None:
        return may_run_on_spot((*kinds.values(), *of_pools.values()))
    return may_run_on_spot((of[nodes][0], ()) for of in (kinds, of_pools) if nodes in of)


def _sample_app(app: SampleAppSettings, earlier: Earlier, cloud: Cloud | None) -> Errors:
    yield from _application(app, earlier, cloud)
    yield from unreachable([app.image], earlier, ("image",))
    if app.candidate:
        place = ("delivery", "candidate", "image")
        yield from unreachable([app.candidate.image], earlier, place)


def _nfs(nfs: NfsSettings, earlier: Earlier, _: Cloud | None) -> Errors:
    own = [versions.NFS_SERVER_IMAGE] if nfs.backend == "in-cluster" else []
    yield from unreachable([versions.NFS_DRIVER_IMAGE, *own], earlier)


def _monitoring(monitoring: MonitoringSettings, earlier: Earlier, _: Cloud | None) -> Errors:
    yield from without_section("secrets", earlier, "Grafana's password is kept there")
    own = [versions.CLOUDWATCH_EXPORTER_IMAGE] if monitoring.cloudwatch else []
    yield from unreachable([*CHART_IMAGES.values(), *own], earlier)


def _load_balancer_controller(
    controller: LoadBalancerControllerSettings, earlier: Earlier, cloud: Cloud | None
) -> Errors:
    if "region" in earlier:
        yield from unreachable_controller(earlier, cloud)
    switched = {"waf": controller.waf, "shield": controller.shield}
    written = [key for key, on in switched.items() if on and key in controller.model_fields_set]
    yield from unreachable_features(written, earlier)


def _wordpress(wordpress: WordpressSettings, earlier: Earlier, cloud: Cloud | None) -> Errors:
    yield from _application(wordpress, earlier, cloud)
    own = [versions.MYSQL_IMAGE] if wordpress.database == "own" else []
    yield from unreachable([versions.WORDPRESS_IMAGE, *own], earlier)
    if wordpress.database == "mysql" and "mysql" in earlier and earlier["mysql"] is None:
        yield ("database",), "needs the section mysql, which is not there, got 'mysql'"
    yield from shared_class_mistakes(
        wordpress.storage_class, earlier, "its replicas share their files"
    )


def _jenkins(jenkins: JenkinsSettings, earlier: Earlier, _: Cloud | None) -> Errors:
    yield from without_section("secrets", earlier, "its admin's password is there")
    yield from shared_class_mistakes(jenkins.storage_class, earlier, "its home is on shared files")
    network: NetworkSettings | None = earlier.get("network")
    if network and network.nat == "none":
        text = "downloads plugins from updates.jenkins.io when it starts, and network.nat is none"
        yield (), FollowsError(text, ("network", "nat"))


def _mysql(mysql: MysqlSettings, earlier: Earlier, _: Cloud | None) -> Errors:
    yield from mysql_mistakes(mysql, earlier)


def _taken_namespaces(earlier: Earlier) -> Mapping[str, str]:
    """Returns the namespaces that sections make, with the section of each."""
    nfs: NfsSettings | None = earlier.get("nfs")
    taken = {NFS_SERVER: "nfs"} if nfs and nfs.backend == "in-cluster" else {}
    if earlier.get("secrets"):
        taken[SECRETS_DRIVER_NAMESPACE] = "secrets"
    if earlier.get("monitoring"):
        taken |= dict.fromkeys(MONITORING_NAMESPACES, "monitoring")
    if earlier.get("wordpress"):
        taken |= {WORDPRESS: "wordpress", f"{WORDPRESS}-mysql": "wordpress"}
    if earlier.get("jenkins"):
        taken |= {JENKINS: "jenkins", JENKINS_AGENTS: "jenkins"}
    if earlier.get("mysql"):
        taken |= {MYSQL: "mysql", MYSQL_OPERATOR: "mysql"}
    # Of applications, which come before it, the section itself says so.
    if earlier.get("load"):
        taken |= TAKEN_BY_LOAD
    return taken


def _apps(apps: Mapping[str, AppSettings], earlier: Earlier, cloud: Cloud | None) -> Errors:
    yield from database_mistakes(apps, earlier)
    taken = _taken_namespaces(earlier)
    candidates = {
        candidate_name(name): place
        for name, app, place in (
            (SAMPLE_APP, earlier.get("sample_app"), "sampleApp"),
            *((name, app, f"apps.{name}") for name, app in apps.items()),
        )
        if app and app.candidate
    }
    for name, app in apps.items():
        for place, message in _sample_app(app, earlier, cloud):
            yield (name, *place), message
        if name in taken:
            yield (
                (name,),
                f"needs another name: the namespace {name} is that of the section {taken[name]}",
            )
        if name in candidates:
            yield ((name,), f"needs another name: {name} is the candidate of {candidates[name]}")


def _teams(teams: Mapping[str, TeamSettings], earlier: Earlier, cloud: Cloud | None) -> Errors:
    for team, its in teams.items():
        for index, entry in enumerate(its.roles if cloud else ()):
            if cloud and (fault := _elsewhere(entry.role, cloud.partition)):
                yield (team, "roles", index, "role"), fault
    taken = {
        **({SAMPLE_APP: "sampleApp"} if earlier.get("sample_app") else {}),
        **dict.fromkeys(earlier.get("apps", {}), "apps"),
        **_taken_namespaces(earlier),
    }
    has_volumes = earlier.get("nfs") is not None or keeps_volumes(earlier)
    yield from team_mistakes(teams, earlier, taken=taken, has_volumes=has_volumes)


def _offline(offline: OfflineSettings, earlier: Earlier, cloud: Cloud | None) -> Errors:
    """Yields what the account says otherwise."""
    if not cloud:
        return
    yield from _named_zones(offline.zones, earlier, cloud)
    for zone, declared in offline.zones.items():
        known = cloud.zones.get(zone)
        if known and declared and declared != known:
            yield ("zones", zone), f"the account says {known}, got {declared}"
    for name, entry in offline.instance_types.items():
        place, kind = ("instanceTypes", name), cloud.instance_type(name)
        if kind is None:
            yield place, unknown_type(name, earlier["region"], cloud)
        elif wrong := entry.differences(kind):
            yield place, f"EC2 says otherwise: {', '.join(wrong)}"


# By field of the settings: yields place and message of what is wrong with a section that is there.
AGREEMENTS: Final[Mapping[str, Callable[[Any, Earlier, Cloud | None], Errors]]] = MappingProxyType(
    {
        "network": _network,
        "cluster": _cluster,
        "node_groups": _node_groups,
        "autoscaling": _autoscaling,
        "vpc_cni": _vpc_cni,
        "load_balancer_controller": _load_balancer_controller,
        "nfs": _nfs,
        "monitoring": _monitoring,
        "sample_app": _sample_app,
        "mysql": _mysql,
        "wordpress": _wordpress,
        "jenkins": _jenkins,
        "apps": _apps,
        "load": load_mistakes,
        "addons": _addons,
        "teams": _teams,
        "offline": _offline,
        "permissions_boundary": _permissions_boundary,
    }
)
