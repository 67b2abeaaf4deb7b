"""A namespace that others fill: what may run in it, how much, and who reaches it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final, Literal

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.core.v1 import LimitRangeItemArgs, LimitRangeSpecArgs, ResourceQuotaSpecArgs
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import (
    NetworkPolicyEgressRuleArgs,
    NetworkPolicyIngressRuleArgs,
    NetworkPolicyPeerArgs,
    NetworkPolicySpecArgs,
)

from components.pods.hardened import Resources
from components.pods.pod_network import block_peers, egress_to_dns, tcp

TEAM: Final = "eks-platform/team"
OWNER: Final = "eks-platform/owner"
REASON: Final = "eks-platform/pod-security-reason"
# What :func:`team_namespace` calls a namespace's quota and its defaults.
_QUOTA: Final = "team"
_ALL_PODS: Final = LabelSelectorArgs()


@dataclass(frozen=True, kw_only=True, slots=True)
class TeamNamespace:
    """What a team has in one namespace.

    :param quota: the most of everything that all of it may have, in Kubernetes' words.
    :param containers: what a container gets that names nothing itself.
    :param load_balancer_blocks: where the load balancers have their addresses that reach its pods.
    :param ports: the ports of pods that they reach.
    :param among_themselves: whether its pods reach one another.
    :param pod_security: the standard that pods must meet; of the stricter ones they are told.
    :param pod_security_reason: why it is not restricted.
    """

    quota: Mapping[str, str]
    containers: Resources
    load_balancer_blocks: Sequence[IPv4Network] = ()
    ports: Sequence[int] = ()
    among_themselves: bool = True
    pod_security: Literal["restricted", "baseline", "privileged"] = "restricted"
    pod_security_reason: str | None = None

    @property
    def has_claims(self) -> bool:
        """Whether there may be volumes in it."""
        return self.quota.get("persistentvolumeclaims", "0") != "0"

    def __post_init__(self) -> None:
        if bool(self.load_balancer_blocks) != bool(self.ports):
            raise ValueError("ports: and load_balancer_blocks go together")
        if self.pod_security == "privileged" and not self.pod_security_reason:
            raise ValueError("pod_security_reason: of a privileged namespace is required")


def team_namespace(
    resource: str,
    name: str,
    wanted: TeamNamespace,
    *,
    team: str,
    owner: str,
    version: str,
    opts: pulumi.ResourceOptions,
    namespace_opts: pulumi.ResourceOptions,
) -> list[pulumi.Resource]:
    """Creates a namespace and what limits those who fill it.

    :param resource: what the names of resources begin with.
    :param version: of the pod security standards, as ``1.36``.
    :return: what has to be there before anybody fills it.
    """
    standards = {"enforce": wanted.pod_security, "warn": "restricted", "audit": "restricted"}
    labels = {TEAM: team}
    for mode, level in standards.items():
        labels[f"pod-security.kubernetes.io/{mode}"] = level
        labels[f"pod-security.kubernetes.io/{mode}-version"] = f"v{version}"
    if wanted.ports:
        # Pods count as ready when their load balancer finds them healthy (requirement 33).
        labels["elbv2.k8s.aws/pod-readiness-gate-inject"] = "enabled"
    annotations = {OWNER: owner}
    if wanted.pod_security_reason:
        annotations[REASON] = wanted.pod_security_reason
    made = kubernetes.core.v1.Namespace(
        resource,
        metadata=ObjectMetaArgs(name=name, labels=labels, annotations=annotations),
        opts=namespace_opts,
    )
    namespace = made.metadata.name
    quota = kubernetes.core.v1.ResourceQuota(
        resource,
        metadata=ObjectMetaArgs(name=_QUOTA, namespace=namespace),
        spec=ResourceQuotaSpecArgs(hard=dict(wanted.quota)),
        opts=opts,
    )
    of = wanted.containers
    defaults = kubernetes.core.v1.LimitRange(
        resource,
        metadata=ObjectMetaArgs(name=_QUOTA, namespace=namespace),
        spec=LimitRangeSpecArgs(
            limits=[
                LimitRangeItemArgs(
                    type="Container",
                    default={"cpu": of.cpu_limit, "memory": of.memory_limit},
                    default_request={"cpu": of.cpu_request, "memory": of.memory_request},
                )
            ]
        ),
        opts=opts,
    )
    policies = [
        kubernetes.networking.v1.NetworkPolicy(
            f"{resource}-{policy}",
            metadata=ObjectMetaArgs(name=policy, namespace=namespace),
            spec=spec,
            opts=opts,
        )
        for policy, spec in _policies(wanted)
    ]
    return [quota, defaults, *policies]


def _policies(wanted: TeamNamespace) -> Iterator[tuple[str, NetworkPolicySpecArgs]]:
    """Yields name and spec of each network policy; what one lets through, no other one stops."""
    yield (
        "default-deny",
        NetworkPolicySpecArgs(pod_selector=_ALL_PODS, policy_types=["Ingress", "Egress"]),
    )
    yield (
        "cluster-dns",
        NetworkPolicySpecArgs(
            pod_selector=_ALL_PODS, policy_types=["Egress"], egress=[egress_to_dns()]
        ),
    )
    if wanted.ports:
        from_balancers = NetworkPolicyIngressRuleArgs(
            from_=block_peers(wanted.load_balancer_blocks), ports=[*map(tcp, wanted.ports)]
        )
        yield (
            "load-balancers",
            NetworkPolicySpecArgs(
                pod_selector=_ALL_PODS, policy_types=["Ingress"], ingress=[from_balancers]
            ),
        )
    if wanted.among_themselves:
        own = [NetworkPolicyPeerArgs(pod_selector=_ALL_PODS)]
        yield (
            "among-themselves",
            NetworkPolicySpecArgs(
                pod_selector=_ALL_PODS,
                policy_types=["Ingress", "Egress"],
                ingress=[NetworkPolicyIngressRuleArgs(from_=own)],
                egress=[NetworkPolicyEgressRuleArgs(to=own)],
            ),
        )
