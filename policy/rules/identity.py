"""Who may do what, in AWS and in Kubernetes."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from deployment.types import (
    ATTACHMENT,
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
    KEY,
    KUBERNETES_ROLE,
    OIDC_PROVIDER,
    POLICY,
    ROLE,
    ROLE_BINDING,
    ROLE_POLICY,
)
from policy.catalogue import Option, Severity, Subject, rule
from policy.documents import Statement, allowing
from policy.reading import items

AUDIENCE: Final = "sts.amazonaws.com"
ADMINISTRATIVE: Final = ("AdministratorAccess", "PowerUserAccess", "IAMFullAccess")
# IAM documents no resource type for them, so that no ARN can narrow them
# (https://docs.aws.amazon.com/service-authorization/latest/reference/); a test compares.
WITHOUT_RESOURCES: Final = (
    "acm:ListCertificates",
    "ec2:Describe*",
    "elasticloadbalancing:Describe*",
    "elasticloadbalancing:SetWebAcl",
    "iam:ListServerCertificates",
    "shield:CreateProtection",
    "shield:GetSubscriptionState",
)


@rule(ROLE, Severity.HIGH, "BP", "R9")
def service_account_roles_are_pinned(subject: Subject) -> Iterator[str]:
    """A role that does not name one service account is for every pod of the cluster.

    Make the role with IrsaRole in components/identity/irsa.py.
    """
    for statement in allowing(subject.read("assumeRolePolicy")):
        if statement.is_federated:
            yield from _unpinned(statement)


def _unpinned(statement: Statement) -> Iterator[str]:
    equals = statement.conditions.get("StringEquals", {})
    for key, what in (("sub", "service account"), ("aud", "audience")):
        values = [
            value for name in equals if name.endswith(f":{key}") for value in items(equals, (name,))
        ]
        if len(values) != 1 or "*" in values[0]:
            yield f"does not trust exactly one {what}: {', '.join(values) or 'any'}"
        elif key == "aud" and values != [AUDIENCE]:
            yield f"trusts the audience {values[0]}"


@rule(ROLE, Severity.CRITICAL, "CKV_AWS_60", "CKV_AWS_61")
def roles_not_for_everybody(subject: Subject) -> Iterator[str]:
    """A role that trusts * can be assumed from any AWS account.

    Name the service or the principal in the role's trust policy.
    """
    for statement in allowing(subject.read("assumeRolePolicy")):
        if "*" in statement.principals:
            yield "can be assumed by everybody"


@rule([POLICY, ROLE_POLICY], Severity.HIGH, "CKV_AWS_62", "CKV_AWS_63", "R11")
def no_wildcard_actions(subject: Subject) -> Iterator[str]:
    """A policy that allows all actions of a service allows those that AWS adds tomorrow.

    List the actions that are needed in the component that makes the policy.
    """
    for statement in allowing(subject.read("policy")):
        if statement.is_inverted:
            yield "allows all but what it lists"
        for action in statement.actions:
            if action == "*" or action.endswith(":*"):
                yield f"allows {action}"


@rule(
    [POLICY, ROLE_POLICY],
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

    Narrow the statement to ARNs or by a condition; an action that IAM knows no resources for
    belongs in the option actions of this rule.
    """
    for statement in allowing(subject.read("policy")):
        if "*" in statement.resources and not statement.conditions:
            for action in statement.actions:
                patterns = subject.options["actions"]
                if not any(fnmatchcase(action, pattern) for pattern in patterns):
                    yield f"allows {action} on all resources"


@rule(ATTACHMENT, Severity.CRITICAL, "CKV_AWS_274")
def no_administrator_access(subject: Subject) -> Iterator[str]:
    """Whoever gets at a role with an administrator's policy has the account.

    Attach a policy with the actions that are needed.
    """
    policy = subject.read("policyArn", "").rsplit("/", maxsplit=1)[-1]
    if policy in ADMINISTRATIVE:
        yield f"attaches {policy}"


@rule(OIDC_PROVIDER, Severity.HIGH, "BP", "R9")
def oidc_provider_for_sts_only(subject: Subject) -> Iterator[str]:
    """Another audience lets tokens that were made for something else assume roles.

    Keep client_id_lists in components/cluster/cluster.py.
    """
    audiences = subject.items("clientIdLists")
    if audiences != [AUDIENCE]:
        yield f"has audiences {', '.join(audiences) or 'none'}"


@rule(KEY, Severity.MEDIUM, "CKV_AWS_7", "R24")
def keys_rotate(subject: Subject) -> Iterator[str]:
    """A key that never changes gives away all that it ever encrypted, once it leaks.

    Keep enable_key_rotation=True where the component makes the key.
    """
    # Other keys cannot rotate.
    symmetric = subject.read("customerMasterKeySpec", "SYMMETRIC_DEFAULT") == "SYMMETRIC_DEFAULT"
    if symmetric and not subject.read("enableKeyRotation"):
        yield "does not rotate"


@rule(KEY, Severity.HIGH, "CKV_AWS_33")
def keys_not_for_everybody(subject: Subject) -> Iterator[str]:
    """A key policy with the principal * opens the key to all of AWS.

    Name the account or the roles in the key's policy.
    """
    for statement in allowing(subject.read("policy")):
        if "*" in statement.principals and not statement.conditions:
            yield "can be used by everybody"


@rule([KUBERNETES_ROLE, CLUSTER_ROLE], Severity.HIGH, "CIS 4.1.3", "CKV_K8S_49")
def no_wildcards_in_kubernetes_roles(subject: Subject) -> Iterator[str]:
    """A role with * may do what every later version of Kubernetes invents.

    List API groups, resources and verbs.
    """
    for number, granted in enumerate(subject.items("rules"), start=1):
        for key in ("apiGroups", "resources", "verbs"):
            if "*" in items(granted, key):
                yield f"has * among the {key} of rule {number}"


@rule([ROLE_BINDING, CLUSTER_ROLE_BINDING], Severity.CRITICAL, "CIS 4.1.1")
def no_cluster_admin_bindings(subject: Subject) -> Iterator[str]:
    """A service account bound to cluster-admin makes each of its pods the cluster's owner.

    Name people in eks-platform:cluster.admins; bind service accounts to narrow roles.
    """
    if subject.read("roleRef.name") == "cluster-admin":
        yield "binds cluster-admin"
