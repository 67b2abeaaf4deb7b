"""Charts that tools install from Git: Argo CD's applications and Flux's releases.

https://argo-cd.readthedocs.io/en/stable/user-guide/helm/,
https://fluxcd.io/flux/components/helm/helmreleases/
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from deployment.resource import Resource
from deployment.types import RELEASE

from .reading import document, items, mapping, mappings, read, text

# Where a release has values that stand in files, of which an export has at most a hash.
FILES: Final = "valueYamlFiles"


def releases_of(resource: Resource) -> Iterator[Resource]:
    """Yields each chart that an object of a tool installs, as a release of its own.

    What of the object is no chart, such as manifests in a repository, nobody sees here.
    """
    for number, properties in enumerate(_charts(resource)):
        yield replace(
            resource,
            urn=f"{resource.urn}/{number}" if number else resource.urn,
            type=RELEASE,
            inputs=properties,
            outputs=properties,
        )


def _charts(resource: Resource) -> Iterator[Mapping[str, Any]]:
    group, _, kind = resource.type.removeprefix("kubernetes:").partition(":")
    if (group.partition("/")[0], kind) == ("helm.toolkit.fluxcd.io", "HelmRelease"):
        spec = mapping(resource.properties, "spec")
        files = [*items(spec, "valuesFrom"), *items(spec, "chart.spec.valuesFiles")]
        yield _chart(text(spec, "chart.spec.chart"), mapping(spec, "values"), files)
    if (group.partition("/")[0], kind) == ("argoproj.io", "Application"):
        spec = mapping(resource.properties, "spec")
        for source in (*mappings(spec, "sources"), mapping(spec, "source")):
            if name := text(source, "chart"):
                files = items(source, "helm.valueFiles")
                yield _chart(name, _of_argo(mapping(source, "helm")), files)


def _chart(name: str, values: Mapping[str, Any], files: list[Any]) -> Mapping[str, Any]:
    return {"chart": name, "values": values, FILES: files}


def _of_argo(helm: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the values of an application: parameters count more than what stands beside them."""
    found = read(helm, "valuesObject") or document(helm, "values") or {}
    values = dict(mapping({"values": found}, "values"))
    for parameter in mappings(helm, "parameters"):
        *way, last = text(parameter, "name").split(".")
        inner = values
        for key in way:
            inner[key] = dict(mapping(inner, (key,)))
            inner = inner[key]
        inner[last] = read(parameter, "value")
    return values
