"""What AWS takes where its API models do not say it, each with its source.

Stack files are checked against it by the key that the user wrote, and the simulated provider by the
property of the resource.
"""

import re
from collections.abc import Mapping
from ipaddress import IPv4Network
from types import MappingProxyType
from typing import Final

# https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html
CLUSTER_NAME: Final = "[0-9A-Za-z][A-Za-z0-9_-]{0,99}"
# "0-20 instance types": https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateNodegroup.html
MOST_INSTANCE_TYPES: Final = 20
# https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateNodegroup.html: the prefix counts.
LONGEST_LABEL_KEY: Final = 63
# https://www.pulumi.com/registry/packages/aws/api-docs/eks/nodegroup/#taints_python
MOST_TAINTS: Final = 50
# https://docs.aws.amazon.com/eks/latest/APIReference/API_NodegroupUpdateConfig.html
MOST_UNAVAILABLE: Final = 100
# A quota that is not raised: https://docs.aws.amazon.com/eks/latest/userguide/service-quotas.html
MOST_PUBLIC_BLOCKS: Final = 40
# https://docs.aws.amazon.com/general/latest/gr/aws_tagging.html
MOST_TAGS: Final = 50
# The tags that come beside the stack's own, by what carries them; the program itself puts Name and
# one role on a subnet. Volumes by constants.go and controller.go of
# https://github.com/kubernetes-sigs/aws-ebs-csi-driver/tree/master/pkg/driver, load balancers by
# https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#tags,
# nodes by what EKS puts on them for itself and for the Cluster Autoscaler
# (https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html).
OTHER_TAGS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "a node": (
            "Name",
            "eks:cluster-name",
            "eks:nodegroup-name",
            "kubernetes.io/cluster/*",
            "k8s.io/cluster-autoscaler/enabled",
            "k8s.io/cluster-autoscaler/*",
        ),
        "a load balancer": (
            "elbv2.k8s.aws/cluster",
            "ingress.k8s.aws/stack",
            "ingress.k8s.aws/resource",
            "service.k8s.aws/stack",
            "service.k8s.aws/resource",
        ),
        "a volume": (
            "Name",
            "CSIVolumeName",
            "KubernetesCluster",
            "ebs.csi.aws.com/cluster",
            "ebs.csi.aws.com/cluster-name",
            "kubernetes.io/cluster/*",
            "kubernetes.io/created-for/pvc/name",
            "kubernetes.io/created-for/pvc/namespace",
            "kubernetes.io/created-for/pv/name",
        ),
        "a subnet": ("Name", "kubernetes.io/role/*"),
    }
)
# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_HostHeaderConditionConfig.html
LONGEST_HOST_HEADER: Final = 128
# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
LONGEST_HEALTH_PATH: Final = 1024
# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html
IDLE_TIMEOUT_SECONDS: Final = range(1, 4001)
CLIENT_KEEP_ALIVE_SECONDS: Final = range(60, 604801)
# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html
DEREGISTRATION_DELAY_SECONDS: Final = range(3601)
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html#forward-actions,
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
TARGET_GROUP_WEIGHT: Final = range(1000)
MOST_TARGET_GROUPS_OF_ACTION: Final = 5
# What the names of TLS policies begin with that take neither TLS 1.0 nor 1.1
# (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html).
MODERN_TLS: Final = (
    "ELBSecurityPolicy-FS-1-2",
    "ELBSecurityPolicy-TLS-1-2",
    "ELBSecurityPolicy-TLS13-1-2",
    "ELBSecurityPolicy-TLS13-1-3",
)
# TLS 1.2 and 1.3 with forward secrecy.
TLS_POLICY: Final = "ELBSecurityPolicy-TLS13-1-2-2021-06"
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTION_DAYS: Final = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
)  # fmt: skip
# Days after which EFS moves files to Infrequent Access
# (https://docs.aws.amazon.com/efs/latest/ug/API_LifecyclePolicy.html).
LIFECYCLE_DAYS: Final = (1, 7, 14, 30, 60, 90, 180, 270, 365)
# A path of up to 512 characters, and a name of up to 64
# (https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html).
PRINCIPAL: Final = (
    r"arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/([!-~]{1,510}/)?[A-Za-z0-9_+=,.@-]{1,64}"
)
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html; policies of AWS have
# aws for the account.
_IN_PATH: Final = "[A-Za-z0-9.,+@=_-]+"
POLICY: Final = (
    rf"arn:aws[a-z-]*:iam::([0-9]{{12}}|aws):policy/({_IN_PATH}/)*[A-Za-z0-9_+=,.@-]{{1,128}}"
)
# An add-on takes a role's ARN of at most 255 characters
# (https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateAddon.html), of which the longest
# partition leaves this beside a name of 64.
LONGEST_ROLE_PATH: Final = 255 - len("arn:aws-us-gov:iam::111122223333:role") - 64
# What IAM takes for roles (https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html)
# and for policies alike, without the paths of the roles that AWS makes
# (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html).
ROLE_PATH: Final = (
    rf"(?=.{{1,{LONGEST_ROLE_PATH}}}$)(?!/aws-(service-role|reserved)/)/({_IN_PATH}/)*"
)

