"""Which calls of AWS's API make each type of resource, and how they name its properties.

A property goes by its own name to the first call that has it; capitals and plural do not count.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from deployment import types

# Why no call carries a property.
_PROVIDERS: Final = "tells the provider what to do, and is sent nowhere"
_PREFIX: Final = "the provider makes a name of it"
_COMPUTED: Final = "AWS says it"


@dataclass(frozen=True, kw_only=True, slots=True)
class Calls:
    """How a type of resource is made.

    :param service: botocore's name of the service.
    :param operations: the calls, ``Operation`` or ``Operation:Member`` for what is below a member.
    :param renamed: by a property's path, the path of its member, from what holds the property; with
        ``Operation:`` in front from the input of that call.
    :param unsent: by reason, the properties that no call carries, with blanks between them.
    """

    service: str
    operations: tuple[str, ...]
    renamed: Mapping[str, str] = field(default_factory=dict[str, str])
    unsent: Mapping[str, str] = field(default_factory=dict[str, str])


# Of whichever type has them.
UNSENT: Final[Mapping[str, str]] = {
    "region": "is where the call goes",
    "namePrefix": _PREFIX,
    "nodeGroupNamePrefix": _PREFIX,
}


def _ec2(
    *operations: str,
    renamed: Mapping[str, str] | None = None,
    unsent: Mapping[str, str] | None = None,
) -> Calls:
    return Calls(
        service="ec2",
        operations=operations,
        renamed={"tags": "TagSpecifications.Tags", **(renamed or {})},
        unsent=unsent or {},
    )


_PERMISSION: Final[Mapping[str, str]] = {
    "protocol": "IpProtocol",
    "cidrBlocks": "IpRanges.CidrIp",
    "description": "IpRanges.Description",
    "ipv6CidrBlocks": "Ipv6Ranges.CidrIpv6",
    "prefixListIds": "PrefixListIds.PrefixListId",
    "securityGroups": "UserIdGroupPairs.GroupId",
    "self": "UserIdGroupPairs.GroupId",
}
_PERMISSIONS: Final[Mapping[str, str]] = {
    "ingress": "AuthorizeSecurityGroupIngress:IpPermissions",
    "egress": "AuthorizeSecurityGroupEgress:IpPermissions",
    **{
        f"{way}.{name}": member
        for way in ("ingress", "egress")
        for name, member in _PERMISSION.items()
    },
}
_REVOKE: Final[Mapping[str, str]] = {_PROVIDERS: "revokeRulesOnDelete"}
_ROUTE: Final[Mapping[str, str]] = {"egressOnlyGatewayId": "EgressOnlyInternetGatewayId"}

# What a bucket was given before each part was a resource of its own.
_PARTS_OF_BUCKETS: Final = (
    "accelerationStatus corsRules grants lifecycleRules logging objectLockConfiguration policy "
    "replicationConfiguration requestPayer serverSideEncryptionConfiguration versioning website"
)

# Of a target of EventBridge, what the provider calls otherwise.
_TARGET: Final[Mapping[str, str]] = {
    "targetId": "Id",
    "sqsTarget": "SqsParameters",
    "inputTransformer.inputPaths": "InputPathsMap",
}

_OTHER_TARGETS: Final = (
    "appsyncTarget batchTarget ecsTarget httpTarget kinesisTarget redshiftTarget "
    "runCommandTargets sagemakerPipelineTarget "
)

CALLS: Final[Mapping[str, Calls]] = {
    types.LOG_GROUP: Calls(
        service="logs",
        operations=("CreateLogGroup", "PutRetentionPolicy"),
        renamed={"name": "logGroupName"},
        unsent={_PROVIDERS: "skipDestroy"},
    ),
    types.DEFAULT_SECURITY_GROUP: _ec2("CreateSecurityGroup", renamed=_PERMISSIONS, unsent=_REVOKE),
    types.SECURITY_GROUP: _ec2(
        "CreateSecurityGroup", renamed={"name": "GroupName", **_PERMISSIONS}, unsent=_REVOKE
    ),
    types.ELASTIC_IP: _ec2(
        "AllocateAddress",
        "AssociateAddress",
        renamed={
            "instance": "AssociateAddress:InstanceId",
            "networkInterface": "AssociateAddress:NetworkInterfaceId",
            "associateWithPrivateIp": "AssociateAddress:PrivateIpAddress",
        },
    ),
    types.FLOW_LOG: _ec2(
        "CreateFlowLogs",
        renamed={
            "iamRoleArn": "DeliverLogsPermissionArn",
            **dict.fromkeys(
                (
                    "eniId",
                    "regionalNatGatewayId",
                    "subnetId",
                    "transitGatewayAttachmentId",
                    "transitGatewayId",
                    "vpcId",
                ),
                "ResourceIds",
            ),
        },
    ),
    types.INTERNET_GATEWAY: _ec2("CreateInternetGateway", "AttachInternetGateway"),
    types.NAT_GATEWAY: _ec2("CreateNatGateway", renamed={"privateIp": "PrivateIpAddress"}),
    types.ROUTE: _ec2("CreateRoute", renamed=_ROUTE),
    types.ROUTE_TABLE: _ec2(
        "CreateRouteTable",
        renamed={
            "propagatingVgws": "EnableVgwRoutePropagation:GatewayId",
            "routes": "CreateRoute:",
            "routes.cidrBlock": "DestinationCidrBlock",
            "routes.ipv6CidrBlock": "DestinationIpv6CidrBlock",
            **{f"routes.{name}": member for name, member in _ROUTE.items()},
        },
    ),
    types.ROUTE_TABLE_ASSOCIATION: _ec2("AssociateRouteTable"),
    types.SUBNET: _ec2("CreateSubnet", "ModifySubnetAttribute"),
    types.RESERVATION: _ec2("CreateSubnetCidrReservation", renamed={"cidrBlock": "Cidr"}),
    types.VPC: _ec2(
        "CreateVpc",
        "ModifyVpcAttribute",
        renamed={"assignGeneratedIpv6CidrBlock": "AmazonProvidedIpv6CidrBlock"},
    ),
    types.VPC_ENDPOINT: _ec2(
        "CreateVpcEndpoint", renamed={"policy": "PolicyDocument"}, unsent={_PROVIDERS: "autoAccept"}
    ),
    types.MORE_BLOCKS: _ec2("AssociateVpcCidrBlock"),
    types.INGRESS_RULE: _ec2(
        "AuthorizeSecurityGroupIngress:IpPermissions",
        "AuthorizeSecurityGroupIngress",
        renamed={
            "securityGroupId": "AuthorizeSecurityGroupIngress:GroupId",
            "cidrIpv4": "IpRanges.CidrIp",
            "cidrIpv6": "Ipv6Ranges.CidrIpv6",
            "description": "IpRanges.Description",
            "prefixListId": "PrefixListIds.PrefixListId",
            "referencedSecurityGroupId": "UserIdGroupPairs.GroupId",
            "tags": "AuthorizeSecurityGroupIngress:TagSpecifications.Tags",
        },
    ),
    types.LAUNCH_TEMPLATE: _ec2(
        "CreateLaunchTemplate:LaunchTemplateData",
        "CreateLaunchTemplate",
        renamed={
            "description": "CreateLaunchTemplate:VersionDescription",
            "name": "CreateLaunchTemplate:LaunchTemplateName",
            "tags": "CreateLaunchTemplate:TagSpecifications.Tags",
            "networkInterfaces.ipv4AddressCount": "SecondaryPrivateIpAddressCount",
            "networkInterfaces.ipv4Addresses": "PrivateIpAddresses.PrivateIpAddress",
            "networkInterfaces.securityGroups": "Groups",
            "securityGroupNames": "SecurityGroups",
            "vpcSecurityGroupIds": "SecurityGroupIds",
        },
        unsent={_PROVIDERS: "defaultVersion updateDefaultVersion"},
    ),
    types.BACKUP_POLICY: Calls(service="efs", operations=("PutBackupPolicy",)),
    types.FILE_SYSTEM: Calls(
        service="efs",
        operations=("CreateFileSystem", "PutLifecycleConfiguration"),
        renamed={
            "protection": "UpdateFileSystemProtection:",
            "protection.replicationOverwrite": "ReplicationOverwriteProtection",
        },
    ),
    types.MOUNT_TARGET: Calls(service="efs", operations=("CreateMountTarget",)),
    types.ACCESS_ENTRY: Calls(service="eks", operations=("CreateAccessEntry",)),
    types.ACCESS_POLICY: Calls(service="eks", operations=("AssociateAccessPolicy",)),
    types.ADDON: Calls(
        service="eks",
        operations=("CreateAddon",),
        renamed={
            "resolveConflictsOnCreate": "resolveConflicts",
            "resolveConflictsOnUpdate": "UpdateAddon:resolveConflicts",
        },
        unsent={_PROVIDERS: "preserve"},
    ),
    types.CLUSTER: Calls(
        service="eks",
        operations=("CreateCluster",),
        renamed={
            "vpcConfig": "resourcesVpcConfig",
            "enabledClusterLogTypes": "logging.clusterLogging.types",
        },
        unsent={
            _PROVIDERS: "defaultAddonsToRemoves forceUpdateVersion",
            _COMPUTED: "vpcConfig.clusterSecurityGroupId vpcConfig.vpcId "
            "kubernetesNetworkConfig.serviceIpv6Cidr",
        },
    ),
    types.NODE_GROUP: Calls(
        service="eks",
        operations=("CreateNodegroup",),
        renamed={
            "nodeRoleArn": "nodeRole",
            "subnetIds": "subnets",
            "remoteAccess.sourceSecurityGroupIds": "sourceSecurityGroups",
        },
        unsent={_PROVIDERS: "forceUpdateVersion"},
    ),
    types.BUCKET: Calls(
        service="s3",
        operations=("CreateBucket",),
        renamed={
            "objectLockEnabled": "ObjectLockEnabledForBucket",
            "tags": "PutBucketTagging:Tagging.TagSet",
        },
        unsent={
            _PREFIX: "bucketPrefix",
            _PROVIDERS: "forceDestroy",
            "is given by a resource of its own": _PARTS_OF_BUCKETS,
        },
    ),
    types.BUCKET_ENCRYPTION: Calls(
        service="s3",
        operations=("PutBucketEncryption",),
        renamed={
            "rules": "ServerSideEncryptionConfiguration.Rules",
            "rules.blockedEncryptionTypes": "BlockedEncryptionTypes.EncryptionType",
        },
    ),
    types.BUCKET_LIFECYCLE: Calls(
        service="s3",
        operations=("PutBucketLifecycleConfiguration",),
        renamed={"rules": "LifecycleConfiguration.Rules"},
        unsent={_PROVIDERS: "timeouts"},
    ),
    types.BUCKET_POLICY: Calls(service="s3", operations=("PutBucketPolicy",)),
    types.BUCKET_PUBLIC_ACCESS: Calls(
        service="s3",
        operations=("PutPublicAccessBlock:PublicAccessBlockConfiguration", "PutPublicAccessBlock"),
        unsent={_PROVIDERS: "skipDestroy"},
    ),
    types.BUCKET_VERSIONING: Calls(service="s3", operations=("PutBucketVersioning",)),
    types.QUEUE: Calls(
        service="sqs",
        operations=("CreateQueue",),
        renamed={"name": "QueueName"},
        unsent={
            "is a text in the map of attributes": "contentBasedDeduplication deduplicationScope "
            "delaySeconds fifoQueue fifoThroughputLimit kmsDataKeyReusePeriodSeconds "
            "kmsMasterKeyId maxMessageSize messageRetentionSeconds policy receiveWaitTimeSeconds "
            "redriveAllowPolicy redrivePolicy sqsManagedSseEnabled visibilityTimeoutSeconds"
        },
    ),
    types.QUEUE_POLICY: Calls(
        service="sqs",
        operations=("SetQueueAttributes",),
        unsent={"is a text in the map of attributes": "policy"},
    ),
    types.TOPIC: Calls(
        service="sns",
        operations=("CreateTopic",),
        unsent={
            "is a text in the map of attributes": "applicationFailureFeedbackRoleArn "
            "applicationSuccessFeedbackRoleArn applicationSuccessFeedbackSampleRate archivePolicy "
            "contentBasedDeduplication deliveryPolicy displayName fifoThroughputScope fifoTopic "
            "firehoseFailureFeedbackRoleArn firehoseSuccessFeedbackRoleArn "
            "firehoseSuccessFeedbackSampleRate httpFailureFeedbackRoleArn "
            "httpSuccessFeedbackRoleArn httpSuccessFeedbackSampleRate kmsMasterKeyId "
            "lambdaFailureFeedbackRoleArn lambdaSuccessFeedbackRoleArn "
            "lambdaSuccessFeedbackSampleRate maximumMessageSize policy signatureVersion "
            "sqsFailureFeedbackRoleArn sqsSuccessFeedbackRoleArn "
            "sqsSuccessFeedbackSampleRate tracingConfig"
        },
    ),
    types.EVENT_RULE: Calls(
        service="events", operations=("PutRule",), unsent={_PROVIDERS: "forceDestroy isEnabled"}
    ),
    types.EVENT_TARGET: Calls(
        service="events",
        operations=("PutTargets:Targets", "PutTargets"),
        renamed=_TARGET,
        unsent={_PROVIDERS: "forceDestroy", "is of a target that is no queue": _OTHER_TARGETS},
    ),
    types.INSTANCE_PROFILE: Calls(
        service="iam",
        operations=("CreateInstanceProfile", "AddRoleToInstanceProfile"),
        renamed={"name": "InstanceProfileName", "role": "RoleName"},
    ),
    types.OIDC_PROVIDER: Calls(service="iam", operations=("CreateOpenIDConnectProvider",)),
    types.POLICY: Calls(
        service="iam",
        operations=("CreatePolicy",),
        renamed={"name": "PolicyName", "policy": "PolicyDocument"},
        unsent={_PROVIDERS: "delayAfterPolicyCreationInMs"},
    ),
    types.ROLE: Calls(
        service="iam",
        operations=("CreateRole",),
        renamed={
            "name": "RoleName",
            "assumeRolePolicy": "AssumeRolePolicyDocument",
            "inlinePolicies": "PutRolePolicy:",
            "inlinePolicies.name": "PolicyName",
            "inlinePolicies.policy": "PolicyDocument",
            "managedPolicyArns": "AttachRolePolicy:PolicyArn",
        },
        unsent={_PROVIDERS: "forceDetachPolicies"},
    ),
    types.ROLE_POLICY: Calls(
        service="iam",
        operations=("PutRolePolicy",),
        renamed={"name": "PolicyName", "policy": "PolicyDocument", "role": "RoleName"},
    ),
    types.ATTACHMENT: Calls(
        service="iam", operations=("AttachRolePolicy",), renamed={"role": "RoleName"}
    ),
    types.ALIAS: Calls(service="kms", operations=("CreateAlias",), renamed={"name": "AliasName"}),
    types.KEPT_SECRET: Calls(
        service="secretsmanager",
        operations=("CreateSecret",),
        renamed={
            "recoveryWindowInDays": "DeleteSecret:RecoveryWindowInDays",
            "policy": "PutResourcePolicy:ResourcePolicy",
            "replicas": "AddReplicaRegions",
        },
        unsent={_COMPUTED: "replicas.lastAccessedDate replicas.status replicas.statusMessage"},
    ),
    types.SECRET_VALUE: Calls(
        service="secretsmanager",
        operations=("PutSecretValue",),
        renamed={"secretStringWo": "SecretString"},
        unsent={_PROVIDERS: "secretStringWoVersion"},
    ),
    types.KEY: Calls(
        service="kms",
        operations=("CreateKey", "EnableKeyRotation"),
        renamed={"deletionWindowInDays": "ScheduleKeyDeletion:PendingWindowInDays"},
        unsent={_PROVIDERS: "enableKeyRotation isEnabled"},
    ),
}
