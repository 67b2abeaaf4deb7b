"""IAM documents as typed data, and roles that are ready only with their policies attached."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pulumi
import pulumi_aws as aws

# Operator, then condition key, then the values that it must have.
Condition = Mapping[str, Mapping[str, pulumi.Input[str] | Sequence[pulumi.Input[str]]]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """A statement about ``actions``; leave ``resources`` out only in a trust policy."""

    actions: Sequence[str]
    resources: Sequence[pulumi.Input[str]] = ()
    principals: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, str])
    condition: Condition = field(default_factory=dict[str, dict[str, str]])
    effect: Literal["Allow", "Deny"] = "Allow"

    def to_data(self) -> dict[str, Any]:
        """Returns the statement in the form of the IAM policy language."""
        data: dict[str, Any] = {"Effect": self.effect, "Action": list(self.actions)}
        if self.resources:
            data["Resource"] = list(self.resources)
        if self.principals:
            data["Principal"] = dict(self.principals)
        if self.condition:
            data["Condition"] = {key: dict(values) for key, values in self.condition.items()}
        return data


def document(*statements: Statement) -> pulumi.Output[str]:
    """Returns the policy document as canonical JSON."""
    return pulumi.Output.json_dumps(
        {"Version": "2012-10-17", "Statement": [statement.to_data() for statement in statements]},
        sort_keys=True,
        separators=(",", ":"),
    )


def service_trust(service: str, condition: Condition | None = None) -> pulumi.Output[str]:
    """Returns the trust policy that lets an AWS service assume a role."""
    return document(
        Statement(
            actions=["sts:AssumeRole"], principals={"Service": service}, condition=condition or {}
        )
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class AttachedRole:
    """A role with managed policies.

    ``arn`` is known once every policy is attached, so that whoever uses it waits for the
    permissions and, on destroy, goes before them: a role's own ARN orders nothing but the role.
    """

    role: aws.iam.Role
    attachments: tuple[aws.iam.RolePolicyAttachment, ...]
    arn: pulumi.Output[str]


def attach_policies(
    name: str,
    role: aws.iam.Role,
    policy_arns: Mapping[str, pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> AttachedRole:
    """Attaches each policy under the name ``{name}-{key}`` and returns the role with its policies.

    :param policy_arns: policy ARNs by a key that stays the same when others come and go.
    """
    attachments = tuple(
        aws.iam.RolePolicyAttachment(f"{name}-{key}", role=role.name, policy_arn=arn, opts=opts)
        for key, arn in policy_arns.items()
    )
    # Their URNs: an ID is unknown in a preview that makes an attachment again, and with an ARN that
    # is not known every node group of the role would seem to be replaced.
    urns = [attachment.urn for attachment in attachments]
    arn = pulumi.Output.all(role.arn, *urns).apply(lambda known: str(known[0]))
    return AttachedRole(role=role, attachments=attachments, arn=arn)
