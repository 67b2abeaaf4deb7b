"""VPC flow logs to CloudWatch Logs."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.identity.iam import Statement, document, service_trust
from components.identity.kms_key import encrypted_log_group
from planning.aws_place import AwsPlace


@dataclass(frozen=True, kw_only=True, slots=True)
class FlowLogsArgs:
    """Inputs of :class:`FlowLogs`.

    :param retention_days: a period that CloudWatch Logs accepts.
    """

    vpc_id: pulumi.Input[str]
    retention_days: int
    place: AwsPlace


class FlowLogs(pulumi.ComponentResource):
    """All accepted and rejected traffic of a VPC, in a log group that forgets.

    Creates the log group with a key of its own, a role that only flow logs of this account may
    assume and that may write to this log group alone, and the flow log. Output: ``log_group_name``.
    """

    log_group_name: pulumi.Output[str]

    def __init__(
        self, name: str, args: FlowLogsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:network:FlowLogs", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        log_group = encrypted_log_group(
            name, retention_days=args.retention_days, place=args.place, opts=child
        )
        self.log_group_name = log_group.name
        role = aws.iam.Role(
            name,
            description="Writes VPC flow logs",
            assume_role_policy=service_trust(
                "vpc-flow-logs.amazonaws.com",
                {
                    "StringEquals": {"aws:SourceAccount": args.place.account_id},
                    "ArnLike": {"aws:SourceArn": args.place.arn("ec2", "vpc-flow-log/*")},
                },
            ),
            opts=child,
        )
        # https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html, less the right
        # to create log groups, and narrowed to this one.
        policy = aws.iam.RolePolicy(
            name,
            role=role.name,
            policy=document(
                Statement(
                    actions=[
                        "logs:CreateLogStream",
                        "logs:DescribeLogStreams",
                        "logs:PutLogEvents",
                    ],
                    resources=[log_group.arn, pulumi.Output.concat(log_group.arn, ":*")],
                )
            ),
            opts=child,
        )
        aws.ec2.FlowLog(
            name,
            vpc_id=args.vpc_id,
            traffic_type="ALL",
            log_destination=log_group.arn,
            iam_role_arn=role.arn,
            # The role's ARN says nothing of its policy.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )
        self.register_outputs({"logGroupName": self.log_group_name})
