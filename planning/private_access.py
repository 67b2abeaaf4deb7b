"""Which AWS services nodes and pods reach by endpoints where they have no way to the internet.

By https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html unless another source is
named. A gateway endpoint for S3, where ECR keeps the layers of images, is always made.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from .addons import EBS_DRIVER, ON_EVERY_STACK, POD_IDENTITY_AGENT, SECRETS_DRIVER

S3: Final = "s3"
# An add-on is one by its name.
Feature = str

MONITORING: Final = "monitoring"

# What calls which services. Nothing of the platform asks EFS for anything: mount targets are in the
# VPC. Keys of KMS are used by EC2, EKS and CloudWatch Logs, and logs are written by EKS.
_SERVICES: Final[Mapping[Feature, tuple[str, ...]]] = {
    # Node names and addresses of pods; images; roles of service accounts.
    "nodes": ("ec2", "ecr.api", "ecr.dkr", "sts"),
    "load balancers": ("elasticloadbalancing",),
    # https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-create-vpc.html
    "Session Manager": ("ssm", "ssmmessages"),
    POD_IDENTITY_AGENT: ("eks-auth",),
    EBS_DRIVER: ("ec2",),
    # It takes on each pod's own role, and Secrets Manager asks KMS itself
    # (https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html).
    SECRETS_DRIVER: ("secretsmanager", "sts"),
    # Numbers of load balancers by their tags, and alerts.
    MONITORING: ("monitoring", "sns", "sts", "tagging"),
    # https://docs.aws.amazon.com/efs/latest/ug/efs-vpc-endpoints.html
    "aws-efs-csi-driver": ("elasticfilesystem",),
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-interface-VPC.html
    "amazon-cloudwatch-observability": ("logs", "monitoring", "xray"),
    # https://docs.aws.amazon.com/guardduty/latest/ug/eks-runtime-monitoring-agent-manually.html
    "aws-guardduty-agent": ("guardduty-data",),
    # These call nothing of AWS.
    **dict.fromkeys((*ON_EVERY_STACK, "snapshot-controller", "eks-node-monitoring-agent"), ()),
}
# Add-ons that call what has no endpoint, and what that is.
_NO_ENDPOINT: Final[Mapping[Feature, str]] = {"external-dns": "Route 53"}
# Without these endpoints everything but the feature itself works.
OPTIONAL: Final[frozenset[Feature]] = frozenset({"Session Manager"})


def optional_services(services: Iterable[str]) -> Mapping[Feature, Sequence[str]]:
    """Returns which of these services some feature alone needs that is optional, by feature."""
    known = set(services)
    found: dict[Feature, Sequence[str]] = {
        one: [name for name in _SERVICES[one] if name in known] for one in sorted(OPTIONAL)
    }
    return {feature: names for feature, names in found.items() if names}


def needed_endpoints(features: Iterable[Feature]) -> tuple[str, ...]:
    """Returns the services that need an interface endpoint without the internet, sorted."""
    known = (_SERVICES.get(feature, ()) for feature in features)
    return tuple(sorted({service for services in known for service in services}))


def is_known(feature: Feature) -> bool:
    """Returns whether it is known which services a feature calls."""
    return feature in _SERVICES


def without_endpoint(feature: Feature) -> str | None:
    """Returns what a feature calls that no endpoint leads to, or ``None``."""
    return _NO_ENDPOINT.get(feature)
