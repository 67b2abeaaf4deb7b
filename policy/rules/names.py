"""Whether pods that may open connections may ask for names."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Final

from deployment.resource import Resource
from deployment.types import NAMESPACE, NETWORK_POLICY, WORKLOADS
from policy.catalogue import Severity, Subject, rule
from policy.graph import Graph, once
from policy.label_selectors import selects
from policy.objects import Place, namespace, neighbours, place, pod_labels
from policy.reading import items, labels, mapping, mappings, number, read, text, texts
from policy.unknown import OutsideError, UnreadableError

from .availability import of_another_network

_Block = IPv4Network | IPv6Network
DNS: Final = 53
# What the pods of cluster DNS and their namespace are labelled with
# (https://docs.aws.amazon.com/eks/latest/userguide/managing-coredns.html,
# https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-metadata-name).
DNS_PODS: Final = {"k8s-app": "kube-dns", "eks.amazonaws.com/component": "coredns"}
DNS_HOME: Final = "kube-system"
NAME_OF_NAMESPACE: Final = "kubernetes.io/metadata.name"
# Where clusters have their addresses (RFC 1918, RFC 6598, RFC 4193).
PRIVATE: Final = tuple(
    map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"))
)


@rule(NETWORK_POLICY, Severity.HIGH, "BP", of_stack=True)
def network_policies_let_names_resolve(subject: Subject) -> Iterator[str]:
    """Pods that may open connections, and may not ask cluster DNS, find nobody by name.

    Let spec.egress reach port 53, by UDP and by TCP, of the pods k8s-app=kube-dns in the namespace
    kube-system, in this policy or in another one that selects the same pods.

    Name whom pods may reach in reachable_pods or reachable_blocks of GracefulWebApp: DNS comes with
    it.
    """
    policy = subject.resource
    if not _is_of_egress(policy) or not any(map(_goes_by_name, _egress(policy))):
        return
    if _lets_ask(subject.graph, policy) or _others_let_ask(subject):
        return
    if other := of_another_network(subject.graph):
        kind = other.short_type
        raise UnreadableError(f"{other} is a {kind} of another network, which may let DNS through")
    yield _fault(policy)


def _egress(policy: Resource) -> list[Mapping[str, Any]]:
    return mappings(policy.properties, "spec.egress")


def _is_of_egress(policy: Resource) -> bool:
    kinds = texts(policy.properties, "spec.policyTypes")
    return "Egress" in kinds if kinds else bool(_egress(policy))


def _goes_by_name(egress: Mapping[str, Any]) -> bool:
    """Returns whether a rule lets pods reach what they do not know by its address."""
    to = mappings(egress, "to")
    return not to or any(_is_wide(peer) for peer in to)


def _is_wide(peer: Mapping[str, Any]) -> bool:
    if read(peer, "ipBlock") is None:
        return True
    block = _block(text(peer, "ipBlock.cidr"))
    return block.prefixlen < block.max_prefixlen


def _others_let_ask(subject: Subject) -> bool:
    """Returns whether the policies of the namespace together let the same pods ask DNS."""
    graph, policy = subject.graph, subject.resource
    neighbours(graph, policy, NETWORK_POLICY)
    asking = _asking(graph, place(graph, policy))
    if any(_covers(other, policy) for other in asking):
        return True
    pods = [
        pod_labels(workload)
        for token in WORKLOADS
        for workload in (neighbours(graph, policy, token) if asking else ())
    ]
    mine = [of for of in pods if selects(policy.properties, "spec.podSelector", of)]
    return bool(mine) and all(
        any(selects(other.properties, "spec.podSelector", of) for other in asking) for of in mine
    )


@once
def _asking(graph: Graph, home: Place) -> list[Resource]:
    """Returns the policies of a namespace that let pods ask DNS."""
    found = graph.grouped(NETWORK_POLICY, place).get(home, ())
    return [policy for policy in found if _is_of_egress(policy) and _lets_ask(graph, policy)]


def _covers(other: Resource, policy: Resource) -> bool:
    """Returns whether one policy selects all pods that another one selects."""
    wide, narrow = (mapping(one.properties, "spec.podSelector") for one in (other, policy))
    expressions = [dict(one) for one in mappings(narrow, "matchExpressions")]
    return labels(wide, "matchLabels").items() <= labels(narrow, "matchLabels").items() and all(
        dict(one) in expressions for one in mappings(wide, "matchExpressions")
    )


def _lets_ask(graph: Graph, policy: Resource) -> bool:
    return any(
        _has_port(egress, "UDP") and _leads_to_dns(graph, policy, egress)
        for egress in _egress(policy)
    )


def _has_port(egress: Mapping[str, Any], protocol: str) -> bool:
    """Returns whether a rule lets a protocol through to the port of DNS; without ports all."""
    ports = mappings(egress, "ports")
    return not ports or any(
        text(port, "protocol", "TCP") == protocol and _is_dns(port) for port in ports
    )


def _is_dns(port: Mapping[str, Any]) -> bool:
    said = read(port, "port")
    if isinstance(said, str) and not said.isdecimal():
        # What CoreDNS calls its ports, and others theirs.
        return "dns" in said or said == "domain"
    first = number(port, "port", DNS)
    return first <= DNS <= number(port, "endPort", first)


def _leads_to_dns(graph: Graph, policy: Resource, egress: Mapping[str, Any]) -> bool:
    to, is_named = mappings(egress, "to"), bool(items(egress, "ports"))
    return not to or any(_is_dns_peer(graph, policy, peer, is_named=is_named) for peer in to)


def _is_dns_peer(
    graph: Graph, policy: Resource, peer: Mapping[str, Any], *, is_named: bool
) -> bool:
    """Returns whether cluster DNS, or a server in its place, is among whom a rule lets pods reach.

    :param is_named: whether the rule names the port: who does so knows where the server is.
    """
    if read(peer, "ipBlock") is not None:
        return is_named or _holds_clusters(mapping(peer, "ipBlock"))
    pods = read(peer, "podSelector")
    are_dns = pods is None or selects(peer, "podSelector", DNS_PODS)
    if read(peer, "namespaceSelector") is None:
        if namespace(policy) == DNS_HOME:
            return are_dns
        # A server of the namespace's own; cluster DNS is not there.
        return is_named and bool(pods) and not are_dns
    if is_named:
        return True
    if selects(peer, "namespaceSelector", {NAME_OF_NAMESPACE: DNS_HOME, "name": DNS_HOME}):
        return are_dns
    return _may_be_home_of_dns(graph, peer)


def _may_be_home_of_dns(graph: Graph, peer: Mapping[str, Any]) -> bool:
    """Returns that a peer is in other namespaces than that of DNS.

    :raises OutsideError: where it selects none of the stack's: others may carry its labels.
    """
    known = labels(peer, "namespaceSelector.matchLabels")
    found = (labels(home.properties, "metadata.labels") for home in graph.of(NAMESPACE))
    if NAME_OF_NAMESPACE in known or any(selects(peer, "namespaceSelector", of) for of in found):
        return False
    raise OutsideError("the namespaces that it names are not part of the stack")


def _holds_clusters(block: Mapping[str, Any]) -> bool:
    """Returns whether a block has addresses that a cluster's DNS may have."""
    whole, left_out = _block(text(block, "cidr")), list(map(_block, texts(block, "except")))
    for private in PRIVATE:
        if not _overlap(private, whole):
            continue
        part = max(private, whole, key=lambda one: one.prefixlen)
        if not any(_is_within(part, one) for one in left_out):
            return whole.prefixlen < whole.max_prefixlen
    return False


def _overlap(one: _Block, other: _Block) -> bool:
    return one.version == other.version and one.overlaps(other)


def _is_within(inner: _Block, outer: _Block) -> bool:
    return (
        inner.version == outer.version
        and _overlap(inner, outer)
        and (outer.prefixlen <= inner.prefixlen)
    )


def _block(cidr: str) -> _Block:
    try:
        return ip_network(cidr, strict=False)
    except ValueError:
        raise UnreadableError("ipBlock has a cidr that is none") from None


def _fault(policy: Resource) -> str:
    by_tcp = [
        egress
        for egress in _egress(policy)
        if items(egress, "ports") and _has_port(egress, "TCP") and not _has_port(egress, "UDP")
    ]
    if by_tcp:
        return "lets pods ask for names by TCP alone, and they ask by UDP"
    at_home = [
        peer
        for egress in _egress(policy)
        for peer in mappings(egress, "to")
        if read(peer, "namespaceSelector") is None
        and read(peer, "podSelector")
        and selects(peer, "podSelector", DNS_PODS)
    ]
    if at_home:
        return "looks for cluster DNS in its own namespace: namespaceSelector is missing there"
    return "lets pods open connections, and not ask cluster DNS for names"
