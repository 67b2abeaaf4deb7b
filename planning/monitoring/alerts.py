"""All alerts of the platform, and the rules that make Prometheus raise them.

``docs/alerts.md`` has a heading for each alert.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from .alert import Alert
from .balancer_alerts import BALANCERS, CERTIFICATES
from .cluster_alerts import ADDRESSES, FREE, NODES, WORKLOADS
from .metrics import CNI, CONTROLLER, OWN_JOBS

_USABLE: Final = "eks_platform:subnet_addresses:usable"
_TAKEN: Final = "eks_platform:subnet_addresses:taken"
RECORDED: Final = (_USABLE, _TAKEN, FREE)


def _missing(jobs: Sequence[str]) -> Alert:
    absent = " or ".join(f'absent(up{{job="{job}"}})' for job in jobs)
    return Alert(
        name="MetricsMissing",
        severity="warning",
        expr=f'{absent} or sum by (job) (up{{job=~"{"|".join(jobs)}"}}) == 0',
        minutes=15,
        summary="Nothing is read from {{ $labels.job }}",
        description="Alerts on its metrics cannot fire.",
    )


# Those that read CloudWatch go with its exporter.
_OF_CLOUDWATCH: Final = (*BALANCERS, *CERTIFICATES)
# In the order of their page.
ALERTS: Final = (*ADDRESSES, *NODES, *WORKLOADS, *_OF_CLOUDWATCH, _missing(OWN_JOBS))


def _recordings(usable: Mapping[str, int]) -> Iterator[Mapping[str, Any]]:
    for zone, addresses in usable.items():
        yield {"record": _USABLE, "expr": f"vector({addresses})", "labels": {"zone": zone}}
    # Interfaces have an address of their own; a node's zone is in its ID at its provider.
    yield {
        "record": _TAKEN,
        "expr": "sum by (zone) (label_replace((awscni_total_ip_addresses + awscni_eni_allocated)"
        ' * on (node) group_left (provider_id) kube_node_info, "zone", "$1", "provider_id",'
        ' "aws:///([^/]+)/.*"))',
    }
    yield {"record": FREE, "expr": f"1 - {_TAKEN} / on (zone) {_USABLE}"}


def rule_groups(
    usable: Mapping[str, int], *, page: str, cloudwatch: bool
) -> Sequence[Mapping[str, Any]]:
    """Returns the rules as Prometheus takes them.

    :param usable: how many addresses nodes and pods may take, by zone.
    :param page: the address of the page with the alerts.
    :param cloudwatch: whether there is what CloudWatch is read by.
    """
    jobs = OWN_JOBS if cloudwatch else (CNI, CONTROLLER)
    groups: dict[str, Sequence[Alert]] = {
        "nodes": NODES,
        "workloads": WORKLOADS,
        **({"load-balancers": _OF_CLOUDWATCH} if cloudwatch else {}),
        "monitoring": (_missing(jobs),),
    }
    addresses = [*_recordings(usable), *(alert.to_rule(page) for alert in ADDRESSES)]
    return [
        {"name": "eks-platform-addresses", "rules": addresses},
        *(
            {"name": f"eks-platform-{name}", "rules": [alert.to_rule(page) for alert in alerts]}
            for name, alerts in groups.items()
        ),
    ]
