"""What AWS computes when it creates each type of resource that the platform uses."""

from collections.abc import Mapping
from typing import Any, Final

from deployment import types
from deployment.properties import Reference
from offline.cloud.behaviour import Inputs
from offline.derived import digest

from .aws_templates import Creator, Fields, arn, made


def _ec2(prefix: str, arn_type: str = "", **computed: Any) -> Creator:
    """Returns the creator of a resource of EC2.

    :param prefix: what its ID begins with.
    :param arn_type: what its ARN calls it; empty: it has no property ``arn``.
    """
    arns = {"arn": arn("ec2", f"{arn_type}/{{id}}")} if arn_type else {}
    return made(f"{prefix}-{{digest:.17}}", **arns, **computed)


def _public_address(known: Fields) -> str:
    """Returns an address of the block that RFC 5737 keeps for documentation."""
    return f"198.51.100.{int(known['digest'][:2], 16)}"


def _attachment_id(known: Fields) -> str:
    role = known["role"]
    # A name, or the role itself.
    name = role["urn"].rsplit("::", maxsplit=1)[-1] if isinstance(role, Reference) else role
    return f"{name}-{digest(str(known['policyArn']), 20)}"


def _issuer(known: Fields) -> str:
    return str(known["url"]).removeprefix("https://")


def _vpc_config(known: Fields) -> Inputs:
    given = known["vpcConfig"]
    return {
        "publicAccessCidrs": ["0.0.0.0/0"] if given.get("endpointPublicAccess", True) else [],
        **given,
        "clusterSecurityGroupId": f"sg-{known['digest'][:17]}",
    }


