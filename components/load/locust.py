"""Load by Locust: a master, its workers, and the results of each run on shared storage."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from ipaddress import IPv4Network
from typing import Final

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.core.v1 import (
    ConfigMapVolumeSourceArgs,
    EmptyDirVolumeSourceArgs,
    PersistentVolumeClaimVolumeSourceArgs,
    PodTemplateSpecArgs,
    VolumeArgs,
    VolumeMountArgs,
)
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

import versions
from components.pods.claims import claim_spec
from components.pods.hardened import HardenedContainer, Home, Resources, home, pod_spec
from components.pods.placement import ANYWHERE, Placement
from components.pods.pod_network import (
    PodPeer,
    annotated,
    block_peers,
    cluster_ip_service,
    egress_to,
    network_policy,
    pod_peer,
    tcp,
)
from planning.scheduling.workloads import LOAD_MASTER

# Where Locust's master listens for workers.
PORT: Final = 5557
# Where an internet-facing load balancer may have its addresses.
INTERNET: Final = IPv4Network("0.0.0.0/0")
# The user of Locust's image (https://github.com/locustio/locust/blob/master/Dockerfile).
_LOCUST_USER: Final = 1000
_SCENARIO: Final = "/scenario"
_FILE: Final = "scenario.py"
_RESULTS: Final = "/results"
_SCRATCH: Final = "/tmp"  # noqa: S108  a volume of the pod, nobody else's
# How long the master waits for all workers: pods that pull an image, on nodes that may have to
# start first.
_MOST_WAIT_SECONDS: Final = 900
# For what is not the run: images, the last requests, and the reports.
_SLACK_SECONDS: Final = 300
# For Locust itself to end, beside the last requests.
_STOP_SECONDS: Final = 15
# A run that an autoscaler moves is no measurement: of Cluster Autoscaler
# (https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md) and Karpenter
# (https://karpenter.sh/docs/concepts/disruption/#pod-level-controls).
_STAYS: Final = {
    "cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
    "karpenter.sh/do-not-disrupt": "true",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadRun:
    """What is run; any other one is another run.

    :param name: of the directory that gets its results.
    :param scenario: Python with a class of Locust users.
    :param users: how many there are at most.
    :param spawn_rate: how many begin in a second.
    :param seconds: how long it takes, from the first user on.
    :param workers: the pods that make the load.
    """

    name: str
    scenario: str
    users: int
    spawn_rate: int
    seconds: int
    workers: int


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadTestArgs:
    """Inputs of :class:`LoadTest`.

    :param host: of the application, as a URL without a path.
    :param reachable_blocks: where its load balancer has its addresses.
    :param longest_request_seconds: how long the last requests may take at the end.
    :param storage_class: a class whose volumes many nodes may write to, for the results.
    :param results_gib: what is asked of it, in GiB.
    :param resources: of a worker.
    :param placement: on which nodes master and workers run.
    :param depends_on: what must be there before the load: the application's pods.
    """

    run: LoadRun
    host: pulumi.Input[str]
    reachable_blocks: Sequence[IPv4Network]
    longest_request_seconds: int
    storage_class: pulumi.Input[str]
    results_gib: int
    resources: Resources
    placement: Placement = ANYWHERE
    image: str = versions.LOCUST_IMAGE
    depends_on: Sequence[pulumi.Resource]

    def __post_init__(self) -> None:
        if not 1 <= self.run.workers <= self.run.users:
            raise ValueError(f"run.workers: must be 1 to users {self.run.users}")


class LoadTest(pulumi.ComponentResource):
    """One run of a Locust scenario against a load balancer, in a namespace of its own.

    Creates the namespace (restricted pods), a service account without rights, the scenario's
    ConfigMap, a claim for results that outlives runs, a network policy that lets pods reach one
    another, cluster DNS and the load balancer's HTTP ports, the master's Service, and two Jobs: the
    master's and the workers'. Nobody waits for a Job's end: a run may take hours. A finished Job
    stays until another run takes its place, since one that Kubernetes deleted would be run again by
    the next update. A master that fails is not tried again: half a run is no measurement.
    """

    def __init__(
        self, name: str, args: LoadTestArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:locust:LoadTest", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        place = home(name, opts=child)
        peer = PodPeer(namespace=name, labels=place.labels, port=PORT)
        network_policy(
            place,
            clients=[pod_peer(peer.namespace, peer.labels)],
            port=PORT,
            egress=[
                *egress_to((), [peer]),
                kubernetes.networking.v1.NetworkPolicyEgressRuleArgs(
                    to=block_peers(args.reachable_blocks), ports=[tcp(port) for port in (80, 443)]
                ),
            ],
            opts=child,
        )
        scenario = kubernetes.core.v1.ConfigMap(
            f"{name}-scenario", metadata=place.unnamed, data={_FILE: args.run.scenario}, opts=child
        )
        claim = kubernetes.core.v1.PersistentVolumeClaim(
            f"{name}-results",
            metadata=ObjectMetaArgs(name="results", namespace=place.namespace, labels=place.labels),
            spec=claim_spec(args.storage_class, args.results_gib),
            opts=child,
        )
        master, workers = place.part("master"), place.part("workers")
        cluster_ip_service(master, port_name="master", port=PORT, opts=child)
        volumes = [
            VolumeArgs(
                name="scenario", config_map=ConfigMapVolumeSourceArgs(name=scenario.metadata.name)
            ),
            VolumeArgs(name="scratch", empty_dir=EmptyDirVolumeSourceArgs(size_limit="64Mi")),
        ]
        results = VolumeArgs(
            name="results",
            persistent_volume_claim=PersistentVolumeClaimVolumeSourceArgs(
                claim_name=claim.metadata.name
            ),
        )
        after = pulumi.ResourceOptions(parent=self, depends_on=list(args.depends_on))
        _job(
            master,
            args,
            _container(
                "master",
                args,
                ["--master", *_options(args)],
                resources=Resources.of(LOAD_MASTER.each, cpu_limit="500m", memory_limit="512Mi"),
                port=("master", PORT),
                mounts=[VolumeMountArgs(name="results", mount_path=_RESULTS)],
            ),
            volumes=[*volumes, results],
            count=1,
            backoff=0,
            opts=after,
        )
        _job(
            workers,
            args,
            _container(
                "worker", args, ["--worker", "--master-host", master.name], resources=args.resources
            ),
            volumes=volumes,
            count=args.run.workers,
            # As Kubernetes has it: a worker whose node is lost is replaced.
            backoff=6,
            opts=after,
        )
        self.register_outputs({})


def _options(args: LoadTestArgs) -> list[str]:
    """Returns the options of a master that runs once and ends.

    https://docs.locust.io/en/stable/configuration.html#all-available-configuration-options
    """
    run, results = args.run, f"{_RESULTS}/{args.run.name}"
    options = {
        "--users": str(run.users),
        "--spawn-rate": str(run.spawn_rate),
        "--run-time": f"{run.seconds}s",
        "--stop-timeout": str(args.longest_request_seconds),
        "--expect-workers": str(run.workers),
        "--expect-workers-max-wait": str(_MOST_WAIT_SECONDS),
        "--csv": f"{results}/load",
        "--html": f"{results}/report.html",
    }
    return ["--headless", "--only-summary", *(part for pair in options.items() for part in pair)]


def _container(
    name: str,
    args: LoadTestArgs,
    options: Sequence[str],
    *,
    resources: Resources,
    port: tuple[str, int] | None = None,
    mounts: Sequence[VolumeMountArgs] = (),
) -> HardenedContainer:
    return HardenedContainer(
        name=name,
        image=args.image,
        args=[*options, "--locustfile", f"{_SCENARIO}/{_FILE}"],
        # Nothing is written beside the scenario, which is read-only.
        environment={"HOME": _SCRATCH, "LOCUST_HOST": args.host, "PYTHONDONTWRITEBYTECODE": "1"},
        port=port,
        probes=None,
        resources=resources,
        mounts=[
            VolumeMountArgs(name="scenario", mount_path=_SCENARIO, read_only=True),
            VolumeMountArgs(name="scratch", mount_path=_SCRATCH),
            *mounts,
        ],
    )


def _job(
    place: Home,
    args: LoadTestArgs,
    container: HardenedContainer,
    *,
    volumes: Sequence[VolumeArgs],
    count: int,
    backoff: int,
    opts: pulumi.ResourceOptions,
) -> None:
    run = args.run
    # Master and workers belong to one run: what changes for one of them has to start both.
    digest = hashlib.sha256(json.dumps(asdict(run), sort_keys=True).encode()).hexdigest()[:16]
    pod = pod_spec(
        place.account,
        container,
        user_id=_LOCUST_USER,
        grace_seconds=args.longest_request_seconds + _STOP_SECONDS,
        volumes=volumes,
        ends=True,
        placement=args.placement,
    )
    kubernetes.batch.v1.Job(
        place.name,
        # It is there before its end, for which nobody waits.
        metadata=annotated(place.metadata, {"pulumi.com/skipAwait": "true"}),
        spec=kubernetes.batch.v1.JobSpecArgs(
            parallelism=count,
            completions=count,
            backoff_limit=backoff,
            active_deadline_seconds=(
                _MOST_WAIT_SECONDS + run.seconds + args.longest_request_seconds + _SLACK_SECONDS
            ),
            template=PodTemplateSpecArgs(
                metadata=ObjectMetaArgs(
                    labels=place.labels, annotations={**_STAYS, "eks-platform/run": digest}
                ),
                spec=pod,
            ),
        ),
        opts=opts,
    )
