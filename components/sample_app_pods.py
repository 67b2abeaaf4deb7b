"""The sample application's pods: Deployment, autoscaler and disruption budget."""

from collections.abc import Mapping
from typing import Final

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.core.v1 import (
    ConfigMapVolumeSourceArgs,
    ContainerArgs,
    ContainerPortArgs,
    EmptyDirVolumeSourceArgs,
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
    VolumeArgs,
    VolumeMountArgs,
)
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs

from planning.shutdown import ShutdownBudget

from .nginx_config import HEALTH_PATH, PORT, SCRATCH_DIRECTORY

# The user that NGINX's own images, privileged or not, make for it.
_NGINX_USER: Final = 101
_MEMORY_REQUEST: Final = "64Mi"
_MEMORY_LIMIT: Final = "128Mi"
# Below the limit by enough that new pods are ready before the old ones are full.
_CPU_TARGET_PERCENT: Final = 70
# How long load has to stay low before pods go, so that a dip removes none.
_SCALE_DOWN_WINDOW_SECONDS: Final = 300


def deployment(
    name: str,
    metadata: ObjectMetaArgs,
    labels: Mapping[str, str],
    *,
    image: str,
    replicas: int,
    cpu_request: str,
    cpu_limit: str,
    files: pulumi.Input[str],
    account: pulumi.Input[str],
    shutdown: ShutdownBudget,
    opts: pulumi.ResourceOptions,
) -> kubernetes.apps.v1.Deployment:
    """Creates the Deployment: hardened, spread over zones, and patient when it stops."""
    container = ContainerArgs(
        name="nginx",
        image=image,
        image_pull_policy="IfNotPresent",
        command=["nginx", "-c", "/etc/nginx/nginx.conf"],
        ports=[ContainerPortArgs(name="http", container_port=PORT, protocol="TCP")],
        resources=ResourceRequirementsArgs(
            requests={"cpu": cpu_request, "memory": _MEMORY_REQUEST},
            limits={"cpu": cpu_limit, "memory": _MEMORY_LIMIT},
        ),
        # The kubelet's own sleep: no shell and no sleep binary in the image.
        lifecycle=LifecycleArgs(
            pre_stop=LifecycleHandlerArgs(sleep=SleepActionArgs(seconds=shutdown.pre_stop_seconds))
        ),
        startup_probe=_probe(period_seconds=2, failure_threshold=30),
        readiness_probe=_probe(period_seconds=5, failure_threshold=2),
        liveness_probe=_probe(period_seconds=10, failure_threshold=3),
        security_context=SecurityContextArgs(
            allow_privilege_escalation=False,
            read_only_root_filesystem=True,
            run_as_non_root=True,
            capabilities=kubernetes.core.v1.CapabilitiesArgs(drop=["ALL"]),
        ),
        volume_mounts=[
            VolumeMountArgs(
                name="files",
                mount_path="/etc/nginx/nginx.conf",
                sub_path="nginx.conf",
                read_only=True,
            ),
            VolumeMountArgs(
                name="files",
                mount_path="/usr/share/nginx/html/index.html",
                sub_path="index.html",
                read_only=True,
            ),
            VolumeMountArgs(name="scratch", mount_path=SCRATCH_DIRECTORY),
        ],
    )
    pod = PodSpecArgs(
        service_account_name=account,
        automount_service_account_token=False,
        enable_service_links=False,
        termination_grace_period_seconds=shutdown.grace_seconds,
        security_context=PodSecurityContextArgs(
            run_as_non_root=True,
            run_as_user=_NGINX_USER,
            run_as_group=_NGINX_USER,
            fs_group=_NGINX_USER,
            seccomp_profile=SeccompProfileArgs(type="RuntimeDefault"),
        ),
        topology_spread_constraints=[
            _spread("topology.kubernetes.io/zone", "DoNotSchedule", labels),
            _spread("kubernetes.io/hostname", "ScheduleAnyway", labels),
        ],
        containers=[container],
        volumes=[
            VolumeArgs(name="files", config_map=ConfigMapVolumeSourceArgs(name=files)),
            VolumeArgs(name="scratch", empty_dir=EmptyDirVolumeSourceArgs(size_limit="64Mi")),
        ],
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
    min_replicas: int,
    max_replicas: int,
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
            min_replicas=min_replicas,
            max_replicas=max_replicas,
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


def _probe(*, period_seconds: int, failure_threshold: int) -> ProbeArgs:
    return ProbeArgs(
        http_get=HTTPGetActionArgs(path=HEALTH_PATH, port="http"),
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