# What EKS takes for the addresses of Services
# (https://docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html).
SERVICE_PREFIXES: Final = range(12, 25)
PRIVATE_BLOCKS: Final = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))

# EKS takes no block with reserved addresses for its public endpoint
# (https://docs.aws.amazon.com/eks/latest/userguide/config-cluster-endpoint.html). These are
# (https://www.iana.org/assignments/iana-ipv4-special-registry). Those for documentation are left
# out: a stack that has one is not filled in, which is said in other words.
_RESERVED: Final = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)
# The kubelet refuses to start with a label of Kubernetes's own, other than these
# (https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/kubelet/pkg/apis/well_known_labels.go).
_KUBELETS_DOMAINS: Final = ("kubelet.kubernetes.io", "node.kubernetes.io")
_KUBELETS_LABELS: Final = frozenset(
    (
        "kubernetes.io/hostname",
        "topology.kubernetes.io/zone",
        "topology.kubernetes.io/region",
        "failure-domain.beta.kubernetes.io/zone",
        "failure-domain.beta.kubernetes.io/region",
        "kubernetes.io/os",
        "kubernetes.io/arch",
        "beta.kubernetes.io/os",
        "beta.kubernetes.io/arch",
        "beta.kubernetes.io/instance-type",
    )
)


def public_block_fault(block: IPv4Network) -> str | None:
    """Returns why EKS takes no block for its public endpoint, or ``None``."""
    if block.prefixlen == 0:
        return None
    reserved = next((known for known in _RESERVED if known.overlaps(block)), None)
    if reserved is None:
        return None
    return (
        f"has addresses of {reserved}, which nobody has on the internet and EKS refuses here, "
        f"got {block}"
    )


def service_block_fault(block: IPv4Network) -> str | None:
    """Returns why EKS gives Services no addresses of a block, or ``None``."""
    if block.prefixlen not in SERVICE_PREFIXES:
        return f"must be /{SERVICE_PREFIXES.start} to /{SERVICE_PREFIXES.stop - 1}, got {block}"
    if any(block.subnet_of(private) for private in PRIVATE_BLOCKS):
        return None
    return f"must lie in a private block ({', '.join(map(str, PRIVATE_BLOCKS))}), got {block}"


def node_label_fault(key: str) -> str | None:
    """Returns why nodes of EKS cannot begin with a label of this key, or ``None``."""
    if len(key) > LONGEST_LABEL_KEY:
        return (
            f"must be at most {LONGEST_LABEL_KEY} characters with its prefix, got {len(key)} "
            f"({key!r})"
        )
    domain = key.rpartition("/")[0]
    if _is_within(domain, "eks.amazonaws.com"):
        return f"has the prefix eks.amazonaws.com, which is EKS's own, got {key!r}"
    if not any(_is_within(domain, known) for known in ("kubernetes.io", "k8s.io")):
        return None
    if key in _KUBELETS_LABELS or any(_is_within(domain, known) for known in _KUBELETS_DOMAINS):
        return None
    return (
        f"has a prefix of Kubernetes's own, with which nodes do not start, got {key!r}; use one "
        "of your own, or node.kubernetes.io"
    )


def tag_key_fault(key: str) -> str | None:
    """Returns who else decides about a tag, by which AWS or Kubernetes knows what is whose."""
    # People give Name a value of their own, and what has a name itself keeps it.
    taken = {tag for tags in OTHER_TAGS.values() for tag in tags} - {"Name"}
    owners = {tag.rpartition("/")[0] for tag in taken if "/" in tag}
    if key in taken or any(key.startswith(f"{owner}/") for owner in owners):
        return f"says whose a resource is, to EKS and controllers, got {key!r}; use another key"
    if key.startswith("eks:"):
        return f"begins with eks:, which is EKS's own, got {key!r}"
    return None


def principal_fault(arn: str) -> str | None:
    """Returns why EKS makes no access entry for an ARN, or ``None``."""
    if re.fullmatch(PRINCIPAL, arn):
        return service_role_fault(arn)
    return (
        "must be the ARN of an IAM role or user, such as "
        f"arn:aws:iam::111122223333:role/platform-admin, got {arn!r}"
    )


def service_role_fault(arn: str) -> str | None:
    """Returns why EKS makes no access entry for a role that belongs to a service, or ``None``.

    https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html
    """
    if ":role/aws-service-role/" not in arn:
        return None
    return f"is a service-linked role, for which EKS makes no access entry, got {arn!r}"


def _is_within(domain: str, parent: str) -> bool:
    return domain == parent or domain.endswith(f".{parent}")
