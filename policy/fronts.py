"""What leads requests from load balancers to a workload's pods, besides Ingresses."""

from deployment.resource import Resource
from deployment.types import BINDING, GATEWAY, SERVICE

from . import gateways
from .catalogue import Subject
from .elb import binding_target
from .label_selectors import maps
from .objects import naming, selecting


def others_of(subject: Subject) -> list[Resource]:
    """Returns the Gateways and the TargetGroupBindings that send to a workload's pods."""
    graph = subject.graph
    services = selecting(subject, SERVICE, "spec.selector", maps)
    urns = {service.urn for service in services}
    of_gateways = [
        gateway
        for reached, found in graph.grouped(GATEWAY, gateways.reached).items()
        for gateway in (found if reached & urns else ())
        if gateways.kind_of(graph, gateway)
    ]
    bindings = [
        binding
        for service in services
        for binding in naming(graph, service, BINDING, "spec.serviceRef.name")
        if binding_target(graph, binding) == "ip"
    ]
    return [*of_gateways, *bindings]
