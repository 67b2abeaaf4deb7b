"""KMS keys that rotate."""

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


def log_key(
    name: str,
    *,
    log_group: str,
    place: AwsPlace,
    opts: pulumi.ResourceOptions,
) -> aws.kms.Key:
    """Creates a rotating key that CloudWatch Logs may use for one log group and nothing else.

    :param log_group: the log group's name, or a pattern where Pulumi makes the end of it.
    """
    return kms_key(
        name,
        Statement(
            actions=_LOGS_ACTIONS,
            resources=["*"],
            principals={"Service": f"logs.{place.region}.amazonaws.com"},
            condition={
                "ArnLike": {
                    "kms:EncryptionContext:aws:logs:arn": place.arn(
                        "logs", f"log-group:{log_group}"
                    )
                }
            },
        ),
        description=f"Logs of {log_group}",
        place=place,
        opts=opts,
    )
