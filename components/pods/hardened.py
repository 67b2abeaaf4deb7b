"""Pods that may do no more than they must: their namespace, identity, container and probes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.core.v1 import (
    CapabilitiesArgs,
    ContainerArgs,
    ContainerPortArgs,
    EnvVarArgs,
    LifecycleArgs,
    PodSecurityContextArgs,
    PodSpecArgs,
    ProbeArgs,
    ResourceRequirementsArgs,
    SeccompProfileArgs,
    SecurityContextArgs,
    TopologySpreadConstraintArgs,
    VolumeArgs,
    VolumeMountArgs,
)
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from planning.scheduling.amounts import Amounts

from .placement import ANYWHERE, Placement, pod_fields

LABEL = "app.kubernetes.io/name"


@dataclass(frozen=True, kw_only=True, slots=True)
class Resources:
    """What a container is promised, and what it gets at most.

    :param cpu_request: such as ``200m``; an autoscaler aims at 70 % of it.
    :param cpu_limit: such as ``500m``.
    :param memory_request: such as ``64Mi``.
    :param memory_limit: such as ``128Mi``.
    """

    cpu_request: str
    cpu_limit: str
    memory_request: str = "64Mi"
    memory_limit: str = "128Mi"

    @classmethod
    def of(cls, asked: Amounts, *, cpu_limit: str, memory_limit: str) -> Self:
        """Returns the resources of a container that is promised what the planner counts with."""
        return cls(
            cpu_request=asked.cpu_quantity,
            cpu_limit=cpu_limit,
            memory_request=asked.memory_quantity,
            memory_limit=memory_limit,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Home:
    """A namespace with a service account that has no rights.

    :param name: of the namespace, and of most that is in it.
    :param labels: of everything in it, and of the pods.
    :param metadata: of the objects in it that bear its name.
    """

    name: str
    namespace: pulumi.Output[str]
    account: pulumi.Output[str]
    labels: Mapping[str, str]
    metadata: ObjectMetaArgs

    def beside(self, name: str) -> "Home":
        """Returns the home of others in the same namespace, with names and labels of their own."""
        labels = {LABEL: name}
        metadata = ObjectMetaArgs(name=name, namespace=self.namespace, labels=labels)
        return replace(self, name=name, labels=labels, metadata=metadata)

    @property
    def unnamed(self) -> ObjectMetaArgs:
        """Metadata of an object that Pulumi names, so that a changed one is a new one."""
        return ObjectMetaArgs(namespace=self.namespace, labels=self.labels)


def home(
    name: str,
    *,
    level: Literal["restricted", "privileged"] = "restricted",
    more_labels: Mapping[str, str] | None = None,
    opts: pulumi.ResourceOptions,
    namespace_opts: pulumi.ResourceOptions | None = None,
) -> Home:
    """Creates a namespace of that name, and the service account of its pods.

    :param level: which pods may run in it
        (https://kubernetes.io/docs/concepts/security/pod-security-standards/).
    :param namespace_opts: options of the namespace, where they are others.
    """
    labels = {LABEL: name}
    modes = ("enforce", "warn", "audit") if level == "restricted" else ("enforce",)
    levels = {f"pod-security.kubernetes.io/{mode}": level for mode in modes}
    namespace = kubernetes.core.v1.Namespace(
        name,
        metadata=ObjectMetaArgs(name=name, labels={**labels, **(more_labels or {}), **levels}),
        opts=namespace_opts or opts,
    ).metadata.name
    metadata = ObjectMetaArgs(name=name, namespace=namespace, labels=labels)
    account = kubernetes.core.v1.ServiceAccount(
        name, metadata=metadata, automount_service_account_token=False, opts=opts
    )
    return Home(
        name=name,
        namespace=namespace,
        account=account.metadata.name,
        labels=labels,
        metadata=metadata,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Probes:
    """What the kubelet asks a container, and how often.

    :param action: the question, as ``ProbeArgs`` takes it.
    :param start: seconds between two questions, and how many may fail, until it has started.
    :param ready: the same, until it gets no requests.
    :param alive: the same, until it is restarted.
    """

    action: Mapping[str, Any]
    start: tuple[int, int]
    ready: tuple[int, int] = (5, 2)
    alive: tuple[int, int]
    timeout_seconds: int = 2

    def asked(self, rhythm: tuple[int, int]) -> ProbeArgs:
        """Returns the probe that asks in one of the three rhythms."""
        period, failures = rhythm
        return ProbeArgs(
            **self.action,
            period_seconds=period,
            timeout_seconds=self.timeout_seconds,
            failure_threshold=failures,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class HardenedContainer:
    """A container that writes to its volumes alone and gains no rights.

    :param port: where it listens for TCP, by name.
    :param as_root: whether it runs as root, with ``capabilities`` and no others.
    """

    name: str
    image: str
    port: tuple[str, int]
    resources: Resources
    probes: Probes
    command: Sequence[str] = ()
    args: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    mounts: Sequence[VolumeMountArgs]
    lifecycle: LifecycleArgs | None = None
    as_root: bool = False
    capabilities: Sequence[str] = ()

    def to_args(self) -> ContainerArgs:
        """Returns the container as a pod has it."""
        port_name, port = self.port
        return ContainerArgs(
            name=self.name,
            image=self.image,
            image_pull_policy="IfNotPresent",
            command=list(self.command) or None,
            args=list(self.args) or None,
            env=[EnvVarArgs(name=key, value=text) for key, text in sorted(self.environment.items())]
            or None,
            ports=[ContainerPortArgs(name=port_name, container_port=port, protocol="TCP")],
            resources=ResourceRequirementsArgs(
                requests={
                    "cpu": self.resources.cpu_request,
                    "memory": self.resources.memory_request,
                },
                limits={"cpu": self.resources.cpu_limit, "memory": self.resources.memory_limit},
            ),
            lifecycle=self.lifecycle,
            startup_probe=self.probes.asked(self.probes.start),
            readiness_probe=self.probes.asked(self.probes.ready),
            liveness_probe=self.probes.asked(self.probes.alive),
            security_context=SecurityContextArgs(
                allow_privilege_escalation=False,
                read_only_root_filesystem=True,
                run_as_user=0 if self.as_root else None,
                run_as_non_root=None if self.as_root else True,
                capabilities=CapabilitiesArgs(drop=["ALL"], add=list(self.capabilities) or None),
            ),
            volume_mounts=list(self.mounts),
        )


def pod_spec(
    account: pulumi.Input[str],
    container: HardenedContainer,
    *,
    user_id: int | None,
    grace_seconds: int,
    volumes: Sequence[VolumeArgs],
    spread: Sequence[TopologySpreadConstraintArgs] = (),
    placement: Placement = ANYWHERE,
) -> PodSpecArgs:
    """Returns a pod of one container.

    :param user_id: the user and group that it runs as; ``None``: as the container says.
    :param grace_seconds: from the deletion to the kill.
    :param placement: on which nodes it runs.
    """
    profile = SeccompProfileArgs(type="RuntimeDefault")
    user = (
        PodSecurityContextArgs(seccomp_profile=profile)
        if user_id is None
        else PodSecurityContextArgs(
            run_as_non_root=True,
            run_as_user=user_id,
            run_as_group=user_id,
            fs_group=user_id,
            # A large volume is handed to the group once and not by every new pod.
            fs_group_change_policy="OnRootMismatch",
            seccomp_profile=profile,
        )
    )
    return PodSpecArgs(
        service_account_name=account,
        automount_service_account_token=False,
        enable_service_links=False,
        termination_grace_period_seconds=grace_seconds,
        security_context=user,
        topology_spread_constraints=list(spread) or None,
        containers=[container.to_args()],
        volumes=list(volumes),
        **pod_fields(placement),
    )
