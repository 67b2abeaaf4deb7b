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


def namespace(
    name: str, called: str, level: Literal["restricted", "privileged"], opts: pulumi.ResourceOptions
) -> kubernetes.core.v1.Namespace:
    """Creates a namespace.

    :param level: which pods may run in it
        (https://kubernetes.io/docs/concepts/security/pod-security-standards/).
    """
    modes = ("enforce", "warn", "audit") if level == "restricted" else ("enforce",)
    return kubernetes.core.v1.Namespace(
        name,
        metadata=ObjectMetaArgs(
            name=called, labels={f"pod-security.kubernetes.io/{mode}": level for mode in modes}
        ),
        opts=opts,
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
