"""A web application's pods: Deployment, autoscaler and disruption budget."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.core.v1 import (
    AffinityArgs,
    HTTPGetActionArgs,
    LifecycleArgs,
    LifecycleHandlerArgs,
    PodAffinityTermArgs,
    PodAntiAffinityArgs,
    SleepActionArgs,
    TopologySpreadConstraintArgs,
)
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs

from components.pods.hardened import HardenedContainer, Home, Probes, Resources, pod_spec
from components.pods.placement import Placement
from planning.shutdown import ShutdownBudget

from .web_app_volumes import Mounts

# Ports up to here take a capability to listen on.
_LAST_PRIVILEGED_PORT: Final = 1023
_HOST: Final = "kubernetes.io/hostname"
# Below the limit by enough that new pods are ready before the old ones are full.
_CPU_TARGET_PERCENT: Final = 70
# How long load has to stay low before pods go, so that a dip removes none.
_SCALE_DOWN_WINDOW_SECONDS: Final = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Scaling:
    """How many pods there are, spread over zones.

    :param min_replicas: the fewest, two or more.
    :param max_replicas: the most that the autoscaler makes.
    :param apart: whether no two of them share a node.
    """

    min_replicas: int
    max_replicas: int
    apart: bool = False

    def __post_init__(self) -> None:
        if not 2 <= self.min_replicas <= self.max_replicas:  # noqa: PLR2004  requirement 33
            raise ValueError(
                "min_replicas: must be at least 2 and at most max_replicas "
                f"{self.max_replicas}, got {self.min_replicas}"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class Container:
    """The one container of a web application.

    :param image: with a tag or a digest.
    :param port: where it listens for HTTP, above 1023.
    :param health_path: answers 200 while the process can serve, whatever it depends on, and as long
        as it drains.
    :param ready_path: answers 200 while the pod is to get requests; ``None``: as ``health_path``.
        The load balancer asks ``health_path``: it sends to ready pods alone anyhow.
    :param user_id: the user that it runs as, not 0.
    :param command: in place of the image's own; empty: the image's own.
    :param environment: variables; a secret is a file, and never a variable.
    """

    image: str
    port: int
    health_path: str
    ready_path: str | None = None
    user_id: int
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    resources: Resources

    def __post_init__(self) -> None:
        if self.user_id == 0:
            raise ValueError("user_id: must not be 0, which is root")
        if self.port <= _LAST_PRIVILEGED_PORT:
            raise ValueError(f"port: must be above {_LAST_PRIVILEGED_PORT}, got {self.port}")


def deployment(
    home: Home,
    container: Container,
    *,
    mounts: Mounts,
    scaling: Scaling,
    shutdown: ShutdownBudget,
    placement: Placement,
    opts: pulumi.ResourceOptions,
) -> kubernetes.apps.v1.Deployment:
    """Creates the Deployment: hardened, spread over zones, and patient when it stops."""
    pod = pod_spec(
        home.account,
        _hardened(container, mounts, shutdown),
        user_id=container.user_id,
        grace_seconds=shutdown.grace_seconds,
        volumes=mounts.volumes,
        spread=[
            _spread("topology.kubernetes.io/zone", "DoNotSchedule", home.labels),
            *([] if scaling.apart else [_spread(_HOST, "ScheduleAnyway", home.labels)]),
        ],
        placement=placement,
        affinity=_apart(home.labels) if scaling.apart else None,
    )
    return kubernetes.apps.v1.Deployment(
        home.name,
        metadata=home.metadata,
        spec=kubernetes.apps.v1.DeploymentSpecArgs(
            replicas=scaling.min_replicas,
            selector=LabelSelectorArgs(match_labels=home.labels),
            strategy=kubernetes.apps.v1.DeploymentStrategyArgs(
                type="RollingUpdate",
                # A new pod is a healthy target before an old one goes.
                rolling_update=kubernetes.apps.v1.RollingUpdateDeploymentArgs(
                    max_unavailable=0, max_surge=1
                ),
            ),
            template=home.pod_template(pod),
        ),
        opts=opts,
    )


def scaler(
    home: Home, scaling: Scaling, opts: pulumi.ResourceOptions
) -> kubernetes.autoscaling.v2.HorizontalPodAutoscaler:
    """Creates an autoscaler on CPU that is slow to remove pods."""
    autoscaling = kubernetes.autoscaling.v2
    return autoscaling.HorizontalPodAutoscaler(
        home.name,
        metadata=home.metadata,
        spec=autoscaling.HorizontalPodAutoscalerSpecArgs(
            scale_target_ref=autoscaling.CrossVersionObjectReferenceArgs(
                # By its name alone: an autoscaler whose target is not there yet just waits for it.
                api_version="apps/v1",
                kind="Deployment",
                name=home.name,
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
    home: Home, opts: pulumi.ResourceOptions
) -> kubernetes.policy.v1.PodDisruptionBudget:
    """Creates a budget that lets drains take one pod at a time."""
    return kubernetes.policy.v1.PodDisruptionBudget(
        home.name,
        metadata=home.metadata,
        spec=kubernetes.policy.v1.PodDisruptionBudgetSpecArgs(
            max_unavailable=1, selector=LabelSelectorArgs(match_labels=home.labels)
        ),
        opts=opts,
    )


def _hardened(container: Container, mounts: Mounts, shutdown: ShutdownBudget) -> HardenedContainer:
    return HardenedContainer(
        name="app",
        image=container.image,
        command=container.command,
        environment=container.environment,
        port=("http", container.port),
        resources=container.resources,
        # The kubelet's own sleep: no shell and no sleep binary in the image.
        lifecycle=LifecycleArgs(
            pre_stop=LifecycleHandlerArgs(sleep=SleepActionArgs(seconds=shutdown.pre_stop_seconds))
        ),
        # They ask the process and nothing behind it: a pod that drains still answers during its
        # sleep, and a slow dependency restarts no pod. Whether a pod gets requests may hang on it.
        probes=Probes(
            action=_get(container.health_path),
            ready_action=_get(container.ready_path) if container.ready_path else None,
            start=(2, 30),
            alive=(10, 3),
        ),
        mounts=mounts.mounts,
    )


def _get(path: str) -> dict[str, HTTPGetActionArgs]:
    return {"http_get": HTTPGetActionArgs(path=path, port="http")}


def _apart(labels: Mapping[str, str]) -> AffinityArgs:
    """Returns that no two pods of one version share a node.

    Those of two versions may, or an update of as many pods as nodes would find no room
    (https://www.kubernetes.dev/resources/keps/3633/: stable since Kubernetes 1.33).
    """
    term = PodAffinityTermArgs(
        topology_key=_HOST,
        label_selector=LabelSelectorArgs(match_labels=labels),
        match_label_keys=["pod-template-hash"],
    )
    return AffinityArgs(
        pod_anti_affinity=PodAntiAffinityArgs(
            required_during_scheduling_ignored_during_execution=[term]
        )
    )


def _spread(
    topology_key: str, when_unsatisfiable: str, labels: Mapping[str, str]
) -> TopologySpreadConstraintArgs:
    return TopologySpreadConstraintArgs(
        max_skew=1,
        topology_key=topology_key,
        when_unsatisfiable=when_unsatisfiable,
        label_selector=LabelSelectorArgs(match_labels=labels),
        # Else a zone whose nodes are all tainted counts as one without pods, and each of the other
        # zones takes a single pod.
        node_taints_policy="Honor",
        # Counted within one version of the pods, or a rolling update ends lopsided.
        match_label_keys=["pod-template-hash"],
    )
