"""Helm charts: what they are called, and what is set in them, whoever installs them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from deployment.resource import Resource
from deployment.types import DEPLOYMENT, RELEASE

from .gitops import FILES
from .graph import Graph, once
from .objects import containers
from .reading import Path, items, keys, labels, mapping, read, text, texts
from .unknown import UnreadableError

# A chart's archive ends in its version.
_ARCHIVE: Final = re.compile(r"(-v?\d[^/]*)?\.tgz$")
_PART_LABEL: Final = "app.kubernetes.io/name"


def chart(release: Resource) -> str:
    """Returns the name of a release's chart: it may be given by repository, address or archive."""
    return _ARCHIVE.sub("", text(release.properties, "chart")).rstrip("/").rsplit("/", 1)[-1]


@once
def releases(graph: Graph, wanted: str) -> list[Resource]:
    """Returns the releases of a chart."""
    return [release for release in graph.of(RELEASE) if chart(release) == wanted]


def values(release: Resource) -> Mapping[str, Any]:
    """Returns the values that a release sets."""
    return mapping(release.properties, "values")


def value(release: Resource, path: Path, default: str = "") -> str:
    """Returns a value that a release sets and that is a text, or the chart's own default.

    :raises UnreadableError: where nothing sets it that can be seen, and files may.
    """
    if read(values(release), path) is None and items(release.properties, FILES):
        raise UnreadableError(f"{keys(path)[-1]} may stand in {FILES}, which cannot be read")
    return text(values(release), path, default)


@once
def setting(graph: Graph, wanted: str, key: str, argument: str) -> str:
    """Returns what is set for a part in its chart, or nothing.

    :param key: in the values of a release of the chart.
    :param argument: of the containers that a rendered chart makes, such as ``--name``.
    """
    of_releases = (value(release, key) for release in releases(graph, wanted))
    return next(filter(None, (*of_releases, *_arguments(graph, wanted, argument))), "")


def _arguments(graph: Graph, wanted: str, argument: str) -> Iterator[str]:
    for deployment in graph.of(DEPLOYMENT):
        if label(deployment) == wanted:
            for _, container in containers(deployment, first=False):
                for given in texts(container, "args"):
                    name, _, found = given.partition("=")
                    if name == argument:
                        yield found


def label(thing: Resource) -> str:
    """Returns which chart's part an object is, by the label that charts give to what they make."""
    return labels(thing.properties, "metadata.labels").get(_PART_LABEL, "")
