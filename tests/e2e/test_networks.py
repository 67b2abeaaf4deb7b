"""A cluster in a VPC that is there already, and one without a way to the internet."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from deployment import types
from engine.session import Session
from offline import vpc_recording
from offline.cloud.cloud import Cloud, Thing

if TYPE_CHECKING:
    from conftest import SessionOf

STACK: Final = "existing"
_ANYWHERE: Final = "0.0.0.0/0"
_ECR: Final = "123456789012.dkr.ecr.ap-northeast-2.amazonaws.com"


def build(cloud: Cloud, region: str) -> None:
    """Makes the recorded VPC of a region, as somebody else would have before."""

    def make(token: str, identifier: str, inputs: Mapping[str, Any]) -> None:
        properties = {**inputs, "region": region}
        thing = Thing(token=token, id=identifier, urn="", inputs=inputs, properties=properties)
        asyncio.run(cloud.create(thing))

    (vpc,) = vpc_recording.recordings(region)
    names = {"vpcId": vpc.id}
    make(types.VPC, vpc.id, {"cidrBlock": vpc.cidrs[0], "enableDnsHostnames": True})
    for identifier, subnet in vpc.subnets.items():
        block = {"cidrBlock": subnet.cidr, "availabilityZone": subnet.zone}
        make(types.SUBNET, identifier, {**names, **block, "tags": subnet.tags})
    targets = {
        route.target: table
        for table in vpc.route_tables.values()
        for route in table.routes
        if route.destination == _ANYWHERE
    }
    (internet,) = (target for target in targets if target.startswith("igw-"))
    make(types.INTERNET_GATEWAY, internet, names)
    for number, gateway in enumerate(target for target in targets if target.startswith("nat-")):
        address = gateway.replace("nat-", "eipalloc-")
        public = targets[internet].subnets[number]
        make("aws:ec2/eip:Eip", address, {"domain": "vpc", "publicIp": f"52.0.0.{number + 1}"})
        make(types.NAT_GATEWAY, gateway, {"subnetId": public, "allocationId": address})
    for identifier, table in vpc.route_tables.items():
        if table.main:
            continue
        make(types.ROUTE_TABLE, identifier, names)
        for route in table.routes:
            if route.destination == _ANYWHERE:
                key = "gatewayId" if route.target == internet else "natGatewayId"
                inputs = {"routeTableId": identifier, "destinationCidrBlock": _ANYWHERE}
                make(types.ROUTE, f"r-{identifier}", {**inputs, key: route.target})
        for subnet_id in table.subnets:
            inputs = {"routeTableId": identifier, "subnetId": subnet_id}
            make(types.ROUTE_TABLE_ASSOCIATION, f"rtbassoc-{subnet_id[-17:]}", inputs)


def live(session: Session) -> None:
    """Deploys, finds nothing to change, and takes all away."""
    planned = session.preview()
    assert set(planned.operations.values()) == {"create"}
    assert session.up().steps.operations == planned.operations
    assert session.up().steps.operations == {}
    assert session.refresh().steps.operations == {}
    session.destroy()


def test_a_cluster_comes_to_a_vpc_that_is_there_and_goes_again(session_of: "SessionOf") -> None:
    session = session_of(STACK)
    build(session.cloud, session.served.region)
    before = sorted(f"{thing.token} {thing.id}" for thing in session.cloud)
    session.set("cluster.deletionProtection", False)  # noqa: FBT003  a setting's value
    live(session)
    assert session.resources() == []
    assert sorted(f"{thing.token} {thing.id}" for thing in session.cloud) == before


def test_a_running_cluster_s_own_addresses_are_not_held_against_it(session_of: "SessionOf") -> None:
    session = session_of(STACK)
    build(session.cloud, session.served.region)
    session.up()
    assert session.preview().operations == {}
    told = session.pulumi("preview").output
    assert "not checked whether others leave the cluster enough addresses" in told


def test_a_private_cluster_lives_without_the_internet(session_of: "SessionOf") -> None:
    session = session_of("dev")
    session.set("network.nat", "none")
    session.set("sampleApp.scheme", "internal")
    mirrors = {"docker.io": f"{_ECR}/docker-hub", "registry.k8s.io": f"{_ECR}/kubernetes"}
    session.set("eks-platform:imageMirrors", mirrors)
    live(session)
    session.assert_empty()


def test_without_its_endpoints_no_node_of_a_private_cluster_comes_up(
    session_of: "SessionOf",
) -> None:
    """What the program makes is what is missed: without ECR's endpoint no image is pulled."""
    session = session_of("dev")
    session.set("network.nat", "none")
    session.set("sampleApp.scheme", "internal")
    mirrors = {"docker.io": f"{_ECR}/docker-hub", "registry.k8s.io": f"{_ECR}/kubernetes"}
    session.set("eks-platform:imageMirrors", mirrors)
    table = session.program / "planning" / "private_access.py"
    table.write_text(table.read_text().replace('"ecr.dkr", ', ""))
    failed = session.up(status=None)
    assert failed.status
    assert "NodeCreationFailure" in failed.output
    assert "failed to pull image" in failed.output
