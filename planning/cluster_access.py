"""Who may do what in a cluster, by access entries of EKS.

An entry is for one IAM role or user. It may have any number of access policies, each once, for the
whole cluster or for namespaces, and any Kubernetes groups
(https://docs.aws.amazon.com/eks/latest/userguide/access-policies.html).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

# What a team may have in its namespaces.
TeamPolicy = Literal["view", "edit", "admin"]
AccessPolicy = Literal[TeamPolicy, "cluster-admin"]
CLUSTER_ADMIN: Final = "cluster-admin"
# https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html
POLICY_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "view": "AmazonEKSViewPolicy",
        "edit": "AmazonEKSEditPolicy",
        "admin": "AmazonEKSAdminPolicy",
        CLUSTER_ADMIN: "AmazonEKSClusterAdminPolicy",
    }
)
# A namespace's name, which may have wildcards in it
# (https://docs.aws.amazon.com/eks/latest/userguide/access-policies.html).
NAMESPACE: Final = r"(?=.{1,63}$)[a-z0-9*]([a-z0-9*-]*[a-z0-9*])?"


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessEntry:
    """What one IAM role or user may do.

    :param principal: the ARN of the role or user.
    :param policies: by access policy the namespaces that it is for; none: the whole cluster.
    :param groups: the Kubernetes groups that it is in.
    """

    principal: str
    policies: Mapping[AccessPolicy, tuple[str, ...]]
    groups: tuple[str, ...] = ()


def cluster_admin(principal: str) -> AccessEntry:
    """Returns the entry of somebody who may do anything."""
    return AccessEntry(principal=principal, policies={CLUSTER_ADMIN: ()})


def entry_fault(entry: AccessEntry) -> str | None:
    """Returns what an entry has that gives nothing, or ``None``."""
    if not entry.policies and not entry.groups:
        return f"needs policies ({', '.join(POLICY_NAMES)}) or groups, or it gives no access"
    others = sorted(entry.policies.keys() - {CLUSTER_ADMIN})
    if entry.policies.get(CLUSTER_ADMIN) == () and others:
        return f"cluster-admin without namespaces has all that {', '.join(others)} would give"
    return None


def group_fault(group: str) -> str | None:
    """Returns why EKS puts nobody into a Kubernetes group, or ``None``.

    https://github.com/terraform-aws-modules/terraform-aws-eks/issues/2915 has its answer.
    """
    if not group.startswith("system:"):
        return None
    instead = "; give the policy cluster-admin" if group == "system:masters" else ""
    return f"must not begin with system:, which EKS refuses, got {group!r}{instead}"


def who(principal: str) -> tuple[str, ...]:
    """Returns what tells a role or user from all others: account, kind and name.

    An account has a name once, whatever the path and however it is written
    (https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html).
    """
    *_, account_id, path = ("", *principal.rsplit(":", maxsplit=1))
    kind, *names = path.split("/")
    return account_id.rpartition(":")[2], kind, "".join(names[-1:]).casefold()


def repeated_principals(entries: Sequence[AccessEntry]) -> Iterator[int]:
    """Yields the index of each entry whose principal an earlier one has, which EKS refuses."""
    seen: set[tuple[str, ...]] = set()
    for index, entry in enumerate(entries):
        if who(entry.principal) in seen:
            yield index
        seen.add(who(entry.principal))


def with_others(entries: Iterable[AccessEntry]) -> list[AccessEntry]:
    """Returns one entry for each principal, with the namespaces of all for each of its policies."""
    found: dict[str, dict[AccessPolicy, tuple[str, ...]]] = {}
    for entry in entries:
        policies = found.setdefault(entry.principal, {})
        for policy, namespaces in entry.policies.items():
            policies[policy] = (*policies.get(policy, ()), *namespaces)
    return [AccessEntry(principal=name, policies=policies) for name, policies in found.items()]
