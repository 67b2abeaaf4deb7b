"""Type tokens of resources; a test ties each to its class in the SDKs."""

from typing import Final

STACK: Final = "pulumi:pulumi:Stack"

CLUSTER: Final = "aws:eks/cluster:Cluster"
NODE_GROUP: Final = "aws:eks/nodeGroup:NodeGroup"
ADDON: Final = "aws:eks/addon:Addon"
ACCESS_ENTRY: Final = "aws:eks/accessEntry:AccessEntry"
ACCESS_POLICY: Final = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
POD_IDENTITY: Final = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
FARGATE_PROFILE: Final = "aws:eks/fargateProfile:FargateProfile"
LAUNCH_TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
LAUNCH_CONFIGURATION: Final = "aws:ec2/launchConfiguration:LaunchConfiguration"
AUTO_SCALING_GROUP: Final = "aws:autoscaling/group:Group"
TEMPLATE_STACK: Final = "aws:cloudformation/stack:Stack"
DISK_ENCRYPTION: Final = "aws:ebs/encryptionByDefault:EncryptionByDefault"

ROLE: Final = "aws:iam/role:Role"
POLICY: Final = "aws:iam/policy:Policy"
ROLE_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
USER_POLICY: Final = "aws:iam/userPolicy:UserPolicy"
GROUP_POLICY: Final = "aws:iam/groupPolicy:GroupPolicy"
ATTACHMENT: Final = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
USER_ATTACHMENT: Final = "aws:iam/userPolicyAttachment:UserPolicyAttachment"
GROUP_ATTACHMENT: Final = "aws:iam/groupPolicyAttachment:GroupPolicyAttachment"
ATTACHMENTS: Final = "aws:iam/policyAttachment:PolicyAttachment"
INSTANCE_PROFILE: Final = "aws:iam/instanceProfile:InstanceProfile"
OIDC_PROVIDER: Final = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
KEY: Final = "aws:kms/key:Key"
ALIAS: Final = "aws:kms/alias:Alias"
KEY_POLICY: Final = "aws:kms/keyPolicy:KeyPolicy"
KEPT_SECRET: Final = "aws:secretsmanager/secret:Secret"  # noqa: S105  a type's token
SECRET_POLICY: Final = "aws:secretsmanager/secretPolicy:SecretPolicy"  # noqa: S105  the same
SECRET_VALUE: Final = "aws:secretsmanager/secretVersion:SecretVersion"  # noqa: S105  a type's token

VPC: Final = "aws:ec2/vpc:Vpc"
MORE_BLOCKS: Final = "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation"
SUBNET: Final = "aws:ec2/subnet:Subnet"
RESERVATION: Final = "aws:ec2/subnetCidrReservation:SubnetCidrReservation"
ROUTE: Final = "aws:ec2/route:Route"
ROUTE_TABLE: Final = "aws:ec2/routeTable:RouteTable"
DEFAULT_ROUTE_TABLE: Final = "aws:ec2/defaultRouteTable:DefaultRouteTable"
ROUTE_TABLE_ASSOCIATION: Final = "aws:ec2/routeTableAssociation:RouteTableAssociation"
MAIN_ASSOCIATION: Final = "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation"
INTERNET_GATEWAY: Final = "aws:ec2/internetGateway:InternetGateway"
NAT_GATEWAY: Final = "aws:ec2/natGateway:NatGateway"
ELASTIC_IP: Final = "aws:ec2/eip:Eip"
VPC_ENDPOINT: Final = "aws:ec2/vpcEndpoint:VpcEndpoint"
FLOW_LOG: Final = "aws:ec2/flowLog:FlowLog"
DEFAULT_SECURITY_GROUP: Final = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
SECURITY_GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
SECURITY_GROUP_RULE: Final = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS_RULE: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS_RULE: Final = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"

