"""Access entries: which IAM roles and users may do what in a cluster."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import pulumi
import pulumi_aws as aws

from planning.aws_place import AwsPlace
from planning.cluster_access import CLUSTER_ADMIN, POLICY_NAMES, AccessEntry, cluster_admin


def cluster_access(
    name: str,
    entries: Sequence[AccessEntry],
    *,
    cluster_name: pulumi.Input[str],
    place: AwsPlace,
    parent: pulumi.Resource,
    limits: Mapping[str, Sequence[pulumi.Resource]] = MappingProxyType({}),
) -> list[pulumi.Resource]:
    """Creates an access entry for each principal, with its policies.

    An entry that becomes one of an admin, or is one no longer, keeps its place by an alias: EKS
    would refuse a second entry of the principal before the first is gone.

    :param limits: by namespace what must be there before anybody may change something in it.
    :return: what a user of the cluster waits for, who may have access by one of them alone.
    """
    principals = [entry.principal for entry in entries]
    found: list[pulumi.Resource] = []
    for entry in entries:
        principal = entry.principal
        admin, other = (_key(f"{name}-{kind}", principal) for kind in ("admin", "access"))
        is_admin = entry == cluster_admin(principal)
        former = _former(f"{name}-admin", principal, principals) if is_admin else []
        made = aws.eks.AccessEntry(
            admin if is_admin else other,
            cluster_name=cluster_name,
            principal_arn=principal,
            kubernetes_groups=list(entry.groups) or None,
            opts=_options(parent, [*former, other if is_admin else admin]),
        )
        for policy, namespaces in entry.policies.items():
            changing = () if policy == "view" else namespaces
            before = [limit for home in changing for limit in limits.get(home, ())]
            named = f"{other}-{policy}"
            names = [admin, *former, named] if is_admin else [named]
            if policy == CLUSTER_ADMIN and not is_admin:
                names.append(admin)
            found.append(
                aws.eks.AccessPolicyAssociation(
                    names[0],
                    cluster_name=cluster_name,
                    principal_arn=made.principal_arn,
                    policy_arn=(
                        f"arn:{place.partition}:eks::aws:cluster-access-policy/"
                        f"{POLICY_NAMES[policy]}"
                    ),
                    access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(
                        type="namespace" if namespaces else "cluster",
                        namespaces=list(namespaces) or None,
                    ),
                    opts=_options(parent, names[1:], before),
                )
            )
        if not entry.policies:
            found.append(made)
    return found


def _options(
    parent: pulumi.Resource, former: Iterable[str], depends_on: Sequence[pulumi.Resource] = ()
) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(
        parent=parent,
        depends_on=list(depends_on) or None,
        aliases=[pulumi.Alias(name=name) for name in former],
        # By principal and policy EKS finds what is there, so that the one which is taken away last
        # would take the new one along.
        delete_before_replace=True,
    )


def _key(prefix: str, principal: str) -> str:
    """Returns the name of an entry's resources.

    A role with a path gets part of a digest: its path and name are not told apart without slashes.
    """
    plain = _plain(prefix, principal)
    if principal.count("/") == 1:
        return plain
    return f"{plain}-{hashlib.sha256(principal.encode()).hexdigest()[:8]}"


def _former(prefix: str, principal: str, principals: Iterable[str]) -> list[str]:
    """Returns the name that an admin with a path had, where nobody else has it."""
    plain = _plain(prefix, principal)
    others = (_plain(prefix, other) for other in principals if other != principal)
    return [] if plain == _key(prefix, principal) or plain in others else [plain]


def _plain(prefix: str, principal: str) -> str:
    account_id, path = principal.split(":", maxsplit=5)[4:]
    return f"{prefix}-{account_id}-{path.replace('/', '-')}"
