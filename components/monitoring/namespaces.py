"""The namespaces of what watches, and who gets in."""

from typing import Literal

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import (
    NetworkPolicyIngressRuleArgs,
    NetworkPolicyPeerArgs,
    NetworkPolicySpecArgs,
)

from components.pods.hardened import pod_security


def namespace(
    name: str, called: str, level: Literal["restricted", "privileged"], opts: pulumi.ResourceOptions
) -> kubernetes.core.v1.Namespace:
    """Creates a namespace.

    :param level: which pods may run in it
        (https://kubernetes.io/docs/concepts/security/pod-security-standards/).
    """
    return kubernetes.core.v1.Namespace(
        name, metadata=ObjectMetaArgs(name=called, labels=pod_security(level)), opts=opts
    )


def only_among_themselves(
    name: str, inside: kubernetes.core.v1.Namespace, opts: pulumi.ResourceOptions
) -> kubernetes.networking.v1.NetworkPolicy:
    """Creates the policy by which the pods of a namespace let in one another and nobody else."""
    return kubernetes.networking.v1.NetworkPolicy(
        name,
        metadata=ObjectMetaArgs(name=name, namespace=inside.metadata.name),
        spec=NetworkPolicySpecArgs(
            pod_selector=LabelSelectorArgs(),
            policy_types=["Ingress"],
            ingress=[
                NetworkPolicyIngressRuleArgs(
                    from_=[NetworkPolicyPeerArgs(pod_selector=LabelSelectorArgs())]
                )
            ],
        ),
        opts=opts,
    )