BALANCER: Final = "aws:lb/loadBalancer:LoadBalancer"
CLASSIC_BALANCER: Final = "aws:elb/loadBalancer:LoadBalancer"
LISTENER: Final = "aws:lb/listener:Listener"
LISTENER_RULE: Final = "aws:lb/listenerRule:ListenerRule"
TARGET_GROUP: Final = "aws:lb/targetGroup:TargetGroup"
MACHINES_ATTACHMENT: Final = "aws:autoscaling/attachment:Attachment"

LOG_GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"
FILE_SYSTEM: Final = "aws:efs/fileSystem:FileSystem"
BACKUP_POLICY: Final = "aws:efs/backupPolicy:BackupPolicy"
MOUNT_TARGET: Final = "aws:efs/mountTarget:MountTarget"
BACKUP_SELECTION: Final = "aws:backup/selection:Selection"
BUCKET: Final = "aws:s3/bucket:Bucket"
BUCKET_ENCRYPTION: Final = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
)
BUCKET_LIFECYCLE: Final = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
BUCKET_POLICY: Final = "aws:s3/bucketPolicy:BucketPolicy"
BUCKET_PUBLIC_ACCESS: Final = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
BUCKET_VERSIONING: Final = "aws:s3/bucketVersioning:BucketVersioning"
QUEUE: Final = "aws:sqs/queue:Queue"
QUEUE_POLICY: Final = "aws:sqs/queuePolicy:QueuePolicy"
TOPIC: Final = "aws:sns/topic:Topic"
EVENT_RULE: Final = "aws:cloudwatch/eventRule:EventRule"
EVENT_TARGET: Final = "aws:cloudwatch/eventTarget:EventTarget"
REPOSITORY: Final = "aws:ecr/repository:Repository"
REGISTRY_SCANS: Final = "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration"

# Types with tags of their own; a test compares with the SDK's classes.
TAGGABLE: Final = (
    ACCESS_ENTRY,
    ADDON,
    BUCKET,
    CLUSTER,
    DEFAULT_SECURITY_GROUP,
    ELASTIC_IP,
    EVENT_RULE,
    FILE_SYSTEM,
    FLOW_LOG,
    INGRESS_RULE,
    INSTANCE_PROFILE,
    INTERNET_GATEWAY,
    KEPT_SECRET,
    KEY,
    LAUNCH_TEMPLATE,
    LOG_GROUP,
    NAT_GATEWAY,
    NODE_GROUP,
    OIDC_PROVIDER,
    POLICY,
    QUEUE,
    REPOSITORY,
    ROLE,
    ROUTE_TABLE,
    SECURITY_GROUP,
    SUBNET,
    TOPIC,
    VPC,
    VPC_ENDPOINT,
)

RELEASE: Final = "kubernetes:helm.sh/v3:Release"
NAMESPACE: Final = "kubernetes:core/v1:Namespace"
SERVICE: Final = "kubernetes:core/v1:Service"
CONFIG_MAP: Final = "kubernetes:core/v1:ConfigMap"
INGRESS: Final = "kubernetes:networking.k8s.io/v1:Ingress"
INGRESS_CLASS: Final = "kubernetes:networking.k8s.io/v1:IngressClass"
NETWORK_POLICY: Final = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
DISRUPTION_BUDGET: Final = "kubernetes:policy/v1:PodDisruptionBudget"
AUTOSCALER: Final = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
STORAGE_CLASS: Final = "kubernetes:storage.k8s.io/v1:StorageClass"
PERSISTENT_VOLUME: Final = "kubernetes:core/v1:PersistentVolume"
LIMIT_RANGE: Final = "kubernetes:core/v1:LimitRange"
RESOURCE_QUOTA: Final = "kubernetes:core/v1:ResourceQuota"
CLAIM: Final = "kubernetes:core/v1:PersistentVolumeClaim"
SERVICE_ACCOUNT: Final = "kubernetes:core/v1:ServiceAccount"
SECRET: Final = "kubernetes:core/v1:Secret"  # noqa: S105  a type's token is no secret
KUBERNETES_ROLE: Final = "kubernetes:rbac.authorization.k8s.io/v1:Role"
CLUSTER_ROLE: Final = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole"
ROLE_BINDING: Final = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"
CLUSTER_ROLE_BINDING: Final = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding"

