"""What to change in a stack whose nodes cannot run its pods: each proposal is planned again."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import islice
from types import MappingProxyType
from typing import Any, Final

from pydantic import ValidationError

from planning.quantities import mebibytes, millicores
from planning.scheduling.nodes import Verdict

from .capacity import address_plan
from .node_groups import MOST_NODES
from .pod_demand import scheduling_plan
from .section import Cloud
from .settings import Settings
from .workloads import FEWEST_REPLICAS, SampleAppSettings

# Sizes of an instance family, from the smallest on; a family has some of them.
_SIZES: Final = (
    "nano", "micro", "small", "medium", "large", "xlarge", "2xlarge", "3xlarge", "4xlarge",
    "6xlarge", "8xlarge", "9xlarge", "12xlarge", "16xlarge", "18xlarge", "24xlarge",
)  # fmt: skip
_LARGER_SIZES_TRIED: Final = 12
# Where no size of a family is large enough: a family for everything, by EC2's architecture.
_GENERAL_FAMILIES: Final[Mapping[str, str]] = MappingProxyType({"x86_64": "m6i", "arm64": "m7g"})
# Proposed requests are multiples of these.
_CPU_STEP: Final = 10
_MEMORY_STEP: Final = 16

# Keys and names from the section on, and values by them.
_Place = tuple[str, ...]
_Changes = Mapping[_Place, Any]


def remedies(settings: Settings, cloud: Cloud) -> Iterator[str]:
    """Yields what makes all pods run for certain, each way on its own, and leaves the stack valid.

    :param settings: of a stack whose pods do not all run on ``desiredSize`` nodes.
    """
    trial = _Trial(settings, cloud)
    for name in settings.node_groups:
        yield from _more_nodes(trial, name)
        yield from _larger_nodes(trial, name)
    for name in settings.autoscaling.pools:
        yield from _larger_pool(trial, name)
    yield from _more_pods_on_a_node(trial)
    yield from _fewer_pods(trial)
    yield from _smaller_pods(trial)


class _Trial:
    """A stack that is planned with changes."""

    def __init__(self, settings: Settings, cloud: Cloud) -> None:
        self.settings = settings
        self.cloud = cloud

    def runs(self, changes: _Changes) -> bool:
        """Returns whether all pods run after these changes, and the stack is valid otherwise."""
        changed = self._changed(changes)
        if changed is None:
            return False
        addresses = address_plan(changed, self.cloud)
        return scheduling_plan(changed, addresses).verdict is Verdict.FITS

    def helps(self, changes: _Changes) -> bool:
        """Returns whether all pods run after these changes, and the subnets hold the nodes."""
        changed = self._changed(changes)
        return changed is not None and address_plan(changed, self.cloud).fits and self.runs(changes)

    def _changed(self, changes: _Changes) -> Settings | None:
        """Returns the settings with other values, or ``None`` where they are not valid."""
        data = self.settings.model_dump(mode="json", by_alias=True, exclude_unset=True)
        for (*sections, key), value in changes.items():
            section = reduce(lambda outer, part: outer.setdefault(part, {}), sections, data)
            section[key] = value
        try:
            return Settings.model_validate_json(json.dumps(data), context=self.cloud)
        except ValidationError:
            return None


def _more_nodes(trial: _Trial, name: str) -> Iterator[str]:
    group = trial.settings.node_groups[name]

    def of(size: int) -> _Changes:
        changes: dict[_Place, Any] = {("nodeGroups", name, "desiredSize"): size}
        if size > group.max_size:
            changes["nodeGroups", name, "maxSize"] = size
        return changes

    least = _least(group.desired_size + 1, MOST_NODES, lambda size: trial.runs(of(size)))
    if least is not None and trial.helps(of(least)):
        also = " (and maxSize)" if least > group.max_size else ""
        yield f"more nodes: nodeGroups.{name}.desiredSize{also} {least}"


def _larger_nodes(trial: _Trial, name: str) -> Iterator[str]:
    kinds = trial.settings.node_groups[name].instance_types
    ways = zip(*(_larger(kind, trial.cloud) for kind in kinds), strict=False)
    for names in islice(ways, _LARGER_SIZES_TRIED):
        if trial.helps({("nodeGroups", name, "instanceTypes"): [*names]}):
            yield f"larger nodes: nodeGroups.{name}.instanceTypes [{', '.join(names)}]"
            return


def _larger(name: str, cloud: Cloud) -> Iterator[str]:
    """Yields larger types than this one: those of its family first, then of a general one."""
    family, _, size = name.partition(".")
    start, kind = _SIZES.index(size) + 1 if size in _SIZES else 0, cloud.instance_type(name)
    general = _GENERAL_FAMILIES.get(kind.architectures[0]) if kind else None
    for other in dict.fromkeys(filter(None, (family, general))):
        for larger in _SIZES[start:]:
            if cloud.instance_type(f"{other}.{larger}"):
                yield f"{other}.{larger}"


def _larger_pool(trial: _Trial, name: str) -> Iterator[str]:
    """Yields limits with which Karpenter starts enough nodes for pods that ask for a pool."""
    pool = trial.settings.autoscaling.pools[name]
    kinds = [*filter(None, map(trial.cloud.instance_type, pool.instance_types))]
    cpu = max(kind.vcpus for kind in kinds)
    memory = max(-(-kind.memory_mib // 1024) for kind in kinds)

    def of(nodes: int) -> _Changes:
        limits = ("autoscaling", "pools", name, "limits")
        return {
            (*limits, "cpu"): max(pool.limits.cpu, nodes * cpu),
            (*limits, "memoryGiB"): max(pool.limits.memory_gib, nodes * memory),
        }

    least = _least(1, MOST_NODES, lambda nodes: trial.runs(of(nodes)))
    if least is not None and trial.helps(of(least)):
        limits = ", ".join(f"{key} {value}" for (*_, key), value in of(least).items())
        yield f"a larger pool: autoscaling.pools.{name}.limits {limits}"


def _more_pods_on_a_node(trial: _Trial) -> Iterator[str]:
    if trial.settings.vpc_cni.cni_mode.custom_networking:
        changes, text = {("vpcCni", "prefixDelegation"): True}, "prefixDelegation true"
    else:
        changes, text = {("vpcCni", "mode"): "prefix"}, "mode prefix"
    if trial.helps(changes):
        yield f"more pods on a node: vpcCni.{text}"


def _fewer_pods(trial: _Trial) -> Iterator[str]:
    counts = {(*place, "minReplicas"): app.min_replicas for place, app in _apps(trial.settings)}
    counts["loadBalancerController", "replicas"] = trial.settings.load_balancer_controller.replicas
    for place, count in counts.items():
        yield from _at_most(trial, "fewer pods", place, range(count - 1, FEWEST_REPLICAS - 1, -1))


def _smaller_pods(trial: _Trial) -> Iterator[str]:
    for place, app in _apps(trial.settings):
        cpu, memory = millicores(app.cpu_request), mebibytes(app.memory_request)
        for key, unit, step, amount in (
            ("cpuRequest", "m", _CPU_STEP, cpu),
            ("memoryRequest", "Mi", _MEMORY_STEP, memory),
        ):
            less = [f"{size}{unit}" for size in range((amount - 1) // step * step, 0, -step)]
            yield from _at_most(trial, "smaller pods", (*place, key), less)


def _at_most(trial: _Trial, what: str, place: _Place, values: Sequence[int | str]) -> Iterator[str]:
    """Yields the first of values, which help the more the further on, that helps."""
    index = _least(0, len(values) - 1, lambda index: trial.helps({place: values[index]}))
    if index is not None:
        yield f"{what}: {'.'.join(place)} at most {values[index]}"


def _apps(settings: Settings) -> Iterator[tuple[_Place, SampleAppSettings]]:
    """Yields the applications whose size the stack file names, with their places."""
    if settings.sample_app:
        yield ("sampleApp",), settings.sample_app
    for name, app in settings.apps.items():
        yield ("apps", name), app


def _least(low: int, high: int, holds: Callable[[int], bool]) -> int | None:
    """Returns the least number of a range that something holds for, and then for all above it."""
    if low > high or not holds(high):
        return None
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low
