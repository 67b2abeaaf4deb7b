"""A web application's pods: Deployment, autoscaler and disruption budget."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.core.v1 import (
    ContainerArgs,
    ContainerPortArgs,
    EnvVarArgs,
    HTTPGetActionArgs,
    LifecycleArgs,
    LifecycleHandlerArgs,
    PodSecurityContextArgs,
    PodSpecArgs,
    PodTemplateSpecArgs,
    ProbeArgs,
    ResourceRequirementsArgs,
    SeccompProfileArgs,
    SecurityContextArgs,
    SleepActionArgs,
    TopologySpreadConstraintArgs,
)
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs

from planning.shutdown import ShutdownBudget

from .web_app_volumes import Mounts

# Ports up to here take a capability to listen on.
_LAST_PRIVILEGED_PORT: Final = 1023
# Below the limit by enough that new pods are ready before the old ones are full.
_CPU_TARGET_PERCENT: Final = 70
# How long load has to stay low before pods go, so that a dip removes none.
_SCALE_DOWN_WINDOW_SECONDS: Final = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Resources:
    """What a container is promised, and what it gets at most.

    :param cpu_request: such as ``200m``; the autoscaler aims at 70 % of it.
    :param memory_request: such as ``64Mi``.
    """

    cpu_request: str
    cpu_limit: str
    memory_request: str = "64Mi"
    memory_limit: str = "128Mi"


@dataclass(frozen=True, kw_only=True, slots=True)
class Scaling:
    """How many pods there are: two or more, spread over zones."""

    min_replicas: int
    max_replicas: int

    def __post_init__(self) -> None:
        if not 2 <= self.min_replicas <= self.max_replicas:  # noqa: PLR2004  requirement 33
            message = (
                "min_replicas: must be at least 2 and at most max_replicas "
                f"{self.max_replicas}, got {self.min_replicas}"
            )
            raise ValueError(message)


@dataclass(frozen=True, kw_only=True, slots=True)
class Container:
    """The one container of a web application.

    :param image: with a tag or a digest.
    :param port: where it listens for HTTP, above 1023.
    :param health_path: answers 200 while the process can serve, whatever it depends on, and as long
        as it drains.
    :param user_id: the user that it runs as, not 0.
    :param command: in place of the image's own; empty: the image's own.
    :param environment: variables; a secret is a file, and never a variable.
    """

    image: str
    port: int
    health_path: str
    user_id: int
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    resources: Resources

    def __post_init__(self) -> None:
        if self.user_id == 0:
            message = "user_id: must not be 0, which is root"
            raise ValueError(message)
        if self.port <= _LAST_PRIVILEGED_PORT:
            message = f"port: must be above {_LAST_PRIVILEGED_PORT}, got {self.port}"
            raise ValueError(message)


def deployment(
    name: str,
    metadata: ObjectMetaArgs,
    labels: Mapping[str, str],
    *,
    container: Container,
    mounts: Mounts,
    replicas: int,
    account: pulumi.Input[str],
    shutdown: ShutdownBudget,
    opts: pulumi.ResourceOptions,
) -> kubernetes.apps.v1.Deployment:
    """Creates the Deployment: hardened, spread over zones, and patient when it stops."""
    pod = PodSpecArgs(
        service_account_name=account,
        automount_service_account_token=False,
        enable_service_links=False,
        termination_grace_period_seconds=shutdown.grace_seconds,
        security_context=PodSecurityContextArgs(
            run_as_non_root=True,
            run_as_user=container.user_id,
            run_as_group=container.user_id,
            fs_group=container.user_id,
            # A large shared volume is handed to the group once and not by every new pod.
            fs_group_change_policy="OnRootMismatch",
            seccomp_profile=SeccompProfileArgs(type="RuntimeDefault"),
        ),
        topology_spread_constraints=[
            _spread("topology.kubernetes.io/zone", "DoNotSchedule", labels),
            _spread("kubernetes.io/hostname", "ScheduleAnyway", labels),
        ],
        containers=[_container(container, mounts, shutdown)],
        volumes=mounts.volumes,
    )
    return kubernetes.apps.v1.Deployment(
        name,
        metadata=metadata,
        spec=kubernetes.apps.v1.DeploymentSpecArgs(
            replicas=replicas,
            selector=LabelSelectorArgs(match_labels=labels),
            strategy=kubernetes.apps.v1.DeploymentStrategyArgs(
                type="RollingUpdate",
                # A new pod is a healthy target before an old one goes.
                rolling_update=kubernetes.apps.v1.RollingUpdateDeploymentArgs(
                    max_unavailable=0, max_surge=1
                ),
            ),
            template=PodTemplateSpecArgs(metadata=ObjectMetaArgs(labels=labels), spec=pod),
        ),
        opts=opts,
    )


def scaler(
    name: str,
    metadata: ObjectMetaArgs,
    *,
    deployment_name: pulumi.Input[str],
    scaling: Scaling,
    opts: pulumi.ResourceOptions,
) -> kubernetes.autoscaling.v2.HorizontalPodAutoscaler:
    """Creates an autoscaler on CPU that is slow to remove pods."""
    autoscaling = kubernetes.autoscaling.v2
    return autoscaling.HorizontalPodAutoscaler(
        name,
        metadata=metadata,
        spec=autoscaling.HorizontalPodAutoscalerSpecArgs(
            scale_target_ref=autoscaling.CrossVersionObjectReferenceArgs(
                api_version="apps/v1", kind="Deployment", name=deployment_name
            ),
            min_replicas=scaling.min_replicas,
            max_replicas=scaling.max_replicas,
            metrics=[
                autoscaling.MetricSpecArgs(
                    type="Resource",
                    resource=autoscaling.ResourceMetricSourceArgs(
                        name="cpu",
                        target=autoscaling.MetricTargetArgs(
                            type="Utilization", average_utilization=_CPU_TARGET_PERCENT
                        ),
                    ),
                )
            ],
            behavior=autoscaling.HorizontalPodAutoscalerBehaviorArgs(
                scale_down=autoscaling.HPAScalingRulesArgs(
                    stabilization_window_seconds=_SCALE_DOWN_WINDOW_SECONDS
                )
            ),
        ),
        opts=opts,
    )


def disruption_budget(
    name: str, metadata: ObjectMetaArgs, labels: Mapping[str, str], opts: pulumi.ResourceOptions
) -> kubernetes.policy.v1.PodDisruptionBudget:
    """Creates a budget that lets drains take one pod at a time."""
    return kubernetes.policy.v1.PodDisruptionBudget(
        name,
        metadata=metadata,
        spec=kubernetes.policy.v1.PodDisruptionBudgetSpecArgs(
            max_unavailable=1, selector=LabelSelectorArgs(match_labels=labels)
        ),
        opts=opts,
    )


def _container(container: Container, mounts: Mounts, shutdown: ShutdownBudget) -> ContainerArgs:
    return ContainerArgs(
        name="app",
        image=container.image,
        image_pull_policy="IfNotPresent",
        command=list(container.command) or None,
        env=[
            EnvVarArgs(name=key, value=value)
            for key, value in sorted(container.environment.items())
        ]
        or None,
        ports=[ContainerPortArgs(name="http", container_port=container.port, protocol="TCP")],
        resources=ResourceRequirementsArgs(
            requests={
                "cpu": container.resources.cpu_request,
                "memory": container.resources.memory_request,
            },
            limits={
                "cpu": container.resources.cpu_limit,
                "memory": container.resources.memory_limit,
            },
        ),
        # The kubelet's own sleep: no shell and no sleep binary in the image.
        lifecycle=LifecycleArgs(
            pre_stop=LifecycleHandlerArgs(sleep=SleepActionArgs(seconds=shutdown.pre_stop_seconds))
        ),
        # All three ask the process and nothing behind it: a pod that drains still answers during
        # its sleep, and a slow dependency restarts no pod.
        startup_probe=_probe(container.health_path, period_seconds=2, failure_threshold=30),
        readiness_probe=_probe(container.health_path, period_seconds=5, failure_threshold=2),
        liveness_probe=_probe(container.health_path, period_seconds=10, failure_threshold=3),
        security_context=SecurityContextArgs(
            allow_privilege_escalation=False,
            read_only_root_filesystem=True,
            run_as_non_root=True,
            capabilities=kubernetes.core.v1.CapabilitiesArgs(drop=["ALL"]),
        ),
        volume_mounts=mounts.mounts,
    )


def _probe(path: str, *, period_seconds: int, failure_threshold: int) -> ProbeArgs:
    return ProbeArgs(
        http_get=HTTPGetActionArgs(path=path, port="http"),
        period_seconds=period_seconds,
        timeout_seconds=2,
        failure_threshold=failure_threshold,
    )


def _spread(
    topology_key: str, when_unsatisfiable: str, labels: Mapping[str, str]
) -> TopologySpreadConstraintArgs:
    return TopologySpreadConstraintArgs(
        max_skew=1,
        topology_key=topology_key,
        when_unsatisfiable=when_unsatisfiable,
        label_selector=LabelSelectorArgs(match_labels=labels),
        # Counted within one version of the pods, or a rolling update ends lopsided.
        match_label_keys=["pod-template-hash"],
    )
