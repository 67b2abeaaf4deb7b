"""Who pods are in Kubernetes, and who may do what there."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from deployment.resource import Resource
from deployment.types import (
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
    KUBERNETES_ROLE,
    ROLE_BINDING,
    SERVICE_ACCOUNT,
    WORKLOADS,
)
from policy.catalogue import Severity, Subject, rule
from policy.graph import Graph, once
from policy.objects import named, namespace, pod
from policy.reading import flag, mappings, read, text, texts
from policy.unknown import OutsideError, each

DEFAULT: Final = "default"
AUTOMOUNT: Final = "automountServiceAccountToken"


@rule(WORKLOADS, Severity.MEDIUM, "CIS 4.1.5", "CIS 4.1.6", "CKV_K8S_38", "R34", of_stack=True)
def own_service_account(subject: Subject) -> Iterator[str]:
    """The default account's token is in every pod that does not say otherwise, and unused.

    Set serviceAccountName of the pod to an account of its own, and automountServiceAccountToken of
    the pod or of the account to false.

    Run the container with GracefulWebApp in components/apps/graceful_web_app.py, which gives it a
    service account of its own and no token.
    """
    yield from each(_default_account(subject), _token(subject))


def _accounts(subject: Subject) -> list[Resource]:
    """Returns the pods' account, if it is a resource of the stack."""
    spec = pod(subject.resource)
    return named(subject.graph, subject.resource, _key(spec), SERVICE_ACCOUNT, within=spec)


def _key(spec: Mapping[str, Any]) -> str:
    """Returns where pods name their account; it has a deprecated place as well."""
    # To ask whether a key is there would ask for its value, which may be unknown.
    return "serviceAccountName" if "serviceAccountName" in set(spec) else "serviceAccount"


def _default_account(subject: Subject) -> Iterator[str]:
    spec = pod(subject.resource)
    if not _accounts(subject) and text(spec, _key(spec), DEFAULT) == DEFAULT:
        yield "runs as the default service account"


def _token(subject: Subject) -> Iterator[str]:
    spec, own = pod(subject.resource), _accounts(subject)
    if read(spec, AUTOMOUNT) is not None:
        # What the pod says counts more than what its account says.
        carries = flag(spec, AUTOMOUNT)
    elif own or text(spec, _key(spec), DEFAULT) == DEFAULT:
        carries = all(flag(one.properties, AUTOMOUNT, default=True) for one in own)
    else:
        raise OutsideError("its service account is not part of the stack")
    if carries and not _is_used(subject):
        yield "carries a token of its service account"


def _is_used(subject: Subject) -> bool:
    """Returns whether a role is bound to an account of its own, which is what a token is for."""
    spec, home = pod(subject.resource), namespace(subject.resource)
    own = text(spec, _key(spec), DEFAULT)
    # By its name, or as one of those that Kubernetes calls so
    # (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-subjects).
    known_as = {
        ("ServiceAccount", own, home),
        ("ServiceAccount", own, ""),
        ("User", f"system:serviceaccount:{home}:{own}", ""),
        ("Group", f"system:serviceaccounts:{home}", ""),
        ("Group", "system:serviceaccounts", ""),
    }
    return own != DEFAULT and not known_as.isdisjoint(_bound(subject.graph))


@once
def _bound(graph: Graph) -> set[tuple[str, str, str]]:
    """Returns kinds, names and namespaces of whom roles are bound to."""
    return {
        _as_bound(bound)
        for token in (ROLE_BINDING, CLUSTER_ROLE_BINDING)
        for binding in graph.of(token)
        for bound in mappings(binding.properties, "subjects")
    }


def _as_bound(bound: Mapping[str, Any]) -> tuple[str, str, str]:
    kind = text(bound, "kind")
    within = text(bound, "namespace") if kind == "ServiceAccount" else ""
    return kind, text(bound, "name"), within


@rule([KUBERNETES_ROLE, CLUSTER_ROLE], Severity.HIGH, "CIS 4.1.3", "CKV_K8S_49")
def no_wildcards_in_kubernetes_roles(subject: Subject) -> Iterator[str]:
    """A role with * may do what every later version of Kubernetes invents.

    List apiGroups, resources and verbs in rules.
    """
    for place, granted in enumerate(subject.mappings("rules"), start=1):
        for key in ("apiGroups", "resources", "verbs"):
            if "*" in texts(granted, key):
                yield f"has * among the {key} of rule {place}"


@rule([ROLE_BINDING, CLUSTER_ROLE_BINDING], Severity.CRITICAL, "CIS 4.1.1")
def no_cluster_admin_bindings(subject: Subject) -> Iterator[str]:
    """A service account bound to cluster-admin makes each of its pods the cluster's owner.

    Bind service accounts to narrow roles in roleRef, and people by access entries.

    Name people in eks-platform:cluster.admins; bind service accounts to narrow roles.
    """
    if subject.text("roleRef.name") == "cluster-admin":
        for bound in subject.mappings("subjects"):
            # People are users and groups of their own; the cluster's own groups hold accounts.
            if text(bound, "kind") == "ServiceAccount" or text(bound, "name").startswith("system:"):
                yield f"binds cluster-admin to {text(bound, 'name')}"
