"""EKS's add-ons: which the platform makes in any case, and where each belongs in the order."""

from typing import Final

KUBE_PROXY: Final = "kube-proxy"
COREDNS: Final = "coredns"
METRICS_SERVER: Final = "metrics-server"
VPC_CNI: Final = "vpc-cni"
EBS_DRIVER: Final = "aws-ebs-csi-driver"
POD_IDENTITY_AGENT: Final = "eks-pod-identity-agent"
# The Secrets Store CSI driver and AWS's provider for it, in one
# (https://docs.aws.amazon.com/secretsmanager/latest/userguide/ascp-eks-installation.html).
SECRETS_DRIVER: Final = "aws-secrets-store-csi-driver-provider"
# In every stack; none of them calls AWS.
ON_EVERY_STACK: Final = (KUBE_PROXY, COREDNS, METRICS_SERVER)
# Those that run on each node, and are active without one; the others need a node
# (https://docs.aws.amazon.com/eks/latest/userguide/workloads-add-ons-available-eks.html).
OF_EACH_NODE: Final = (VPC_CNI, KUBE_PROXY, POD_IDENTITY_AGENT, "eks-node-monitoring-agent")
