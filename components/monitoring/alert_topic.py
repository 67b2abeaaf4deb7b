"""The topic that alerts are sent to, and who may send to it."""

from typing import Final

import pulumi
import pulumi_aws as aws

from components.identity.iam import Statement, document
from components.identity.irsa import OidcProvider, role_with_policy
from components.identity.kms_key import kms_key
from planning.aws_place import AwsPlace

SERVICE_ACCOUNT: Final = "alertmanager"


class AlertTopic(pulumi.ComponentResource):
    """An encrypted topic of SNS, and the role by which Alertmanager sends to it and to no other.

    Outputs: ``arn`` of the topic, ``role_arn``.
    """

    arn: pulumi.Output[str]
    role_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        namespace: str,
        oidc: OidcProvider,
        place: AwsPlace,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("eks-platform:monitoring:AlertTopic", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        key = kms_key(name, description="Alerts in SNS", place=place, opts=child)
        topic = aws.sns.Topic(name, kms_master_key_id=key.arn, opts=child)
        role = role_with_policy(
            name,
            oidc=oidc,
            namespace=namespace,
            service_account=SERVICE_ACCOUNT,
            key="send",
            description="Sends alerts",
            policy=document(
                Statement(actions=["sns:Publish"], resources=[topic.arn]),
                # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
                Statement(actions=["kms:Decrypt", "kms:GenerateDataKey*"], resources=[key.arn]),
            ),
            opts=child,
        )
        self.arn, self.role_arn = topic.arn, role.arn
        self.register_outputs({"arn": self.arn, "roleArn": self.role_arn})
