"""What a stack costs in a month at least, by what is paid for by the hour."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from deployment.deployment import Deployment
from deployment.resource import Resource
from deployment.types import (
    BUCKET,
    CLUSTER,
    FILE_SYSTEM,
    INGRESS,
    KEPT_SECRET,
    KEY,
    LAUNCH_TEMPLATE,
    LOG_GROUP,
    NAT_GATEWAY,
    NODE_GROUP,
    NODE_POOL,
    QUEUE,
    SERVICE,
    STATEFUL_SET,
    TOPIC,
    VPC_ENDPOINT,
)

from .architecture import read_architecture
from .parts import is_internal, subnets_of

PRICES: Final = Path(__file__).parent / "prices"
REGION: Final = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d")
_DEFAULT_REGION: Final = "us-east-1"
_HOURS_PER_MONTH: Final = 730
# Paid by use, of which a plan knows nothing; with the types that bring it about.
_BY_USE: Final[Mapping[str, str]] = {
    NAT_GATEWAY: "data through NAT gateways, by the gigabyte",
    INGRESS: "the load balancers' capacity units (LCU)",
    VPC_ENDPOINT: "data through interface endpoints, by the gigabyte",
    FILE_SYSTEM: "files on EFS and their backups, by the gigabyte",
    BUCKET: "dumps of MySQL in S3, by the gigabyte, and requests for them",
    LOG_GROUP: "logs, by the gigabyte taken in and kept",
    KEY: "requests to KMS, and further versions of rotated keys",
    KEPT_SECRET: "requests to Secrets Manager, each mount of a secret among them",
    NODE_GROUP: "nodes above the desired size, CPU credits of burstable types",
    NODE_POOL: "nodes that Karpenter starts, up to the limits of its pools",
    QUEUE: "messages of Karpenter's queue",
    TOPIC: "messages of the topic of alerts, by how they are delivered",
}
# What a volume costs more for, by its property.
_FASTER: Final[Mapping[str, str]] = {"iops": "IOPS", "throughput": "MiB/s"}
# The StatefulSet whose pod asks CloudWatch.
_READER: Final = "cloudwatch-exporter"
_ALWAYS: Final = ("data between zones and to the internet", "taxes, support plans and discounts")


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """What one unit costs.

    :param amount: in the price list's currency.
    :param date: when the source said so.
    """

    key: str
    amount: Decimal
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
        """What it costs a month, to the cent."""
        hours = _HOURS_PER_MONTH if self.price.unit == "hour" else 1
        return (self.units * hours * self.price.amount).quantize(Decimal("0.01"), ROUND_HALF_UP)


@dataclass(frozen=True, kw_only=True, slots=True)
class PriceList:
    """The prices of a region.

    :param date: of the list, the oldest of its parts.
    :param source: the list's address; nothing where each price has its own.
    """

    region: str
    date: str
    source: str
    currency: str
    prices: Mapping[str, Price]

    @property
    def sign(self) -> str:
        """What stands before an amount."""
        return "$" if self.currency == "USD" else f"{self.currency} "


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """What a stack costs in a month at least.

    :param region: the stack's, nothing where its export does not name it.
    :param price_list: of this region, or else the shipped one of another.
    :param not_counted: what it costs besides.
    """

    lines: Sequence[Line]
    region: str
    price_list: PriceList
    not_counted: Sequence[str]

    @property
    def total(self) -> Decimal:
        """What all of it costs a month."""
        return sum((line.monthly for line in self.lines), Decimal())

    @property
    def components(self) -> Mapping[str, Decimal]:
        """What it costs a month by component, the dearest first."""
        sums: dict[str, Decimal] = {}
        for line in self.lines:
            sums[line.component] = sums.get(line.component, Decimal()) + line.monthly
        return dict(sorted(sums.items(), key=lambda item: (-item[1], item[0])))


class _Need(NamedTuple):
    """So many of what has a price."""

    key: str
    units: int
    what: str


def estimate(deployment: Deployment) -> Estimate:
    """Returns what a stack costs in a month at least."""
    regions = [p.inputs.get("region") for p in deployment.of("pulumi:providers:aws")]
    region = next((str(region) for region in regions if region), "")
    price_list = prices_of(region)
    lines: list[Line] = []
    unknown: list[str] = []
    for component, (key, units, what) in _needs(deployment):
        if price := price_list.prices.get(key):
            number = Decimal(units)
            lines.append(Line(component=component, what=what, units=number, price=price))
        else:
            unknown.append(f"{what}: no price was found")
    return Estimate(
        lines=lines,
        region=region,
        price_list=price_list,
        not_counted=[*unknown, *_paid_by_use(deployment), *_ALWAYS],
    )


def _paid_by_use(deployment: Deployment) -> Iterator[str]:
    """Yields what is paid for by use."""
    yield from (text for token, text in _BY_USE.items() if deployment.of(token))
    if any(one.inputs["spec"].get("type") == "LoadBalancer" for one in deployment.of(SERVICE)):
        yield "network load balancers, by the hour and by capacity units (NLCU)"
    names = {one.inputs.get("metadata", {}).get("name") for one in deployment.of(STATEFUL_SET)}
    if _READER in names:
        yield "metrics asked of CloudWatch, by the thousand"


def prices_of(region: str) -> PriceList:
    """Returns the prices of a region if ``make prices`` has read them, else the shipped ones."""
    file = PRICES / f"{region}.json"
    if not REGION.fullmatch(region) or not file.is_file():
        file = PRICES / f"{_DEFAULT_REGION}.json"
    found: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    common = {name: found.get(name, "") for name in ("region", "date", "source")}
    prices = [
        Price(**common | entry | {"amount": Decimal(entry["amount"])}) for entry in found["prices"]
    ]
    by_key = {price.key: price for price in prices}
    return PriceList(**common, currency=found["currency"], prices=by_key)


def _needs(deployment: Deployment) -> Iterator[tuple[str, _Need]]:
    """Yields what has a price, with the component that it belongs to."""
    for token, find in _NEEDS.items():
        for resource in deployment.of(token):
            component = deployment.component(resource).name
            yield from ((component, need) for need in find(deployment, resource))
    # The drivers make volumes of claims, so that none is among the resources.
    for some in deployment.plan.get("volumes", ()):
        for gib in some["gib"]:
            count = some["number"]
            what = f"{count} volumes of {gib} GiB of {some['pods']}, gp3"
            yield some["component"], _Need("gp3", count * gib, what)


def _one(key: str, what: str) -> "_Find":
    """Returns what finds that a resource is paid for by itself."""
    return lambda _, resource: [_Need(key, 1, f"{what} {resource.name}")]


def _nodes(deployment: Deployment, group: Resource) -> Iterator[_Need]:
    (kind, *_) = group.inputs.get("instanceTypes") or ["type of the launch template"]
    count = int(group.inputs.get("scalingConfig", {}).get("desiredSize", 0))
    if group.inputs.get("capacityType") == "SPOT":
        yield _Need("spot", count, f"{count} nodes spot {kind}")
    else:
        yield _Need(f"ec2:{kind}", count, f"{count} nodes {kind}")
    template_id = group.inputs.get("launchTemplate", {}).get("id")
    template = deployment.by_id(LAUNCH_TEMPLATE, template_id)
    mappings = template.inputs.get("blockDeviceMappings", ()) if template else ()
    disks = [mapping.get("ebs", {}) for mapping in mappings]
    sizes: dict[str, int] = {}
    for disk in disks:
        kind = str(disk.get("volumeType") or "gp2")
        sizes[kind] = sizes.get(kind, 0) + int(disk.get("volumeSize") or 0)
        if faster := [f"{disk[key]} {unit}" for key, unit in _FASTER.items() if disk.get(key)]:
            yield _Need(f"{kind}-speed", count, f"{' and '.join(faster)} of {count} {kind} volumes")
    for kind, size in sizes.items():
        if size:
            yield _Need(kind, count * size, f"{count} root volumes of {size} GiB, {kind}")


def _load_balancer(deployment: Deployment, ingress: Resource) -> Iterator[_Need]:
    what = f"load balancer {ingress.name}"
    yield _Need("load-balancer", 1, what)
    architecture = read_architecture(deployment)
    subnets = architecture.subnets if architecture else ()
    public = sum(subnet.role == "public" for subnet in subnets)
    if public and not is_internal(ingress):
        yield _Need("public-ipv4", public, f"{public} public addresses of {what}")


def _endpoint(_: Deployment, endpoint: Resource) -> Iterator[_Need]:
    if zones := len(subnets_of(endpoint)):
        yield _Need("interface-endpoint", zones, f"endpoint {endpoint.name} in {zones} zones")


# What finds the parts of the estimate for a resource, by its type.
_Find = Callable[[Deployment, Resource], Iterable[_Need]]
_NEEDS: Final[Mapping[str, _Find]] = {
    CLUSTER: _one("eks-cluster", "control plane"),
    NODE_GROUP: _nodes,
    NAT_GATEWAY: _one("nat-gateway", "NAT gateway"),
    "aws:ec2/eip:Eip": _one("public-ipv4", "public address"),
    INGRESS: _load_balancer,
    VPC_ENDPOINT: _endpoint,
    KEY: _one("kms-key", "key"),
    KEPT_SECRET: _one("secret", "secret"),
}
