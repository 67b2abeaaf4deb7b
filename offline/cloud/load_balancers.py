"""What the load balancer controller makes for an Ingress, and what stays when it cannot work."""

from typing import Final

from deployment import types
from offline.derived import digest
from planning.weights import ALL, shares_of_ingress

from .behaviour import Inputs
from .cloud import Cloud, Thing
from .conditions import CONTROLLER_CHART, controller_failure
from .errors import CloudError
from .network import (
    create_security_group,
    delete_security_group,
    free_addresses,
    remove_interfaces,
    set_interfaces,
)
from .objects import Object, namespace_of

_ALB: Final = "alb.ingress.kubernetes.io/"
_NLB: Final = "service.beta.kubernetes.io/aws-load-balancer-"
_NLB_CLASS: Final = "service.k8s.aws/nlb"
_FINALIZERS: Final = {
    "Ingress": "ingress.k8s.aws/resources",
    "Service": "service.k8s.aws/resources",
}
_GATE: Final = "elbv2.k8s.aws/pod-readiness-gate-inject"
# Subnets of a load balancer by its scheme, and the fewest free addresses that each must have
# (https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/subnet_discovery/).
_ROLE_TAGS: Final = {
    "internet-facing": "kubernetes.io/role/elb",
    "internal": "kubernetes.io/role/internal-elb",
}
_FEWEST_ADDRESSES: Final = 8
_FEWEST_ZONES: Final = 2
# How long the Kubernetes provider waits for an object to become ready or to go
# (https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/).
WAIT_SECONDS: Final = 10 * 60


class Balanced(Object):
    """An Ingress, or a Service, before which the controller puts a load balancer."""

    async def fault_of(self, cloud: Cloud, thing: Thing) -> str:
        """Waits for the load balancer, where the controller serves the object."""
        if not _is_served(thing):
            return ""
        if failure := await cloud.wait_out(lambda: _failure(cloud, thing), WAIT_SECONDS):
            kind = thing.inputs["kind"]
            return f"{kind} .status.loadBalancer field was not updated with a hostname: {failure}"
        if cloud.find(types.LOAD_BALANCER, thing.id) is None:
            make_load_balancer(cloud, thing)
        _note_missing_gates(cloud, thing)
        return ""

    async def before_update(self, cloud: Cloud, thing: Thing, inputs: Inputs) -> None:
        """Notes requests that another sharing-out of them loses."""
        if _is_ingress(thing) and thing.is_ready:
            _note_lost_requests(cloud, thing, inputs)

    async def before_delete(self, cloud: Cloud, thing: Thing) -> None:
        """Waits until the controller has taken the load balancer away.

        Where none works, the finalizer stays, and the load balancer too.
        """
        balancer = cloud.find(types.LOAD_BALANCER, thing.id) if _is_served(thing) else None
        if balancer is None:
            return
        if failure := await cloud.wait_out(lambda: controller_failure(cloud), WAIT_SECONDS):
            raise CloudError(
                f"finalizer {_FINALIZERS[thing.inputs['kind']]} of {thing.inputs['kind']} "
                f"{thing.id} stays: timed out waiting for the condition: {failure}"
            )
        remove_interfaces(cloud, thing.id)
        delete_security_group(cloud, balancer.properties["securityGroup"])
        cloud.forget(balancer)


def _note_lost_requests(cloud: Cloud, ingress: Thing, inputs: Inputs) -> None:
    """Notes what happens to requests when the weights of several versions change.

    A target group without healthy targets fails what it gets, and one that is named no more is
    deleted with the requests that are under way.
    """
    old, new = _shares(ingress), shares_of_ingress(inputs)
    if len(old) == len(new) == 1:
        return
    for service, weight in old.items():
        if weight and not _answers(cloud, ingress, service):
            cloud.harms.append(f"pods of {service} went before its {weight} % of the requests")
        elif weight and service not in new:
            cloud.harms.append(f"{service} lost its target group with {weight} % of the requests")
    for service, weight in new.items():
        if weight and not _answers(cloud, ingress, service):
            cloud.harms.append(f"{service} has no pods yet for {weight} % of the requests")


def _answers(cloud: Cloud, ingress: Thing, name: str) -> bool:
    """Returns whether pods behind a Service of an Ingress's namespace are ready."""
    namespace = namespace_of(ingress)
    service = cloud.find(types.SERVICE, f"{namespace}/{name}")
    return service is not None and any(
        selects(service, workload)
        for workload in cloud.ready(types.DEPLOYMENT)
        if namespace_of(workload) == namespace
    )


def _note_missing_gates(cloud: Cloud, ingress: Thing) -> None:
    """Notes pods that started before the load balancer knew their Service.

    Their rollouts drop requests: no gate waits for their targets to be healthy
    (https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/pod_readiness_gate/).
    """
    home = cloud.find(types.NAMESPACE, namespace_of(ingress))
    labels = (home.inputs["metadata"].get("labels") or {}) if home else {}
    if labels.get(_GATE) != "enabled":
        return
    for workload in (*cloud.of(types.DEPLOYMENT), *cloud.of(types.STATEFUL_SET)):
        behind = load_balancer_of(cloud, workload) == cloud.find(types.LOAD_BALANCER, ingress.id)
        if behind and not cloud.gated.get(workload.id):
            cloud.harms.append(f"pods of {workload.id} started without a readiness gate")