CREATORS: Final[Mapping[str, Creator]] = {
    types.LOG_GROUP: made(
        "{name}", arn=arn("logs", "log-group:{name}"), name="{name}", logGroupClass="STANDARD"
    ),
    # The group that the VPC has already.
    types.DEFAULT_SECURITY_GROUP: made(
        lambda known: str(known["vpcId"]).replace("vpc-", "sg-"),
        arn=arn("ec2", "security-group/{id}"),
        name="default",
        description="default VPC security group",
    ),
    types.ELASTIC_IP: _ec2("eipalloc", "elastic-ip", allocationId="{id}", publicIp=_public_address),
    types.FLOW_LOG: _ec2("fl", "vpc-flow-log"),
    types.INTERNET_GATEWAY: _ec2("igw", "internet-gateway"),
    types.LAUNCH_TEMPLATE: _ec2(
        "lt", "launch-template", name="{name}", latestVersion=1, defaultVersion=1
    ),
    types.NAT_GATEWAY: _ec2("nat", connectivityType="public", publicIp=_public_address),
    types.ROUTE: made("r-{routeTableId}{digest:.10}", origin="CreateRoute", state="active"),
    types.ROUTE_TABLE: _ec2("rtb", "route-table", propagatingVgws=[]),
    types.ROUTE_TABLE_ASSOCIATION: _ec2("rtbassoc"),
    types.SECURITY_GROUP: _ec2(
        "sg",
        "security-group",
        name="{name}",
        # Pulumi's default where the program gives none.
        description=lambda known: known.get("description") or "Managed by Pulumi",
    ),
    types.SUBNET: _ec2("subnet", "subnet"),
    types.RESERVATION: _ec2("scr"),
    types.VPC: _ec2(
        "vpc",
        "vpc",
        defaultSecurityGroupId="sg-{digest:.17}",
        defaultRouteTableId="rtb-{digest:.17}",
        mainRouteTableId="rtb-{digest:.17}",
        defaultNetworkAclId="acl-{digest:.17}",
        instanceTenancy="default",
    ),
    types.VPC_ENDPOINT: _ec2(
        "vpce", "vpc-endpoint", state="available", prefixListId="pl-{digest:.17}"
    ),
    types.MORE_BLOCKS: _ec2("vpc-cidr-assoc"),
    types.INGRESS_RULE: _ec2("sgr", "security-group-rule", securityGroupRuleId="{id}"),
    types.BACKUP_POLICY: made("{fileSystemId}"),
    types.FILE_SYSTEM: made(
        "fs-{digest:.17}",
        arn=arn("elasticfilesystem", "file-system/{id}"),
        dnsName="{id}.efs.{region}.{dns_suffix}",
        performanceMode="generalPurpose",
        throughputMode="bursting",
    ),
    types.MOUNT_TARGET: made(
        "fsmt-{digest:.17}",
        dnsName="{fileSystemId}.efs.{region}.{dns_suffix}",
        networkInterfaceId="eni-{digest:.17}",
    ),
    types.ACCESS_ENTRY: made(
        "{clusterName}:{principalArn}",
        accessEntryArn=lambda known: (
            arn("eks", "access-entry/{clusterName}/").format_map(known)
            + digest(str(known["principalArn"]), 36)
        ),
        type=lambda known: known.get("type") or "STANDARD",
    ),
    types.ACCESS_POLICY: made("{clusterName}#{principalArn}#{policyArn}"),
    types.ADDON: made(
        "{clusterName}:{addonName}",
        arn=arn("eks", "addon/{clusterName}/{addonName}/{digest:.36}"),
        # Which build is EKS's default, only EKS knows.
        addonVersion=lambda known: known.get("addonVersion") or "default",
    ),
    types.CLUSTER: made(
        "{name}",
        arn=arn("eks", "cluster/{name}"),
        endpoint="https://{DIGEST:.32}.gr7.{region}.eks.{dns_suffix}",
        certificateAuthority={"data": "b2ZmbGluZQ=="},
        identities=[
            {"oidcs": [{"issuer": "https://oidc.eks.{region}.{dns_suffix}/id/{DIGEST:.32}"}]}
        ],
        platformVersion="eks.1",
        status="ACTIVE",
        createdAt="0001-01-01T00:00:00Z",
        vpcConfig=_vpc_config,
    ),
    types.NODE_GROUP: made(
        "{clusterName}:{name}",
        arn=arn("eks", "nodegroup/{clusterName}/{name}/{digest:.36}"),
        nodeGroupName="{name}",
        status="ACTIVE",
        releaseVersion="default",
    ),
    types.BUCKET: made(
        "{name}",
        arn="arn:{partition}:s3:::{name}",
        bucket="{name}",
        bucketDomainName="{name}.s3.{dns_suffix}",
        bucketRegionalDomainName="{name}.s3.{region}.{dns_suffix}",
    ),
    types.BUCKET_ENCRYPTION: made("{bucket}"),
    types.BUCKET_LIFECYCLE: made("{bucket}"),
    types.BUCKET_POLICY: made("{bucket}"),
    types.BUCKET_PUBLIC_ACCESS: made("{bucket}"),
    types.BUCKET_VERSIONING: made("{bucket}"),
    types.QUEUE: made(
        "https://sqs.{region}.{dns_suffix}/{account}/{name}",
        arn=arn("sqs", "{name}"),
        url="{id}",
        name="{name}",
    ),
    types.QUEUE_POLICY: made("{queueUrl}"),
    types.TOPIC: made(
        arn("sns", "{name}"), arn="{id}", name="{name}", owner="{account}", signatureVersion=2
    ),
    types.EVENT_RULE: made("{name}", arn=arn("events", "rule/{name}"), name="{name}"),
    types.EVENT_TARGET: made(
        "{rule}-{digest:.20}",
        targetId=lambda known: known.get("targetId") or f"terraform-{known['digest'][:20]}",
    ),
    types.INSTANCE_PROFILE: made(
        "{name}",
        arn=arn("iam", "instance-profile/{name}", region=""),
        name="{name}",
        path="/",
        uniqueId="AIPA{DIGEST:.17}",
    ),
    types.OIDC_PROVIDER: made(
        lambda known: arn("iam", "oidc-provider/", region="").format_map(known) + _issuer(known),
        arn="{id}",
        # IAM finds the thumbprint itself; this one is nobody's.
        thumbprintLists=lambda known: [digest(_issuer(known), 40)],
    ),
    types.POLICY: made(
        arn("iam", "policy/{name}", region=""),
        arn="{id}",
        name="{name}",
        path="/",
        policyId="ANPA{DIGEST:.17}",
    ),
    types.ROLE: made(
        "{name}",
        arn=lambda known: (
            arn("iam", "role", region="").format_map(known)
            + (known.get("path") or "/")
            + known["name"]
        ),
        name="{name}",
        uniqueId="AROA{DIGEST:.17}",
        path="/",
        maxSessionDuration=3600,
    ),
    types.ROLE_POLICY: made("{role}:{name}", name="{name}"),
    types.ATTACHMENT: made(_attachment_id),
    # Six letters come behind a secret's name in its ARN
    # (https://docs.aws.amazon.com/secretsmanager/latest/userguide/getting-started.html).
    types.KEPT_SECRET: made(
        arn("secretsmanager", "secret:{name}-{digest:.6}"), arn="{id}", name="{name}"
    ),
    types.SECRET_VALUE: made(
        "{secretId}|terraform-{digest:.26}",
        arn="{secretId}",
        versionId="terraform-{digest:.26}",
        versionStages=["AWSCURRENT"],
    ),
    types.ALIAS: made(
        "{name}", arn=arn("kms", "{name}"), targetKeyArn=arn("kms", "key/{targetKeyId}")
    ),
    types.KEY: made(
        "{digest:.8}-0000-4000-8000-{digest:.12}", arn=arn("kms", "key/{id}"), keyId="{id}"
    ),
}
