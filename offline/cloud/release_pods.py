"""The pods of a chart's release that mount what a program makes for them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from deployment import types

from .behaviour import Inputs
from .cloud import Cloud, Thing
from .errors import CloudError
from .objects import chart_of, namespace_of


@dataclass(frozen=True, kw_only=True, slots=True)
class ChartPods:
    """Pods that a chart makes by its values.

    :param volumes: what they mount.
    :param account: the name of their service account, which the chart makes.
    :param annotations: those of the service account.
    :param namespaces: others than the release's own that the chart makes objects in.
    """

    volumes: list[Inputs]
    account: str
    annotations: Inputs
    namespaces: tuple[str, ...] = ()


def start(cloud: Cloud, release: Thing) -> list[Thing]:
    """Makes the service account of a release's pods, and returns what stands for these.

    :raises CloudError: where a namespace is not there that the chart makes objects in.
    """
    found = _pods_of(release)
    if found is None:
        return []
    for name in found.namespaces:
        if not cloud.find(types.NAMESPACE, name):
            raise CloudError(f'Helm release {release.id} failed: namespaces "{name}" not found')
    metadata = {
        "namespace": namespace_of(release),
        "name": found.account,
        "annotations": found.annotations,
    }
    identifier = f"{metadata['namespace']}/{found.account}"
    cloud.make(types.SERVICE_ACCOUNT, identifier, {"metadata": metadata})
    return [*workloads(release)]


def workloads(release: Thing) -> Iterator[Thing]:
    """Yields what stands for the pods of a release, as a workload that a program makes."""
    if found := _pods_of(release):
        pod = {"serviceAccountName": found.account, "volumes": found.volumes}
        metadata = {"namespace": namespace_of(release), "name": release.id.rpartition("/")[2]}
        inputs = {"metadata": metadata, "spec": {"template": {"spec": pod}}}
        yield Thing(
            token=types.STATEFUL_SET, id=release.id, urn="", inputs=inputs, properties=inputs
        )


def end(cloud: Cloud, release: Thing) -> None:
    """Takes the service account of a release's pods away."""
    if found := _pods_of(release):
        identifier = f"{namespace_of(release)}/{found.account}"
        if made := cloud.find(types.SERVICE_ACCOUNT, identifier):
            cloud.forget(made)


def _pods_of(release: Thing) -> ChartPods | None:
    find = _CHARTS.get(chart_of(release.inputs))
    return find(release.inputs.get("values") or {}) if find else None


def _of_jenkins(values: Inputs) -> ChartPods:
    """Returns the controller's pod (https://github.com/jenkinsci/helm-charts/tree/main/charts/jenkins/templates)."""
    kept: Inputs = values.get("persistence") or {}
    claim: list[Inputs] = (
        [{"name": "jenkins-home", "persistentVolumeClaim": {"claimName": kept["existingClaim"]}}]
        if kept.get("existingClaim")
        else []
    )
    account: Inputs = values.get("serviceAccount") or {}
    agents = (values.get("agent") or {}).get("namespace")
    return ChartPods(
        volumes=[*claim, *(kept.get("volumes") or [])],
        account=str(account.get("name") or "jenkins"),
        annotations=account.get("annotations") or {},
        namespaces=(agents,) if agents else (),
    )


def _of_monitoring(values: Inputs) -> ChartPods:
    """Returns Grafana's pod, by the chart that kube-prometheus-stack has in it.

    https://github.com/grafana-community/helm-charts/blob/main/charts/grafana/templates/_pod.tpl
    """
    grafana: Inputs = values.get("grafana") or {}
    mounts: list[Inputs] = grafana.get("extraSecretMounts") or []
    boards: Inputs = grafana.get("dashboardsConfigMaps") or {}
    account: Inputs = grafana.get("serviceAccount") or {}
    apart = (values.get("prometheus-node-exporter") or {}).get("namespaceOverride")
    return ChartPods(
        volumes=[
            *({"name": mount["name"], "csi": mount["csi"]} for mount in mounts),
            *({"name": key, "configMap": {"name": name}} for key, name in boards.items()),
        ],
        account=str(account.get("name") or "grafana"),
        annotations=account.get("annotations") or {},
        namespaces=(apart,) if apart else (),
    )


_CHARTS: Final[Mapping[str, Callable[[Inputs], ChartPods]]] = {
    "jenkins": _of_jenkins,
    "kube-prometheus-stack": _of_monitoring,
}
