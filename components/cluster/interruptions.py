"""A queue in which AWS says which instances it takes away."""

import json
from collections.abc import Mapping
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.identity.iam import Statement, document

# How long a message is of use, in seconds: spot instances go after two minutes
# (https://karpenter.sh/docs/reference/cloudformation/#interruption-handling has all of it).
_RETENTION_SECONDS: Final = 300
_EVENTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "health": {"source": ["aws.health"], "detail-type": ["AWS Health Event"]},
    "spot": {"source": ["aws.ec2"], "detail-type": ["EC2 Spot Instance Interruption Warning"]},
    "rebalance": {"source": ["aws.ec2"], "detail-type": ["EC2 Instance Rebalance Recommendation"]},
    "state": {"source": ["aws.ec2"], "detail-type": ["EC2 Instance State-change Notification"]},
}


class Interruptions(pulumi.ComponentResource):
    """A queue, encrypted, to which EventBridge sends what becomes of instances.

    Outputs: ``name`` and ``arn``, known once the events arrive.
    """

    name: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("eks-platform:karpenter:Interruptions", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        queue = aws.sqs.Queue(
            name,
            message_retention_seconds=_RETENTION_SECONDS,
            sqs_managed_sse_enabled=True,
            opts=child,
        )
        rules = {
            key: aws.cloudwatch.EventRule(
                f"{name}-{key}",
                description=f"Instances of EC2: {key}",
                event_pattern=json.dumps(pattern, sort_keys=True),
                opts=child,
            )
            for key, pattern in _EVENTS.items()
        }
        policy = aws.sqs.QueuePolicy(
            name,
            queue_url=queue.url,
            policy=document(
                Statement(
                    actions=["sqs:SendMessage"],
                    principals={"Service": "events.amazonaws.com"},
                    resources=[queue.arn],
                    condition={
                        "ArnEquals": {"aws:SourceArn": [rule.arn for rule in rules.values()]}
                    },
                )
            ),
            opts=child,
        )
        targets = [
            aws.cloudwatch.EventTarget(f"{name}-{key}", rule=rule.name, arn=queue.arn, opts=child)
            for key, rule in rules.items()
        ]
        urns = [made.urn for made in (policy, *targets)]
        self.name = pulumi.Output.all(queue.name, *urns).apply(lambda known: str(known[0]))
        self.arn = queue.arn
        self.register_outputs({"name": self.name, "arn": self.arn})
