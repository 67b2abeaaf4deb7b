"""`make prices` reads AWS's price list in its documented form, and reports use what it writes."""

import json
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from typing import Any, Final

import pytest
from commands import run
from reports import shipped

from deployment.deployment import Deployment
from report import costs, json_stream, price_list
from report.costs import estimate, prices_of
from report.document import Content, render

REGION: Final = "ap-northeast-2"
LINUX: Final = {
    "instanceType": "t3.medium",
    "operatingSystem": "Linux",
    "tenancy": "Shared",
    "preInstalledSw": "NA",
    "capacitystatus": "Used",
    "operation": "RunInstances",
}
NAT: Final = {"group": "NGW:NatGateway", "operation": "NatGateway"}
ALB: Final = {"operation": "LoadBalancing:Application"}
BOX: Final = "APN2-BoxUsage:t3.medium"

# Service, usage type, other attributes, unit and price: what is wanted, and what looks like it.
WANTED: Final = {
    "eks-cluster": ("AmazonEKS", "APN2-AmazonEKS-Hours:perCluster", {}, "Hours", "0.1100000000"),
    "nat-gateway": ("AmazonEC2", "APN2-NatGateway-Hours", NAT, "Hrs", "0.0590000000"),
    "load-balancer": ("AWSELB", "APN2-LoadBalancerUsage", ALB, "Hrs", "0.0225"),
    "public-ipv4": ("AmazonVPC", "APN2-PublicIPv4:InUseAddress", {}, "Hrs", "0.005"),
    "interface-endpoint": ("AmazonVPC", "APN2-VpcEndpoint-Hours", {}, "Hrs", "0.013"),
    "kms-key": ("awskms", "ap-northeast-2-KMS-Keys", {}, "Keys", "1"),
    "secret": ("AWSSecretsManager", "APN2-AWSSecretsManager-Secrets", {}, "Secrets", "0.4"),
    "gp3": ("AmazonEC2", "APN2-EBS:VolumeUsage.gp3", {}, "GB-Mo", "0.0912"),
    "ec2:t3.medium": ("AmazonEC2", BOX, LINUX, "Hrs", "0.052"),
}
OTHERS: Final = (
    ("AmazonEC2", "APN2-RegionalNatGateway-Hours", NAT, "Hrs", "9"),
    ("AmazonEC2", "APN2-NatGateway-Bytes", NAT, "GB", "9"),
    ("AmazonEC2", BOX, LINUX | {"regionCode": "ap-northeast-1"}, "Hrs", "9"),
    ("AmazonEC2", BOX, LINUX | {"regionCode": "ap-northeast-2-sel-1"}, "Hrs", "9"),
    ("AmazonEC2", BOX, LINUX | {"operatingSystem": "Windows"}, "Hrs", "9"),
    ("AmazonEC2", BOX, LINUX | {"tenancy": "Dedicated"}, "Hrs", "9"),
    ("AmazonEC2", BOX, LINUX | {"preInstalledSw": "SQL Web"}, "Hrs", "9"),
    ("AmazonEC2", BOX, LINUX | {"capacitystatus": "UnusedCapacityReservation"}, "Hrs", "9"),
    ("AmazonEC2", BOX, LINUX, "Hrs", "0"),
    ("AWSELB", "APN2-LoadBalancerUsage", {"operation": "LoadBalancing:Network"}, "Hrs", "9"),
    ("AWSELB", "APN2-TS-LoadBalancerUsage", ALB, "Hrs", "9"),
    ("AmazonVPC", "APN2-PublicIPv4:IdleAddress", {}, "Hrs", "9"),
    ("AmazonVPC", "APN2-VpcEndpoint-GWLBE-Hours", {}, "Hrs", "9"),
    ("AmazonEKS", "APN2-AmazonEKS-Hours:extendedSupport", {}, "Hours", "9"),
    ("AWSSecretsManager", "APN2-AWSSecretsManagerAPIRequest", {}, "API Requests", "9"),
)
Row = tuple[str, str, dict[str, str], str, str]


def price_files(rows: list[Row], currency: str = "USD", region: str = REGION) -> dict[str, Any]:
    """Returns the files of a price list by path."""
    offers: dict[str, Any] = {}
    files: dict[str, Any] = {"index.json": {"offers": offers}}
    for service in {row[0] for row in rows}:
        offers[service] = {"currentRegionIndexUrl": f"/{service}.regions.json"}
        versions = {"currentVersionUrl": f"/{service}.json"}
        files[f"{service}.regions.json"] = {"regions": {region: versions}}
        products: dict[str, Any] = {}
        terms: dict[str, Any] = {}
        for number, (of, usage, attributes, unit, price) in enumerate(rows):
            if of == service:
                sku = f"SKU{number}"
                known = {"regionCode": region, "usagetype": usage}
                products[sku] = {"sku": sku, "attributes": known | attributes}
                free = {"unit": unit, "beginRange": "100", "pricePerUnit": {currency: "7"}}
                rate = {"unit": unit, "beginRange": "0", "pricePerUnit": {currency: price}}
                terms[sku] = {f"{sku}.T": {"priceDimensions": {"a": free, "b": rate}}}
        files[f"{service}.json"] = {
            "publicationDate": "2026-10-01T00:00:00Z",
            "products": products,
            "terms": {"OnDemand": terms, "Reserved": terms},
        }
    return files


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name there
        pass


