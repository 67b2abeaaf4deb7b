"""A server that is one pod with a volume of its own: what holds it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.core.v1 import PersistentVolumeClaimArgs, PodSpecArgs
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import NetworkPolicyPeerArgs

from .claims import claim_spec
from .hardened import Home
from .pod_network import cluster_ip_service, network_policy

# The volume's name in the pod.
DATA: Final = "data"
# What its port is called, in the pod and in the Service.
PORT_NAME: Final = "server"


@dataclass(frozen=True, kw_only=True, slots=True)
class SingleServer:
    """A server of one pod that is made: its Service and its StatefulSet."""

    service: kubernetes.core.v1.Service
    stateful_set: kubernetes.apps.v1.StatefulSet


def single_server(
    home: Home,
    *,
    clients: Sequence[NetworkPolicyPeerArgs],
    port: int,
    pod: PodSpecArgs,
    storage_class: pulumi.Input[str],
    volume_gib: int,
    opts: pulumi.ResourceOptions,
    pod_opts: pulumi.ResourceOptions,
) -> SingleServer:
    """Creates a network policy, a Service, and a StatefulSet of one pod with a lasting claim.

    :param clients: who may connect.
    :param pod_opts: options of the StatefulSet.
    """
    network_policy(home, clients=clients, port=port, opts=opts)
    service = cluster_ip_service(home, port_name=PORT_NAME, port=port, opts=opts)
    claim = claim_spec(storage_class, volume_gib, "ReadWriteOnce")
    stateful_set = kubernetes.apps.v1.StatefulSet(
        home.name,
        metadata=home.metadata,
        spec=kubernetes.apps.v1.StatefulSetSpecArgs(
            # Two servers on one volume would corrupt it.
            replicas=1,
            service_name=service.metadata.name,
            selector=LabelSelectorArgs(match_labels=home.labels),
            template=home.pod_template(pod),
            volume_claim_templates=[
                PersistentVolumeClaimArgs(metadata=ObjectMetaArgs(name=DATA), spec=claim)
            ],
            # A server made again finds its data; they go with the namespace.
            persistent_volume_claim_retention_policy=(
                kubernetes.apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicyArgs(
                    when_deleted="Retain", when_scaled="Retain"
                )
            ),
        ),
        opts=pod_opts,
    )
    return SingleServer(service=service, stateful_set=stateful_set)
