"""What the load balancer controller makes for an Ingress, and what stays when it cannot work."""

from typing import TYPE_CHECKING, Any, Final

from deployment.types import (
    INGRESS,
    INTERNET_GATEWAY,
    LOAD_BALANCER,
    RELEASE,
    SERVICE,
    SUBNET,
)

from .conditions import CONTROLLER_CHART, controller_failure
from .errors import CloudError
from .network import (
    add_interface,
    create_security_group,
    delete_security_group,
    free_addresses,
    remove_interfaces,
)

if TYPE_CHECKING:
    from .cloud import Cloud, Thing

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


def is_served(ingress: "Thing") -> bool:
    """Returns whether the controller serves an Ingress."""
    return ingress.inputs["spec"].get("ingressClassName") == "alb"


async def provision(cloud: "Cloud", ingress: "Thing") -> str:
    """Waits until a load balancer stands behind an Ingress; returns why none does, or nothing."""
    if not is_served(ingress):
        return ""
    await cloud.wait_until(lambda: not _failure(cloud, ingress), WAIT_SECONDS)
    if failure := _failure(cloud, ingress):
        return f"Ingress .status.loadBalancer field was not updated with a hostname: {failure}"
    if cloud.find(LOAD_BALANCER, ingress.id) is None:
        _make(cloud, ingress)
    return ""


async def deprovision(cloud: "Cloud", ingress: "Thing") -> None:
    """Waits until the controller has taken the load balancer of an Ingress away.

    :raises CloudError: where none works: the finalizer stays, and the load balancer too.
    """
    if cloud.find(LOAD_BALANCER, ingress.id) is None:
        return
    if not await cloud.wait_until(lambda: not controller_failure(cloud), WAIT_SECONDS):
        raise CloudError(
            f"finalizer ingress.k8s.aws/resources of Ingress {ingress.id} stays: timed out "
            f"waiting for the condition: {controller_failure(cloud)}"
        )
    group = cloud.things[LOAD_BALANCER, ingress.id].properties["securityGroup"]
    remove_interfaces(cloud, ingress.id)
    delete_security_group(cloud, group)
    cloud.forget(cloud.things[LOAD_BALANCER, ingress.id])


def _failure(cloud: "Cloud", ingress: "Thing") -> str:
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
        if not any(gateway.inputs.get("vpcId") == vpc for gateway in cloud.of(INTERNET_GATEWAY)):
            return f"InvalidSubnet: VPC {vpc} has no internet gateway"
    return ""


def _make(cloud: "Cloud", ingress: "Thing") -> None:
    subnets = _subnets(cloud, ingress)
    group = f"sg-{cloud.digits(ingress.urn + '#alb')}"
    create_security_group(cloud, subnets[0].inputs["vpcId"], group, owner=ingress.id)
    by_zone = {subnet.inputs["availabilityZone"]: subnet for subnet in subnets}
    for subnet in by_zone.values():
        add_interface(cloud, subnet.id, owner=ingress.id, security_groups=[group])
    cloud.make(LOAD_BALANCER, ingress.id, {"securityGroup": group})


def _subnets(cloud: "Cloud", ingress: "Thing") -> list["Thing"]:
    tag = _ROLE_TAGS[_scheme(ingress)]
    vpc = next(
        release.inputs["values"]["vpcId"]
        for release in cloud.of(RELEASE)
        if release.inputs["chart"] == CONTROLLER_CHART
    )
    return [
        subnet
        for subnet in cloud.of(SUBNET)
        if subnet.is_ready
        and subnet.inputs["vpcId"] == vpc
        and (subnet.inputs.get("tags") or {}).get(tag) is not None
        and free_addresses(cloud, subnet.id) >= _FEWEST_ADDRESSES
    ]


def _scheme(ingress: "Thing") -> str:
    annotations: dict[str, str] = ingress.inputs["metadata"].get("annotations") or {}
    return annotations.get(f"{_ALB}scheme", "internal")


def _services(ingress: "Thing") -> list[str]:
    found: list[str] = []
    for rule in ingress.inputs["spec"].get("rules") or []:
        for path in rule["http"]["paths"]:
            service: dict[str, Any] = path["backend"]["service"]
            found.append(service["name"])
    return found


def load_balancer_of(cloud: "Cloud", workload: "Thing") -> "Thing | None":
    """Returns the load balancer that sends to the pods of a workload, if one does."""
    namespace = workload.inputs["metadata"]["namespace"]
    labels = workload.inputs["spec"]["template"]["metadata"].get("labels") or {}
    for ingress in cloud.of(INGRESS):
        if ingress.inputs["metadata"]["namespace"] != namespace:
            continue
        for name in _services(ingress):
            service = cloud.find(SERVICE, f"{namespace}/{name}")
            selector = service.inputs["spec"].get("selector") if service else None
            if selector and selector.items() <= labels.items():
                return cloud.find(LOAD_BALANCER, ingress.id)
    return None
