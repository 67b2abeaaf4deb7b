"""The values of the chart kube-prometheus-stack that the platform sets."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi

from components.pods.chart import account_values, resource_values
from planning.monitoring import pods
from planning.monitoring.dashboards import DATA_SOURCE
from planning.scheduling.amounts import Amounts

from .alert_topic import SERVICE_ACCOUNT

# The first part of the names of what the chart makes.
FULL_NAME: Final = "monitoring"
GRAFANA: Final = pods.GRAFANA.name
# Prometheus takes samples away before its volume is full
# (https://prometheus.io/docs/prometheus/latest/storage/#right-sizing-retention-size).
_SHARE_OF_VOLUME: Final = 0.8
_PROMETHEUS: Final = f"http://{FULL_NAME}-prometheus:9090"
_ALERTMANAGER: Final = f"http://{FULL_NAME}-alertmanager:9093"
# Where Grafana finds its dashboards, and where its password.
_DASHBOARDS: Final = "/var/lib/grafana/dashboards/eks-platform"
_ADMIN: Final = "/etc/grafana-admin"
# Of these EKS runs the pods itself, or, of kube-proxy, they answer to their own node alone
# (https://docs.aws.amazon.com/eks/latest/best-practices/control-plane.html).
_NOT_SCRAPED: Final = ("kubeControllerManager", "kubeEtcd", "kubeProxy", "kubeScheduler")
_NOT_RULED: Final = (
    "etcd",
    "kubeControllerManager",
    "kubeProxy",
    "kubeSchedulerAlerting",
    "kubeSchedulerRecording",
    "windows",
)
_OFF: Final[Mapping[str, bool]] = {"enabled": False}


def retention_size(volume_gib: int) -> str:
    """Returns how much Prometheus keeps on a volume; its GB are GiB."""
    return f"{int(volume_gib * _SHARE_OF_VOLUME)}GB"


def cluster_values(node_namespace: pulumi.Input[str]) -> dict[str, Any]:
    """Returns what is read of the cluster, and by which pods.

    :param node_namespace: of the pods that read nodes, which may do more than others.
    """
    return {
        "fullnameOverride": FULL_NAME,
        "defaultRules": {"rules": dict.fromkeys(_NOT_RULED, False)},
        **dict.fromkeys(_NOT_SCRAPED, _OFF),
        "prometheusOperator": {
            # What it would refuse, tests find before; and a webhook has a certificate that ends.
            "admissionWebhooks": _OFF,
            "tls": _OFF,
            "resources": resource_values(pods.OPERATOR.each),
            "prometheusConfigReloader": {"resources": resource_values(pods.RELOADER)},
        },
        "kube-state-metrics": {"resources": resource_values(pods.STATE_METRICS.each)},
        "prometheus-node-exporter": {
            "namespaceOverride": node_namespace,
            "tolerations": [{"operator": "Exists"}],
            "resources": resource_values(pods.NODE_EXPORTER.each),
        },
    }


def prometheus_values(
    *,
    cluster_name: pulumi.Input[str],
    replicas: int,
    retention_days: int,
    volume_gib: int,
    storage_class: pulumi.Input[str],
    each: Amounts,
) -> dict[str, Any]:
    """Returns the values of Prometheus.

    :param each: what the container of each is promised.
    """
    return {
        "prometheusSpec": {
            "replicas": replicas,
            "retention": f"{retention_days}d",
            "retentionSize": retention_size(volume_gib),
            "externalLabels": {"cluster": cluster_name},
            "storageSpec": _claim(volume_gib, storage_class),
            "persistentVolumeClaimRetentionPolicy": _WITH_ITS_POD,
            "resources": resource_values(each),
        },
        "podDisruptionBudget": {"enabled": replicas > 1},
    }


def alertmanager_values(
    *,
    replicas: int,
    storage_class: pulumi.Input[str],
    receiver: Mapping[str, Any],
    role_arn: pulumi.Input[str] | None,
) -> dict[str, Any]:
    """Returns the values of Alertmanager.

    :param receiver: who is told, in the words of its configuration.
    :param role_arn: of its service account.
    """
    return {
        "config": {
            "route": {
                "receiver": "team",
                "group_by": ["alertname", "namespace"],
                "routes": [
                    # One always fires, and one is there to silence others.
                    {"receiver": "null", "matchers": ['alertname =~ "Watchdog|InfoInhibitor"']}
                ],
            },
            "receivers": [{"name": "null"}, {"name": "team", **receiver}],
        },
        "serviceAccount": account_values(SERVICE_ACCOUNT, role_arn)
        if role_arn
        else {"name": SERVICE_ACCOUNT},
        "alertmanagerSpec": {
            "replicas": replicas,
            "storage": _claim(pods.ALERTMANAGER_GIB, storage_class),
            "persistentVolumeClaimRetentionPolicy": _WITH_ITS_POD,
            "resources": resource_values(pods.ALERTMANAGER_EACH),
        },
        "podDisruptionBudget": {"enabled": replicas > 1},
    }


def receiver(
    topic_arn: pulumi.Input[str] | None, region: str, webhook: str | None
) -> dict[str, Any]:
    """Returns who is told of alerts, in the words of Alertmanager's configuration.

    https://prometheus.io/docs/alerting/latest/configuration/#sns_config
    """
    told: dict[str, Any] = {}
    if topic_arn is not None:
        told["sns_configs"] = [
            {
                "topic_arn": topic_arn,
                "sigv4": {"region": region},
                # SNS takes 100 characters, and its own has every label.
                "subject": "[{{ .Status | toUpper }}] {{ .GroupLabels.alertname }}",
            }
        ]
    if webhook:
        told["webhook_configs"] = [{"url": webhook}]
    return told


def grafana_values(
    *,
    role_arn: pulumi.Input[str],
    password_file: str,
    password_class: pulumi.Input[str],
    dashboards: pulumi.Input[str],
) -> dict[str, Any]:
    """Returns the values of Grafana, which has no rights in the cluster and keeps nothing.

    Data source and dashboards are files, so that no sidecar reads the cluster's ConfigMaps and
    Secrets for them.

    :param password_file: of the mounted secret, the file with the password.
    :param password_class: the SecretProviderClass of its volume.
    :param dashboards: the ConfigMap that has them.
    """
    return {
        "fullnameOverride": GRAFANA,
        "rbac": {"create": False},
        "serviceAccount": account_values(GRAFANA, role_arn),
        "automountServiceAccountToken": False,
        "testFramework": _OFF,
        "defaultDashboardsEnabled": False,
        "sidecar": {"dashboards": _OFF, "datasources": _OFF},
        "env": {
            "GF_SECURITY_ADMIN_USER": "admin",
            "GF_SECURITY_ADMIN_PASSWORD__FILE": f"{_ADMIN}/{password_file}",
        },
        "extraSecretMounts": [
            {
                "name": "admin",
                "mountPath": _ADMIN,
                "readOnly": True,
                "csi": {
                    "driver": "secrets-store.csi.k8s.io",
                    "readOnly": True,
                    "volumeAttributes": {"secretProviderClass": password_class},
                },
            }
        ],
        "grafana.ini": {
            "analytics": {"check_for_updates": False, "reporting_enabled": False},
            "users": {"allow_sign_up": False},
        },
        "datasources": {"datasources.yaml": {"apiVersion": 1, "datasources": _sources()}},
        "dashboardProviders": {
            "dashboardproviders.yaml": {
                "apiVersion": 1,
                "providers": [
                    {
                        "name": "eks-platform",
                        "type": "file",
                        "disableDeletion": True,
                        "editable": False,
                        "options": {"path": _DASHBOARDS},
                    }
                ],
            }
        },
        "dashboardsConfigMaps": {"eks-platform": dashboards},
        "resources": resource_values(pods.GRAFANA.each),
    }


def _sources() -> Sequence[Mapping[str, Any]]:
    return [
        {
            "name": "Prometheus",
            "uid": DATA_SOURCE,
            "type": "prometheus",
            "url": _PROMETHEUS,
            "isDefault": True,
        },
        {
            "name": "Alertmanager",
            "uid": "alertmanager",
            "type": "alertmanager",
            "url": _ALERTMANAGER,
            "jsonData": {"implementation": "prometheus"},
        },
    ]


# A claim goes with its pod for good, and its volume with it.
_WITH_ITS_POD: Final = {"whenDeleted": "Delete", "whenScaled": "Delete"}


def _claim(gib: int, storage_class: pulumi.Input[str]) -> dict[str, Any]:
    return {
        "volumeClaimTemplate": {
            "spec": {
                "storageClassName": storage_class,
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": f"{gib}Gi"}},
            }
        }
    }
