"""Names that the platform gives, and how a stack file names a key."""

import re
from collections.abc import Sequence
from typing import Final

from planning.aws_limits import CLUSTER_NAME

PROJECT: Final = "eks-platform"
SAMPLE_APP: Final = "sample-app"
WORDPRESS: Final = "wordpress"
# The namespace of the load.
LOAD: Final = "load"
# The one class of shared storage where a stack file names none.
NFS_CLASS: Final = "nfs-csi"
# The namespaces of Jenkins and of its agents.
JENKINS: Final = "jenkins"
JENKINS_AGENTS: Final = "jenkins-agents"
# The namespace of the NFS server in the cluster.
NFS_SERVER: Final = "nfs-server"
# The namespace that EKS makes for the driver of secrets: `defaultNamespace` of
# https://docs.aws.amazon.com/eks/latest/APIReference/API_AddonInfo.html.
SECRETS_DRIVER_NAMESPACE: Final = "aws-secrets-manager"
# Of the pods that watch, and of those that see their node.
MONITORING_NAMESPACES: Final = ("monitoring", "node-exporter")
# The namespaces of MySQL and of its operator.
MYSQL: Final = "mysql"
MYSQL_OPERATOR: Final = "mysql-operator"


def cluster_name(stack: str) -> str:
    """Returns the name of a stack's cluster."""
    return f"{PROJECT}-{stack}"


def pool_name(name: str) -> str:
    """Returns how a plan names one of Karpenter's pools, beside the node groups."""
    return f"karpenter/{name}"


def stack_name_fault(stack: str) -> str | None:
    """Returns why a stack cannot have this name, because of its cluster's, or ``None``."""
    name = cluster_name(stack)
    if re.fullmatch(CLUSTER_NAME, name):
        return None
    return (
        f"the stack's name makes its cluster's, {name!r}, and EKS takes at most 100 letters, "
        f"digits, '-' and '_', got {len(name)} characters; name the stack and its file otherwise, "
        f"or give {full_key(['cluster', 'name'])}"
    )


def full_key(place: Sequence[str | int]) -> str:
    """Returns the key of a section, or of a place in it, as the stack file has it."""
    section, *rest = place or ("",)
    key = "aws:region" if section == "region" else f"{PROJECT}:{section}"
    for part in rest:
        # What is wrong with a map's key itself gets a pseudo-element, which the file has not.
        if part != "[key]":
            key += f"[{part}]" if isinstance(part, int) else f".{part}"
    return key