@pytest.fixture
def served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[dict[str, Any]], str]]:
    """Serves a price list in the place of AWS's, and keeps what is written apart."""
    (tmp_path / "prices").mkdir()
    shipped = (costs.PRICES / "us-east-1.json").read_bytes()
    (tmp_path / "prices" / "us-east-1.json").write_bytes(shipped)
    monkeypatch.setattr(costs, "PRICES", tmp_path / "prices")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    index = f"http://127.0.0.1:{server.server_port}/index.json"
    for name in ("_AWS", "_CHINA"):
        monkeypatch.setattr(price_list, name, index)

    def serve(files: dict[str, Any]) -> str:
        for name, content in files.items():
            text = content if isinstance(content, str) else json.dumps(content, indent=1)
            (tmp_path / name).write_text(text, encoding="utf-8")
        return index

    yield serve
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("chunk", [64, 1 << 20])
def test_each_price_is_found_and_none_that_looks_like_it(
    served: Callable[[dict[str, Any]], str], monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(json_stream, "_CHUNK", chunk)
    index = served(price_files([*OTHERS, *WANTED.values()]))
    ended = run("prices", "--region", REGION)
    assert (ended.returncode, ended.stderr) == (0, "")
    found = prices_of(REGION)
    assert (found.region, found.date, found.source) == (REGION, "2026-10-01", index)
    amounts = {key: str(price.amount) for key, price in found.prices.items()}
    assert amounts == {
        key: price.rstrip("0") if "." in price else price for key, (*_, price) in WANTED.items()
    }


def test_what_the_list_does_not_have_is_named(served: Callable[[dict[str, Any]], str]) -> None:
    twice = ("AmazonVPC", "APN2-VpcEndpoint-Hours", {}, "Hrs", "0.02")
    rows = [row for key, row in WANTED.items() if key not in {"kms-key", "gp3"}]
    served(price_files([*rows, twice]))
    ended = run("prices", "--region", REGION)
    named = [line.split(": ")[0] for line in ended.stderr.splitlines()]
    assert (ended.returncode, named) == (0, ["interface-endpoint", "kms-key", "gp3"])
    assert not {*named} & {*prices_of(REGION).prices}


def test_a_value_may_go_on_in_the_next_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "_CHUNK", 1)
    text = StringIO('{"a": 123, "b": {"c": -4.5e+2}, "d": {}}')
    found = list(json_stream.members(text, frozenset({(), ("b",), ("d",)})))
    assert found == [(["a"], 123), (["b", "c"], -450.0)]


def _page(stack: Deployment) -> str:
    return render(Content(deployment=stack, plan=None, findings=[]))


def test_a_report_says_whose_prices_it_has(served: Callable[[dict[str, Any]], str]) -> None:
    stack = shipped("dev")
    elsewhere = _page(stack)
    assert f"make prices REGION={REGION}" in elsewhere
    assert estimate(stack).price_list.region == "us-east-1"
    index = served(price_files([*WANTED.values()]))
    run("prices", "--region", REGION)
    own = _page(stack)
    assert "make prices" not in own
    assert f"{REGION}</strong>, of 2026-10-01" in own
    assert index in own


def test_prices_of_china_are_in_its_currency(served: Callable[[dict[str, Any]], str]) -> None:
    china = "cn-north-1"
    row = ("AmazonEC2", "CNN1-NatGateway-Hours", NAT, "Hrs", "0.427")
    served(price_files([row], "CNY", china))
    run("prices", "--region", china)
    found = prices_of(china)
    assert (found.currency, found.sign, str(found.prices["nat-gateway"].amount)) == (
        "CNY",
        "CNY ",
        "0.427",
    )


GOOD: Final = json.dumps(price_files([WANTED["nat-gateway"]])["AmazonEC2.json"])
BROKEN: Final[dict[str, dict[str, Any]]] = {
    "no JSON": {"index.json": "<html>"},
    "no offers": {"index.json": {}},
    "offers of another kind": {"index.json": {"offers": []}},
    "another host": {
        "index.json": {"offers": {"AmazonEC2": {"currentRegionIndexUrl": "http://192.0.2.1/x"}}}
    },
    "no regions": {"AmazonEC2.regions.json": {}},
    "no address": {"AmazonEC2.regions.json": {"regions": {REGION: {}}}},
    "no such file": {"AmazonEC2.regions.json": {"regions": {REGION: {"currentVersionUrl": "/x"}}}},
    "not this region": {"AmazonEC2.regions.json": {"regions": {"eu-west-1": {}}}},
    "a list": {"AmazonEC2.json": []},
    "no date": {"AmazonEC2.json": json.loads(GOOD) | {"publicationDate": 5}},
    "no products": {"AmazonEC2.json": json.loads(GOOD) | {"products": []}},
    "products of another kind": {"AmazonEC2.json": json.loads(GOOD) | {"products": {"a": 1}}},
    "a price that is none": {"AmazonEC2.json": GOOD.replace("0.0590000000", "free")},
    "cut off": {"AmazonEC2.json": GOOD[:-3]},
    "more than a list": {"AmazonEC2.json": GOOD + "}"},
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_a_broken_list_is_refused_in_a_line(
    served: Callable[[dict[str, Any]], str], broken: dict[str, Any]
) -> None:
    served(price_files([WANTED["nat-gateway"]]) | broken)
    ended = run("prices", "--region", REGION)
    assert (ended.returncode, len(ended.stderr.splitlines())) == (2, 1), ended.stderr
    assert not (costs.PRICES / f"{REGION}.json").exists()


@pytest.mark.parametrize("region", ["", "../x", "europe", "eu-central-1"])
def test_a_region_that_is_none_and_no_network_are_a_line(
    monkeypatch: pytest.MonkeyPatch, region: str
) -> None:
    monkeypatch.setattr(price_list, "_AWS", "http://127.0.0.1:9/index.json")
    ended = run("prices", "--region", region)
    assert (ended.returncode, len(ended.stderr.splitlines())) == (2, 1)
    assert ("cannot be read" if region == "eu-central-1" else "no region") in ended.stderr
