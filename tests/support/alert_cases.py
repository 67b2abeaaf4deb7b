"""Series that make each alert fire, and series that are just not bad enough."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from planning.monitoring import cloudwatch as cw

# Series by selector, with their values in promtool's notation, one a minute
# (https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#series).
Series = Mapping[str, str]
ZONE: Final = "ap-northeast-2a"
USABLE: Final = {ZONE: 1000, "ap-northeast-2b": 1000}


@dataclass(frozen=True, kw_only=True)
class Case:
    """What an alert is tested with.

    :param labels: those of the alert, but for its severity.
    :param summary: the text with these labels and the value.
    :param minutes: when it is looked at; by then it holds for long enough.
    """

    fires: Series
    quiet: Series
    summary: str
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    minutes: int = 40


def _always(value: float) -> str:
    return f"{value}x100"


def _node(taken: int) -> Series:
    """Returns a node of the first zone whose pods hold so many addresses, with no interface."""
    return {
        'awscni_total_ip_addresses{node="n1",job="aws-node"}': _always(taken),
        'awscni_eni_allocated{node="n1",job="aws-node"}': _always(0),
        f'kube_node_info{{node="n1",provider_id="aws:///{ZONE}/i-1"}}': _always(1),
    }


def _pool(total: int, assigned: int) -> Series:
    return {
        'awscni_total_ip_addresses{node="n1"}': _always(total),
        'awscni_assigned_ip_addresses{node="n1"}': _always(assigned),
        'awscni_ip_max{node="n1"}': _always(28),
    }


def _pods(count: int, of: int) -> Series:
    return {
        **{
            f'kube_pod_status_phase{{namespace="a",pod="p{n}",uid="{n}",phase="Running"}}': _always(
                1
            )
            for n in range(count)
        },
        **{
            f'kube_pod_info{{namespace="a",pod="p{n}",uid="{n}",node="n1"}}': _always(1)
            for n in range(count)
        },
        'kube_node_status_allocatable{node="n1",resource="pods"}': _always(of),
    }


def _dns(failed: int) -> Series:
    return {
        'coredns_dns_responses_total{rcode="SERVFAIL"}': f"0+{failed}x100",
        'coredns_dns_responses_total{rcode="NOERROR"}': f"0+{100 - failed}x100",
    }


def _volume(free: int) -> Series:
    labels = '{namespace="a",persistentvolumeclaim="data"}'
    return {
        f"kubelet_volume_stats_available_bytes{labels}": _always(free),
        f"kubelet_volume_stats_capacity_bytes{labels}": _always(100),
    }


def _autoscaler(current: int) -> Series:
    labels = '{namespace="a",horizontalpodautoscaler="web"}'
    return {
        f"kube_horizontalpodautoscaler_status_current_replicas{labels}": _always(current),
        f"kube_horizontalpodautoscaler_spec_max_replicas{labels}": _always(6),
        f"kube_horizontalpodautoscaler_spec_min_replicas{labels}": _always(2),
    }


_BALANCER: Final = {"dimension_LoadBalancer": "app/web/1"}
_GROUP: Final = {**_BALANCER, "dimension_TargetGroup": "targetgroup/web/2"}


def _seen(metric: cw.CloudWatchMetric, value: float) -> Series:
    labels = ",".join(f'{key}="{text}"' for key, text in _GROUP.items())
    return {f"{metric.prometheus_name}{{{labels}}}": _always(value)}


def _certificate(days: int) -> Series:
    return {
        f'{cw.DAYS_TO_EXPIRY.prometheus_name}{{dimension_CertificateArn="arn:x"}}': f"{days}x200"
    }


def _leaving(cut: int) -> Series:
    return {
        **_seen(cw.BAD_GATEWAYS, cut),
        **_seen(cw.REFUSED_CONNECTIONS, 0),
        'kube_pod_deletion_timestamp{namespace="a",pod="p"}': _always(1),
    }


_WEB: Final = {"namespace": "a", "horizontalpodautoscaler": "web"}
_CLAIM: Final = {"namespace": "a", "persistentvolumeclaim": "data"}
_POD: Final = {"namespace": "a", "pod": "p"}
_RESTARTS: Final = 'kube_pod_container_status_restarts_total{namespace="a",pod="p",container="c"}'
_UP: Final = {
    f'up{{job="{job}",instance="1"}}': _always(1)
    for job in ("aws-node", "aws-load-balancer-controller")
}

CASES: Final[Mapping[str, Case]] = {
    "SubnetAddressesLow": Case(
        fires=_node(810),
        quiet=_node(790),
        labels={"zone": ZONE},
        summary=f"19% of the addresses of {ZONE} are left",
    ),
    "SubnetAddressesOut": Case(
        fires=_node(960),
        quiet=_node(940),
        labels={"zone": ZONE},
        summary=f"4% of the addresses of {ZONE} are left",
    ),
    "WarmPoolEmpty": Case(
        fires=_pool(14, 14),
        quiet=_pool(14, 13),
        labels={"node": "n1"},
        summary="The CNI of n1 has no free address",
    ),
    "PodsWithoutAddress": Case(
        fires={'awscni_no_available_ip_addresses{node="n1"}': "0+1x100"},
        quiet={'awscni_no_available_ip_addresses{node="n1"}': _always(7)},
        labels={"node": "n1"},
        summary="Pods of n1 get no address",
    ),
    "CniCallsFail": Case(
        fires={'awscni_ec2api_error_count{node="n1",fn="f"}': "0+1x100"},
        quiet={'awscni_ec2api_error_count{node="n1",fn="f"}': "0+0.3x100"},
        labels={"node": "n1"},
        summary="EC2 refuses calls of the CNI on n1",
    ),
    "CniDown": Case(
        fires={
            'kube_daemonset_status_number_unavailable{namespace="kube-system",'
            'daemonset="aws-node"}': _always(2)
        },
        quiet={
            'kube_daemonset_status_number_unavailable{namespace="kube-system",'
            'daemonset="aws-node"}': _always(0)
        },
        labels={"namespace": "kube-system", "daemonset": "aws-node"},
        summary="The CNI is not ready on 2 nodes",
    ),
    "NodeAlmostFull": Case(
        fires=_pods(19, 20),
        quiet=_pods(18, 20),
        labels={"node": "n1"},
        summary="n1 runs 95% of its pods",
    ),
    "PodUnschedulable": Case(
        fires={'kube_pod_status_unschedulable{namespace="a",pod="p"}': _always(1)},
        quiet={'kube_pod_status_unschedulable{namespace="a",pod="p"}': _always(0)},
        labels=_POD,
        summary="No node takes a/p",
    ),
    "NodeNotReady": Case(
        fires={'kube_node_status_condition{node="n1",condition="Ready",status="true"}': _always(0)},
        quiet={'kube_node_status_condition{node="n1",condition="Ready",status="true"}': _always(1)},
        labels={"node": "n1", "condition": "Ready", "status": "true"},
        summary="n1 is not ready",
    ),
    "DnsFails": Case(fires=_dns(6), quiet=_dns(4), summary="Cluster DNS fails 6% of its answers"),
    "DnsDown": Case(
        fires={
            'kube_deployment_status_replicas_available{namespace="kube-system",'
            'deployment="coredns"}': _always(0)
        },
        quiet={
            'kube_deployment_status_replicas_available{namespace="kube-system",'
            'deployment="coredns"}': _always(1)
        },
        labels={"namespace": "kube-system", "deployment": "coredns"},
        summary="No pod of CoreDNS is available",
    ),
    "ContainerRestarts": Case(
        fires={_RESTARTS: "0+0.1x100"},
        quiet={_RESTARTS: "0+0.04x100"},
        labels={**_POD, "container": "c"},
        summary="a/p restarts (c)",
        minutes=80,
    ),
    "AutoscalerAtMaximum": Case(
        fires=_autoscaler(6), quiet=_autoscaler(5), labels=_WEB, summary="a/web is at its maximum"
    ),
    "VolumeAlmostFull": Case(
        fires=_volume(14),
        quiet=_volume(16),
        labels=_CLAIM,
        summary="14% of the volume a/data is free",
    ),
    "VolumeFull": Case(
        fires=_volume(2), quiet=_volume(4), labels=_CLAIM, summary="2% of the volume a/data is free"
    ),
    "WebhookCallsFail": Case(
        fires={
            'apiserver_admission_webhook_rejection_count{name="w",'
            'error_type="calling_webhook_error"}': "0+1x100"
        },
        quiet={
            'apiserver_admission_webhook_rejection_count{name="w",'
            'error_type="calling_webhook_error"}': _always(3),
            'apiserver_admission_webhook_rejection_count{name="w"}': "0+1x100",
        },
        labels={"name": "w"},
        summary="The API server does not reach the webhook w",
    ),
    "LoadBalancerControllerErrors": Case(
        fires={
            'controller_runtime_reconcile_errors_total{job="aws-load-balancer-controller",'
            'controller="ingress"}': "0+1x100"
        },
        quiet={
            'controller_runtime_reconcile_errors_total{job="aws-load-balancer-controller",'
            'controller="ingress"}': "0+0.1x100",
            'controller_runtime_reconcile_errors_total{job="karpenter",controller="ingress"}': (
                "0+9x100"
            ),
        },
        labels={"controller": "ingress"},
        summary="The load balancer controller fails at ingress",
    ),
    "TargetsUnhealthy": Case(
        fires=_seen(cw.UNHEALTHY, 2),
        quiet=_seen(cw.UNHEALTHY, 0),
        labels=_GROUP,
        summary="app/web/1 finds 2 targets unhealthy",
    ),
    "NoHealthyTarget": Case(
        fires=_seen(cw.NLB_HEALTHY, 0),
        quiet={**_seen(cw.HEALTHY, 1), **_seen(cw.NLB_HEALTHY, 1)},
        labels=_GROUP,
        summary="app/web/1 finds no target healthy",
    ),
    "TargetErrors": Case(
        fires={**_seen(cw.TARGET_ERRORS, 20), **_seen(cw.REQUESTS, 1000)},
        # One of three failed, which is a third, and one.
        quiet={**_seen(cw.TARGET_ERRORS, 1), **_seen(cw.REQUESTS, 3)},
        labels=_BALANCER,
        summary="Pods behind app/web/1 answer 2% with 5xx",
    ),
    "LoadBalancerErrors": Case(
        fires={**_seen(cw.BALANCER_ERRORS, 20), **_seen(cw.REQUESTS, 980)},
        quiet={**_seen(cw.BALANCER_ERRORS, 9), **_seen(cw.REQUESTS, 991)},
        labels=_BALANCER,
        summary="app/web/1 answers 2% with 5xx itself",
    ),
    "DrainCutsRequests": Case(
        fires=_leaving(1),
        quiet=_leaving(0),
        labels=_BALANCER,
        summary="app/web/1 loses requests while pods leave",
    ),
    "CertificateExpires": Case(
        fires=_certificate(29),
        quiet=_certificate(31),
        labels={"dimension_CertificateArn": "arn:x"},
        summary="arn:x expires in 29 days",
        minutes=70,
    ),
    "CertificateExpiresSoon": Case(
        fires=_certificate(6),
        quiet=_certificate(8),
        labels={"dimension_CertificateArn": "arn:x"},
        summary="arn:x expires in 6 days",
        minutes=70,
    ),
    "MetricsMissing": Case(
        fires={**_UP, 'up{job="cloudwatch-exporter",instance="1"}': _always(0)},
        quiet={**_UP, 'up{job="cloudwatch-exporter",instance="1"}': _always(1)},
        labels={"job": "cloudwatch-exporter"},
        summary="Nothing is read from cloudwatch-exporter",
    ),
}
