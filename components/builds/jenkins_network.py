"""Whom Jenkins and its builds reach, and who reaches them."""

from collections.abc import Mapping
from typing import Final

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import (
    IPBlockArgs,
    NetworkPolicyEgressRuleArgs,
    NetworkPolicyIngressRuleArgs,
    NetworkPolicyPeerArgs,
)

from components.pods.pod_network import both_ways, egress_to_dns, pod_peer, tcp

# What the chart labels the controller and agents with.
_CONTROLLER: Final[Mapping[str, str]] = {
    "app.kubernetes.io/component": "jenkins-controller",
    "app.kubernetes.io/instance": "jenkins",
}
_AGENT: Final[Mapping[str, str]] = {"jenkins/jenkins-jenkins-agent": "true"}
# Its page, which agents ask where to connect, and where they connect.
_PORTS: Final = (8080, 50000)
# The Kubernetes API, the update center, and repositories of sources and artifacts, by HTTPS or SSH.
_OUTSIDE: Final = (443, 22)
# The instance's metadata, with its role, among others.
_LINK_LOCAL: Final = "169.254.0.0/16"


def controller_policy(
    space: kubernetes.core.v1.Namespace, agents: str, opts: pulumi.ResourceOptions
) -> kubernetes.networking.v1.NetworkPolicy:
    """Creates the policy of the controller: agents reach it, and nobody else.

    :param agents: the namespace of the agents.
    """
    clients = NetworkPolicyIngressRuleArgs(
        from_=[pod_peer(agents, _AGENT)], ports=[tcp(port) for port in _PORTS]
    )
    metadata = ObjectMetaArgs(name="jenkins", namespace=space.metadata.name)
    return both_ways(
        "jenkins", metadata, _CONTROLLER, ingress=[clients], egress=_outside(), opts=opts
    )


def agent_policy(
    space: kubernetes.core.v1.Namespace, controller: str, opts: pulumi.ResourceOptions
) -> kubernetes.networking.v1.NetworkPolicy:
    """Creates the policy of all pods in the agents' namespace: nobody reaches them.

    :param controller: the namespace of the controller.
    """
    own = NetworkPolicyEgressRuleArgs(
        to=[pod_peer(controller, _CONTROLLER)], ports=[tcp(port) for port in _PORTS]
    )
    name = "jenkins-agents"
    metadata = ObjectMetaArgs(name=name, namespace=space.metadata.name)
    return both_ways(name, metadata, {}, ingress=[], egress=[own, *_outside()], opts=opts)


def _outside() -> list[NetworkPolicyEgressRuleArgs]:
    anywhere = NetworkPolicyPeerArgs(ip_block=IPBlockArgs(cidr="0.0.0.0/0", except_=[_LINK_LOCAL]))
    return [
        egress_to_dns(),
        NetworkPolicyEgressRuleArgs(to=[anywhere], ports=[tcp(port) for port in _OUTSIDE]),
    ]
