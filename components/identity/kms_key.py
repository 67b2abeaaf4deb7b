"""KMS keys that rotate, and log groups that are encrypted with one."""

from typing import Final

import pulumi
import pulumi_aws as aws

from planning.aws_place import AwsPlace

from .iam import Statement, document

# What CloudWatch Logs needs of a key
# (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html).
_LOGS_ACTIONS: Final = (
    "kms:Decrypt*",
    "kms:Describe*",
    "kms:Encrypt*",
    "kms:GenerateDataKey*",
    "kms:ReEncrypt*",
)


def kms_key(
    name: str,
    *statements: Statement,
    description: str,
    place: AwsPlace,
    opts: pulumi.ResourceOptions,
) -> aws.kms.Key:
    """Creates a rotating key that the account's own policies and these statements decide about."""
    return aws.kms.Key(
        name,
        description=description,
        enable_key_rotation=True,
        deletion_window_in_days=30,
        # The first statement is that of the policy that AWS gives a key by default
        # (https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html).
        policy=document(
            Statement(
                actions=["kms:*"],
                resources=["*"],
                principals={"AWS": place.global_arn("iam", "root")},
            ),
            *statements,
        ),
        opts=opts,
    )


def encrypted_log_group(
    name: str,
    *,
    log_group: str | None = None,
    retention_days: int,
    place: AwsPlace,
    opts: pulumi.ResourceOptions,
) -> aws.cloudwatch.LogGroup:
    """Creates a log group that forgets, with a rotating key that no other log group may use.

    :param log_group: its name; ``None``: Pulumi makes one that begins with ``name``.
    :param retention_days: a period that CloudWatch Logs accepts.
    """
    pattern = log_group or f"{name}-*"
    key = kms_key(
        name,
        Statement(
            actions=_LOGS_ACTIONS,
            resources=["*"],
            principals={"Service": place.regional_principal("logs")},
            condition={
                "ArnLike": {
                    "kms:EncryptionContext:aws:logs:arn": place.arn("logs", f"log-group:{pattern}")
                }
            },
        ),
        description=f"Logs of {pattern}",
        place=place,
        opts=opts,
    )
    return aws.cloudwatch.LogGroup(
        name, name=log_group, retention_in_days=retention_days, kms_key_id=key.arn, opts=opts
    )
