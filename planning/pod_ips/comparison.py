"""What a node holds with AWS's default targets and with the recommended ones, side by side."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from planning.instance_types import InstanceType

from .limits import HOST_NETWORK_PODS, CniMode, max_pods
from .targets import WarmTargets, recommend
from .warm_pool import WarmPool

MODES: Final = {
    "secondary-ip": CniMode(),
    "prefix": CniMode(prefix_delegation=True),
    "custom-networking": CniMode(custom_networking=True),
    "custom-networking, prefixes": CniMode(custom_networking=True, prefix_delegation=True),
}


def markdown(kinds: Iterable[InstanceType], pod_counts: Sequence[int]) -> Iterator[str]:
    """Yields a Markdown table: addresses with AWS's defaults and with the recommended targets.

    :param pod_counts: pods on the node, the two on the host's network included; "none" stands
        where the node does not run so many.
    """
    counts = " | ".join(f"{count} pods" for count in pod_counts)
    yield f"| instance type | mode | max pods | {counts} |"
    yield "|---|---|" + "---:|" * (len(pod_counts) + 1)
    for kind in kinds:
        for name, mode in MODES.items():
            most = max_pods(kind, mode)
            cells = (_cell(kind, mode, count) if count <= most else "none" for count in pod_counts)
            yield f"| {kind.name} | {name} | {most} | {' | '.join(cells)} |"


def _cell(kind: InstanceType, mode: CniMode, pods: int) -> str:
    default = _subnet_addresses(kind, mode, WarmTargets(), pods)
    recommended = _subnet_addresses(kind, mode, recommend([kind]), pods)
    saved = f" ({default - recommended} saved)" if default > recommended else ""
    return f"{default} → {recommended}{saved}"


def _subnet_addresses(kind: InstanceType, mode: CniMode, targets: WarmTargets, pods: int) -> int:
    pool = WarmPool(kind, mode, targets)
    pool.run(max(pods - HOST_NETWORK_PODS, 0))
    return pool.held().subnet_addresses
