"""Pods that may do no more than they must: their namespace, identity, container and probes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, Self, cast

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.core.v1 import (
    AffinityArgs,
    CapabilitiesArgs,
    ContainerArgs,
    ContainerPortArgs,
    EnvVarArgs,
    LifecycleArgs,
    PodSecurityContextArgs,
    PodSpecArgs,
    PodTemplateSpecArgs,
    ProbeArgs,
    ResourceRequirementsArgs,
    SeccompProfileArgs,
    SecurityContextArgs,
    TopologySpreadConstraintArgs,
    VolumeArgs,
    VolumeMountArgs,
)
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.identity.irsa import ROLE_ANNOTATION
from planning.scheduling.amounts import Amounts

from .placement import ANYWHERE, Placement, pod_fields

LABEL = "app.kubernetes.io/name"
COMPONENT_LABEL: Final = "app.kubernetes.io/component"
# Names the containers that EKS gives neither the token of their service account's role nor its
# variables (https://github.com/aws/amazon-eks-pod-identity-webhook#eks-walkthrough).
WITHOUT_ROLE: Final = "eks.amazonaws.com/skip-containers"


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
    """A namespace with a service account that has no rights in the cluster.

    :param name: of the namespace, and of most that is in it.
    :param labels: of everything in it, and of the pods.
    :param metadata: of the objects in it that bear its name.
    :param has_role: whether the service account has a role in AWS, for what mounts volumes.
    """

    name: str
    namespace: pulumi.Output[str]
    account: pulumi.Output[str]
    labels: Mapping[str, str]
    metadata: ObjectMetaArgs
    has_role: bool = False

    def pod_template(self, pod: PodSpecArgs) -> PodTemplateSpecArgs:
        """Returns the template of pods whose containers do not get the service account's role."""
        containers = cast("list[ContainerArgs]", pod.containers)
        names = ",".join(str(one.name) for one in containers)
        annotations = {WITHOUT_ROLE: names} if self.has_role else None
        metadata = ObjectMetaArgs(labels=self.labels, annotations=annotations)
        return PodTemplateSpecArgs(metadata=metadata, spec=pod)

    def beside(self, name: str) -> "Home":
        """Returns the home of others in the same namespace, with names and labels of their own."""
        labels = {LABEL: name}
        metadata = ObjectMetaArgs(name=name, namespace=self.namespace, labels=labels)
        return replace(self, name=name, labels=labels, metadata=metadata)

    @property
    def unnamed(self) -> ObjectMetaArgs:
        """Metadata of an object that Pulumi names, so that a changed one is a new one."""
        return ObjectMetaArgs(namespace=self.namespace, labels=self.labels)

    def part(self, component: str) -> "Home":
        """Returns the place of one of several components in it, with labels of its own, too."""
        name = f"{self.name}-{component}"
        labels = {**self.labels, COMPONENT_LABEL: component}
        metadata = ObjectMetaArgs(name=name, namespace=self.namespace, labels=labels)
        return replace(self, name=name, labels=labels, metadata=metadata)


def namespace(
    name: str,
    *,
    level: Literal["restricted", "baseline", "privileged"] = "restricted",
    more_labels: Mapping[str, str] | None = None,
    opts: pulumi.ResourceOptions,
) -> kubernetes.core.v1.Namespace:
    """Creates a namespace.

    :param level: which pods may run in it
        (https://kubernetes.io/docs/concepts/security/pod-security-standards/).
    """
    labels = {LABEL: name, **(more_labels or {}), **pod_security(level)}
    return kubernetes.core.v1.Namespace(
        name, metadata=ObjectMetaArgs(name=name, labels=labels), opts=opts
    )


def pod_security(level: str) -> dict[str, str]:
    """Returns the labels by which a namespace admits the pods of a level, and no others."""
    modes = ("enforce", "warn", "audit") if level == "restricted" else ("enforce",)
    return {f"pod-security.kubernetes.io/{mode}": level for mode in modes}


def home(
    name: str,
    *,
    level: Literal["restricted", "baseline", "privileged"] = "restricted",
    more_labels: Mapping[str, str] | None = None,
    opts: pulumi.ResourceOptions,
    namespace_opts: pulumi.ResourceOptions | None = None,
) -> Home:
    """Creates a namespace of that name, and the service account of its pods.

    :param level: as :func:`namespace` takes it.
    :param namespace_opts: options of the namespace, where they are others.
    """
    space = namespace(name, level=level, more_labels=more_labels, opts=namespace_opts or opts)
    return home_in(space, name, opts=opts)


