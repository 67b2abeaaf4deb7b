"""What Karpenter may do: start, tag and end the instances of one cluster.

The statements of https://karpenter.sh/docs/reference/cloudformation/, narrowed to the subnets and
the security group of the cluster; instance profiles it is given and makes none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi

from components.identity.iam import Statement
from planning.aws_place import AwsPlace

_POOL: Final = "karpenter.sh/nodepool"
_MADE: Final = (
    "fleet",
    "instance",
    "volume",
    "network-interface",
    "launch-template",
    "spot-instances-request",
)
# What IAM lets nobody narrow by resource.
_READS: Final = (
    "ec2:DescribeCapacityReservations",
    "ec2:DescribeImages",
    "ec2:DescribeInstances",
    "ec2:DescribeInstanceStatus",
    "ec2:DescribeInstanceTypeOfferings",
    "ec2:DescribeInstanceTypes",
    "ec2:DescribeLaunchTemplates",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSpotPriceHistory",
    "ec2:DescribeSubnets",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """What Karpenter's instances are of.

    :param node_role_arn: the role that it gives to them.
    :param queue_arn: the queue that says which of them AWS takes away.
    """

    place: AwsPlace
    cluster_name: str
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_id: pulumi.Input[str]
    node_role_arn: pulumi.Input[str]
    queue_arn: pulumi.Input[str]


def karpenter_statements(reach: Reach) -> list[Statement]:
    """Returns the statements of Karpenter's policy."""
    place, owned = reach.place, f"kubernetes.io/cluster/{reach.cluster_name}"
    made = [place.arn("ec2", f"{kind}/*") for kind in _MADE]
    templates, instances = (
        place.arn("ec2", f"{kind}/*") for kind in ("launch-template", "instance")
    )
    images = [
        f"arn:{place.partition}:ec2:{place.region}::{kind}/*" for kind in ("image", "snapshot")
    ]
    start = ["ec2:RunInstances", "ec2:CreateFleet"]
    its_own = {
        "StringEquals": {f"aws:ResourceTag/{owned}": "owned"},
        "StringLike": {f"aws:ResourceTag/{_POOL}": "*"},
    }
    asked = {
        f"aws:RequestTag/{owned}": "owned",
        "aws:RequestTag/eks:eks-cluster-name": reach.cluster_name,
    }
    of_pool = {f"aws:RequestTag/{_POOL}": "*"}
    return [
        Statement(
            actions=start,
            resources=[
                *images,
                *(_resource(place, "subnet", one) for one in reach.subnet_ids),
                _resource(place, "security-group", reach.security_group_id),
            ],
        ),
        Statement(actions=start, resources=[templates], condition=its_own),
        Statement(
            actions=[*start, "ec2:CreateLaunchTemplate"],
            resources=made,
            condition={"StringEquals": asked, "StringLike": of_pool},
        ),
        Statement(
            actions=["ec2:CreateTags"],
            resources=made,
            condition={
                "StringEquals": {
                    **asked,
                    "ec2:CreateAction": ["RunInstances", "CreateFleet", "CreateLaunchTemplate"],
                },
                "StringLike": of_pool,
            },
        ),
        Statement(
            actions=["ec2:CreateTags"],
            resources=[instances],
            condition={
                **its_own,
                "ForAllValues:StringEquals": {
                    "aws:TagKeys": ["eks:eks-cluster-name", "karpenter.sh/nodeclaim", "Name"]
                },
            },
        ),
        Statement(
            actions=["ec2:TerminateInstances", "ec2:DeleteLaunchTemplate"],
            resources=[instances, templates],
            condition=its_own,
        ),
        Statement(
            actions=_READS,
            resources=["*"],
            condition={"StringEquals": {"aws:RequestedRegion": place.region}},
        ),
        Statement(
            actions=["ssm:GetParameter"],
            resources=[f"arn:{place.partition}:ssm:{place.region}::parameter/aws/service/*"],
        ),
        Statement(actions=["pricing:GetProducts"], resources=["*"]),
        Statement(
            actions=["iam:GetInstanceProfile", "iam:ListInstanceProfiles"],
            resources=[place.global_arn("iam", "instance-profile/*")],
        ),
        Statement(
            actions=["iam:PassRole"],
            resources=[reach.node_role_arn],
            condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
        ),
        Statement(
            actions=["sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"],
            resources=[reach.queue_arn],
        ),
        Statement(
            actions=["eks:DescribeCluster"],
            resources=[place.arn("eks", f"cluster/{reach.cluster_name}")],
        ),
    ]


def _resource(place: AwsPlace, kind: str, identifier: pulumi.Input[str]) -> pulumi.Output[str]:
    return pulumi.Output.concat(place.arn("ec2", f"{kind}/"), identifier)
