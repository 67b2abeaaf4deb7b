"""Refuses a network that is there already and does not carry the stack's cluster."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pulumi

from planning.aws_place import AwsPlace
from planning.found_network import FoundEndpoint
from planning.network_faults import Demands, network_faults
from planning.private_access import OPTIONAL, S3, needed_endpoints, optional_services

from .existing import place_of
from .files import StackFileError
from .load import stack_file
from .names import cluster_name, full_key
from .network_lookup import clusters, find_endpoints
from .private_access import needed
from .settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkState:
    """What else is known of a network that was there before.

    :param is_running: whether the stack's cluster is in it.
    :param warnings: what is missing that is not demanded, and what is not known.
    """

    is_running: bool = False
    warnings: tuple[str, ...] = ()


def check_network(settings: Settings, place: AwsPlace) -> NetworkState:
    """Returns what else is known of the stack's network, where that was there before.

    :raises StackFileError: with all that is wrong with it.
    """
    network = settings.network
    if network.found is None:
        return NetworkState()
    name = settings.cluster.name or cluster_name(pulumi.get_stack())
    leads_out = network.nat != "none"
    services = () if leads_out else (S3, *needed(settings))
    others = () if leads_out else needed_endpoints(OPTIONAL)
    known = find_endpoints(network.found.id, (*services, *others), place)
    demands = Demands(
        region=settings.region,
        cluster_name=name,
        service_blocks=settings.cluster.service_blocks,
        is_running=name in clusters(),
        leads_out=leads_out,
        endpoints={service: known[service] for service in services},
    )
    faults = [
        f"{full_key(('network', *place_of(fault.role)))}: {fault.name}: {fault.text}"
        for fault in network_faults(network.found, demands)
    ]
    if faults:
        raise StackFileError(stack_file(), faults)
    return NetworkState(
        is_running=demands.is_running, warnings=tuple(_warnings(settings, demands, known))
    )


def _warnings(
    settings: Settings, demands: Demands, known: Mapping[str, FoundEndpoint | None]
) -> Iterator[str]:
    key = full_key(["network", "existing"])
    yield (
        f"{key}: not checked whether the VPC has flow logs, and what its default security group, "
        "its network ACLs, and the policies and security groups of its endpoints admit"
    )
    if settings.vpc_cni.cni_mode.prefix_delegation:
        yield f"{key}: not checked whether free addresses lie in whole /28 blocks, as prefixes need"
    if demands.is_running:
        yield (
            f"{key}: not checked whether others leave the cluster enough addresses: of those that "
            "are not free it has some itself"
        )
    missing = [service for service, endpoint in known.items() if endpoint is None]
    for feature, services in optional_services(missing).items():
        yield f"{key}: without endpoints for {', '.join(services)} {feature} reaches no node"
    several = [name for name, one in known.items() if one and one.is_one_of_several]
    if several:
        yield (
            f"{key}: not checked whether nodes reach {', '.join(several)}, for which the VPC has "
            "several endpoints"
        )
