"""The settings of who may use the cluster."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from planning.cluster_access import NAMESPACE, AccessEntry, AccessPolicy, entry_fault, group_fault

from .checks import DISTINCT, Check, text
from .section import Section
from .types import Principal

_Namespace = Annotated[
    str, text(NAMESPACE, "must be a namespace such as shop, or a pattern such as shop-*")
]
_Group = Annotated[
    str,
    text(r"[^\s\x00-\x1f]{1,253}", "must be the name of a Kubernetes group such as shop-viewers"),
    Check(group_fault, {}),
]


class AccessScopeSettings(Section):
    """Each entry of ``policies``: where an access policy holds."""

    namespaces: Annotated[tuple[_Namespace, ...], DISTINCT] = ()
    """The namespaces that the policy is for, with * as a wildcard; empty: the whole cluster."""


class AccessSettings(Section):
    """Each entry of ``cluster.access``: what one IAM role or user may do."""

    principal: Principal = Field(examples=["arn:aws:iam::111122223333:role/shop-developer"])
    """The ARN of the role or user, once in the stack."""
    policies: dict[AccessPolicy, AccessScopeSettings] = Field(
        default={}, examples=[{"edit": {"namespaces": ["shop"]}}]
    )
    """EKS's access policies: view, edit, admin or cluster-admin, each with its namespaces."""
    groups: Annotated[tuple[_Group, ...], DISTINCT] = ()
    """Kubernetes groups, to which your own role bindings give what no policy does."""

    @property
    def entry(self) -> AccessEntry:
        """The same in the planner's terms."""
        return AccessEntry(
            principal=self.principal,
            policies={name: scope.namespaces for name, scope in self.policies.items()},
            groups=self.groups,
        )

    def conflicts(self) -> Iterator[tuple[str, str]]:
        """Yields what gives no access, or none that something else does not give."""
        if fault := entry_fault(self.entry):
            yield "policies", fault
