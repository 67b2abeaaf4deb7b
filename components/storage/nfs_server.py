"""An NFS server in the cluster, for labs and tests."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.core.v1 import (
    ConfigMapVolumeSourceArgs,
    EmptyDirVolumeSourceArgs,
    PodSpecArgs,
    TCPSocketActionArgs,
    VolumeArgs,
    VolumeMountArgs,
)

import versions
from components.pods.hardened import HardenedContainer, Probes, Resources, home, pod_spec
from components.pods.placement import ANYWHERE, Placement
from components.pods.pod_network import block_peers
from components.pods.single_server import DATA, PORT_NAME, single_server
from planning.scheduling.workloads import NFS_SERVER

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
    :param image: where its image is pulled from.
    :param node_blocks: the nodes' subnets, where all mounts come from.
    :param placement: on which nodes its pod runs.
    :param depends_on: what must be there before it and outlive it: nodes, and the volume's driver.
    """

    storage_class: pulumi.Input[str]
    volume_gib: int
    image: str = versions.NFS_SERVER_IMAGE
    node_blocks: Sequence[IPv4Network]
    placement: Placement = ANYWHERE
    depends_on: Sequence[pulumi.Resource]

    def __post_init__(self) -> None:
        if not self.node_blocks:
            raise ValueError("node_blocks: nobody could mount")


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
        # On destroy the claim goes with its namespace, while the volume's driver still runs.
        after = pulumi.ResourceOptions(parent=self, depends_on=list(args.depends_on))
        # The stricter levels forbid DAC_READ_SEARCH, without which no server in user space finds a
        # file by its handle.
        place = home(name, level="privileged", opts=child, namespace_opts=after)
        # Named by Pulumi, so that a changed configuration makes a new ConfigMap and a new pod.
        config = kubernetes.core.v1.ConfigMap(
            name,
            metadata=place.unnamed,
            data={
                "ganesha.conf": ganesha_conf(files=_FILES, state=_STATE, clients=args.node_blocks)
            },
            opts=child,
        )
        made = single_server(
            place,
            clients=block_peers(args.node_blocks),
            port=NFS_PORT,
            pod=_pod(args, place.account, config.metadata.name),
            storage_class=args.storage_class,
            volume_gib=args.volume_gib,
            opts=child,
            pod_opts=after,
        )
        self.cluster_ip = made.service.spec.cluster_ip
        self.server = FileServer(server=self.cluster_ip, share="/", depends_on=[made.stateful_set])
        self.register_outputs({"clusterIp": self.cluster_ip})


def _pod(
    args: NfsServerArgs, account: pulumi.Input[str], config_map: pulumi.Input[str]
) -> PodSpecArgs:
    server = f"ganesha.nfsd -F -L STDOUT -f {_CONFIG}/ganesha.conf -p {_RUN}/ganesha.pid"
    container = HardenedContainer(
        name="nfs",
        image=args.image,
        command=["sh", "-c", f"mkdir -p {_FILES} {_STATE} && exec {server}"],
        port=(PORT_NAME, NFS_PORT),
        # What it caches of files counts towards the limit.
        resources=Resources.of(NFS_SERVER.each, cpu_limit="1", memory_limit="1Gi"),
        probes=Probes(
            action={"tcp_socket": TCPSocketActionArgs(port=PORT_NAME)}, start=(2, 60), alive=(10, 6)
        ),
        # Kubernetes gives capabilities to no other user.
        as_root=True,
        capabilities=CAPABILITIES,
        mounts=[
            VolumeMountArgs(name="config", mount_path=_CONFIG, read_only=True),
            VolumeMountArgs(name="run", mount_path=_RUN),
            VolumeMountArgs(name=DATA, mount_path=_VOLUME),
        ],
    )
    return pod_spec(
        account,
        container,
        user_id=None,
        # Long enough to write what it holds; clients wait for the next one anyway.
        grace_seconds=30,
        volumes=[
            VolumeArgs(name="config", config_map=ConfigMapVolumeSourceArgs(name=config_map)),
            VolumeArgs(name="run", empty_dir=EmptyDirVolumeSourceArgs(size_limit="16Mi")),
        ],
        placement=args.placement,
    )
