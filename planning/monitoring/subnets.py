"""How many addresses of each zone nodes and pods may take, as the plan of addresses counts them."""

from collections.abc import Mapping
from dataclasses import replace

from planning.pod_ips.demand import AddressPlan


def addresses_for_nodes(plan: AddressPlan) -> Mapping[str, int]:
    """Returns the addresses of each zone that are left for nodes and their pods.

    Of the subnets that pods take their addresses from; what else the plan knows in them, such as
    load balancers, endpoints and the control plane, is taken off.
    """
    role = "pods" if plan.mode.custom_networking else "private"
    left: dict[str, int] = {}
    # Without node groups nothing but the others is in a subnet.
    for subnet in replace(plan, groups={}).subnets:
        if subnet.role == role:
            left[subnet.zone] = left.get(subnet.zone, 0) + subnet.available - subnet.needed
    return dict(sorted(left.items()))
