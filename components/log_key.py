"""A KMS key for one log group."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from .iam import Statement, document

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
_ACTIONS = (
    "kms:Decrypt*",
    "kms:Describe*",
    "kms:Encrypt*",
    "kms:GenerateDataKey*",
    "kms:ReEncrypt*",
)


def log_key(
    name: str,
    *,
    log_group: str,
    partition: str,
    region: str,
    account_id: str,
    tags: Mapping[str, str],
    opts: pulumi.ResourceOptions,
) -> aws.kms.Key:
    """Creates a rotating key that CloudWatch Logs may use for one log group and nothing else.

    :param log_group: the log group's name, or a pattern where Pulumi makes the end of it.
    """
    return aws.kms.Key(
        name,
        description=f"Logs of {log_group}",
        enable_key_rotation=True,
        deletion_window_in_days=30,
        policy=document(
            Statement(
                actions=["kms:*"],
                resources=["*"],
                principals={"AWS": f"arn:{partition}:iam::{account_id}:root"},
            ),
            Statement(
                actions=_ACTIONS,
                resources=["*"],
                principals={"Service": f"logs.{region}.amazonaws.com"},
                condition={
                    "ArnLike": {
                        "kms:EncryptionContext:aws:logs:arn": (
                            f"arn:{partition}:logs:{region}:{account_id}:log-group:{log_group}"
                        )
                    }
                },
            ),
        ),
        tags=dict(tags),
        opts=opts,
    )
