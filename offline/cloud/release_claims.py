"""The claims that the pods of a chart's release make, which no program names."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from .behaviour import Inputs
from .cloud import Cloud, Thing
from .conditions import first
from .objects import chart_of, namespace_of
from .volumes import make_claim, template_failure

# Its name behind the namespace, and its specification.
_Claim = tuple[str, Inputs]


def claims_failure(cloud: Cloud, release: Thing) -> str:
    """Returns why a claim of a release gets no volume; empty: each gets one."""
    return first(_failures(cloud, release))


def _failures(cloud: Cloud, release: Thing) -> Iterator[str]:
    for name, spec in _claims_of(release):
        if failure := template_failure(cloud, spec):
            yield f"{name}: {failure}"


def keep_claims(cloud: Cloud, release: Thing) -> None:
    """Makes the claims of a release that is up, with their volumes.

    They stay behind the release: what owns them goes later, and at the latest the namespace takes
    them along.
    """
    for name, spec in _claims_of(release):
        make_claim(cloud, namespace_of(release), name, spec)


def _claims_of(release: Thing) -> Iterator[_Claim]:
    if find := _CLAIMS.get(chart_of(release.inputs)):
        yield from find(release.inputs.get("values") or {})


def _of_monitoring(values: Inputs) -> Iterator[_Claim]:
    """Yields what the operator's StatefulSets claim.

    By https://github.com/prometheus-operator/prometheus-operator/blob/main/pkg/prometheus/server/statefulset.go
    and the chart's names.
    """
    full = values.get("fullnameOverride") or "kube-prometheus-stack"
    for part, key, storage in (
        ("prometheus", "prometheusSpec", "storageSpec"),
        ("alertmanager", "alertmanagerSpec", "storage"),
    ):
        spec: Inputs = (values.get(part) or {}).get(key) or {}
        claim: Inputs = (spec.get(storage) or {}).get("volumeClaimTemplate") or {}
        pods = f"{part}-{full}-{part}"
        for number in range(int(spec.get("replicas", 1)) if claim else 0):
            yield f"{pods}-db-{pods}-{number}", claim["spec"]


_CLAIMS: Final[Mapping[str, Callable[[Inputs], Iterator[_Claim]]]] = {
    "kube-prometheus-stack": _of_monitoring
}