def home_in(
    space: kubernetes.core.v1.Namespace,
    name: str,
    *,
    role_arn: pulumi.Input[str] | None = None,
    opts: pulumi.ResourceOptions,
) -> Home:
    """Creates the service account of the pods of a namespace of that name.

    :param role_arn: the role that mounts volumes for its pods; ``None``: it has none.
    """
    labels, inside = {LABEL: name}, space.metadata.name
    annotations = None if role_arn is None else {ROLE_ANNOTATION: role_arn}
    account = kubernetes.core.v1.ServiceAccount(
        name,
        metadata=ObjectMetaArgs(
            name=name, namespace=inside, labels=labels, annotations=annotations
        ),
        automount_service_account_token=False,
        opts=opts,
    )
    return Home(
        name=name,
        namespace=inside,
        account=account.metadata.name,
        labels=labels,
        metadata=ObjectMetaArgs(name=name, namespace=inside, labels=labels),
        has_role=role_arn is not None,
    )


def account_with_role(
    name: str,
    account: str,
    space: pulumi.Input[str],
    role_arn: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    """Creates a service account without rights in the cluster, and with a role in AWS."""
    return kubernetes.core.v1.ServiceAccount(
        name,
        metadata=ObjectMetaArgs(
            name=account, namespace=space, annotations={ROLE_ANNOTATION: role_arn}
        ),
        automount_service_account_token=False,
        opts=opts,
    ).metadata.name


@dataclass(frozen=True, kw_only=True, slots=True)
class Probes:
    """What the kubelet asks a container, and how often.

    :param action: the question, as ``ProbeArgs`` takes it.
    :param start: seconds between two questions, and how many may fail, until it has started.
    :param ready: the same, until it gets no requests.
    :param alive: the same, until it is restarted.
    :param ready_action: the question about readiness, where it is another one.
    """

    action: Mapping[str, Any]
    ready_action: Mapping[str, Any] | None = None
    start: tuple[int, int]
    ready: tuple[int, int] = (5, 2)
    alive: tuple[int, int]
    timeout_seconds: int = 2

    @property
    def readiness(self) -> ProbeArgs:
        """The probe on which it hangs whether the container gets requests."""
        return self._of(self.ready_action or self.action, self.ready)

    def asked(self, rhythm: tuple[int, int]) -> ProbeArgs:
        """Returns the probe that asks in one of the three rhythms."""
        return self._of(self.action, rhythm)

    def _of(self, action: Mapping[str, Any], rhythm: tuple[int, int]) -> ProbeArgs:
        period, failures = rhythm
        return ProbeArgs(
            **action,
            period_seconds=period,
            timeout_seconds=self.timeout_seconds,
            failure_threshold=failures,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class HardenedContainer:
    """A container that writes to its volumes alone and gains no rights.

    :param port: where it listens for TCP, by name; ``None``: nowhere.
    :param probes: what the kubelet asks it; ``None``: nothing, as of one that ends by itself.
    :param as_root: whether it runs as root, with ``capabilities`` and no others.
    """

    name: str
    image: str
    port: tuple[str, int] | None = None
    resources: Resources
    probes: Probes | None = None
    command: Sequence[str] = ()
    args: Sequence[str] = ()
    environment: Mapping[str, pulumi.Input[str]] = field(
        default_factory=dict[str, pulumi.Input[str]]
    )
    mounts: Sequence[VolumeMountArgs]
    lifecycle: LifecycleArgs | None = None
    as_root: bool = False
    capabilities: Sequence[str] = ()

    def to_args(self) -> ContainerArgs:
        """Returns the container as a pod has it."""
        return ContainerArgs(
            name=self.name,
            image=self.image,
            image_pull_policy="IfNotPresent",
            command=list(self.command) or None,
            args=list(self.args) or None,
            env=[EnvVarArgs(name=key, value=text) for key, text in sorted(self.environment.items())]
            or None,
            ports=[
                ContainerPortArgs(name=name, container_port=port, protocol="TCP")
                for name, port in ([self.port] if self.port else [])
            ]
            or None,
            resources=ResourceRequirementsArgs(
                requests={
                    "cpu": self.resources.cpu_request,
                    "memory": self.resources.memory_request,
                },
                limits={"cpu": self.resources.cpu_limit, "memory": self.resources.memory_limit},
            ),
            lifecycle=self.lifecycle,
            startup_probe=self.probes and self.probes.asked(self.probes.start),
            readiness_probe=self.probes and self.probes.readiness,
            liveness_probe=self.probes and self.probes.asked(self.probes.alive),
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
    affinity: AffinityArgs | None = None,
    placement: Placement = ANYWHERE,
    ends: bool = False,
) -> PodSpecArgs:
    """Returns a pod of one container.

    :param user_id: the user and group that it runs as; ``None``: as the container says.
    :param grace_seconds: from the deletion to the kill.
    :param placement: on which nodes it runs.
    :param ends: whether it ends by itself, as the pods of a Job do.
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
        restart_policy="Never" if ends else None,
        termination_grace_period_seconds=grace_seconds,
        security_context=user,
        topology_spread_constraints=list(spread) or None,
        affinity=affinity,
        containers=[container.to_args()],
        volumes=list(volumes),
        **pod_fields(placement),
    )
