"""What AWS computes when it creates each type of resource that the platform uses.

IDs are derived from the URN, so that the same program gives the same graph. A real ID is as
unpredictable as it is meaningless; nothing may depend on one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from offline.properties import Reference

from .aws_functions import dns_suffix_of
from .simulated import Creation, auto_name, digest


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A create, with the account and region that it is made in."""

    urn: str
    inputs: Mapping[str, Any]
    region: str
    partition: str
    account_id: str

    def id(self, prefix: str) -> str:
        """Returns an ID in EC2's form, such as ``vpc-`` and 17 digits."""
        return f"{prefix}-{digest(self.urn, 17)}"

    def arn(self, service: str, resource: str, *, is_global: bool = False) -> str:
        """Returns the ARN of a resource of this account."""
        region = "" if is_global else self.region
        return f"arn:{self.partition}:{service}:{region}:{self.account_id}:{resource}"

    @property
    def name(self) -> str:
        """The given name, or the one that Pulumi makes."""
        return str(self.inputs.get("name") or auto_name(self.urn))


def _ec2(prefix: str, arn_type: str, **computed: Any) -> Callable[[Request], Creation]:
    """Returns the creator of an EC2 resource that computes an ID, an ARN and constants."""

    def create(request: Request) -> Creation:
        made = request.id(prefix)
        arn = request.arn("ec2", f"{arn_type}/{made}")
        return Creation(id=made, computed={"arn": arn, "ownerId": request.account_id, **computed})

    return create


def _vpc(request: Request) -> Creation:
    made = request.id("vpc")
    return Creation(
        id=made,
        computed={
            "arn": request.arn("ec2", f"vpc/{made}"),
            "ownerId": request.account_id,
            "defaultSecurityGroupId": request.id("sg"),
            "defaultRouteTableId": request.id("rtb"),
            "mainRouteTableId": request.id("rtb"),
            "defaultNetworkAclId": request.id("acl"),
            "instanceTenancy": "default",
        },
    )


def _default_security_group(request: Request) -> Creation:
    made = request.id("sg")
    return Creation(
        id=made,
        computed={
            "arn": request.arn("ec2", f"security-group/{made}"),
            "name": "default",
            "description": "default VPC security group",
            "ownerId": request.account_id,
        },
    )


def _security_group(request: Request) -> Creation:
    made = request.id("sg")
    return Creation(
        id=made,
        computed={
            "arn": request.arn("ec2", f"security-group/{made}"),
            "name": request.name,
            "ownerId": request.account_id,
            # Pulumi's default where the program gives none.
            "description": request.inputs.get("description") or "Managed by Pulumi",
        },
    )


def _security_group_rule(request: Request) -> Creation:
    made = request.id("sgr")
    arn = request.arn("ec2", f"security-group-rule/{made}")
    return Creation(id=made, computed={"arn": arn, "securityGroupRuleId": made})


def _subnet(request: Request) -> Creation:
    made = request.id("subnet")
    return Creation(
        id=made,
        computed={
            "arn": request.arn("ec2", f"subnet/{made}"),
            "ownerId": request.account_id,
        },
    )


def _route(request: Request) -> Creation:
    return Creation(
        id=f"r-{request.inputs['routeTableId']}{digest(request.urn, 10)}",
        computed={"origin": "CreateRoute", "state": "active"},
    )


def _elastic_ip(request: Request) -> Creation:
    made = request.id("eipalloc")
    # Of the block that RFC 5737 keeps for documentation.
    address = f"198.51.100.{int(digest(request.urn, 2), 16)}"
    return Creation(
        id=made,
        computed={
            "arn": request.arn("ec2", f"elastic-ip/{made}"),
            "allocationId": made,
            "publicIp": address,
        },
    )


def _nat_gateway(request: Request) -> Creation:
    made = request.id("nat")
    address = f"198.51.100.{int(digest(request.urn, 2), 16)}"
    return Creation(id=made, computed={"connectivityType": "public", "publicIp": address})


def _endpoint(request: Request) -> Creation:
    made = request.id("vpce")
    return Creation(
        id=made,
        computed={
            "arn": request.arn("ec2", f"vpc-endpoint/{made}"),
            "ownerId": request.account_id,
            "state": "available",
            "prefixListId": request.id("pl"),
        },
    )


