"""What the load balancer controller makes for an Ingress, and what stays when it cannot work."""

from typing import Final

from deployment.types import (
    INGRESS,
    INTERNET_GATEWAY,
    LOAD_BALANCER,
    RELEASE,
    SERVICE,
    SUBNET,
)
from offline.derived import digest

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

_ALB: Final = "alb.ingress.kubernetes.io/"
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


def is_served(ingress: Thing) -> bool:
    """Returns whether the controller serves an Ingress."""
    return ingress.inputs["spec"].get("ingressClassName") == "alb"


async def provision(cloud: Cloud, ingress: Thing) -> str:
    """Waits until a load balancer stands behind an Ingress; returns why none does, or nothing."""
    if not is_served(ingress):
        return ""
    if failure := await cloud.wait_out(lambda: _failure(cloud, ingress), WAIT_SECONDS):
        return f"Ingress .status.loadBalancer field was not updated with a hostname: {failure}"
    if cloud.find(LOAD_BALANCER, ingress.id) is None:
        _make(cloud, ingress)
    return ""


async def deprovision(cloud: Cloud, ingress: Thing) -> None:
    """Waits until the controller has taken the load balancer of an Ingress away.

    :raises CloudError: where none works: the finalizer stays, and the load balancer too.
    """
    balancer = cloud.find(LOAD_BALANCER, ingress.id)
    if balancer is None:
        return
    if failure := await cloud.wait_out(lambda: controller_failure(cloud), WAIT_SECONDS):
        raise CloudError(
            f"finalizer ingress.k8s.aws/resources of Ingress {ingress.id} stays: timed out "
            f"waiting for the condition: {failure}"
        )
    remove_interfaces(cloud, ingress.id)
    delete_security_group(cloud, balancer.properties["securityGroup"])
    cloud.forget(balancer)


def _failure(cloud: Cloud, ingress: Thing) -> str:
    if failure := controller_failure(cloud):
        return failure
    for name in _services(ingress):
        if not cloud.find(SERVICE, f"{ingress.inputs['metadata']['namespace']}/{name}"):
            return f'Service "{name}" not found'
    subnets = _subnets(cloud, ingress)
    if len({subnet.inputs["availabilityZone"] for subnet in subnets}) < _FEWEST_ZONES:
        return "couldn't auto-discover subnets: at least two zones are needed"
    if _scheme(ingress) == "internet-facing":
        vpc = subnets[0].inputs["vpcId"]
        if not cloud.of(INTERNET_GATEWAY, vpcId=vpc):
            return f"InvalidSubnet: VPC {vpc} has no internet gateway"
    return ""


def _make(cloud: Cloud, ingress: Thing) -> None:
    subnets = _subnets(cloud, ingress)
    group = f"sg-{digest(f'{ingress.urn}#alb', 17)}"
    create_security_group(cloud, subnets[0].inputs["vpcId"], group, owner=ingress.id)
    by_zone = {subnet.inputs["availabilityZone"]: subnet.id for subnet in subnets}
    set_interfaces(cloud, ingress.id, by_zone.values(), [group])
    cloud.make(LOAD_BALANCER, ingress.id, {"securityGroup": group})


def _subnets(cloud: Cloud, ingress: Thing) -> list[Thing]:
    tag = _ROLE_TAGS[_scheme(ingress)]
    vpc = cloud.of(RELEASE, chart=CONTROLLER_CHART)[0].inputs["values"]["vpcId"]
    return [
        subnet
        for subnet in cloud.ready(SUBNET, vpcId=vpc)
        if (subnet.inputs.get("tags") or {}).get(tag) is not None
        and free_addresses(cloud, subnet.id) >= _FEWEST_ADDRESSES
    ]


def _scheme(ingress: Thing) -> str:
    annotations: dict[str, str] = ingress.inputs["metadata"].get("annotations") or {}
    return annotations.get(f"{_ALB}scheme", "internal")


def _services(ingress: Thing) -> list[str]:
    return [
        path["backend"]["service"]["name"]
        for rule in ingress.inputs["spec"].get("rules") or []
        for path in rule["http"]["paths"]
    ]


def load_balancer_of(cloud: Cloud, workload: Thing) -> Thing | None:
    """Returns the load balancer that sends to the pods of a workload, if one does."""
    namespace = workload.inputs["metadata"]["namespace"]
    for ingress in cloud.of(INGRESS):
        if ingress.inputs["metadata"]["namespace"] == namespace:
            for name in _services(ingress):
                service = cloud.find(SERVICE, f"{namespace}/{name}")
                if service and selects(service, workload):
                    return cloud.find(LOAD_BALANCER, ingress.id)
    return None


def selects(service: Thing, workload: Thing) -> bool:
    """Returns whether a Service sends to the pods of a workload in its namespace."""
    selector = service.inputs["spec"].get("selector")
    labels = workload.inputs["spec"]["template"]["metadata"].get("labels") or {}
    return bool(selector) and selector.items() <= labels.items()
