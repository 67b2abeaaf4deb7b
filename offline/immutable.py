"""Properties that cannot change in place, by resource type, each type with its source.

What a service refuses to change at all, such as a version that goes down, is not here: that is an
error and no replacement.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

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


def _aws(
    source: str,
    *paths: str,
    kinds: tuple[str, ...] = (),
    lasting: tuple[str, ...] = (),
) -> Fixed:
    return Fixed(source=f"{_TERRAFORM}/{source}", paths=paths, kinds=kinds, lasting=lasting)


_AWS: Final[Mapping[str, Fixed]] = {
    "aws:cloudwatch/logGroup:LogGroup": _aws(
        "logs/group.go", "name", "namePrefix", "logGroupClass"
    ),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _aws(
        "ec2/vpc_default_security_group.go", "vpcId"
    ),
    "aws:ec2/eip:Eip": _aws(
        "ec2/ec2_eip.go", "address", "domain", "ipamPoolId", "networkBorderGroup", "publicIpv4Pool"
    ),
    "aws:ec2/flowLog:FlowLog": _aws(
        "ec2/vpc_flow_log.go",
        "deliverCrossAccountRole",
        "destinationOptions",
        "eniId",
        "iamRoleArn",
        "logDestination",
        "logDestinationType",
        "logFormat",
        "maxAggregationInterval",
        "subnetId",
        "trafficType",
        "transitGatewayAttachmentId",
        "transitGatewayId",
        "vpcId",
    ),
    # A gateway moves to another VPC in place.
    "aws:ec2/internetGateway:InternetGateway": _aws("ec2/vpc_internet_gateway.go"),
    # Any other change makes a new version of the same template.
    "aws:ec2/launchTemplate:LaunchTemplate": _aws(
        "ec2/ec2_launch_template.go", "name", "namePrefix"
    ),
    "aws:ec2/natGateway:NatGateway": _aws(
        "ec2/vpc_nat_gateway.go",
        "allocationId",
        "connectivityType",
        "privateIp",
        "secondaryPrivateIpAddressCount",
        "subnetId",
    ),
    # A route gets another target in place, and no other destination.
    "aws:ec2/route:Route": _aws(
        "ec2/vpc_route.go",
        "destinationCidrBlock",
        "destinationIpv6CidrBlock",
        "destinationPrefixListId",
        "routeTableId",
    ),
    "aws:ec2/routeTable:RouteTable": _aws("ec2/vpc_route_table.go", "vpcId"),
    # A subnet moves to another table in place.
    "aws:ec2/routeTableAssociation:RouteTableAssociation": _aws(
        "ec2/vpc_route_table_association.go", "gatewayId", "subnetId"
    ),
    "aws:ec2/securityGroup:SecurityGroup": _aws(
        "ec2/vpc_security_group.go", "description", "name", "namePrefix", "vpcId"
    ),
    # An IPv6 range too, once addresses of it are assigned at launch; stacks here have none.
    "aws:ec2/subnet:Subnet": _aws(
        "ec2/vpc_subnet.go",
        "availabilityZone",
        "availabilityZoneId",
        "cidrBlock",
        "ipv4IpamPoolId",
        "ipv4NetmaskLength",
        "ipv6IpamPoolId",
        "ipv6Native",
        "ipv6NetmaskLength",
        "outpostArn",
        "vpcId",
    ),
    "aws:ec2/subnetCidrReservation:SubnetCidrReservation": _aws(
        "ec2/vpc_subnet_cidr_reservation.go",
        "cidrBlock",
        "description",
        "reservationType",
        "subnetId",
    ),
    # The provider changes the tenancy from dedicated to default in place; here that replaces too.
    "aws:ec2/vpc:Vpc": _aws(
        "ec2/vpc_.go", "cidrBlock", "instanceTenancy", "ipv4IpamPoolId", "ipv4NetmaskLength"
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": _aws(
        "ec2/vpc_endpoint.go",
        "resourceConfigurationArn",
        "serviceName",
        "serviceNetworkArn",
        "serviceRegion",
        "vpcEndpointType",
        "vpcId",
    ),
    "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation": _aws(
        "ec2/vpc_ipv4_cidr_block_association.go",
        "cidrBlock",
        "ipv4IpamPoolId",
        "ipv4NetmaskLength",
        "vpcId",
    ),
    "aws:efs/backupPolicy:BackupPolicy": _aws("efs/backup_policy.go", "fileSystemId"),
    "aws:efs/fileSystem:FileSystem": _aws(
        "efs/file_system.go",
        "availabilityZoneName",
        "creationToken",
        "encrypted",
        "kmsKeyId",
        "performanceMode",
    ),
    # The version of the file that was read knows no IPv6. That its two properties are fixed follows
    # from the API, which changes nothing of a mount target but its security groups
    # (https://docs.aws.amazon.com/efs/latest/ug/API_ModifyMountTargetSecurityGroups.html).
    "aws:efs/mountTarget:MountTarget": _aws(
        "efs/mount_target.go",
        "fileSystemId",
        "ipAddress",
        "ipAddressType",
        "ipv6Address",
        "subnetId",
    ),
    "aws:eks/accessEntry:AccessEntry": _aws(
        "eks/access_entry.go", "clusterName", "principalArn", "type"
    ),
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": _aws(
        "eks/access_policy_association.go",
        "accessScope",
        "clusterName",
        "policyArn",
        "principalArn",
    ),
    "aws:eks/addon:Addon": _aws("eks/addon.go", "addonName", "clusterName", "namespaceConfig"),
    # Envelope encryption can be turned on, and not off again.
    "aws:eks/cluster:Cluster": _aws(
        "eks/cluster.go",
        "accessConfig.bootstrapClusterCreatorAdminPermissions",
        "bootstrapSelfManagedAddons",
        "kubernetesNetworkConfig.ipFamily",
        "kubernetesNetworkConfig.serviceIpv4Cidr",
        "name",
        "outpostConfig.controlPlaneInstanceType",
        "roleArn",
        lasting=("encryptionConfig",),
    ),
    "aws:eks/nodeGroup:NodeGroup": _aws(
        "eks/node_group.go",
        "amiType",
        "capacityType",
        "clusterName",
        "diskSize",
        "instanceTypes",
        "launchTemplate.id",
        "launchTemplate.name",
        "nodeGroupName",
        "nodeGroupNamePrefix",
        "nodeRoleArn",
        "remoteAccess",
        "subnetIds",
    ),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": _aws(
        "iam/openid_connect_provider.go", "url"
    ),
    "aws:iam/policy:Policy": _aws("iam/policy.go", "description", "name", "namePrefix", "path"),
    "aws:iam/role:Role": _aws("iam/role.go", "name", "namePrefix", "path"),
    "aws:iam/rolePolicy:RolePolicy": _aws("iam/role_policy.go", "name", "namePrefix", "role"),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": _aws(
        "iam/role_policy_attachment.go", "policyArn", "role"
    ),
    "aws:kms/alias:Alias": _aws("kms/alias.go", "name", "namePrefix"),
    "aws:kms/key:Key": _aws(
        "kms/key.go",
        "customKeyStoreId",
        "customerMasterKeySpec",
        "keyUsage",
        "multiRegion",
        "xksKeyId",
    ),
    # A rule keeps its kind of source.
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _aws(
        "ec2/vpc_security_group_ingress_rule.go",
        "securityGroupId",
        kinds=("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"),
    ),
}

_OF_EACH_AWS: Final = Fixed(
    source="https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/enhanced-region-support",
    paths=("region",),
)

_OF_EACH_OBJECT: Final = Fixed(
    source=f"{_PULUMI_KUBERNETES}/diff.go",
    paths=("apiVersion", "kind", "metadata.name", "metadata.namespace"),
)


def _object(*paths: str) -> Fixed:
    return Fixed(source=f"{_PULUMI_KUBERNETES}/diff.go", paths=paths)


_KUBERNETES: Final[Mapping[str, Fixed]] = {
    "kubernetes:apps/v1:DaemonSet": _object("spec.selector"),
    "kubernetes:apps/v1:Deployment": _object("spec.selector"),
    "kubernetes:apps/v1:StatefulSet": _object(
        "spec.podManagementPolicy",
        "spec.revisionHistoryLimit",
        "spec.selector",
        "spec.serviceName",
        "spec.volumeClaimTemplates",
    ),
    "kubernetes:batch/v1:Job": _object(
        "spec.completions", "spec.parallelism", "spec.selector", "spec.template"
    ),
    # Unless the provider is told otherwise (enableConfigMapMutable, enableSecretMutable).
    "kubernetes:core/v1:ConfigMap": _object("binaryData", "data"),
    "kubernetes:core/v1:Secret": _object("data", "stringData", "type"),
    "kubernetes:core/v1:PersistentVolumeClaim": _object(
        "spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"
    ),
    "kubernetes:core/v1:Service": _object("spec.clusterIP"),
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding": _object("roleRef"),
    "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding": _object("roleRef"),
    # The API refuses to change reclaimPolicy and volumeBindingMode as well, and the provider does
    # not know that: an error and no replacement.
    "kubernetes:storage.k8s.io/v1:StorageClass": _object("parameters", "provisioner"),
    "kubernetes:helm.sh/v3:Release": Fixed(
        source=f"{_PULUMI_KUBERNETES}/helm_release.go", paths=("name", "namespace")
    ),
}

IMMUTABLE: Final[Mapping[str, Fixed]] = {**_AWS, **_KUBERNETES}


def fixed_of(token: str) -> tuple[Fixed, ...]:
    """Returns what of a type cannot change in place, with what holds for all of its kind."""
    own = (IMMUTABLE[token],) if token in IMMUTABLE else ()
    if token.startswith("aws:"):
        return (*own, _OF_EACH_AWS)
    return (*own, _OF_EACH_OBJECT) if is_object_of_kubernetes(token) else own


def is_object_of_kubernetes(token: str) -> bool:
    """Returns whether a type is an object of the Kubernetes API."""
    return token.startswith("kubernetes:") and not token.startswith("kubernetes:helm.sh/")
