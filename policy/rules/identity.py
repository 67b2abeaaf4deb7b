"""Who may do what in AWS."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from pulumi_policy.proxy import UnknownValueError

from deployment.resource import Resource
from deployment.types import (
    ATTACHMENT,
    ATTACHMENTS,
    GROUP_ATTACHMENT,
    GROUP_POLICY,
    KEY,
    KEY_POLICY,
    OIDC_PROVIDER,
    POLICY,
    ROLE,
    ROLE_POLICY,
    USER_ATTACHMENT,
    USER_POLICY,
)
from policy.catalogue import Option, Severity, Subject, rule
from policy.documents import Statement, allowing, compared, name_of
from policy.reading import mappings
from policy.unknown import UnreadableError

AUDIENCE: Final = "sts.amazonaws.com"
ADMINISTRATIVE: Final = ("AdministratorAccess", "PowerUserAccess", "IAMFullAccess")
# What the ARN and the address of a cluster's own provider have; there are providers of others.
OF_EKS: Final = "oidc.eks"
# Operators that compare with texts as they are, and those that know patterns, which a text without
# one passes as well (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html).
EQUALS: Final = re.compile(r"(ForAnyValue:)?String(Equals|Like)")
# All actions of a service, however many stars that takes.
ALL_ACTIONS: Final = re.compile(r"\*+|[^:]+:\*+")
POLICIES: Final = (POLICY, ROLE_POLICY, USER_POLICY, GROUP_POLICY, ROLE)
# IAM documents no resource type for them, so that no ARN can narrow them
# (https://docs.aws.amazon.com/service-authorization/latest/reference/); a test compares.
WITHOUT_RESOURCES: Final = (
    "acm:ListCertificates",
    "autoscaling:Describe*",
    "cloudwatch:ListMetrics",
    "cloudwatch:PutMetricData",
    "ec2:Describe*",
    "ecr:GetAuthorizationToken",
    "elasticloadbalancing:Describe*",
    "elasticloadbalancing:SetWebAcl",
    "iam:ListServerCertificates",
    "kms:ListAliases",
    "kms:ListKeys",
    "logs:DescribeLogGroups",
    "pricing:GetProducts",
    "route53:ListHostedZones",
    "route53:ListHostedZonesByName",
    "s3:ListAllMyBuckets",
    "shield:CreateProtection",
    "shield:GetSubscriptionState",
    "ssm:DescribeParameters",
    "sts:GetCallerIdentity",
    "tag:GetResources",
)


@rule(ROLE, Severity.HIGH, "BP", "R9")
def service_account_roles_are_pinned(subject: Subject) -> Iterator[str]:
    """A role that does not name one service account is for every pod of the cluster.

    Compare in assumeRolePolicy, by StringEquals, sub with one system:serviceaccount:NAMESPACE:NAME
    and aud with sts.amazonaws.com.

    Make the role with IrsaRole in components/identity/irsa.py.
    """
    for statement in allowing(subject.resource.properties, "assumeRolePolicy"):
        if any(OF_EKS in federation for federation in statement.federations):
            yield from _unpinned(statement)


def _unpinned(statement: Statement) -> Iterator[str]:
    for key, what in (("sub", "service account"), ("aud", "audience")):
        values = compared(statement, EQUALS, key)
        if len(values) != 1 or re.search(r"[*?]", values[0]):
            yield f"does not trust exactly one {what}: {', '.join(values) or 'any'}"
        elif key == "aud" and values != [AUDIENCE]:
            yield f"trusts the audience {values[0]}"


@rule(ROLE, Severity.CRITICAL, "CKV_AWS_60", "CKV_AWS_61")
def roles_not_for_everybody(subject: Subject) -> Iterator[str]:
    """A role that trusts * can be assumed from any AWS account.

    Name the service or the principal in assumeRolePolicy.
    """
    for statement in allowing(subject.resource.properties, "assumeRolePolicy"):
        if statement.is_for_everybody:
            yield "can be assumed by everybody"


@rule(POLICIES, Severity.HIGH, "CKV_AWS_62", "CKV_AWS_63", "R11")
def no_wildcard_actions(subject: Subject) -> Iterator[str]:
    """A policy that allows all actions of a service allows those that AWS adds tomorrow.

    List the actions that are needed in policy.
    """
    for statement in _statements(subject.resource):
        if statement.is_inverted:
            yield "allows all but what it lists"
        for action in statement.actions:
            if ALL_ACTIONS.fullmatch(action):
                yield f"allows {action}"


def _statements(resource: Resource) -> Iterator[Statement]:
    """Yields what a policy allows, or what the policies that are written into a role do."""
    if resource.type != ROLE:
        yield from allowing(resource.properties, "policy")
        return
    for inline in mappings(resource.properties, "inlinePolicies"):
        yield from allowing(inline, "policy")


@rule(
    POLICIES,
    Severity.MEDIUM,
    "CKV_AWS_289",
    "CKV_AWS_290",
    "CKV_AWS_355",
    "R11",
    actions=Option(
        schema={"type": "array", "items": {"type": "string"}}, default=WITHOUT_RESOURCES
    ),
)
def all_resources_only_where_there_is_no_way_round(subject: Subject) -> Iterator[str]:
    """A policy for all resources lets a controller touch what belongs to others.

    Narrow the statement in policy to ARNs or by a Condition; an action that IAM knows no resources
    for belongs in the option actions of this rule.
    """
    patterns = [pattern.lower() for pattern in subject.options["actions"]]
    for statement in _statements(subject.resource):
        if "*" in statement.resources and not statement.conditions:
            for action in statement.actions:
                if not any(fnmatchcase(action.lower(), pattern) for pattern in patterns):
                    yield f"allows {action} on all resources"


@rule(
    [ATTACHMENT, ATTACHMENTS, USER_ATTACHMENT, GROUP_ATTACHMENT, ROLE],
    Severity.CRITICAL,
    "CKV_AWS_274",
)
def no_administrator_access(subject: Subject) -> Iterator[str]:
    """Whoever gets at a role with an administrator's policy has the account.

    Name in policyArn, or in managedPolicyArns, a policy with the actions that are needed.
    """
    key = "managedPolicyArns" if subject.resource.type == ROLE else "policyArn"
    for policy in map(name_of, subject.texts(key)):
        if policy in ADMINISTRATIVE:
            yield f"attaches {policy}"


@rule(OIDC_PROVIDER, Severity.HIGH, "BP", "R9")
def oidc_provider_for_sts_only(subject: Subject) -> Iterator[str]:
    """Another audience lets tokens that were made for something else assume roles.

    Set clientIdLists to sts.amazonaws.com alone.

    Keep client_id_lists in components/cluster/cluster.py.
    """
    audiences = subject.texts("clientIdLists")
    if audiences != [AUDIENCE] and _is_of_eks(subject):
        yield f"has audiences {', '.join(audiences) or 'none'}"


def _is_of_eks(subject: Subject) -> bool:
    """Returns whether a cluster issues the tokens: one whose address is not known yet may."""
    try:
        return OF_EKS in subject.text("url", OF_EKS)
    except UnreadableError:
        raise
    except UnknownValueError:
        return True


@rule(KEY, Severity.MEDIUM, "CKV_AWS_7", "R24")
def keys_rotate(subject: Subject) -> Iterator[str]:
    """A key that never changes gives away all that it ever encrypted, once it leaks.

    Set enableKeyRotation to true.

    Keep enable_key_rotation=True where the component makes the key.
    """
    # Other keys, and those in a store of one's own, cannot rotate by themselves
    # (https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html).
    symmetric = subject.text("customerMasterKeySpec", "SYMMETRIC_DEFAULT") == "SYMMETRIC_DEFAULT"
    elsewhere = subject.read("customKeyStoreId") or subject.read("xksKeyId")
    if symmetric and not elsewhere and not subject.flag("enableKeyRotation"):
        yield "does not rotate"


@rule([KEY, KEY_POLICY], Severity.HIGH, "CKV_AWS_33")
def keys_not_for_everybody(subject: Subject) -> Iterator[str]:
    """A key policy with the principal * opens the key to all of AWS.

    Name the account or the roles in policy.
    """
    for statement in allowing(subject.resource.properties, "policy"):
        if statement.is_for_everybody:
            yield "can be used by everybody"
