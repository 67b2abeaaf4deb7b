"""What of a network that is there already does not carry a cluster.

What the platform makes right by itself in a network of its own, it checks in one that it finds.
Each fault has a name, the subnet or table that has it, and what to do.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

from .aws_place import NO_CONTROL_PLANE
from .found_network import FoundEndpoint, FoundNetwork, FoundSubnet
from .layout import ROLE_TAGS, SubnetRole
from .private_access import S3

_TAGGED: Final = ("1", "")
_CLUSTER_TAG: Final = "kubernetes.io/cluster/"
# EKS refuses a subnet with fewer than 6 free addresses
# (https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html).
_FEWEST_FREE: Final[Mapping[SubnetRole, int]] = {"control-plane": 6, "public": 8, "private": 8}
_FEWEST_ZONES: Final = 2
INTERNET_GATEWAY: Final = "igw-"


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkFault:
    """What of a network does not carry a cluster.

    :param name: such as ``untagged-subnet``.
    :param role: whose subnets have it; ``None``: the VPC.
    :param text: what has it, and what to do.
    """

    name: str
    role: SubnetRole | None
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Demands:
    """What a stack asks of a network.

    :param region: whose zones these are.
    :param cluster_name: that of its cluster.
    :param service_blocks: where the addresses of its Services may be; EKS takes one of several.
    :param is_running: whether the cluster is there: it then takes addresses itself.
    :param leads_out: whether nodes are to reach the internet; else they need endpoints.
    :param endpoints: what is there for each service that nodes and pods need without the internet.
    """

    region: str
    cluster_name: str
    service_blocks: Sequence[IPv4Network]
    is_running: bool
    leads_out: bool
    endpoints: Mapping[str, FoundEndpoint | None]


def network_faults(network: FoundNetwork, demands: Demands) -> Iterator[NetworkFault]:
    """Yields what of a network does not carry a cluster, that of the whole VPC first."""
    yield from _of_the_vpc(network, demands.service_blocks)
    yield from _of_belonging(network)
    yield from _of_zones(network, demands)
    roles = network.roles
    for role, subnets in network.subnets.items():
        for subnet in subnets:
            yield from _of_tags(role, subnet, roles[subnet.id], demands.cluster_name)
            if not demands.is_running:
                yield from _of_addresses(role, subnet, own="control-plane" in network.subnets)
            yield from _of_routes(network, role, subnet, leads_out=demands.leads_out)
    if not demands.leads_out:
        yield from _of_endpoints(network, demands.endpoints)


def _of_the_vpc(
    network: FoundNetwork, service_blocks: Sequence[IPv4Network]
) -> Iterator[NetworkFault]:
    # https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html#network-requirements-vpc
    for name, attribute, is_on in (
        ("dns-support-off", "enableDnsSupport", network.dns_support),
        ("dns-hostnames-off", "enableDnsHostnames", network.dns_hostnames),
    ):
        if not is_on:
            yield NetworkFault(
                name=name,
                role=None,
                text=f"{network.id} has {attribute} false, and nodes find neither the API nor "
                "endpoints by their names: set it to true",
            )
    if all(any(block.overlaps(own) for own in network.blocks) for block in service_blocks):
        yield NetworkFault(
            name="services-overlap",
            role=None,
            text=f"{network.id} has {', '.join(map(str, network.blocks))}, and Services would have "
            f"{' or '.join(map(str, service_blocks))}: give them a block in cluster.serviceCidr",
        )


def _of_belonging(network: FoundNetwork) -> Iterator[NetworkFault]:
    for role, subnets in network.subnets.items():
        for subnet in subnets:
            if subnet.vpc_id != network.id:
                yield NetworkFault(
                    name="foreign-subnet",
                    role=role,
                    text=f"{subnet.id} is in {subnet.vpc_id}, not in {network.id}: name one there",
                )
    for identifier, found in network.roles.items():
        if len(found) > 1:
            yield NetworkFault(
                name="two-roles",
                role=found[1],
                text=f"{identifier} is also {found[0]}: name it in one role; without subnets of "
                "its own the control plane is in the private ones",
            )


def _of_zones(network: FoundNetwork, demands: Demands) -> Iterator[NetworkFault]:
    private = network.zones
    for role, subnets in network.subnets.items():
        by_zone: defaultdict[str, list[str]] = defaultdict(list)
        for subnet in subnets:
            by_zone[subnet.zone].append(subnet.id)
        if len(by_zone) < _FEWEST_ZONES:
            yield NetworkFault(
                name="too-few-zones",
                role=role,
                text=f"{_listed(subnets)} in {', '.join(by_zone) or 'no zone'}: name subnets in "
                f"{_FEWEST_ZONES} zones or more",
            )
        for zone, identifiers in by_zone.items():
            if len(identifiers) > 1:
                yield NetworkFault(
                    name="two-in-a-zone",
                    role=role,
                    text=f"{', '.join(identifiers)} are in {zone}: name one of a role in a zone, "
                    "by ids",
                )
        # A load balancer sends nothing to targets in zones that it is not in; a node takes
        # addresses for pods in its own zone.
        missing = [] if role == "control-plane" else [z for z in private if z not in by_zone]
        if missing and len(by_zone) >= _FEWEST_ZONES:
            yield NetworkFault(
                name="zone-without-subnet",
                role=role,
                text=f"no subnet in {', '.join(missing)}, where private ones are: name one there, "
                "or leave the private one out",
            )
    role: SubnetRole = "control-plane" if "control-plane" in network.subnets else "private"
    refused = NO_CONTROL_PLANE.get(demands.region)
    for subnet in network.subnets[role]:
        if subnet.zone_id == refused:
            yield NetworkFault(
                name="zone-without-control-plane",
                role=role,
                text=f"{subnet.id} is in {subnet.zone}, which is {refused}, where EKS has no "
                "control plane: leave it out",
            )


def _of_tags(
    role: SubnetRole, subnet: FoundSubnet, roles: Sequence[SubnetRole], cluster_name: str
) -> Iterator[NetworkFault]:
    wanted = ROLE_TAGS.get(role)
    if wanted and subnet.tags.get(wanted) not in _TAGGED:
        yield NetworkFault(
            name="untagged-subnet",
            role=role,
            text=f"{subnet.id} has no tag {wanted}=1, by which load balancers find it: add it",
        )
    for other, tag in ROLE_TAGS.items():
        if other not in roles and tag in subnet.tags:
            yield NetworkFault(
                name="tagged-for-another-role",
                role=role,
                text=f"{subnet.id} has the tag {tag}, and load balancers would take its "
                "addresses: remove it",
            )
    clusters = {key.removeprefix(_CLUSTER_TAG) for key in subnet.tags if _CLUSTER_TAG in key}
    if wanted and clusters and cluster_name not in clusters:
        yield NetworkFault(
            name="of-another-cluster",
            role=role,
            text=f"{subnet.id} has the tag {_CLUSTER_TAG} of {', '.join(sorted(clusters))} alone, "
            f"so that load balancers pass it over: add {_CLUSTER_TAG}{cluster_name}=shared",
        )


def _of_addresses(role: SubnetRole, subnet: FoundSubnet, *, own: bool) -> Iterator[NetworkFault]:
    # Of a private one the plan of addresses asks for more; what is here is what each one needs.
    fewest = _FEWEST_FREE.get(role, 1)
    if not own and role == "private":
        fewest = max(fewest, _FEWEST_FREE["control-plane"])
    if subnet.free < fewest:
        yield NetworkFault(
            name="too-few-addresses",
            role=role,
            text=f"{subnet.id} ({subnet.block}) has {subnet.free} free addresses and needs "
            f"{fewest} or more: free some, or name another subnet",
        )


def _of_routes(
    network: FoundNetwork, role: SubnetRole, subnet: FoundSubnet, *, leads_out: bool
) -> Iterator[NetworkFault]:
    table = network.table_of(subnet)
    target, name = (table.default_target, table.id) if table else ("", "no route table")
    is_public = target.startswith(INTERNET_GATEWAY)
    if role == "public" and not is_public:
        yield NetworkFault(
            name="no-internet-gateway",
            role=role,
            text=f"{subnet.id} has no route for 0.0.0.0/0 to an internet gateway in {name}: add it",
        )
    if role in {"private", "pods"} and is_public:
        yield NetworkFault(
            name="leads-to-the-internet",
            role=role,
            text=f"{subnet.id} leads to {target} by {name}, and nodes have no public addresses: "
            "name a private subnet",
        )
    if role in {"private", "pods"} and not target and leads_out:
        yield NetworkFault(
            name="no-way-out",
            role=role,
            text=f"{subnet.id} has no route for 0.0.0.0/0 in {name}, and nodes pull no image: add "
            "one to a NAT or transit gateway (one that a virtual private gateway propagates is not "
            "seen), or set network.nat none and have endpoints",
        )


def _of_endpoints(
    network: FoundNetwork, endpoints: Mapping[str, FoundEndpoint | None]
) -> Iterator[NetworkFault]:
    for service, endpoint in endpoints.items():
        if endpoint is None:
            kind = "a gateway" if service == S3 else "an interface"
            yield NetworkFault(
                name="no-endpoint",
                role=None,
                text=f"{network.id} has none for {service}, and without the internet nothing "
                f"reaches it: add {kind} endpoint",
            )
        elif endpoint.is_one_of_several:
            continue
        elif endpoint.is_gateway:
            yield from _of_gateway(network, service, endpoint)
        elif not endpoint.private_dns:
            yield NetworkFault(
                name="endpoint-without-dns",
                role=None,
                text=f"the endpoint for {service} in {network.id} has no private DNS name, so that "
                "nothing uses it: enable private DNS names",
            )


def _of_gateway(
    network: FoundNetwork, service: str, endpoint: FoundEndpoint
) -> Iterator[NetworkFault]:
    for role in ("private", "pods"):
        for subnet in network.subnets.get(role, ()):
            table = network.table_of(subnet)
            if table and table.id not in endpoint.route_table_ids:
                yield NetworkFault(
                    name="endpoint-without-route",
                    role=role,
                    text=f"{subnet.id} has no route to the endpoint for {service}: add {table.id} "
                    "to the endpoint",
                )


def _listed(subnets: Iterable[FoundSubnet]) -> str:
    return ", ".join(subnet.id for subnet in subnets) or "no subnet"
