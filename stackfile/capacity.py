"""What a stack asks of its subnets, and the refusal where they are too small (requirement 20)."""

import pulumi

from planning.pod_ips.demand import AddressPlan, GroupSize
from planning.pod_ips.remedies import remedies, with_recommended_targets
from planning.pod_ips.table import lines

from .autoscaling import PoolSettings
from .load import stack_file
from .names import pool_name
from .private_access import made_endpoints
from .section import Cloud
from .settings import Settings


class SubnetsTooSmallError(pulumi.RunError):
    """A stack that would run out of addresses; Pulumi prints its message without a traceback."""


def address_plan(settings: Settings, cloud: Cloud, *, is_running: bool = False) -> AddressPlan:
    """Returns the stack's demand on its subnets, with warm targets as nodes will have them.

    :param is_running: whether its cluster is there: of subnets that were there before, it then has
        some of the addresses that are not free.
    """
    network = settings.network
    found = network.found.layout(with_free=not is_running) if network.found else None
    schemes = settings.load_balancer_schemes
    zones = sorted(network.zones)
    plan = AddressPlan(
        vpc_block=network.block,
        zones=network.zones,
        pod_block=network.pod_cidr,
        found=found,
        public=network.nat != "none",
        groups={
            name: GroupSize(
                kinds=tuple(filter(None, map(cloud.instance_type, group.instance_types))),
                max_size=group.max_size,
                min_size=group.min_size,
                max_unavailable=group.most_unavailable,
                surges=group.update_strategy != "MINIMAL",
                zones=group.zones_of(network.zones),
            )
            for name, group in settings.node_groups.items()
        }
        | {
            pool_name(name): _pool_size(name, pool, settings, cloud)
            for name, pool in settings.autoscaling.pools.items()
        },
        mode=settings.vpc_cni.cni_mode,
        targets=settings.vpc_cni.warm_targets,
        nat_zones={"single": tuple(zones[:1]), "per-zone": tuple(zones), "none": ()}[network.nat]
        if found is None
        else (),
        private_interfaces=(
            *(f"endpoint {service}" for service in made_endpoints(settings)),
            *(["EFS mount target"] if settings.nfs and settings.nfs.backend == "efs" else []),
        ),
        public_load_balancers=schemes.count("internet-facing"),
        internal_load_balancers=schemes.count("internal"),
    )
    return with_recommended_targets(plan)


def _pool_size(name: str, pool: PoolSettings, settings: Settings, cloud: Cloud) -> GroupSize:
    """Returns a pool at its limits; what Karpenter replaces counts against them."""
    return GroupSize(
        kinds=pool.kinds(cloud),
        max_size=pool.most_nodes(cloud),
        limited_by=f"autoscaling.pools.{name}.limits",
        surges=False,
        zones=pool.zones_of(settings.network.zones),
    )


def check_fits(plan: AddressPlan) -> None:
    """Raises :class:`SubnetsTooSmallError` with the subnets and what would help."""
    if plan.fits:
        return
    table = "\n".join(f"  {line}" for line in lines(plan.subnets))
    found = [f"  - {remedy}" for remedy in remedies(plan)]
    helps = "Any one of these makes it fit:" if found else "No single change makes it fit:"
    ways = "\n".join(found or ["  - fewer node groups, or other instance types, in larger subnets"])
    raise SubnetsTooSmallError(
        f"{stack_file()}: the subnets are too small for the node groups at their maximum\n"
        f"{table}\n{helps}\n{ways}"
    )
