"""An NFS server in the cluster, for labs and tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.core.v1 import (
    CapabilitiesArgs,
    ConfigMapVolumeSourceArgs,
    ContainerArgs,
    ContainerPortArgs,
    EmptyDirVolumeSourceArgs,
    PodSecurityContextArgs,
    PodSpecArgs,
    ProbeArgs,
    ResourceRequirementsArgs,
    SeccompProfileArgs,
    SecurityContextArgs,
    TCPSocketActionArgs,
    VolumeArgs,
    VolumeMountArgs,
)
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

import versions
from components.pods.pod_network import block_peers, cluster_ip_service, network_policy
from components.pods.single_server import DATA, stateful_set

from .ganesha_config import CAPABILITIES, ganesha_conf
from .nfs_storage import NFS_PORT, FileServer

_CONFIG: Final = "/etc/ganesha"
# Where it writes its process ID.
_RUN: Final = "/run/ganesha"
_VOLUME: Final = "/data"
_FILES: Final = f"{_VOLUME}/files"
_STATE: Final = f"{_VOLUME}/state"


@dataclass(frozen=True, kw_only=True, slots=True)
class NfsServerArgs:
    """Inputs of :class:`NfsServer`.

    :param storage_class: the class of its volume: block storage, encrypted.
    :param volume_gib: size of its volume, in GiB.
    :param node_blocks: the nodes' subnets, whence all mounts come.
    :param after: what must be there before it and outlive it: nodes, and the volume's driver.
    """

    storage_class: pulumi.Input[str]
    volume_gib: int
    node_blocks: Sequence[IPv4Network]
    after: Sequence[pulumi.Resource]

    def __post_init__(self) -> None:
        if not self.node_blocks:
            message = "node_blocks: nobody could mount"
            raise ValueError(message)


class NfsServer(pulumi.ComponentResource):
    """NFS-Ganesha, a server in user space, in a namespace of its own.

    Creates the namespace, the server's configuration, a network policy that admits NFS from the
    nodes' subnets, a Service with a cluster IP, and a StatefulSet of one pod with a volume of its
    own. The pod is not privileged. While it moves to another node, mounts wait. ``server`` is for
    the NFS CSI driver's classes. Output: ``cluster_ip``.
    """

    server: FileServer
    cluster_ip: pulumi.Output[str]

    def __init__(
        self, name: str, args: NfsServerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:nfs_server:NfsServer", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        labels = {"app.kubernetes.io/name": name}
        # On destroy the claim goes with its namespace, while the volume's driver still runs.
        after = pulumi.ResourceOptions(parent=self, depends_on=list(args.after))
        namespace = _namespace(name, labels, after)
        metadata = ObjectMetaArgs(name=name, namespace=namespace.metadata.name, labels=labels)
        network_policy(
            name,
            metadata,
            labels,
            clients=block_peers(args.node_blocks),
            port=NFS_PORT,
            opts=child,
        )
        account = kubernetes.core.v1.ServiceAccount(
            name, metadata=metadata, automount_service_account_token=False, opts=child
        )
        # Named by Pulumi, so that a changed configuration makes a new ConfigMap and a new pod.
        config = kubernetes.core.v1.ConfigMap(
            name,
            metadata=ObjectMetaArgs(namespace=namespace.metadata.name, labels=labels),
            data={
                "ganesha.conf": ganesha_conf(files=_FILES, state=_STATE, clients=args.node_blocks)
            },
            opts=child,
        )
        service = cluster_ip_service(
            name, metadata, labels, port_name="server", port=NFS_PORT, opts=child
        )
        server = stateful_set(
            name,
            metadata,
            labels,
            service_name=service.metadata.name,
            pod=_pod(account.metadata.name, config.metadata.name),
            storage_class=args.storage_class,
            volume_gib=args.volume_gib,
            opts=after,
        )
        self.cluster_ip = service.spec.cluster_ip
        self.server = FileServer(address=self.cluster_ip, share="/", ready=[server])
        self.register_outputs({"clusterIp": self.cluster_ip})


def _namespace(
    name: str, labels: Mapping[str, str], opts: pulumi.ResourceOptions
) -> kubernetes.core.v1.Namespace:
    return kubernetes.core.v1.Namespace(
        name,
        metadata=ObjectMetaArgs(
            name=name,
            labels={
                **labels,
                # The stricter levels forbid DAC_READ_SEARCH, without which no server in user space
                # finds a file by its handle
                # (https://kubernetes.io/docs/concepts/security/pod-security-standards/).
                "pod-security.kubernetes.io/enforce": "privileged",
            },
        ),
        opts=opts,
    )


def _pod(account: pulumi.Input[str], config_map: pulumi.Input[str]) -> PodSpecArgs:
    return PodSpecArgs(
        service_account_name=account,
        automount_service_account_token=False,
        enable_service_links=False,
        # Long enough to write what it holds; clients wait for the next one anyway.
        termination_grace_period_seconds=30,
        security_context=PodSecurityContextArgs(
            seccomp_profile=SeccompProfileArgs(type="RuntimeDefault")
        ),
        containers=[_container()],
        volumes=[
            VolumeArgs(name="config", config_map=ConfigMapVolumeSourceArgs(name=config_map)),
            VolumeArgs(name="run", empty_dir=EmptyDirVolumeSourceArgs(size_limit="16Mi")),
        ],
    )


def _container() -> ContainerArgs:
    server = f"ganesha.nfsd -F -L STDOUT -f {_CONFIG}/ganesha.conf -p {_RUN}/ganesha.pid"
    return ContainerArgs(
        name="nfs",
        image=versions.NFS_SERVER_IMAGE,
        image_pull_policy="IfNotPresent",
        command=["sh", "-c", f"mkdir -p {_FILES} {_STATE} && exec {server}"],
        ports=[ContainerPortArgs(name="server", container_port=NFS_PORT, protocol="TCP")],
        # Room for a lab; what it caches of files counts towards the limit.
        resources=ResourceRequirementsArgs(
            requests={"cpu": "100m", "memory": "256Mi"}, limits={"cpu": "1", "memory": "1Gi"}
        ),
        startup_probe=_probe(period_seconds=2, failure_threshold=60),
        readiness_probe=_probe(period_seconds=5, failure_threshold=2),
        liveness_probe=_probe(period_seconds=10, failure_threshold=6),
        security_context=SecurityContextArgs(
            allow_privilege_escalation=False,
            read_only_root_filesystem=True,
            # Kubernetes gives capabilities to no other user.
            run_as_user=0,
            capabilities=CapabilitiesArgs(drop=["ALL"], add=list(CAPABILITIES)),
        ),
        volume_mounts=[
            VolumeMountArgs(name="config", mount_path=_CONFIG, read_only=True),
            VolumeMountArgs(name="run", mount_path=_RUN),
            VolumeMountArgs(name=DATA, mount_path=_VOLUME),
        ],
    )


def _probe(*, period_seconds: int, failure_threshold: int) -> ProbeArgs:
    return ProbeArgs(
        tcp_socket=TCPSocketActionArgs(port="server"),
        period_seconds=period_seconds,
        timeout_seconds=2,
        failure_threshold=failure_threshold,
    )
