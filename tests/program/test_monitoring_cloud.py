"""What bites people who take something of the monitoring away, or let it go first."""

import asyncio

import pytest
from played import LAB, create_all, demolish, resources
from test_cloud_physics import named, things, without

from deployment.types import CLAIM, VOLUME
from offline.cloud.cloud import Cloud
from offline.cloud.harms import harms

RELEASE = "Release:monitoring-kube-prometheus-stack"


def of_monitoring(cloud: Cloud, token: str) -> list[str]:
    return sorted(one.id for one in cloud.of(token) if one.id.startswith("monitoring/"))


@pytest.mark.parametrize(
    ("missing", "fails", "failure"),
    [
        ("Addon:ebs-csi-driver", "monitoring-kube-prometheus-stack", "waiting for a volume"),
        ("StorageClass:ebs-csi-driver", "monitoring-kube-prometheus-stack", '"gp3" not found'),
        ("Namespace:monitoring-monitoring", "monitoring-kube-prometheus-stack", "not found"),
        ("Namespace:monitoring-node-exporter", "monitoring-kube-prometheus-stack",
            'namespaces "node-exporter" not found'),
        ("ConfigMap:monitoring-dashboards", "monitoring-kube-prometheus-stack", "configmap"),
        ("SecretProviderClass:monitoring-grafana", "monitoring-kube-prometheus-stack",
            "failed to get secretproviderclass"),
        ("RolePolicyAttachment:monitoring-grafana-secret", "monitoring-kube-prometheus-stack",
            "is not authorized to read"),
        (RELEASE, "monitoring-rules", 'no matches for kind "PrometheusRule"'),
        (RELEASE, "monitoring-aws-node", 'no matches for kind "PodMonitor"'),
    ],
)  # fmt: skip
def test_what_it_needs_is_missed(missing: str, fails: str, failure: str) -> None:
    _, failures = without(LAB, missing)
    assert failure in failures[fails]


def test_volumes_go_with_the_namespace_and_stay_without_their_driver() -> None:
    cloud, _ = without(LAB, "PrometheusRule:monitoring-rules")
    kept = of_monitoring(cloud, VOLUME)
    assert kept == of_monitoring(cloud, CLAIM)
    assert [one.rpartition("-db-")[2] for one in kept] == [
        "alertmanager-monitoring-alertmanager-0",
        "prometheus-monitoring-prometheus-0",
    ]
    release, driver, inside = things(
        cloud, RELEASE, "Addon:ebs-csi-driver", "Namespace:monitoring-monitoring"
    )
    assert demolish(cloud, [release]) == {}
    # What owns the claims goes some time after the release.
    assert of_monitoring(cloud, VOLUME) == kept
    failures = demolish(cloud, [driver, inside])
    assert "no driver deletes it" in failures["monitoring-monitoring"]
    assert of_monitoring(cloud, VOLUME) == kept


@pytest.mark.parametrize(
    ("late", "pods"),
    [
        ("monitoring-alerts-send", "monitoring/kube-prometheus-stack"),
        ("monitoring-cloudwatch-exporter-read", "monitoring/cloudwatch-exporter"),
    ],
)
def test_rights_that_come_late_are_a_harm(late: str, pods: str) -> None:
    attachment = f"RolePolicyAttachment:{late}"
    cloud, failures = without(LAB, attachment)
    assert f"pods of {pods} began without {late}" not in harms(cloud)
    asyncio.run(create_all(cloud, list(filter(named(attachment), resources(LAB))), failures))
    assert f"pods of {pods} began without {late}" in harms(cloud)
