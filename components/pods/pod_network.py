"""How pods are reached and what they reach: Services with cluster IPs, and network policies."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import (
    IPBlockArgs,
    NetworkPolicyEgressRuleArgs,
    NetworkPolicyIngressRuleArgs,
    NetworkPolicyPeerArgs,
    NetworkPolicyPortArgs,
    NetworkPolicySpecArgs,
)

from .hardened import Home


@dataclass(frozen=True, kw_only=True, slots=True)
class PodPeer:
    """Pods that an application opens connections to.

    :param namespace: their namespace.
    :param labels: what all of them are labelled with.
    :param port: where they listen for TCP.
    """

    namespace: str
    labels: Mapping[str, str]
    port: int


def cluster_ip_service(
    home: Home, *, port_name: str, port: int, opts: pulumi.ResourceOptions
) -> kubernetes.core.v1.Service:
    """Creates a Service whose address stays while the pods behind it come and go.

    :param port_name: what the port is called, in the pods too.
    """
    return kubernetes.core.v1.Service(
        home.name,
        # It is there before its pods and does not wait for their endpoints.
        metadata=annotated(home.metadata, {"pulumi.com/skipAwait": "true"}),
        spec=kubernetes.core.v1.ServiceSpecArgs(
            type="ClusterIP",
            selector=home.labels,
            ports=[
                kubernetes.core.v1.ServicePortArgs(
                    name=port_name, port=port, target_port=port_name, protocol="TCP"
                )
            ],
        ),
        opts=opts,
    )


def network_policy(
    home: Home,
    *,
    clients: Sequence[NetworkPolicyPeerArgs],
    port: int,
    egress: Sequence[NetworkPolicyEgressRuleArgs] = (),
    opts: pulumi.ResourceOptions,
) -> kubernetes.networking.v1.NetworkPolicy:
    """Creates a policy that admits the clients on one port and lets out only what is named."""
    admitted = NetworkPolicyIngressRuleArgs(from_=list(clients), ports=[tcp(port)])
    return both_ways(
        home.name, home.metadata, home.labels, ingress=[admitted], egress=egress, opts=opts
    )


def both_ways(
    name: str,
    metadata: ObjectMetaArgs,
    labels: Mapping[str, str],
    *,
    ingress: Sequence[NetworkPolicyIngressRuleArgs],
    egress: Sequence[NetworkPolicyEgressRuleArgs],
    opts: pulumi.ResourceOptions,
) -> kubernetes.networking.v1.NetworkPolicy:
    """Creates a policy of pods that lets in and out only what is named.

    :param labels: of the pods; empty: of all in their namespace.
    """
    return kubernetes.networking.v1.NetworkPolicy(
        name,
        metadata=metadata,
        spec=NetworkPolicySpecArgs(
            pod_selector=LabelSelectorArgs(match_labels=labels),
            policy_types=["Ingress", "Egress"],
            ingress=list(ingress),
            egress=list(egress),
        ),
        opts=opts,
    )


def pod_peer(namespace: pulumi.Input[str], labels: Mapping[str, str]) -> NetworkPolicyPeerArgs:
    """Returns the pods of a namespace that have these labels, as one side of a rule."""
    return NetworkPolicyPeerArgs(
        namespace_selector=LabelSelectorArgs(
            match_labels={"kubernetes.io/metadata.name": namespace}
        ),
        pod_selector=LabelSelectorArgs(match_labels=labels),
    )


def block_peers(blocks: Iterable[IPv4Network]) -> list[NetworkPolicyPeerArgs]:
    """Returns whoever has an address of these blocks, as one side of a rule."""
    return [NetworkPolicyPeerArgs(ip_block=IPBlockArgs(cidr=str(block))) for block in blocks]


def egress_to(
    blocks: Sequence[IPv4Network], pods: Sequence[PodPeer]
) -> list[NetworkPolicyEgressRuleArgs]:
    """Returns the rules that let pods reach these, and cluster DNS if there are any."""
    if not blocks and not pods:
        return []
    rules = [
        egress_to_dns(),
        *(
            NetworkPolicyEgressRuleArgs(
                to=[pod_peer(pod.namespace, pod.labels)], ports=[tcp(pod.port)]
            )
            for pod in pods
        ),
    ]
    if blocks:
        rules.append(NetworkPolicyEgressRuleArgs(to=block_peers(blocks)))
    return rules


def egress_to_dns() -> NetworkPolicyEgressRuleArgs:
    """Returns the rule that lets pods ask cluster DNS."""
    return NetworkPolicyEgressRuleArgs(
        to=[pod_peer("kube-system", {"k8s-app": "kube-dns"})],
        ports=[NetworkPolicyPortArgs(port=53, protocol=protocol) for protocol in ("UDP", "TCP")],
    )


def annotated(metadata: ObjectMetaArgs, annotations: Mapping[str, str]) -> ObjectMetaArgs:
    """Returns the metadata with these annotations."""
    return ObjectMetaArgs(
        name=metadata.name,
        namespace=metadata.namespace,
        labels=metadata.labels,
        annotations=annotations,
    )


def tcp(port: int) -> NetworkPolicyPortArgs:
    """Returns a port of a rule."""
    return NetworkPolicyPortArgs(port=port, protocol="TCP")
