"""What AWS computes when it creates each type of resource that the platform uses."""

from collections.abc import Mapping
from typing import Final

from deployment.properties import Reference

from . import aws_ec2
from .aws_functions import dns_suffix_of
from .aws_request import Creator, Request
from .simulated import Creation, auto_name, digest


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


def _cluster(request: Request) -> Creation:
    name = str(request.inputs["name"])
    mark = digest(request.urn, 32).upper()
    suffix = dns_suffix_of(request.region)
    vpc_config = {
        "publicAccessCidrs": ["0.0.0.0/0"] if _is_public(request) else [],
        **request.inputs["vpcConfig"],
        "clusterSecurityGroupId": request.id("sg"),
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


CREATORS: Final[Mapping[str, Creator]] = {
    **aws_ec2.CREATORS,
    "aws:cloudwatch/logGroup:LogGroup": _log_group,
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
}
