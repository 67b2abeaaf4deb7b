"""The monthly cost is arithmetic on the graph and on prices with sources."""

import json
from decimal import Decimal

import pytest
from programs import section
from reports import changed, shipped

from report.costs import Line, Price, estimate, prices_of
from stackfile.files import PROGRAM


def amounts(stack: str) -> dict[str, Decimal]:
    return {line.what: line.monthly for line in estimate(shipped(stack)).lines}


def test_a_month_is_730_hours_rounded_to_the_cent() -> None:
    hourly = Price(key="x", amount=Decimal("0.0225"), unit="hour", region="", date="", source="")
    line = Line(component="a", what="b", units=Decimal(1), price=hourly)
    assert line.monthly == Decimal("16.43")
    monthly = Price(key="x", amount=Decimal(1), unit="month", region="", date="", source="")
    assert Line(component="a", what="b", units=Decimal(2), price=monthly).monthly == 2


def test_dev_is_counted_by_what_it_holds() -> None:
    found = amounts("dev")
    assert found["control plane cluster-eksCluster"] == Decimal("73.00")
    assert found["2 nodes t3.medium"] == Decimal("60.74")
    assert found["2 root volumes of 30 GiB, gp3"] == Decimal("4.80")
    assert found["NAT gateway network-nat-ap-northeast-2a"] == Decimal("32.85")
    assert found["2 public addresses of load balancer sample-app"] == Decimal("7.30")


def test_prod_pays_for_a_nat_gateway_in_each_zone_and_for_endpoints() -> None:
    found = amounts("prod")
    assert sum("NAT gateway" in what for what in found) == 3
    assert found["endpoint network-endpoints-sts in 3 zones"] == Decimal("21.90")
    assert not any("network-endpoints-s3" in what for what in found)


def test_components_add_up_to_the_total(stack: str) -> None:
    costs = estimate(shipped(stack))
    assert sum(costs.components.values()) == costs.total == sum(x.monthly for x in costs.lines)
    assert list(costs.components.values()) == sorted(costs.components.values(), reverse=True)


def test_what_has_no_price_is_said_and_not_guessed() -> None:
    groups = section("nodeGroups")
    groups["default"]["instanceTypes"] = ["m5.4xlarge"]
    groups["cheap"] = {**groups["default"], "instanceTypes": ["t3.medium"], "capacityType": "SPOT"}
    costs = estimate(changed({"nodeGroups": groups}))
    assert not any("nodes" in line.what for line in costs.lines)
    assert "2 nodes m5.4xlarge: no price was found" in costs.not_counted
    assert "2 nodes spot t3.medium: no price was found" in costs.not_counted


def test_what_is_paid_by_use_is_named_where_it_is_used() -> None:
    files = "files on EFS and their backups, by the gigabyte"
    assert files in estimate(shipped("dev")).not_counted
    assert files not in estimate(changed({"nfs": None})).not_counted


def test_an_internal_load_balancer_has_no_public_address() -> None:
    app = {**section("sampleApp"), "scheme": "internal"}
    lines = estimate(changed({"sampleApp": app})).lines
    assert not any("public addresses of load balancer" in line.what for line in lines)


@pytest.mark.parametrize(
    "price", prices_of("us-east-1").prices.values(), ids=lambda price: price.key
)
def test_every_price_has_a_source_a_date_and_a_region(price: Price) -> None:
    assert price.amount > 0
    assert price.source.startswith("https://")
    assert len(price.date.split("-")) == 3
    assert price.region


def test_instance_types_of_the_shipped_stacks_have_a_price(stack: str) -> None:
    assert not any("no price" in text for text in estimate(shipped(stack)).not_counted)


def test_every_duration_has_a_source() -> None:
    text = (PROGRAM / "offline" / "cloud" / "durations.json").read_text(encoding="utf-8")
    for entry in json.loads(text)["durations"]:
        assert entry["seconds"] > 0
        assert entry["source"].startswith("https://")