def _launch_template(request: Request) -> Creation:
    made = request.id("lt")
    return Creation(
        id=made,
        computed={
            "arn": request.arn("ec2", f"launch-template/{made}"),
            "name": request.name,
            "latestVersion": 1,
            "defaultVersion": 1,
        },
    )


def _role(request: Request) -> Creation:
    return Creation(
        id=request.name,
        computed={
            "name": request.name,
            "arn": request.arn("iam", f"role/{request.name}", is_global=True),
            "uniqueId": f"AROA{digest(request.urn, 17).upper()}",
            "path": "/",
            "maxSessionDuration": 3600,
        },
    )


def _role_policy(request: Request) -> Creation:
    return Creation(id=f"{request.inputs['role']}:{request.name}", computed={"name": request.name})


def _attachment(request: Request) -> Creation:
    role, policy = request.inputs["role"], str(request.inputs["policyArn"])
    # A name, or the role itself.
    name = role["urn"].rsplit("::", maxsplit=1)[-1] if isinstance(role, Reference) else role
    return Creation(id=f"{name}-{digest(policy, 20)}", computed={})


def _policy(request: Request) -> Creation:
    arn = request.arn("iam", f"policy/{request.name}", is_global=True)
    return Creation(
        id=arn,
        computed={
            "arn": arn,
            "name": request.name,
            "path": "/",
            "policyId": f"ANPA{digest(request.urn, 17).upper()}",
        },
    )


def _oidc_provider(request: Request) -> Creation:
    issuer = str(request.inputs["url"]).removeprefix("https://")
    arn = request.arn("iam", f"oidc-provider/{issuer}", is_global=True)
    # IAM finds the thumbprint itself; this one is nobody's.
    return Creation(id=arn, computed={"arn": arn, "thumbprintLists": [digest(issuer, 40)]})


def _key(request: Request) -> Creation:
    made = f"{digest(request.urn, 8)}-0000-4000-8000-{digest(request.urn, 12)}"
    return Creation(id=made, computed={"arn": request.arn("kms", f"key/{made}"), "keyId": made})


def _alias(request: Request) -> Creation:
    arn = request.arn("kms", request.name)
    target = str(request.inputs["targetKeyId"])
    return Creation(
        id=request.name, computed={"arn": arn, "targetKeyArn": request.arn("kms", f"key/{target}")}
    )


def _log_group(request: Request) -> Creation:
    return Creation(
        id=request.name,
        computed={
            "name": request.name,
            "arn": request.arn("logs", f"log-group:{request.name}"),
            "logGroupClass": "STANDARD",
        },
    )


def _flow_log(request: Request) -> Creation:
    made = request.id("fl")
    return Creation(id=made, computed={"arn": request.arn("ec2", f"vpc-flow-log/{made}")})


def _cluster(request: Request) -> Creation:
    name = str(request.inputs["name"])
    mark = digest(request.urn, 32).upper()
    suffix = dns_suffix_of(request.region)
    vpc_config = {
        "publicAccessCidrs": ["0.0.0.0/0"] if _is_public(request) else [],
        **request.inputs["vpcConfig"],
        "clusterSecurityGroupId": request.id("sg"),
        "vpcId": digest(request.urn, 17),
    }
    issuer = f"https://oidc.eks.{request.region}.{suffix}/id/{mark}"
    return Creation(
        id=name,
        computed={
            "arn": request.arn("eks", f"cluster/{name}"),
            "endpoint": f"https://{mark}.gr7.{request.region}.eks.{suffix}",
            "certificateAuthority": {"data": "b2ZmbGluZQ=="},
            "identities": [{"oidcs": [{"issuer": issuer}]}],
            "platformVersion": "eks.1",
            "status": "ACTIVE",
            "createdAt": "0001-01-01T00:00:00Z",
            "vpcConfig": vpc_config,
        },
    )


def _is_public(request: Request) -> bool:
    return bool(request.inputs["vpcConfig"].get("endpointPublicAccess", True))


def _access_entry(request: Request) -> Creation:
    cluster, principal = str(request.inputs["clusterName"]), str(request.inputs["principalArn"])
    arn = request.arn("eks", f"access-entry/{cluster}/{digest(principal, 36)}")
    return Creation(
        id=f"{cluster}:{principal}", computed={"accessEntryArn": arn, "type": "STANDARD"}
    )


