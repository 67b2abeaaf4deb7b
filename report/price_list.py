"""Reads a region's prices from AWS's public price list.

Its form: https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-ppslong.html
"""

import json
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from http.client import HTTPException
from io import TextIOWrapper
from typing import IO, Any, Final, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from .costs import REGION
from .json_stream import NotThisFormError, members

_AWS: Final = "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/index.json"
_CHINA: Final = "https://pricing.cn-north-1.amazonaws.com.cn/offers/v1.0/cn/index.json"
_SECONDS: Final = 60
_CHUNK: Final = 1 << 20
# What the list calls the units in which this project counts.
_UNITS: Final[Mapping[str, frozenset[str]]] = {
    "hour": frozenset({"hrs", "hour", "hours"}),
    "month": frozenset({"key", "keys", "secret", "secrets"}),
    "GB-month": frozenset({"gb-mo", "gb-month"}),
}
# Read member by member.
_OPENED: Final = frozenset(
    {(), ("products",), ("terms",), ("terms", "OnDemand"), ("terms", "Reserved")}
)


class PriceListError(Exception):
    """Why a price list cannot be read, in one line."""


class _Wanted(NamedTuple):
    """How a price is found.

    :param usage: the usage type after the region's prefix, as a pattern.
    :param attributes: what the product must have besides.
    """

    key: str
    service: str
    unit: str
    usage: str
    attributes: Mapping[str, str]


_LINUX: Final = {
    "operatingSystem": "Linux",
    "tenancy": "Shared",
    "preInstalledSw": "NA",
    "capacitystatus": "Used",
    "operation": "RunInstances",
}
_ALB: Final = {"operation": "LoadBalancing:Application"}
_NAT: Final = {"group": "NGW:NatGateway", "operation": "NatGateway"}
# Usage types and attributes as https://github.com/infracost/infracost asks for them. A key with
# `{}` is one for each instance type.
_WANTED: Final = (
    _Wanted("eks-cluster", "AmazonEKS", "hour", "AmazonEKS-Hours:perCluster", {}),
    _Wanted("nat-gateway", "AmazonEC2", "hour", "NatGateway-Hours", _NAT),
    _Wanted("load-balancer", "AWSELB", "hour", "LoadBalancerUsage", _ALB),
    _Wanted("public-ipv4", "AmazonVPC", "hour", "PublicIPv4:InUseAddress", {}),
    _Wanted("interface-endpoint", "AmazonVPC", "hour", "VpcEndpoint-Hours", {}),
    _Wanted("kms-key", "awskms", "month", "KMS-Keys", {}),
    _Wanted("secret", "AWSSecretsManager", "month", "AWSSecretsManager-Secrets?", {}),
    _Wanted("gp3", "AmazonEC2", "GB-month", r"EBS:VolumeUsage\.gp3", {}),
    _Wanted("ec2:{}", "AmazonEC2", "hour", r"BoxUsage:[a-z0-9.-]+", _LINUX),
)


class Found(NamedTuple):
    """What a list says of a region.

    :param content: the content of ``report/prices/REGION.json``.
    :param missing: keys without a price.
    """

    content: Mapping[str, Any]
    missing: list[str]


def read_prices(region: str, doing: Callable[[str], None], index: str = "") -> Found:
    """Returns a region's prices.

    :param doing: is told what is read.
    :param index: the list's address, by default the one that the region belongs to.
    :raises PriceListError: if the list cannot be reached, has another form or not this region.
    """
    if not REGION.fullmatch(region):
        raise PriceListError(f"{region!r} is no region; name one, as in REGION=eu-central-1")
    index = index or (_CHINA if region.startswith("cn-") else _AWS)
    currency = "CNY" if region.startswith("cn-") else "USD"
    rows: dict[str, Mapping[str, str]] = {}
    dates: list[str] = []
    doing("the list of services")
    offers = _part(_json(index), "offers", index)
    for service in dict.fromkeys(wanted.service for wanted in _WANTED):
        if service not in offers:
            continue
        doing(f"the regions of {service}")
        at = _absolute(index, _part(offers, service, index).get("currentRegionIndexUrl"))
        regions = _part(_json(at), "regions", at)
        # What a service does not have is named with the missing keys.
        if region in regions:
            file = _absolute(index, _part(regions, region, at).get("currentVersionUrl"))
            date, prices = _service(file, service, region, currency, doing)
            dates.append(date)
            rows |= prices
    if not rows:
        raise PriceListError(f"{index} has no prices of {region!r}; REGION names one of AWS's")
    missing = [
        wanted.key.format("TYPE")
        for wanted in _WANTED
        if not any(re.fullmatch(re.escape(wanted.key).replace(r"\{\}", ".+"), key) for key in rows)
    ]
    content = {"region": region, "date": min(dates), "source": index, "currency": currency}
    prices = [{"key": key, **row} for key, row in sorted(rows.items())]
    return Found(content | {"prices": prices}, missing)


