"""The images that the chart of the monitoring installs, and how it is told of their copies."""

from collections.abc import Mapping
from typing import Any, Final

from planning.images import Images, registry_of

# By the key of the chart's values that has ``registry`` and ``repository``
# (https://github.com/prometheus-community/helm-charts/blob/main/charts/kube-prometheus-stack/values.yaml).
CHART_IMAGES: Final[Mapping[str, str]] = {
    "alertmanager.alertmanagerSpec.image": "quay.io/prometheus/alertmanager",
    "grafana.image": "docker.io/grafana/grafana",
    "kube-state-metrics.image": "registry.k8s.io/kube-state-metrics/kube-state-metrics",
    "prometheus-node-exporter.image": "quay.io/prometheus/node-exporter",
    "prometheus.prometheusSpec.image": "quay.io/prometheus/prometheus",
    "prometheusOperator.image": "quay.io/prometheus-operator/prometheus-operator",
    "prometheusOperator.prometheusConfigReloader.image": (
        "quay.io/prometheus-operator/prometheus-config-reloader"
    ),
}


def image_values(images: Images) -> dict[str, Any]:
    """Returns the chart's values for each image that is pulled from a copy."""
    values: dict[str, Any] = {}
    for key, image in CHART_IMAGES.items():
        copy = images.of(image)
        if copy == image:
            continue
        inner = values
        for part in key.split("."):
            inner = inner.setdefault(part, {})
        name = image.removeprefix(f"{registry_of(image)}/")
        # The chart puts a slash between the two, so that the first may have parts of a name, too.
        inner |= {"registry": copy.removesuffix(f"/{name}"), "repository": name}
    return values
