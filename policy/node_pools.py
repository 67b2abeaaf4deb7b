"""Autoscalers of nodes: what they buy, and how long they wait for pods."""

import re
from collections.abc import Iterator
from typing import Final

from deployment.deployment import Deployment
from deployment.resource import Resource
from deployment.types import NODE_POOL, RELEASE
from planning.durations import seconds
from planning.scheduling.taints import effect_of

from .reading import labels, mapping, mappings, text, texts

_TEMPLATE: Final = "spec.template.spec"
_CAPACITY_TYPE: Final = "karpenter.sh/capacity-type"
_FLAG: Final = "max-graceful-termination-sec"
_ARGUMENT: Final = re.compile(rf"--{_FLAG}=(\d+)")
# Cluster Autoscaler's own
# (https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md#what-are-the-parameters-to-ca).
_DEFAULT_SECONDS: Final = 600
_CHART: Final = "cluster-autoscaler"


def bought(pool: Resource) -> tuple[str, set[str]]:
    """Returns how a pool's instances may be bought, in EKS's words, and the effects of its taints.

    Karpenter buys on demand where nothing is said
    (https://karpenter.sh/docs/concepts/nodepools/#capacity-type).
    """
    kinds = [
        kind
        for term in mappings(pool.properties, f"{_TEMPLATE}.requirements")
        if text(term, "key") == _CAPACITY_TYPE and text(term, "operator") == "In"
        for kind in texts(term, "values")
    ]
    taints = mappings(pool.properties, f"{_TEMPLATE}.taints")
    effects = {effect_of(text(taint, "effect")) for taint in taints}
    return "SPOT" if "spot" in kinds else "ON_DEMAND", effects


def patience(deployment: Deployment) -> Iterator[tuple[int, str]]:
    """Yields for how many seconds each autoscaler waits for pods, and what says so."""
    for pool in deployment.of(NODE_POOL):
        if grace := text(pool.properties, f"{_TEMPLATE}.terminationGracePeriod"):
            yield seconds(grace), f"terminationGracePeriod of {pool}"
    for release in deployment.of(RELEASE):
        if text(release.properties, "chart").rpartition("/")[2] == _CHART:
            values = mapping(release.properties, "values")
            given = labels(values, "extraArgs").get(_FLAG, "")
            found = [
                match[1] for match in map(_ARGUMENT.fullmatch, texts(values, "customArgs")) if match
            ]
            asked = next(filter(str.isdecimal, (str(given), *found)), str(_DEFAULT_SECONDS))
            yield int(asked), f"{_FLAG} of {release}"
