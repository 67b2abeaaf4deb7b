"""Type tokens of the resources whose behaviour matters to others."""

from typing import Final

CLUSTER: Final = "aws:eks/cluster:Cluster"
ADDON: Final = "aws:eks/addon:Addon"
NODE_GROUP: Final = "aws:eks/nodeGroup:NodeGroup"
ACCESS_ENTRY: Final = "aws:eks/accessEntry:AccessEntry"
ACCESS_POLICY: Final = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"

ROLE: Final = "aws:iam/role:Role"
POLICY: Final = "aws:iam/policy:Policy"
ROLE_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT: Final = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
OIDC_PROVIDER: Final = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
KEY: Final = "aws:kms/key:Key"

SUBNET: Final = "aws:ec2/subnet:Subnet"
RESERVATION: Final = "aws:ec2/subnetCidrReservation:SubnetCidrReservation"
INTERNET_GATEWAY: Final = "aws:ec2/internetGateway:InternetGateway"
LAUNCH_TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
INGRESS_RULE: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
FLOW_LOG: Final = "aws:ec2/flowLog:FlowLog"
VPC_ENDPOINT: Final = "aws:ec2/vpcEndpoint:VpcEndpoint"
LOG_GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"
FILE_SYSTEM: Final = "aws:efs/fileSystem:FileSystem"
MOUNT_TARGET: Final = "aws:efs/mountTarget:MountTarget"

RELEASE: Final = "kubernetes:helm.sh/v3:Release"
NAMESPACE: Final = "kubernetes:core/v1:Namespace"
SERVICE: Final = "kubernetes:core/v1:Service"
SERVICE_ACCOUNT: Final = "kubernetes:core/v1:ServiceAccount"
CONFIG_MAP: Final = "kubernetes:core/v1:ConfigMap"
SECRET: Final = "kubernetes:core/v1:Secret"  # noqa: S105  a type's token is no secret
CLAIM: Final = "kubernetes:core/v1:PersistentVolumeClaim"
STORAGE_CLASS: Final = "kubernetes:storage.k8s.io/v1:StorageClass"
INGRESS: Final = "kubernetes:networking.k8s.io/v1:Ingress"
DEPLOYMENT: Final = "kubernetes:apps/v1:Deployment"
STATEFUL_SET: Final = "kubernetes:apps/v1:StatefulSet"

# What controllers make, and no program.
LOAD_BALANCER: Final = "cloud:elb:LoadBalancer"
VOLUME: Final = "cloud:ebs:Volume"
