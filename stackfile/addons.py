"""The section about EKS's add-ons."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from planning import addons
from planning.lists import repeated
from planning.upgrades import kube_proxy_fault

from .addon_configuration import configuration_faults, unchecked_keys
from .checks import Check, text
from .section import Place, Section
from .types import PolicyArn

AddonName = Annotated[
    str,
    text(
        rf"(?!{addons.VPC_CNI}$)[a-z0-9]([a-z0-9_-]{{0,54}}[a-z0-9])?",
        "must be the name of an EKS add-on such as eks-pod-identity-agent; vpc-cni has the section "
        "vpcCni",
    ),
]
AddonVersion = Annotated[
    str,
    text(
        r"v[0-9]+(\.[0-9]+)+([._+-][A-Za-z0-9._+-]*)?",
        "must be an add-on's version such as v1.36.1-eksbuild.2",
    ),
]
# https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
_Account = Annotated[
    str,
    text(
        r"(?=.{1,253}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?",
        "must be the name of a service account such as cloudwatch-agent",
    ),
]
_Namespace = Annotated[
    str, text(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", "must be a namespace such as kube-system")
]


def _policies_fault(policies: tuple[str, ...]) -> str | None:
    if not policies:
        return "needs the ARN of a policy, or the role gives nothing"
    return repeated([arn.rpartition("/")[2] for arn in policies])


class AddonRoleSettings(Section):
    """``role``: what an add-on may do in AWS."""

    service_account: _Account = Field(examples=["cloudwatch-agent"])
    """The add-on's service account, which alone may assume the role."""
    namespace: _Namespace = "kube-system"
    """The namespace of the service account."""
    policies: Annotated[tuple[PolicyArn, ...], Check(_policies_fault, {"minItems": 1})] = Field(
        examples=[("arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy",)]
    )
    """The IAM policies of the role, no two of one name."""
    by: Literal["irsa", "pod-identity"] = "irsa"
    """How pods get the role: by the cluster's OIDC provider, or by EKS Pod Identity, whose agent is
    then an add-on of the stack, too."""


class AddonSettings(Section):
    """Each entry of ``addons``: an add-on that EKS manages."""

    version: AddonVersion | None = Field(default=None, examples=["v1.36.1-eksbuild.2"])
    """The add-on's version; absent: EKS's default when the add-on is created, which it then keeps.
    That of kube-proxy is not newer than cluster.version, nor more than three minor versions older.
    """
    configuration: dict[str, Any] = Field(default={}, examples=[{"replicaCount": 3}])
    """What differs from the add-on's defaults, by the keys of its own schema."""
    role: AddonRoleSettings | None = None
    """What it may do in AWS; absent: nothing that nodes may not."""


_NONE: Final = AddonSettings()


def of_platform(given: Mapping[str, AddonSettings], name: str) -> AddonSettings:
    """Returns what a stack says of an add-on that every stack has."""
    return given.get(name, _NONE)


def others(given: Mapping[str, AddonSettings]) -> Mapping[str, AddonSettings]:
    """Returns the add-ons that not every stack has, with the agent that others need."""
    more = {name: one for name, one in given.items() if name not in addons.ON_EVERY_STACK}
    by_agent = any(one.role and one.role.by == "pod-identity" for one in more.values())
    return {addons.POD_IDENTITY_AGENT: _NONE, **more} if by_agent else more


def addon_mistakes(
    given: Mapping[str, AddonSettings],
    *,
    kubernetes: str | None,
    needs_volumes: bool,
    has_secrets: bool,
) -> Iterator[tuple[Place, str]]:
    """Yields what is wrong with add-ons among one another, and with the rest of a stack.

    :param kubernetes: the version of the control plane, where it is valid.
    :param needs_volumes: whether the platform makes the EBS driver itself.
    :param has_secrets: whether it makes the driver of secrets itself.
    """
    if needs_volumes and addons.EBS_DRIVER in given:
        made = "is made by the platform, with its role, for volumes of wordpress or of nfs"
        yield (addons.EBS_DRIVER,), f"{made}; leave it out here"
    if has_secrets and addons.SECRETS_DRIVER in given:
        made = "is made by the section secrets, which has its version and how often it looks again"
        yield (addons.SECRETS_DRIVER,), f"{made}; leave it out here"
    for name, addon in given.items():
        if addon.role and name in addons.ON_EVERY_STACK:
            yield (name, "role"), f"{name} calls nothing of AWS and needs no role"
        for place, fault in configuration_faults(name, addon.configuration):
            yield (name, "configuration", *place), fault
        is_pinned = name == addons.KUBE_PROXY and addon.version and kubernetes
        if is_pinned and (fault := kube_proxy_fault(str(kubernetes), str(addon.version))):
            yield (name, "version"), fault


def advice_on_addons(given: Mapping[str, AddonSettings]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yields place and text of what is not checked or counted."""
    for name, addon in given.items():
        if unknown := unchecked_keys(name, addon.configuration):
            where = "`aws eks describe-addon-configuration` has the schema of each version"
            yield (name, "configuration"), f"not checked: {', '.join(unknown)}; {where}"
    if uncounted := sorted(given.keys() - addons.ON_EVERY_STACK):
        yield (), f"not counted among the pods on nodes: those of {', '.join(uncounted)}"
