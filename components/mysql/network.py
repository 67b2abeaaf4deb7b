"""Who speaks with whom around MySQL: network policies by what each pod is.

What is forgotten here shows late: a server without cluster DNS does not find its own name, and its
sidecar never makes it a member.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import (
    NetworkPolicyEgressRuleArgs,
    NetworkPolicyIngressRuleArgs,
    NetworkPolicyPeerArgs,
    NetworkPolicySpecArgs,
)

from components.pods.pod_network import block_peers, egress_to_dns, pod_peer, tcp

_HTTPS = 443


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """Somebody, and the ports on which that side of a connection listens."""

    peers: Sequence[NetworkPolicyPeerArgs]
    ports: Sequence[int]


@dataclass(frozen=True, kw_only=True, slots=True)
class PodSet:
    """Pods of a namespace, by their labels."""

    namespace: pulumi.Input[str]
    labels: Mapping[str, str]

    @property
    def peer(self) -> NetworkPolicyPeerArgs:
        """These pods as one side of a rule."""
        return pod_peer(self.namespace, self.labels)

    def admits(self, *ports: int) -> Way:
        """Returns the way to or from these pods on some ports."""
        return Way(peers=[self.peer], ports=ports)


def api_server(blocks: Sequence[IPv4Network]) -> Way:
    """Returns the way to the API server.

    :param blocks: of the control plane's subnets, and of Services: the agent on a node sees a
        packet before the Service's address becomes the API server's own.
    """
    return Way(peers=block_peers(blocks), ports=[_HTTPS])


def https_anywhere() -> Way:
    """Returns the way to AWS's own services, whose addresses nobody can list."""
    return api_server([IPv4Network("0.0.0.0/0")])


def isolate(
    name: str, namespace: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> pulumi.Resource:
    """Creates the policy that lets no pod of a namespace speak with anybody by itself."""
    return kubernetes.networking.v1.NetworkPolicy(
        f"{name}-isolated",
        metadata=ObjectMetaArgs(name="isolated", namespace=namespace),
        spec=NetworkPolicySpecArgs(
            pod_selector=LabelSelectorArgs(), policy_types=["Ingress", "Egress"]
        ),
        opts=opts,
    )


def serves(
    name: str,
    pods: PodSet,
    *,
    ingress: Sequence[Way] = (),
    egress: Sequence[Way] = (),
    opts: pulumi.ResourceOptions,
) -> pulumi.Resource:
    """Creates the policy that admits some to pods, and lets these out to others and to DNS.

    :param egress: whom they may open connections to; nobody: the policy says nothing about it.
    """
    rules = [
        NetworkPolicyEgressRuleArgs(to=list(way.peers), ports=[tcp(port) for port in way.ports])
        for way in egress
    ]
    return kubernetes.networking.v1.NetworkPolicy(
        name,
        metadata=ObjectMetaArgs(name=name, namespace=pods.namespace),
        spec=NetworkPolicySpecArgs(
            pod_selector=LabelSelectorArgs(match_labels=pods.labels),
            policy_types=["Ingress", "Egress"] if egress else ["Ingress"],
            ingress=[
                NetworkPolicyIngressRuleArgs(
                    from_=list(way.peers), ports=[tcp(port) for port in way.ports]
                )
                for way in ingress
            ],
            egress=[egress_to_dns(), *rules] if egress else None,
        ),
        opts=opts,
    )