def _access_policy_association(request: Request) -> Creation:
    keys = ("clusterName", "principalArn", "policyArn")
    return Creation(id="#".join(str(request.inputs[key]) for key in keys), computed={})


def _addon(request: Request) -> Creation:
    cluster, name = str(request.inputs["clusterName"]), str(request.inputs["addonName"])
    return Creation(
        id=f"{cluster}:{name}",
        computed={
            "arn": request.arn("eks", f"addon/{cluster}/{name}/{digest(request.urn, 36)}"),
            # Which build is EKS's default, only EKS knows.
            "addonVersion": request.inputs.get("addonVersion") or "default",
        },
    )


def _node_group(request: Request) -> Creation:
    cluster = str(request.inputs["clusterName"])
    name = str(request.inputs.get("nodeGroupName") or auto_name(request.urn))
    return Creation(
        id=f"{cluster}:{name}",
        computed={
            "arn": request.arn("eks", f"nodegroup/{cluster}/{name}/{digest(request.urn, 36)}"),
            "nodeGroupName": name,
            "status": "ACTIVE",
            "releaseVersion": "default",
        },
    )


def _file_system(request: Request) -> Creation:
    made = request.id("fs")
    return Creation(
        id=made,
        computed={
            "arn": request.arn("elasticfilesystem", f"file-system/{made}"),
            "dnsName": f"{made}.efs.{request.region}.{dns_suffix_of(request.region)}",
            "ownerId": request.account_id,
            "performanceMode": "generalPurpose",
            "throughputMode": "bursting",
        },
    )


def _mount_target(request: Request) -> Creation:
    made = request.id("fsmt")
    file_system = str(request.inputs["fileSystemId"])
    return Creation(
        id=made,
        computed={
            "dnsName": f"{file_system}.efs.{request.region}.{dns_suffix_of(request.region)}",
            "networkInterfaceId": request.id("eni"),
            "ownerId": request.account_id,
        },
    )


def _backup_policy(request: Request) -> Creation:
    return Creation(id=str(request.inputs["fileSystemId"]), computed={})


def _plain(prefix: str) -> Callable[[Request], Creation]:
    """Returns the creator of a resource that computes nothing but an ID."""
    return lambda request: Creation(id=request.id(prefix), computed={})


CREATORS: Final[Mapping[str, Callable[[Request], Creation]]] = {
    "aws:cloudwatch/logGroup:LogGroup": _log_group,
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _default_security_group,
    "aws:ec2/eip:Eip": _elastic_ip,
    "aws:ec2/flowLog:FlowLog": _flow_log,
    "aws:ec2/internetGateway:InternetGateway": _ec2("igw", "internet-gateway"),
    "aws:ec2/launchTemplate:LaunchTemplate": _launch_template,
    "aws:ec2/natGateway:NatGateway": _nat_gateway,
    "aws:ec2/route:Route": _route,
    "aws:ec2/routeTable:RouteTable": _ec2("rtb", "route-table", propagatingVgws=[]),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": _plain("rtbassoc"),
    "aws:ec2/securityGroup:SecurityGroup": _security_group,
    "aws:ec2/subnet:Subnet": _subnet,
    "aws:ec2/vpc:Vpc": _vpc,
    "aws:ec2/vpcEndpoint:VpcEndpoint": _endpoint,
    "aws:efs/backupPolicy:BackupPolicy": _backup_policy,
    "aws:efs/fileSystem:FileSystem": _file_system,
    "aws:efs/mountTarget:MountTarget": _mount_target,
    "aws:eks/accessEntry:AccessEntry": _access_entry,
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": _access_policy_association,
    "aws:eks/addon:Addon": _addon,
    "aws:eks/cluster:Cluster": _cluster,
    "aws:eks/nodeGroup:NodeGroup": _node_group,
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": _oidc_provider,
    "aws:iam/policy:Policy": _policy,
    "aws:iam/role:Role": _role,
    "aws:iam/rolePolicy:RolePolicy": _role_policy,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": _attachment,
    "aws:kms/alias:Alias": _alias,
    "aws:kms/key:Key": _key,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _security_group_rule,
}
