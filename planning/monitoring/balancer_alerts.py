"""Alerts on what CloudWatch says of load balancers and certificates.

Thresholds are choices of this platform.
"""

from typing import Final

from . import cloudwatch as cw
from .alert import Alert

_BALANCER: Final = "dimension_LoadBalancer"
_GROUP: Final = "dimension_LoadBalancer, dimension_TargetGroup"
_ERRORS: Final = 5
_WHERE: Final = "{{ $labels.dimension_LoadBalancer }}"


def _sum(metric: cw.CloudWatchMetric) -> str:
    return f"sum by ({_BALANCER}) ({metric.prometheus_name})"


BALANCERS: Final = (
    Alert(
        name="TargetsUnhealthy",
        severity="warning",
        expr=f"max by ({_GROUP}) ({cw.UNHEALTHY.prometheus_name}"
        f" or {cw.NLB_UNHEALTHY.prometheus_name}) > 0",
        minutes=15,
        summary=f"{_WHERE} finds {{{{ $value }}}} targets unhealthy",
        description="The load balancer sends them no requests.",
    ),
    Alert(
        name="NoHealthyTarget",
        severity="critical",
        expr=f"max by ({_GROUP}) ({cw.HEALTHY.prometheus_name}"
        f" or {cw.NLB_HEALTHY.prometheus_name}) < 1",
        minutes=5,
        summary=f"{_WHERE} finds no target healthy",
        description="Every request fails, or goes to targets that are known to be unhealthy.",
    ),
    Alert(
        name="TargetErrors",
        severity="warning",
        expr=f"{_sum(cw.TARGET_ERRORS)} / {_sum(cw.REQUESTS)} > 0.01"
        f" and {_sum(cw.TARGET_ERRORS)} > {_ERRORS}",
        minutes=10,
        summary=f"Pods behind {_WHERE} answer {{{{ $value | humanizePercentage }}}} with 5xx",
        description="The application fails at requests that reach it.",
    ),
    Alert(
        name="LoadBalancerErrors",
        severity="critical",
        expr=f"{_sum(cw.BALANCER_ERRORS)} / ({_sum(cw.REQUESTS)} + {_sum(cw.BALANCER_ERRORS)})"
        f" > 0.01 and {_sum(cw.BALANCER_ERRORS)} > {_ERRORS}",
        minutes=10,
        summary=f"{_WHERE} answers {{{{ $value | humanizePercentage }}}} with 5xx itself",
        description="No target takes the requests, or targets end before they answer.",
    ),
    Alert(
        name="DrainCutsRequests",
        severity="warning",
        expr=f"{_sum(cw.BAD_GATEWAYS)} + {_sum(cw.REFUSED_CONNECTIONS)} > 0"
        " and on () max_over_time(count(kube_pod_deletion_timestamp)[15m:1m]) > 0",
        minutes=0,
        summary=f"{_WHERE} loses requests while pods leave",
        description="Pods end before the load balancer has stopped sending to them.",
    ),
)
CERTIFICATES: Final = (
    Alert(
        name="CertificateExpires",
        severity="warning",
        expr=f"min by (dimension_CertificateArn) ({cw.DAYS_TO_EXPIRY.prometheus_name}) < 30",
        minutes=60,
        summary="{{ $labels.dimension_CertificateArn }} expires in {{ $value }} days",
        description="ACM renews 60 days before the end, and did not renew this one.",
    ),
    Alert(
        name="CertificateExpiresSoon",
        severity="critical",
        expr=f"min by (dimension_CertificateArn) ({cw.DAYS_TO_EXPIRY.prometheus_name}) < 7",
        minutes=60,
        summary="{{ $labels.dimension_CertificateArn }} expires in {{ $value }} days",
        description="Clients refuse the load balancer's listener after that.",
    ),
)
