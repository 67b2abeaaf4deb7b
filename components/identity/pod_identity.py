"""IAM roles for Kubernetes service accounts, by EKS Pod Identity."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from .iam import Statement, attach_policies, document


@dataclass(frozen=True, kw_only=True, slots=True)
class PodIdentityRoleArgs:
    """Inputs of :class:`PodIdentityRole`.

    :param cluster_name: the cluster of the service account.
    :param namespace: the service account's namespace.
    :param service_account: the one service account that may assume the role.
    :param policy_arns: managed policies by a stable key.
    """

    cluster_name: pulumi.Input[str]
    namespace: str
    service_account: str
    policy_arns: Mapping[str, pulumi.Input[str]]


class PodIdentityRole(pulumi.ComponentResource):
    """A role that EKS gives to the pods of exactly one service account of one cluster.

    Creates the role, whose trust policy compares the tags of EKS's sessions
    (https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html), and its policy attachments.
    Output: ``arn``, which is known only once every policy is attached.
    """

    arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: PodIdentityRoleArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:pod_identity:PodIdentityRole", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(
            name,
            description=f"Service account {args.namespace}/{args.service_account}",
            assume_role_policy=document(
                Statement(
                    actions=["sts:AssumeRole", "sts:TagSession"],
                    principals={"Service": "pods.eks.amazonaws.com"},
                    condition={
                        "StringEquals": {
                            "aws:RequestTag/eks-cluster-name": args.cluster_name,
                            "aws:RequestTag/kubernetes-namespace": args.namespace,
                            "aws:RequestTag/kubernetes-service-account": args.service_account,
                        }
                    },
                )
            ),
            opts=child,
        )
        self.arn = attach_policies(name, role, args.policy_arns, child).arn
        self.register_outputs({"arn": self.arn})