def price_file(found: Found) -> str:
    """Returns the text of ``report/prices/REGION.json``, one price a line."""
    prices = ",\n".join(f"    {json.dumps(row)}" for row in found.content["prices"])
    head = json.dumps({**found.content, "prices": []}, indent=2)
    return head.replace('"prices": []', f'"prices": [\n{prices}\n  ]') + "\n"


def _service(
    url: str, service: str, region: str, currency: str, doing: Callable[[str], None]
) -> tuple[str, Mapping[str, Mapping[str, str]]]:
    """Returns the date of a service's list and its prices by key, never the whole of it."""
    keys: dict[str, tuple[str, str]] = {}
    terms: list[tuple[str, Any]] = []
    date = ""
    with tempfile.TemporaryFile() as file, TextIOWrapper(file, encoding="utf-8") as text:
        _download(url, file, lambda done: doing(f"{service}: {done} MB"))
        file.seek(0)
        doing(f"{service}: looking for prices")
        try:
            # Products come before their terms.
            for path, value in members(text, opened=_OPENED):
                match path:
                    case ["publicationDate"]:
                        date = str(value)[:10]
                    case ["products", sku]:
                        if key := _key(value, service, region):
                            keys[sku] = key
                    case ["terms", "OnDemand", sku] if sku in keys:
                        terms.append((sku, value))
                    case _:
                        pass
            prices = [(*keys[sku], _price(term, keys[sku][1], currency)) for sku, term in terms]
        except (NotThisFormError, UnicodeError, AttributeError, TypeError, InvalidOperation):
            raise _other_form(url) from None
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", date):
        raise _other_form(url)
    amounts: dict[tuple[str, str], set[Decimal]] = {}
    for key, unit, amount in prices:
        if amount:
            amounts.setdefault((key, unit), set()).add(amount)
    # Of two prices none is known to be the right one.
    return date, {
        key: {"amount": f"{found.pop():f}", "unit": unit}
        for (key, unit), found in amounts.items()
        if len(found) == 1
    }


def _key(product: Mapping[str, Any], service: str, region: str) -> tuple[str, str] | None:
    """Returns key and unit of a product that is wanted, of this region and no local zone of it."""
    has = product.get("attributes", {})
    if has.get("regionCode") != region:
        return None
    usage = re.sub(rf"^(EU|[A-Z]+\d|{region})-", "", has.get("usagetype", ""))
    for wanted in _WANTED:
        if (
            wanted.service == service
            and re.fullmatch(wanted.usage, usage)
            and all(has.get(name) == value for name, value in wanted.attributes.items())
        ):
            return wanted.key.format(has.get("instanceType")), wanted.unit
    return None


def _price(term: Mapping[str, Any], unit: str, currency: str) -> Decimal | None:
    """Returns the price of the first unit, if it costs something."""
    for offer in term.values():
        for rate in offer.get("priceDimensions", {}).values():
            amount = Decimal(rate.get("pricePerUnit", {}).get(currency, "0"))
            known = str(rate.get("unit")).lower() in _UNITS[unit]
            if known and rate.get("beginRange", "0") == "0" and amount > 0:
                return amount.normalize()
    return None


def _absolute(index: str, path: object) -> str:
    if not isinstance(path, str) or not path.startswith("/"):
        raise _other_form(index)
    return "/".join(index.split("/", 3)[:3]) + path


def _part(found: Any, name: str, url: str) -> Mapping[str, Any]:
    part = found.get(name) if isinstance(found, dict) else None
    if not isinstance(part, dict):
        raise _other_form(url)
    return part


def _json(url: str) -> Any:
    with tempfile.TemporaryFile() as file:
        _download(url, file, lambda _: None)
        file.seek(0)
        try:
            return json.load(file)
        except ValueError:
            raise _other_form(url) from None


def _download(url: str, file: IO[bytes], doing: Callable[[int], None]) -> None:
    try:
        with urlopen(url, timeout=_SECONDS) as answer:  # noqa: S310  the list's own addresses
            for chunk in _chunks(answer):
                file.write(chunk)
                doing(file.tell() // 1_000_000)
    except HTTPError as error:
        raise PriceListError(f"{url} answers {error.code} {error.reason}") from None
    except (OSError, HTTPException) as error:
        reason = error.reason if isinstance(error, URLError) else error
        raise PriceListError(f"{url} cannot be read: {reason}") from None


def _chunks(answer: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: answer.read(_CHUNK), b"")


def _other_form(url: str) -> PriceListError:
    return PriceListError(f"{url} is no price list in the documented form; no prices are written")