def _failure(cloud: Cloud, ingress: Thing) -> str:
    if failure := controller_failure(cloud):
        return failure
    for name in _shares(ingress) if _is_ingress(ingress) else ():
        if not cloud.find(types.SERVICE, f"{ingress.inputs['metadata']['namespace']}/{name}"):
            return f'Service "{name}" not found'
    subnets = _subnets(cloud, ingress)
    if len({subnet.inputs["availabilityZone"] for subnet in subnets}) < _FEWEST_ZONES:
        return "couldn't auto-discover subnets: at least two zones are needed"
    if _scheme(ingress) == "internet-facing":
        vpc = subnets[0].inputs["vpcId"]
        if not cloud.of(types.INTERNET_GATEWAY, vpcId=vpc):
            return f"InvalidSubnet: VPC {vpc} has no internet gateway"
    return ""


def make_load_balancer(cloud: Cloud, ingress: Thing) -> None:
    """Makes what the controller makes for an Ingress or a Service."""
    subnets = _subnets(cloud, ingress)
    group = f"sg-{digest(f'{ingress.urn}#alb', 17)}"
    create_security_group(cloud, subnets[0].inputs["vpcId"], group, owner=ingress.id)
    by_zone = {subnet.inputs["availabilityZone"]: subnet.id for subnet in subnets}
    set_interfaces(cloud, ingress.id, by_zone.values(), [group])
    cloud.make(types.LOAD_BALANCER, ingress.id, {"securityGroup": group})


def _subnets(cloud: Cloud, ingress: Thing) -> list[Thing]:
    tag = _ROLE_TAGS[_scheme(ingress)]
    vpc = cloud.of(types.RELEASE, chart=CONTROLLER_CHART)[0].inputs["values"]["vpcId"]
    return [
        subnet
        for subnet in cloud.ready(types.SUBNET, vpcId=vpc)
        if (subnet.inputs.get("tags") or {}).get(tag) is not None
        and free_addresses(cloud, subnet.id) >= _FEWEST_ADDRESSES
    ]


def _scheme(ingress: Thing) -> str:
    annotations: dict[str, str] = ingress.inputs["metadata"].get("annotations") or {}
    return annotations.get(f"{_ALB if _is_ingress(ingress) else _NLB}scheme", "internal")


def _is_served(balanced: Thing) -> bool:
    """Returns whether the controller makes a load balancer for an object."""
    spec = balanced.inputs["spec"]
    return spec.get("ingressClassName") == "alb" or spec.get("loadBalancerClass") == _NLB_CLASS


def _is_ingress(balanced: Thing) -> bool:
    return bool(balanced.inputs["kind"] == "Ingress")


def _shares(ingress: Thing) -> dict[str, int]:
    """Returns the weights of the Services that get requests of a load balancer, or may get them."""
    if not _is_ingress(ingress):
        return {ingress.inputs["metadata"]["name"]: ALL}
    return shares_of_ingress(ingress.inputs)


def load_balancer_of(cloud: Cloud, workload: Thing) -> Thing | None:
    """Returns the load balancer that sends to the pods of a workload, if one does."""
    namespace = workload.inputs["metadata"]["namespace"]
    for ingress in (*cloud.of(types.INGRESS), *cloud.of(types.SERVICE)):
        if not _is_served(ingress):
            continue
        if ingress.inputs["metadata"]["namespace"] == namespace:
            for name in _shares(ingress):
                service = cloud.find(types.SERVICE, f"{namespace}/{name}")
                if service and selects(service, workload):
                    return cloud.find(types.LOAD_BALANCER, ingress.id)
    return None


def selects(service: Thing, workload: Thing) -> bool:
    """Returns whether a Service sends to the pods of a workload in its namespace."""
    selector = service.inputs["spec"].get("selector")
    labels = workload.inputs["spec"]["template"]["metadata"].get("labels") or {}
    return bool(selector) and selector.items() <= labels.items()


def has_pods(cloud: Cloud, service: Thing) -> bool:
    """Returns whether pods are ready that a Service sends to."""
    namespace = namespace_of(service)
    return any(
        namespace_of(workload) == namespace and selects(service, workload)
        for workload in (*cloud.ready(types.DEPLOYMENT), *cloud.ready(types.STATEFUL_SET))
    )


def hostname_of(balanced: Thing) -> str:
    """Returns the name of the load balancer before an Ingress or a Service; empty: it has none."""
    status = balanced.properties.get("status") or {}
    found = (status.get("loadBalancer") or {}).get("ingress") or [{}]
    return str(found[0].get("hostname") or "")


def sends_to_pods(cloud: Cloud, balanced: Thing) -> bool:
    """Returns whether pods are ready for all requests of a load balancer."""
    weights = _shares(balanced).items()
    return all(_answers(cloud, balanced, name) for name, weight in weights if weight)
