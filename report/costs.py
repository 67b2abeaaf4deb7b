"""What a stack costs in a month at least, by what is paid for by the hour."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Final, Literal

from deployment.deployment import Deployment
from deployment.resource import Resource

from .architecture import read_architecture
from .parts import (
    CLUSTER,
    INGRESS,
    NAT,
    NODE_GROUP,
    VPC_ENDPOINT,
    is_internal,
)

_FILE: Final = Path(__file__).parent / "prices" / "us-east-1.json"
# Paid by use, of which a plan knows nothing; with the types that bring it about.
_BY_USE: Final[Mapping[str, str]] = {
    NAT: "data through NAT gateways, by the gigabyte",
    INGRESS: "the load balancers' capacity units (LCU)",
    VPC_ENDPOINT: "data through interface endpoints, by the gigabyte",
    "aws:efs/fileSystem:FileSystem": "files on EFS and their backups, by the gigabyte",
    "aws:cloudwatch/logGroup:LogGroup": "logs, by the gigabyte taken in and kept",
    "aws:kms/key:Key": "requests to KMS, and further versions of rotated keys",
    NODE_GROUP: "nodes above the desired size, CPU credits of burstable types",
}
_ALWAYS: Final = ("data between zones and to the internet", "taxes, support plans and discounts")


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """What one unit costs, in US dollars.

    :param date: when the source said so.
    """

    key: str
    usd: Decimal
    unit: Literal["hour", "month", "GB-month"]
    region: str
    date: str
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A part of the estimate.

    :param units: how many, of the hours of a month or of gigabytes.
    """

    component: str
    what: str
    units: Decimal
    price: Price

    @property
    def monthly(self) -> Decimal:
        """US dollars a month, to the cent."""
        hours = _hours_per_month() if self.price.unit == "hour" else 1
        return (self.units * hours * self.price.usd).quantize(Decimal("0.01"), ROUND_HALF_UP)


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """What a stack costs in a month at least.

    :param not_counted: what it costs besides.
    """

    lines: Sequence[Line]
    region: str
    not_counted: Sequence[str]

    @property
    def total(self) -> Decimal:
        """US dollars a month."""
        return sum((line.monthly for line in self.lines), Decimal())

    @property
    def components(self) -> Mapping[str, Decimal]:
        """US dollars a month by component, the dearest first."""
        sums: dict[str, Decimal] = {}
        for line in self.lines:
            sums[line.component] = sums.get(line.component, Decimal()) + line.monthly
        return dict(sorted(sums.items(), key=lambda item: (-item[1], item[0])))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Need:
    """So many of what has a price."""

    key: str
    what: str
    units: Decimal
    resource: Resource


def estimate(deployment: Deployment) -> Estimate:
    """Returns what a stack costs in a month at least."""
    known = prices()
    needs = [need for find in _FINDERS for need in find(deployment)]
    lines = [
        Line(
            component=deployment.component(need.resource).name,
            what=need.what,
            units=need.units,
            price=known[need.key],
        )
        for need in needs
        if need.key in known
    ]
    unknown = [f"{need.what}: no price was found" for need in needs if need.key not in known]
    by_use = [text for token, text in _BY_USE.items() if deployment.of(token)]
    regions = [p.inputs.get("region") for p in deployment.of("pulumi:providers:aws")]
    return Estimate(
        lines=lines,
        region=next((str(region) for region in regions if region), ""),
        not_counted=[*unknown, *by_use, *_ALWAYS],
    )


@cache
def prices() -> Mapping[str, Price]:
    """Returns the known prices by key."""
    data = json.loads(_FILE.read_text(encoding="utf-8"))
    return {
        entry["key"]: Price(
            key=entry["key"],
            usd=Decimal(entry["usd"]),
            unit=entry["unit"],
            region=entry["region"],
            date=entry["date"],
            source=entry["source"],
        )
        for entry in data["prices"]
    }


@cache
def _hours_per_month() -> int:
    return int(json.loads(_FILE.read_text(encoding="utf-8"))["hoursPerMonth"])


def _each(token: str, key: str, what: str) -> Callable[[Deployment], Iterator[_Need]]:
    """Returns what finds resources of which each costs the same."""

    def find(deployment: Deployment) -> Iterator[_Need]:
        for resource in deployment.of(token):
            yield _Need(
                key=key, what=f"{what} {resource.name}", units=Decimal(1), resource=resource
            )

    return find


def _nodes(deployment: Deployment) -> Iterator[_Need]:
    for group in deployment.of(NODE_GROUP):
        types = group.inputs.get("instanceTypes") or ["type of the launch template"]
        count = Decimal(group.inputs.get("scalingConfig", {}).get("desiredSize", 0))
        spot = group.inputs.get("capacityType") == "SPOT"
        key = "spot" if spot else f"ec2:{types[0]}"
        kind = f"spot {types[0]}" if spot else types[0]
        yield _Need(key=key, what=f"{count} nodes {kind}", units=count, resource=group)
        gigabytes = _root_volume(deployment, group)
        if gigabytes:
            what = f"{count} root volumes of {gigabytes} GiB, gp3"
            yield _Need(key="gp3", what=what, units=count * gigabytes, resource=group)


def _root_volume(deployment: Deployment, group: Resource) -> int:
    template = deployment.by_id(
        "aws:ec2/launchTemplate:LaunchTemplate",
        group.inputs.get("launchTemplate", {}).get("id"),
    )
    devices = template.inputs.get("blockDeviceMappings", ()) if template else ()
    return sum(
        int(device["ebs"].get("volumeSize", 0))
        for device in devices
        if device.get("ebs", {}).get("volumeType") == "gp3"
    )


def _load_balancers(deployment: Deployment) -> Iterator[_Need]:
    architecture = read_architecture(deployment)
    subnets = architecture.subnets if architecture else ()
    public = sum(subnet.role == "public" for subnet in subnets)
    for ingress in deployment.of(INGRESS):
        what = f"load balancer {ingress.name}"
        yield _Need(key="load-balancer", what=what, units=Decimal(1), resource=ingress)
        if not is_internal(ingress) and public:
            addresses = f"{public} public addresses of {what}"
            yield _Need(key="public-ipv4", what=addresses, units=Decimal(public), resource=ingress)


def _endpoints(deployment: Deployment) -> Iterator[_Need]:
    for endpoint in deployment.of(VPC_ENDPOINT):
        zones = len(endpoint.inputs.get("subnetIds", ()))
        if zones:
            what = f"endpoint {endpoint.name} in {zones} zones"
            yield _Need(
                key="interface-endpoint", what=what, units=Decimal(zones), resource=endpoint
            )


_FINDERS: Final[Sequence[Callable[[Deployment], Iterator[_Need]]]] = (
    _each(CLUSTER, "eks-cluster", "control plane"),
    _nodes,
    _each(NAT, "nat-gateway", "NAT gateway"),
    _each("aws:ec2/eip:Eip", "public-ipv4", "public address"),
    _load_balancers,
    _endpoints,
    _each("aws:kms/key:Key", "kms-key", "key"),
)
