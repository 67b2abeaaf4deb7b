"""Alerts on what the cluster says of itself: addresses, nodes and workloads.

Thresholds are choices of this platform.
"""

from typing import Final

from .alert import Alert
from .metrics import CNI, CONTROLLER

# The part of a zone's addresses that is left, as a rule records it.
FREE: Final = "eks_platform:subnet_addresses:free_ratio"

ADDRESSES: Final = (
    Alert(
        name="SubnetAddressesLow",
        severity="warning",
        expr=f"{FREE} < 0.2",
        minutes=15,
        summary="{{ $value | humanizePercentage }} of the addresses of {{ $labels.zone }} are left",
        description="Nodes and pods take more than 80 % of what the zone's subnet has for them.",
    ),
    Alert(
        name="SubnetAddressesOut",
        severity="critical",
        expr=f"{FREE} < 0.05",
        minutes=5,
        summary="{{ $value | humanizePercentage }} of the addresses of {{ $labels.zone }} are left",
        description="New nodes do not start and new pods get no address once there is none left.",
    ),
    Alert(
        name="WarmPoolEmpty",
        severity="warning",
        expr="awscni_total_ip_addresses - awscni_assigned_ip_addresses < 1"
        " and awscni_total_ip_addresses < awscni_ip_max",
        minutes=10,
        summary="The CNI of {{ $labels.node }} has no free address",
        description="The node may hold more addresses and gets none; its next pod waits.",
    ),
    Alert(
        name="PodsWithoutAddress",
        severity="critical",
        expr="increase(awscni_no_available_ip_addresses[10m]) > 0",
        minutes=5,
        summary="Pods of {{ $labels.node }} get no address",
        description="The CNI refused to set pods up, which stay in ContainerCreating.",
    ),
    Alert(
        name="CniCallsFail",
        severity="warning",
        expr="sum by (node) (increase(awscni_ec2api_error_count[15m])) > 5",
        minutes=15,
        summary="EC2 refuses calls of the CNI on {{ $labels.node }}",
        description="The CNI can neither take addresses nor give them back.",
    ),
    Alert(
        name="CniDown",
        severity="critical",
        expr="kube_daemonset_status_number_unavailable"
        f'{{namespace="kube-system",daemonset="{CNI}"}} > 0',
        minutes=10,
        summary="The CNI is not ready on {{ $value }} nodes",
        description="Pods that start on these nodes get no network.",
    ),
)
NODES: Final = (
    Alert(
        name="NodeAlmostFull",
        severity="warning",
        expr='sum by (node) (kube_pod_status_phase{phase=~"Pending|Running"} * on (namespace, pod,'
        ' uid) group_left (node) kube_pod_info{node!=""}) / on (node)'
        ' kube_node_status_allocatable{resource="pods"} > 0.9',
        minutes=15,
        summary="{{ $labels.node }} runs {{ $value | humanizePercentage }} of its pods",
        description="The node has room for CPU and memory that no pod can use beyond maxPods.",
    ),
    Alert(
        name="PodUnschedulable",
        severity="warning",
        expr="max by (namespace, pod) (kube_pod_status_unschedulable) > 0",
        minutes=15,
        summary="No node takes {{ $labels.namespace }}/{{ $labels.pod }}",
        description="No node has what the pod asks for, and the autoscaler added none.",
    ),
    Alert(
        name="NodeNotReady",
        severity="critical",
        expr='kube_node_status_condition{condition="Ready",status="true"} == 0',
        minutes=10,
        summary="{{ $labels.node }} is not ready",
        description="The control plane does not hear from the node, and its pods are moved.",
    ),
    Alert(
        name="DnsFails",
        severity="warning",
        expr='sum(rate(coredns_dns_responses_total{rcode="SERVFAIL"}[5m]))'
        " / sum(rate(coredns_dns_responses_total[5m])) > 0.05",
        minutes=10,
        summary="Cluster DNS fails {{ $value | humanizePercentage }} of its answers",
        description="Pods do not resolve some names.",
    ),
    Alert(
        name="DnsDown",
        severity="critical",
        expr="kube_deployment_status_replicas_available"
        '{namespace="kube-system",deployment="coredns"} < 1',
        minutes=2,
        summary="No pod of CoreDNS is available",
        description="Pods resolve no name.",
    ),
)
WORKLOADS: Final = (
    Alert(
        name="ContainerRestarts",
        severity="warning",
        expr="increase(kube_pod_container_status_restarts_total[1h]) > 3",
        minutes=5,
        summary="{{ $labels.namespace }}/{{ $labels.pod }} restarts ({{ $labels.container }})",
        description="The container ended more than three times within an hour.",
    ),
    Alert(
        name="AutoscalerAtMaximum",
        severity="warning",
        expr="kube_horizontalpodautoscaler_status_current_replicas"
        " >= kube_horizontalpodautoscaler_spec_max_replicas"
        " and kube_horizontalpodautoscaler_spec_max_replicas"
        " > kube_horizontalpodautoscaler_spec_min_replicas",
        minutes=15,
        summary="{{ $labels.namespace }}/{{ $labels.horizontalpodautoscaler }} is at its maximum",
        description="More load gets no more pods.",
    ),
    Alert(
        name="VolumeAlmostFull",
        severity="warning",
        expr="kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes < 0.15",
        minutes=15,
        summary="{{ $value | humanizePercentage }} of the volume"
        " {{ $labels.namespace }}/{{ $labels.persistentvolumeclaim }} is free",
        description="Writes fail once it is full.",
    ),
    Alert(
        name="VolumeFull",
        severity="critical",
        expr="kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes < 0.03",
        minutes=5,
        summary="{{ $value | humanizePercentage }} of the volume"
        " {{ $labels.namespace }}/{{ $labels.persistentvolumeclaim }} is free",
        description="Writes fail now or within minutes.",
    ),
    Alert(
        name="WebhookCallsFail",
        severity="warning",
        expr="sum by (name) (increase(apiserver_admission_webhook_rejection_count"
        '{error_type="calling_webhook_error"}[10m])) > 0'
        " or sum by (name) (increase(apiserver_admission_webhook_fail_open_count[10m])) > 0",
        minutes=10,
        summary="The API server does not reach the webhook {{ $labels.name }}",
        description="Its pods are away, or its certificate is not valid any more.",
    ),
    Alert(
        name="LoadBalancerControllerErrors",
        severity="warning",
        expr="sum by (controller) (increase(controller_runtime_reconcile_errors_total"
        f'{{job="{CONTROLLER}"}}[15m])) > 3',
        minutes=15,
        summary="The load balancer controller fails at {{ $labels.controller }}",
        description="Targets, listeners or load balancers stay as they were.",
    ),
)
