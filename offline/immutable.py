"""Properties that cannot change in place, by resource type, each type with its source.

What a service refuses to change at all, such as a version that goes down, is not here: that is an
error and no replacement.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Final

from deployment import types

_TERRAFORM: Final = "https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service"
_PULUMI_KUBERNETES: Final = (
    "https://github.com/pulumi/pulumi-kubernetes/blob/master/provider/pkg/provider"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Fixed:
    """What of a type cannot change in place.

    :param source: the provider's own table, in which these properties force a new resource.
    :param paths: properties that cannot change, with all that is in them.
    :param kinds: properties that change in place, and cannot appear or disappear: they choose
        among alternatives.
    :param lasting: properties that can appear and change in place, and cannot disappear.
    """

    source: str
    paths: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    lasting: tuple[str, ...] = ()


def _fixed(source: str, *paths: str, kinds: str = "", lasting: str = "") -> Fixed:
    """Returns what of a type cannot change; the texts hold names, with blanks between them."""
    return Fixed(
        source=source,
        paths=tuple(" ".join(paths).split()),
        kinds=tuple(kinds.split()),
        lasting=tuple(lasting.split()),
    )


def _aws(file: str, *paths: str, kinds: str = "", lasting: str = "") -> Fixed:
    return _fixed(f"{_TERRAFORM}/{file}", *paths, kinds=kinds, lasting=lasting)


def _object(*paths: str) -> Fixed:
    return _fixed(f"{_PULUMI_KUBERNETES}/diff.go", *paths)


IMMUTABLE: Final[Mapping[str, Fixed]] = {
    types.LOG_GROUP: _aws("logs/group.go", "name namePrefix logGroupClass"),
    types.DEFAULT_SECURITY_GROUP: _aws("ec2/vpc_default_security_group.go", "vpcId"),
    "aws:ec2/eip:Eip": _aws(
        "ec2/ec2_eip.go", "address domain ipamPoolId networkBorderGroup publicIpv4Pool"
    ),
    types.FLOW_LOG: _aws(
        "ec2/vpc_flow_log.go",
        "deliverCrossAccountRole destinationOptions eniId iamRoleArn logDestination",
        "logDestinationType logFormat maxAggregationInterval subnetId trafficType",
        "transitGatewayAttachmentId transitGatewayId vpcId",
    ),
    # A gateway moves to another VPC in place.
    types.INTERNET_GATEWAY: _aws("ec2/vpc_internet_gateway.go"),
    # Any other change makes a new version of the same template.
    types.LAUNCH_TEMPLATE: _aws("ec2/ec2_launch_template.go", "name namePrefix"),
    types.NAT_GATEWAY: _aws(
        "ec2/vpc_nat_gateway.go",
        "allocationId connectivityType privateIp secondaryPrivateIpAddressCount subnetId",
    ),
    # A route gets another target in place, and no other destination.
    types.ROUTE: _aws(
        "ec2/vpc_route.go",
        "destinationCidrBlock destinationIpv6CidrBlock destinationPrefixListId",
        "routeTableId",
    ),
    types.ROUTE_TABLE: _aws("ec2/vpc_route_table.go", "vpcId"),
    # A subnet moves to another table in place.
    types.ROUTE_TABLE_ASSOCIATION: _aws("ec2/vpc_route_table_association.go", "gatewayId subnetId"),
    types.SECURITY_GROUP: _aws("ec2/vpc_security_group.go", "description name namePrefix vpcId"),
    # An IPv6 range too, once addresses of it are assigned at launch; stacks here have none.
    types.SUBNET: _aws(
        "ec2/vpc_subnet.go",
        "availabilityZone availabilityZoneId cidrBlock ipv4IpamPoolId ipv4NetmaskLength",
        "ipv6IpamPoolId ipv6Native ipv6NetmaskLength outpostArn vpcId",
    ),
    types.RESERVATION: _aws(
        "ec2/vpc_subnet_cidr_reservation.go", "cidrBlock description reservationType subnetId"
    ),
    # The provider changes the tenancy from dedicated to default in place; here that replaces too.
    types.VPC: _aws("ec2/vpc_.go", "cidrBlock instanceTenancy ipv4IpamPoolId ipv4NetmaskLength"),
    types.VPC_ENDPOINT: _aws(
        "ec2/vpc_endpoint.go",
        "resourceConfigurationArn serviceName serviceNetworkArn serviceRegion",
        "vpcEndpointType vpcId",
    ),
    "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation": _aws(
        "ec2/vpc_ipv4_cidr_block_association.go", "cidrBlock ipv4IpamPoolId ipv4NetmaskLength vpcId"
    ),
    "aws:efs/backupPolicy:BackupPolicy": _aws("efs/backup_policy.go", "fileSystemId"),
    types.FILE_SYSTEM: _aws(
        "efs/file_system.go",
        "availabilityZoneName creationToken encrypted kmsKeyId performanceMode",
    ),
    # The version of the file that was read knows no IPv6. That its two properties are fixed follows
    # from the API, which changes nothing of a mount target but its security groups
    # (https://docs.aws.amazon.com/efs/latest/ug/API_ModifyMountTargetSecurityGroups.html).
    types.MOUNT_TARGET: _aws(
        "efs/mount_target.go", "fileSystemId ipAddress ipAddressType ipv6Address subnetId"
    ),
    types.ACCESS_ENTRY: _aws("eks/access_entry.go", "clusterName principalArn type"),
    types.ACCESS_POLICY: _aws(
        "eks/access_policy_association.go", "accessScope clusterName policyArn principalArn"
    ),
    types.ADDON: _aws("eks/addon.go", "addonName clusterName namespaceConfig"),
    # Envelope encryption can be turned on, and not off again.
    types.CLUSTER: _aws(
        "eks/cluster.go",
        "accessConfig.bootstrapClusterCreatorAdminPermissions bootstrapSelfManagedAddons",
        "kubernetesNetworkConfig.ipFamily kubernetesNetworkConfig.serviceIpv4Cidr name",
        "outpostConfig.controlPlaneInstanceType roleArn",
        lasting="encryptionConfig",
    ),
    types.NODE_GROUP: _aws(
        "eks/node_group.go",
        "amiType capacityType clusterName diskSize instanceTypes launchTemplate.id",
        "launchTemplate.name nodeGroupName nodeGroupNamePrefix nodeRoleArn remoteAccess",
        "subnetIds",
    ),
    types.BUCKET: _aws("s3/bucket.go", "bucket bucketNamespace bucketPrefix objectLockEnabled"),
    types.BUCKET_ENCRYPTION: _aws(
        "s3/bucket_server_side_encryption_configuration.go", "bucket expectedBucketOwner"
    ),
    types.BUCKET_LIFECYCLE: _aws(
        "s3/bucket_lifecycle_configuration.go", "bucket expectedBucketOwner"
    ),
    types.BUCKET_POLICY: _aws("s3/bucket_policy.go", "bucket"),
    types.BUCKET_PUBLIC_ACCESS: _aws("s3/bucket_public_access_block.go", "bucket"),
    types.BUCKET_VERSIONING: _aws("s3/bucket_versioning.go", "bucket expectedBucketOwner"),
    types.TOPIC: _aws("sns/topic.go", "name namePrefix fifoTopic"),
    types.QUEUE: _aws("sqs/queue.go", "fifoQueue name namePrefix"),
    types.QUEUE_POLICY: _aws("sqs/queue_policy.go", "queueUrl"),
    types.EVENT_RULE: _aws("events/rule.go", "eventBusName name namePrefix"),
    types.EVENT_TARGET: _aws("events/target.go", "eventBusName rule targetId"),
    types.INSTANCE_PROFILE: _aws("iam/instance_profile.go", "name namePrefix path"),
    types.OIDC_PROVIDER: _aws("iam/openid_connect_provider.go", "url"),
    types.KEPT_SECRET: _aws("secretsmanager/secret.go", "name namePrefix"),
    types.SECRET_VALUE: _aws(
        "secretsmanager/secret_version.go",
        "secretBinary secretId secretString secretStringWoVersion",
    ),
    types.POLICY: _aws("iam/policy.go", "description name namePrefix path"),
    types.ROLE: _aws("iam/role.go", "name namePrefix path"),
    types.ROLE_POLICY: _aws("iam/role_policy.go", "name namePrefix role"),
    types.ATTACHMENT: _aws("iam/role_policy_attachment.go", "policyArn role"),
    "aws:kms/alias:Alias": _aws("kms/alias.go", "name namePrefix"),
    types.KEY: _aws(
        "kms/key.go", "customKeyStoreId customerMasterKeySpec keyUsage multiRegion xksKeyId"
    ),
    # A rule keeps its kind of source.
    types.INGRESS_RULE: _aws(
        "ec2/vpc_security_group_ingress_rule.go",
        "securityGroupId",
        kinds="cidrIpv4 cidrIpv6 prefixListId referencedSecurityGroupId",
    ),
    types.DAEMON_SET: _object("spec.selector"),
    types.DEPLOYMENT: _object("spec.selector"),
    types.STATEFUL_SET: _object(
        "spec.podManagementPolicy spec.revisionHistoryLimit spec.selector",
        "spec.serviceName spec.volumeClaimTemplates",
    ),
    types.JOB: _object("spec.completions spec.parallelism spec.selector spec.template"),
    # Unless the provider is told otherwise (enableConfigMapMutable, enableSecretMutable).
    types.CONFIG_MAP: _object("binaryData data"),
    types.SECRET: _object("data stringData type"),
    types.CLAIM: _object("spec.accessModes spec.selector spec.storageClassName spec.volumeName"),
    types.SERVICE: _object("spec.clusterIP"),
    types.CLUSTER_ROLE_BINDING: _object("roleRef"),
    types.ROLE_BINDING: _object("roleRef"),
    # The API refuses to change reclaimPolicy and volumeBindingMode as well, and the provider does
    # not know that: an error and no replacement.
    types.STORAGE_CLASS: _object("parameters provisioner"),
    types.RELEASE: _fixed(f"{_PULUMI_KUBERNETES}/helm_release.go", "name namespace"),
    # Each of its inputs: another one makes another password.
    types.PASSWORD: _fixed(
        "https://github.com/hashicorp/terraform-provider-random/blob/main/internal/provider"
        "/resource_password.go",
        "keepers length lower minLower minNumeric minSpecial minUpper number numeric",
        "overrideSpecial special upper",
    ),
}

_OF_EACH_AWS: Final = _fixed(
    "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/enhanced-region-support",
    "region",
)
_OF_EACH_OBJECT: Final = _object("apiVersion kind metadata.name metadata.namespace")


def fixed_of(token: str) -> tuple[Fixed, ...]:
    """Returns what of a type cannot change in place, with what holds for all of its kind."""
    own = (IMMUTABLE[token],) if token in IMMUTABLE else ()
    if token.startswith("aws:"):
        return (*own, _OF_EACH_AWS)
    return (*own, _OF_EACH_OBJECT) if is_object_of_kubernetes(token) else own


def replaces_provider(settings: Container[str]) -> tuple[str, ...]:
    """Returns the settings of a provider that say which cloud it is for.

    Of the Kubernetes provider those are the identifier of the cluster, or without one its
    kubeconfig (``DiffConfig`` in
    https://github.com/pulumi/pulumi-kubernetes/blob/master/provider/pkg/provider/provider.go). The
    AWS provider has none since its version 7: each resource has a region of its own
    (https://github.com/pulumi/pulumi-aws/pull/5656).

    :param settings: the names of those that the provider has.
    """
    identifier = "clusterIdentifier"
    return (identifier,) if identifier in settings else (identifier, "kubeconfig")


def is_object_of_kubernetes(token: str) -> bool:
    """Returns whether a type is an object of the Kubernetes API."""
    return token.startswith("kubernetes:") and not token.startswith("kubernetes:helm.sh/")
