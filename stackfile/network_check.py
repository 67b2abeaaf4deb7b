"""Refuses a network that is there already and does not carry the stack's cluster."""

import pulumi

from planning.aws_place import AwsPlace
from planning.network_faults import Demands, network_faults
from planning.private_access import S3

from .existing import place_of
from .files import StackFileError
from .load import stack_file
from .names import cluster_name, full_key
from .network_lookup import clusters, find_endpoints
from .private_access import needed
from .settings import Settings


def check_network(settings: Settings, place: AwsPlace) -> bool:
    """Returns whether the stack's cluster is there already, where its network was before.

    :raises StackFileError: with all that is wrong with that network.
    """
    network = settings.network
    if network.found is None:
        return False
    name = settings.cluster.name or cluster_name(pulumi.get_stack())
    leads_out = network.nat != "none"
    services = () if leads_out else (S3, *needed(settings))
    demands = Demands(
        region=settings.region,
        cluster_name=name,
        service_blocks=settings.cluster.service_blocks,
        is_running=name in clusters(),
        leads_out=leads_out,
        endpoints=find_endpoints(network.found.id, services, place),
    )
    faults = [
        f"{full_key(('network', *place_of(fault.role)))}: {fault.name}: {fault.text}"
        for fault in network_faults(network.found, demands)
    ]
    if faults:
        raise StackFileError(stack_file(), faults)
    return demands.is_running
