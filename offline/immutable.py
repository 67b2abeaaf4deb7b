"""Properties that cannot change in place, by resource type, with the source of each type's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_TERRAFORM: Final = "https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service"
_KUBERNETES: Final = (
    "https://github.com/pulumi/pulumi-kubernetes/blob/master/provider/pkg/provider/diff.go"
)


@dataclass(frozen=True, slots=True)
class Fixed:
    """What of a type cannot change in place.

    :param source: the file with its schema (``ForceNew`` in Terraform's providers).
    :param paths: the properties, each with all that is in it.
    """

    source: str
    paths: frozenset[str]


def _fixed(source: str, paths: str) -> Fixed:
    return Fixed(source, frozenset(paths.split()))


IMMUTABLE: Final[Mapping[str, Fixed]] = {
    # Kinds of which the provider knows nothing else.
    "kubernetes": _fixed(_KUBERNETES, "apiVersion kind metadata.name metadata.namespace"),
    "aws:cloudwatch/logGroup:LogGroup": _fixed(
        f"{_TERRAFORM}/logs/group.go",
        "logGroupClass name namePrefix",
    ),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _fixed(
        f"{_TERRAFORM}/ec2/vpc_default_security_group.go",
        "vpcId",
    ),
    "aws:ec2/eip:Eip": _fixed(
        f"{_TERRAFORM}/ec2/ec2_eip.go",
        "address domain networkBorderGroup publicIpv4Pool",
    ),
    "aws:ec2/flowLog:FlowLog": _fixed(
        f"{_TERRAFORM}/ec2/vpc_flow_log.go",
        "iamRoleArn logDestination logDestinationType logFormat maxAggregationInterval "
        "subnetId trafficType vpcId",
    ),
    "aws:ec2/launchTemplate:LaunchTemplate": _fixed(
        f"{_TERRAFORM}/ec2/ec2_launch_template.go",
        "name namePrefix",
    ),
    "aws:ec2/natGateway:NatGateway": _fixed(
        f"{_TERRAFORM}/ec2/vpc_nat_gateway.go",
        "allocationId connectivityType privateIp subnetId",
    ),
    "aws:ec2/route:Route": _fixed(
        f"{_TERRAFORM}/ec2/vpc_route.go",
        "destinationCidrBlock destinationIpv6CidrBlock destinationPrefixListId routeTableId",
    ),
    "aws:ec2/routeTable:RouteTable": _fixed(
        f"{_TERRAFORM}/ec2/vpc_route_table.go",
        "vpcId",
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": _fixed(
        f"{_TERRAFORM}/ec2/vpc_route_table_association.go",
        "gatewayId subnetId",
    ),
    "aws:ec2/securityGroup:SecurityGroup": _fixed(
        f"{_TERRAFORM}/ec2/vpc_security_group.go",
        "description name namePrefix vpcId",
    ),
    "aws:ec2/subnet:Subnet": _fixed(
        f"{_TERRAFORM}/ec2/vpc_subnet.go",
        "availabilityZone availabilityZoneId cidrBlock vpcId",
    ),
    "aws:ec2/subnetCidrReservation:SubnetCidrReservation": _fixed(
        f"{_TERRAFORM}/ec2/vpc_subnet_cidr_reservation.go",
        "cidrBlock description reservationType subnetId",
    ),
    "aws:ec2/vpc:Vpc": _fixed(
        f"{_TERRAFORM}/ec2/vpc_.go",
        "cidrBlock",
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": _fixed(
        f"{_TERRAFORM}/ec2/vpc_endpoint.go",
        "serviceName vpcEndpointType vpcId",
    ),
    "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation": _fixed(
        f"{_TERRAFORM}/ec2/vpc_ipv4_cidr_block_association.go",
        "cidrBlock vpcId",
    ),
    "aws:efs/backupPolicy:BackupPolicy": _fixed(
        f"{_TERRAFORM}/efs/backup_policy.go",
        "fileSystemId",
    ),
    "aws:efs/fileSystem:FileSystem": _fixed(
        f"{_TERRAFORM}/efs/file_system.go",
        "availabilityZoneName creationToken encrypted kmsKeyId performanceMode",
    ),
    "aws:efs/mountTarget:MountTarget": _fixed(
        f"{_TERRAFORM}/efs/mount_target.go",
        "fileSystemId ipAddress subnetId",
    ),
    "aws:eks/accessEntry:AccessEntry": _fixed(
        f"{_TERRAFORM}/eks/access_entry.go",
        "clusterName principalArn type",
    ),
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": _fixed(
        f"{_TERRAFORM}/eks/access_policy_association.go",
        "accessScope clusterName policyArn principalArn",
    ),
    "aws:eks/addon:Addon": _fixed(
        f"{_TERRAFORM}/eks/addon.go",
        "addonName clusterName",
    ),
    "aws:eks/cluster:Cluster": _fixed(
        f"{_TERRAFORM}/eks/cluster.go",
        "accessConfig.bootstrapClusterCreatorAdminPermissions bootstrapSelfManagedAddons "
        "kubernetesNetworkConfig.ipFamily kubernetesNetworkConfig.serviceIpv4Cidr name "
        "roleArn",
    ),
    "aws:eks/nodeGroup:NodeGroup": _fixed(
        f"{_TERRAFORM}/eks/node_group.go",
        "amiType capacityType clusterName diskSize instanceTypes launchTemplate.id "
        "launchTemplate.name nodeGroupName nodeRoleArn remoteAccess subnetIds",
    ),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": _fixed(
        f"{_TERRAFORM}/iam/openid_connect_provider.go",
        "url",
    ),
    "aws:iam/policy:Policy": _fixed(
        f"{_TERRAFORM}/iam/policy.go",
        "description name namePrefix path",
    ),
    "aws:iam/role:Role": _fixed(
        f"{_TERRAFORM}/iam/role.go",
        "name namePrefix path",
    ),
    "aws:iam/rolePolicy:RolePolicy": _fixed(
        f"{_TERRAFORM}/iam/role_policy.go",
        "name namePrefix role",
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": _fixed(
        f"{_TERRAFORM}/iam/role_policy_attachment.go",
        "policyArn role",
    ),
    "aws:kms/alias:Alias": _fixed(
        f"{_TERRAFORM}/kms/alias.go",
        "name namePrefix",
    ),
    "aws:kms/key:Key": _fixed(
        f"{_TERRAFORM}/kms/key.go",
        "customerMasterKeySpec keyUsage multiRegion",
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _fixed(
        f"{_TERRAFORM}/ec2/vpc_security_group_ingress_rule.go",
        "securityGroupId",
    ),
    "kubernetes:apps/v1:Deployment": _fixed(
        _KUBERNETES,
        "spec.selector",
    ),
    "kubernetes:apps/v1:StatefulSet": _fixed(
        _KUBERNETES,
        "spec.podManagementPolicy spec.revisionHistoryLimit spec.selector spec.serviceName "
        "spec.volumeClaimTemplates",
    ),
    "kubernetes:core/v1:ConfigMap": _fixed(
        _KUBERNETES,
        "binaryData data",
    ),
    "kubernetes:core/v1:PersistentVolumeClaim": _fixed(
        _KUBERNETES,
        "spec",
    ),
    "kubernetes:core/v1:Secret": _fixed(
        _KUBERNETES,
        "data stringData type",
    ),
    "kubernetes:core/v1:Service": _fixed(
        _KUBERNETES,
        "spec.clusterIP",
    ),
    "kubernetes:storage.k8s.io/v1:StorageClass": _fixed(
        _KUBERNETES,
        "parameters provisioner",
    ),
}


def is_object_of_kubernetes(token: str) -> bool:
    """Returns whether a type is an object of the Kubernetes API."""
    return token.startswith("kubernetes:") and not token.startswith("kubernetes:helm.sh/")


def is_fixed(token: str, path: str) -> bool:
    """Returns whether a property cannot change in place."""
    names = [token, "kubernetes"] if is_object_of_kubernetes(token) else [token]
    return any(
        path == place or path.startswith((f"{place}.", f"{place}["))
        for name in names
        if name in IMMUTABLE
        for place in IMMUTABLE[name].paths
    )