DEPLOYMENT: Final = "kubernetes:apps/v1:Deployment"
STATEFUL_SET: Final = "kubernetes:apps/v1:StatefulSet"
DAEMON_SET: Final = "kubernetes:apps/v1:DaemonSet"
REPLICA_SET: Final = "kubernetes:apps/v1:ReplicaSet"
JOB: Final = "kubernetes:batch/v1:Job"
CRON_JOB: Final = "kubernetes:batch/v1:CronJob"
POD: Final = "kubernetes:core/v1:Pod"
# What runs on until it is stopped, and what ends by itself.
SERVICES_OF_PODS: Final = (DEPLOYMENT, STATEFUL_SET, DAEMON_SET, REPLICA_SET, POD)
WORKLOADS: Final = (*SERVICES_OF_PODS, JOB, CRON_JOB)
NAMESPACED: Final = (
    *WORKLOADS,
    SERVICE,
    CONFIG_MAP,
    SECRET,
    SERVICE_ACCOUNT,
    CLAIM,
    INGRESS,
    NETWORK_POLICY,
    DISRUPTION_BUDGET,
    AUTOSCALER,
    KUBERNETES_ROLE,
    ROLE_BINDING,
)

# Custom resources, of which the SDK has no classes.
NODE_POOL: Final = "kubernetes:karpenter.sh/v1:NodePool"
NODE_CLASS: Final = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
ALERT_RULES: Final = "kubernetes:monitoring.coreos.com/v1:PrometheusRule"
POD_MONITOR: Final = "kubernetes:monitoring.coreos.com/v1:PodMonitor"
INNODB_CLUSTER: Final = "kubernetes:mysql.oracle.com/v2:InnoDBCluster"
SCALED_OBJECT: Final = "kubernetes:keda.sh/v1alpha1:ScaledObject"
SECRET_CLASS: Final = "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass"  # noqa: S105
BINDING: Final = "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding"
GATEWAY: Final = "kubernetes:gateway.networking.k8s.io/v1:Gateway"
GATEWAY_CLASS: Final = "kubernetes:gateway.networking.k8s.io/v1:GatewayClass"
GATEWAY_CONFIGURATION: Final = "kubernetes:gateway.k8s.aws/v1beta1:LoadBalancerConfiguration"
TARGET_CONFIGURATION: Final = "kubernetes:gateway.k8s.aws/v1beta1:TargetGroupConfiguration"
HTTP_ROUTE: Final = "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute"
GRPC_ROUTE: Final = "kubernetes:gateway.networking.k8s.io/v1:GRPCRoute"
TCP_ROUTE: Final = "kubernetes:gateway.networking.k8s.io/v1alpha2:TCPRoute"
TLS_ROUTE: Final = "kubernetes:gateway.networking.k8s.io/v1:TLSRoute"
UDP_ROUTE: Final = "kubernetes:gateway.networking.k8s.io/v1alpha2:UDPRoute"
ROUTES: Final = (HTTP_ROUTE, GRPC_ROUTE, TCP_ROUTE, TLS_ROUTE, UDP_ROUTE)
CUSTOM: Final = (
    *ROUTES,
    ALERT_RULES,
    BINDING,
    GATEWAY,
    GATEWAY_CLASS,
    GATEWAY_CONFIGURATION,
    INNODB_CLUSTER,
    NODE_CLASS,
    NODE_POOL,
    POD_MONITOR,
    SCALED_OBJECT,
    SECRET_CLASS,
    TARGET_CONFIGURATION,
)

PASSWORD: Final = "random:index/randomPassword:RandomPassword"  # noqa: S105  a type's token

# What controllers make, and no program.
LOAD_BALANCER: Final = "cloud:elb:LoadBalancer"
VOLUME: Final = "cloud:ebs:Volume"
