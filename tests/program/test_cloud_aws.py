"""The simulated AWS refuses what AWS refuses: moto's rules, and ours where moto has none."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from offline.cloud.clock import Clock
from offline.cloud.cloud import Cloud, Thing
from offline.cloud.durations import duration
from offline.cloud.errors import CloudError
from offline.cloud.network import (
    create_security_group,
    delete_security_group,
    remove_interfaces,
    set_interfaces,
)
from offline.cloud.store import StoreError
from offline.providers.aws import AwsProvider
from offline.providers.aws_resources import CREATORS
from stackfile.files import PROGRAM

REGION = "ap-northeast-2"
# Short enough for a time-out of 20 minutes to take 12 ms.
SCALE = 0.00001
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": "eks.amazonaws.com"},
            }
        ],
    }
)
GRANT = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "ec2:DescribeSubnets", "Resource": "*"}],
    }
)
CLUSTER_POLICY = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"

VPC = "aws:ec2/vpc:Vpc"
BLOCK = "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation"
SUBNET = "aws:ec2/subnet:Subnet"
RESERVATION = "aws:ec2/subnetCidrReservation:SubnetCidrReservation"
GATEWAY = "aws:ec2/internetGateway:InternetGateway"
ADDRESS = "aws:ec2/eip:Eip"
NAT = "aws:ec2/natGateway:NatGateway"
TABLE = "aws:ec2/routeTable:RouteTable"
ROUTE = "aws:ec2/route:Route"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
ROLE = "aws:iam/role:Role"
POLICY = "aws:iam/policy:Policy"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
OIDC = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
KEY = "aws:kms/key:Key"
ALIAS = "aws:kms/alias:Alias"
FILE_SYSTEM = "aws:efs/fileSystem:FileSystem"
MOUNT_TARGET = "aws:efs/mountTarget:MountTarget"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"


class Account:
    """A cloud, and the requests that a program makes to it."""

    def __init__(self, folder: Path | None = None) -> None:
        self.cloud = Cloud(Clock(SCALE), folder)
        self._provider = AwsProvider(REGION)

    async def make(self, token: str, name: str, /, **inputs: Any) -> str:
        """Creates a resource and returns its ID."""
        urn = f"urn:pulumi:test::test::{token}::{name}"
        made = self._provider.creation(token, urn, inputs)
        properties = {**inputs, **made.computed}
        await self.cloud.create(
            Thing(token=token, urn=urn, id=made.id, inputs=inputs, properties=properties)
        )
        return made.id

    async def change(self, token: str, identifier: str, /, **inputs: Any) -> None:
        """Changes inputs of a resource."""
        thing = self.cloud.things[token, identifier]
        await self.cloud.update(
            replace(
                thing, inputs={**thing.inputs, **inputs}, properties={**thing.properties, **inputs}
            )
        )

    async def delete(self, token: str, identifier: str) -> None:
        """Deletes a resource."""
        await self.cloud.delete(token, identifier)

    async def network(self) -> tuple[str, str]:
        """Makes a VPC and a subnet and returns their IDs."""
        vpc = await self.make(VPC, "vpc", cidrBlock="10.0.0.0/16")
        return vpc, await self.subnet(vpc, "10.0.0.0/24")

    async def subnet(self, vpc: str, block: str) -> str:
        """Makes a subnet and returns its ID."""
        return await self.make(
            SUBNET, f"of-{block}", vpcId=vpc, cidrBlock=block, availabilityZone=f"{REGION}a"
        )

    async def nat(self, subnet: str) -> tuple[str, str]:
        """Makes a NAT gateway with an address and returns the IDs of both."""
        address = await self.make(ADDRESS, "address", domain="vpc")
        return await self.make(NAT, "nat", subnetId=subnet, allocationId=address), address


@pytest.fixture
def account() -> Account:
    return Account()


async def refused(request: Coroutine[Any, Any, Any]) -> str:
    """Returns the words with which a request is refused."""
    with pytest.raises(CloudError) as caught:
        await request
    return str(caught.value)


def test_ids_of_moto_are_those_of_the_program(account: Account) -> None:
    async def run() -> None:
        vpc, subnet = await account.network()
        group = await account.make(GROUP, "group", vpcId=vpc, name="group", description="x")
        nat, address = await account.nat(subnet)
        template = await account.make(TEMPLATE, "template", name="template")
        ec2 = account.cloud.account.ec2(REGION)
        assert ec2.get_vpc(vpc).cidr_block == "10.0.0.0/16"
        assert ec2.get_subnet(subnet).vpc_id == vpc
        assert ec2.get_security_group_from_id(group)
        assert ec2.nat_gateways[nat].subnet_id == subnet
        assert ec2.address_by_allocation([address])
        assert ec2.get_launch_template(template).name == "template"
        assert account.cloud.things[VPC, vpc].properties["mainRouteTableId"] in ec2.route_tables

    asyncio.run(run())


def test_a_subnet_without_a_zone_gets_one(account: Account) -> None:
    async def run() -> None:
        vpc = await account.make(VPC, "vpc", cidrBlock="10.0.0.0/16")
        subnet = await account.make(SUBNET, "subnet", vpcId=vpc, cidrBlock="10.0.0.0/24")
        made = account.cloud.account.ec2(REGION).get_subnet(subnet)
        assert made.availability_zone == f"{REGION}a"

    asyncio.run(run())


def test_two_clouds_know_nothing_of_each_other() -> None:
    async def run() -> None:
        first, second = Account(), Account()
        assert await first.network() == await second.network()
        assert await first.make(ROLE, "role", assumeRolePolicy=TRUST, name="role")
        assert await second.make(ROLE, "role", assumeRolePolicy=TRUST, name="role")

    asyncio.run(run())


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ("10.0.0.128/25", "InvalidSubnet.Conflict"),
        ("10.1.0.0/24", "InvalidSubnet.Range"),
        ("10.0.300.0/24", "InvalidParameterValue"),
    ],
)
def test_blocks_of_subnets_are_checked(account: Account, block: str, words: str) -> None:
    async def run() -> None:
        vpc, _ = await account.network()
        assert words in await refused(account.subnet(vpc, block))
        assert len(account.cloud.of(SUBNET)) == 1

    asyncio.run(run())


def test_a_second_block_takes_subnets_and_goes_after_them(account: Account) -> None:
    async def run() -> None:
        vpc, _ = await account.network()
        block = await account.make(BLOCK, "pods", vpcId=vpc, cidrBlock="100.64.0.0/16")
        subnet = await account.subnet(vpc, "100.64.0.0/18")
        assert "DependencyViolation" in await refused(account.delete(BLOCK, block))
        await account.delete(SUBNET, subnet)
        await account.delete(BLOCK, block)
        assert "InvalidSubnet.Range" in await refused(account.subnet(vpc, "100.64.0.0/18"))

    asyncio.run(run())


def test_reservations_do_not_overlap(account: Account) -> None:
    async def run() -> None:
        _, subnet = await account.network()
        inputs = {"subnetId": subnet, "cidrBlock": "10.0.0.64/26", "reservationType": "prefix"}
        await account.make(RESERVATION, "one", **inputs)
        assert "has overlap" in await refused(account.make(RESERVATION, "two", **inputs))

    asyncio.run(run())


@pytest.mark.parametrize("what", ["nat", "endpoint", "mount target", "interface of a service"])
def test_a_subnet_with_interfaces_stays(account: Account, what: str) -> None:
    async def run() -> None:
        vpc, subnet = await account.network()
        if what == "nat":
            token, made = NAT, (await account.nat(subnet))[0]
        elif what == "endpoint":
            token = ENDPOINT
            service = f"com.amazonaws.{REGION}.ecr.api"
            made = await account.make(
                token,
                "ecr",
                vpcId=vpc,
                serviceName=service,
                vpcEndpointType="Interface",
                subnetIds=[subnet],
            )
        elif what == "mount target":
            token = MOUNT_TARGET
            files = await account.make(FILE_SYSTEM, "files", encrypted=True)
            made = await account.make(token, "target", fileSystemId=files, subnetId=subnet)
        else:
            token, made = "", ""
            set_interfaces(account.cloud, "somebody", [subnet])
        assert "DependencyViolation" in await refused(account.delete(SUBNET, subnet))
        assert account.cloud.find(SUBNET, subnet)
        if token:
            await account.delete(token, made)
        else:
            remove_interfaces(account.cloud, "somebody")
        await account.delete(SUBNET, subnet)
        assert account.cloud.of(SUBNET) == []

    asyncio.run(run())


def test_whoever_deletes_waits_until_nothing_uses_it_any_more(account: Account) -> None:
    async def run() -> None:
        _, subnet = await account.network()
        nat, _ = await account.nat(subnet)
        # A subnet is tried for 20 minutes, and the gateway goes within them.
        await asyncio.gather(account.delete(SUBNET, subnet), account.delete(NAT, nat))
        assert account.cloud.of(SUBNET) == []

    asyncio.run(run())


@pytest.mark.parametrize("what", ["subnet", "gateway", "group", "table", "endpoint", "made group"])
def test_a_vpc_goes_last(account: Account, what: str) -> None:
    async def run() -> None:
        vpc = await account.make(VPC, "vpc", cidrBlock="10.0.0.0/16")
        if what == "subnet":
            await account.subnet(vpc, "10.0.0.0/24")
        elif what == "gateway":
            await account.make(GATEWAY, "internet", vpcId=vpc)
        elif what == "group":
            await account.make(GROUP, "group", vpcId=vpc, name="group", description="x")
        elif what == "table":
            await account.make(TABLE, "table", vpcId=vpc)
        elif what == "endpoint":
            service = f"com.amazonaws.{REGION}.s3"
            await account.make(ENDPOINT, "s3", vpcId=vpc, serviceName=service)
        else:
            create_security_group(account.cloud, vpc, "sg-0123456789abcdef0", owner="a service")
        assert "has dependencies and cannot be deleted" in await refused(account.delete(VPC, vpc))
        for thing in reversed(list(account.cloud)):
            if thing.urn:
                await account.delete(thing.token, thing.id)
            else:
                delete_security_group(account.cloud, thing.id)
                await account.delete(VPC, vpc)
        assert list(account.cloud) == []

    asyncio.run(run())


def test_a_gateway_stays_while_an_address_is_mapped(account: Account) -> None:
    async def run() -> None:
        vpc, subnet = await account.network()
        gateway = await account.make(GATEWAY, "internet", vpcId=vpc)
        nat, address = await account.nat(subnet)
        words = await refused(account.delete(GATEWAY, gateway))
        assert "has some mapped public address(es)" in words
        assert "InvalidIPAddress.InUse" in await refused(account.delete(ADDRESS, address))
        for token, made in ((NAT, nat), (GATEWAY, gateway), (ADDRESS, address)):
            await account.delete(token, made)

    asyncio.run(run())


def test_a_table_goes_after_its_associations(account: Account) -> None:
    async def run() -> None:
        vpc, subnet = await account.network()
        table = await account.make(TABLE, "table", vpcId=vpc)
        gateway = await account.make(GATEWAY, "internet", vpcId=vpc)
        inputs = {"destinationCidrBlock": "0.0.0.0/0", "gatewayId": gateway}
        await account.make(ROUTE, "out", routeTableId=table, **inputs)
        association = await account.make(ASSOCIATION, "way", routeTableId=table, subnetId=subnet)
        assert "DependencyViolation" in await refused(account.delete(TABLE, table))
        await account.delete(ASSOCIATION, association)
        await account.delete(TABLE, table)

    asyncio.run(run())


def test_a_group_stays_while_a_rule_or_an_interface_names_it(account: Account) -> None:
    async def run() -> None:
        vpc, subnet = await account.network()
        named, naming = [
            await account.make(GROUP, name, vpcId=vpc, name=name, description="x")
            for name in ("named", "naming")
        ]
        rule = await account.make(
            RULE,
            "rule",
            securityGroupId=naming,
            referencedSecurityGroupId=named,
            ipProtocol="tcp",
            fromPort=443,
            toPort=443,
        )
        assert "has a dependent object" in await refused(account.delete(GROUP, named))
        await account.delete(RULE, rule)
        set_interfaces(account.cloud, "a node", [subnet], [named])
        assert "has a dependent object" in await refused(account.delete(GROUP, named))
        remove_interfaces(account.cloud, "a node")
        await account.delete(GROUP, named)

    asyncio.run(run())


def test_rules_and_groups_are_not_made_twice(account: Account) -> None:
    async def run() -> None:
        vpc, _ = await account.network()
        inputs = {"vpcId": vpc, "name": "group", "description": "x"}
        group = await account.make(GROUP, "group", **inputs)
        assert "InvalidGroup.Duplicate" in await refused(account.make(GROUP, "again", **inputs))
        rule = {"securityGroupId": group, "cidrIpv4": "10.0.0.0/8", "ipProtocol": "-1"}
        await account.make(RULE, "rule", **rule)
        assert "InvalidPermission.Duplicate" in await refused(account.make(RULE, "again", **rule))
        missing = {**rule, "securityGroupId": "sg-00000000000000000"}
        assert "InvalidGroup.NotFound" in await refused(account.make(RULE, "lost", **missing))

    asyncio.run(run())


def test_the_default_group_is_the_one_of_the_vpc(account: Account) -> None:
    async def run() -> None:
        vpc, _ = await account.network()
        group = await account.make(DEFAULT_GROUP, "closed", vpcId=vpc, ingress=[], egress=[])
        assert group == account.cloud.things[VPC, vpc].properties["defaultSecurityGroupId"]
        found = account.cloud.account.ec2(REGION).get_security_group_from_id(group)
        assert found
        assert found.egress_rules == []

    asyncio.run(run())


@pytest.mark.parametrize("what", ["attachment", "inline policy"])
def test_a_role_goes_after_its_policies(account: Account, what: str) -> None:
    async def run() -> None:
        role = await account.make(ROLE, "role", assumeRolePolicy=TRUST, name="role")
        if what == "attachment":
            token = ATTACHMENT
            made = await account.make(token, "policy", role=role, policyArn=CLUSTER_POLICY)
        else:
            token = ROLE_POLICY
            made = await account.make(token, "policy", role=role, policy=GRANT, name="policy")
        assert "DeleteConflict" in await refused(account.delete(ROLE, role))
        await account.delete(token, made)
        await account.delete(ROLE, role)

    asyncio.run(run())


def test_a_policy_goes_after_its_attachments(account: Account) -> None:
    async def run() -> None:
        role = await account.make(ROLE, "role", assumeRolePolicy=TRUST, name="role")
        policy = await account.make(POLICY, "policy", policy=GRANT, name="policy")
        attachment = await account.make(ATTACHMENT, "both", role=role, policyArn=policy)
        assert "DeleteConflict" in await refused(account.delete(POLICY, policy))
        await account.delete(ATTACHMENT, attachment)
        await account.delete(POLICY, policy)

    asyncio.run(run())


def test_a_policy_changes_more_often_than_it_has_versions(account: Account) -> None:
    async def run() -> None:
        policy = await account.make(POLICY, "policy", policy=GRANT, name="policy")
        for number in range(7):
            changed = GRANT.replace("DescribeSubnets", f"DescribeVpcs{number}")
            await account.change(POLICY, policy, policy=changed)
        kept = account.cloud.account.iam("aws").get_policy(policy)
        assert len(kept.versions) == 5
        current = {v.version_id: v.document for v in kept.versions}[kept.default_version_id]
        assert "DescribeVpcs6" in current

    asyncio.run(run())


@pytest.mark.parametrize(
    ("token", "inputs", "words"),
    [
        (ROLE, {"assumeRolePolicy": "{}", "name": "x"}, "MalformedPolicyDocument"),
        (POLICY, {"policy": GRANT.replace("Allow", "Maybe"), "name": "x"}, "MalformedPolicy"),
        (ATTACHMENT, {"role": "role", "policyArn": f"{CLUSTER_POLICY}s"}, "is not attachable"),
        (ATTACHMENT, {"role": "nobody", "policyArn": CLUSTER_POLICY}, "NoSuchEntity"),
        (ROLE, {"assumeRolePolicy": TRUST, "name": "role"}, "EntityAlreadyExists"),
    ],
)
def test_iam_checks_documents_and_names(
    account: Account, token: str, inputs: dict[str, Any], words: str
) -> None:
    async def run() -> None:
        await account.make(ROLE, "role", assumeRolePolicy=TRUST, name="role")
        assert words in await refused(account.make(token, "bad", **inputs))

    asyncio.run(run())


def test_an_identity_provider_is_not_made_twice(account: Account) -> None:
    async def run() -> None:
        inputs = {"url": "https://oidc.example.com/id/1", "clientIdLists": ["sts.amazonaws.com"]}
        made = await account.make(OIDC, "one", **inputs)
        assert "EntityAlreadyExists" in await refused(account.make(OIDC, "two", **inputs))
        await account.delete(OIDC, made)
        await account.make(OIDC, "two", **inputs)

    asyncio.run(run())


def test_the_deletion_of_a_key_is_only_scheduled(account: Account) -> None:
    async def run() -> None:
        key = await account.make(KEY, "key", deletionWindowInDays=30)
        alias = await account.make(ALIAS, "alias", name="alias/a", targetKeyId=key)
        words = await refused(account.make(ALIAS, "again", name="alias/a", targetKeyId=key))
        assert "AlreadyExists" in words
        await account.delete(ALIAS, alias)
        await account.delete(KEY, key)
        assert list(account.cloud) == []
        assert account.cloud.account.kms(REGION).keys[key].key_state == "PendingDeletion"

    asyncio.run(run())


def test_a_file_system_goes_after_its_mount_targets(account: Account) -> None:
    async def run() -> None:
        vpc, subnet = await account.network()
        other = await account.subnet(vpc, "10.0.1.0/24")
        files = await account.make(FILE_SYSTEM, "files", encrypted=True)
        target = await account.make(MOUNT_TARGET, "one", fileSystemId=files, subnetId=subnet)
        again = account.make(MOUNT_TARGET, "two", fileSystemId=files, subnetId=other)
        assert "MountTargetConflict" in await refused(again)
        assert "FileSystemInUse" in await refused(account.delete(FILE_SYSTEM, files))
        await account.delete(MOUNT_TARGET, target)
        await account.delete(FILE_SYSTEM, files)

    asyncio.run(run())


def test_a_log_group_is_not_made_twice(account: Account) -> None:
    async def run() -> None:
        await account.make(LOG_GROUP, "one", name="/logs", retentionInDays=30)
        words = await refused(account.make(LOG_GROUP, "two", name="/logs"))
        assert "ResourceAlreadyExistsException" in words

    asyncio.run(run())


def test_a_cloud_outlives_its_process_in_a_folder(tmp_path: Path) -> None:
    async def first() -> str:
        account = Account(tmp_path)
        _, subnet = await account.network()
        role = await account.make(ROLE, "role", assumeRolePolicy=TRUST, name="role")
        await account.make(ATTACHMENT, "policy", role=role, policyArn=CLUSTER_POLICY)
        await account.make(KEY, "key")
        await account.make(FILE_SYSTEM, "files", encrypted=True)
        await account.make(LOG_GROUP, "logs", name="/logs")
        account.cloud.save()
        return subnet

    async def second(subnet: str) -> None:
        account = Account(tmp_path)
        vpc = account.cloud.things[SUBNET, subnet].inputs["vpcId"]
        assert account.cloud.clock.now() >= account.cloud.things[SUBNET, subnet].made_at
        assert "InvalidSubnet.Conflict" in await refused(account.subnet(vpc, "10.0.0.128/25"))
        assert "DeleteConflict" in await refused(account.delete(ROLE, "role"))
        for thing in reversed(list(account.cloud)):
            await account.delete(thing.token, thing.id)
        assert list(account.cloud) == []

    asyncio.run(second(asyncio.run(first())))


def test_changes_are_written_soon_without_being_asked_for(tmp_path: Path) -> None:
    async def run() -> None:
        await Account(tmp_path).network()
        for _ in range(100):
            await asyncio.sleep(0.02)
            if (tmp_path / "cloud.pickle").exists():
                return
        pytest.fail("nothing was written within 2 s")

    asyncio.run(run())
    assert len(Account(tmp_path).cloud.things) == 2


def test_a_folder_with_something_else_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cloud.pickle").write_text("no cloud")
    with pytest.raises(StoreError, match="holds no cloud that can be read"):
        Account(tmp_path)


def test_whoever_only_previews_does_not_wait_for_moto() -> None:
    code = "import sys, offline.cloud.cloud; sys.exit('moto.ec2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=PROGRAM, check=False)  # noqa: S603
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("operation", "token", "seconds"),
    [
        ("create", "aws:eks/cluster:Cluster", 513),
        ("update", "aws:eks/nodeGroup:NodeGroup", 1800),
        ("delete", "aws:eks/cluster:Cluster", 554),
        ("create", "aws:eks/addon:Addon", 24),
        ("update", "aws:eks/addon:Addon", 60),
        ("update", VPC, 1),
    ],
)
def test_operations_take_their_time(operation: str, token: str, seconds: int) -> None:
    assert duration(operation, token) == seconds


def test_durations_are_measured_with_a_source_or_assumed_with_a_reason() -> None:
    data = json.loads((PROGRAM / "offline" / "cloud" / "durations.json").read_text())
    measured = [entry for key in ("durations", "updates", "deletes") for entry in data[key]]
    assert all(entry["source"].startswith("https://") for entry in measured)
    assert all(entry["because"] for entry in data["assumed"])
    for entry in (*measured, *data["assumed"]):
        assert entry["seconds"] >= 1
        assert entry["type"] in CREATORS or entry["type"].startswith("kubernetes:")
