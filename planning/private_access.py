"""Which AWS services nodes and pods reach by endpoints where they have no way to the internet.

By https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html unless another source is
named. A gateway endpoint for S3, where ECR keeps the layers of images, is always made.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

S3: Final = "s3"
Feature = Literal["nodes", "load balancers", "Session Manager"]

# What calls which services. Nothing of the platform asks EFS for anything: mount targets are in the
# VPC. Keys of KMS are used by EC2, EKS and CloudWatch Logs, and logs are written by EKS.
_SERVICES: Final[Mapping[Feature, tuple[str, ...]]] = {
    # Node names and addresses of pods; images; roles of service accounts.
    "nodes": ("ec2", "ecr.api", "ecr.dkr", "sts"),
    "load balancers": ("elasticloadbalancing",),
    # https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-create-vpc.html
    "Session Manager": ("ssm", "ssmmessages"),
}
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
    return tuple(sorted({service for feature in features for service in _SERVICES[feature]}))
