"""Mutants of Ingresses, Services and the numbers of a shutdown."""

import json
import re

from deployment.types import (
    CONFIG_MAP,
    DEPLOYMENT,
    INGRESS,
    NODE_GROUP,
    NODE_POOL,
    RELEASE,
    SERVICE,
    STACK,
)
from policy_mutants.registry import Deployment, Properties, breaks, keeps

_ALB = "alb.ingress.kubernetes.io/"


def _annotations(resource: Properties) -> dict[str, str]:
    found: dict[str, str] = resource["metadata"].setdefault("annotations", {})
    return found


def _replace(ingress: Properties, key: str, old: str, new: str) -> None:
    text = _annotations(ingress)[f"{_ALB}{key}"]
    assert old in text, f"{old} is not in {text}"
    _annotations(ingress)[f"{_ALB}{key}"] = text.replace(old, new)


@breaks("load-balancers-send-to-pods", INGRESS)
def targets_are_instances(ingress: Properties) -> None:
    _annotations(ingress)[f"{_ALB}target-type"] = "instance"


@keeps("load-balancers-send-to-pods", INGRESS)
def another_controller_serves_the_ingress(ingress: Properties) -> None:
    ingress["spec"]["ingressClassName"] = "internal-proxy"
    del _annotations(ingress)[f"{_ALB}target-type"]


@breaks("load-balancers-speak-tls", INGRESS)
def there_is_http_alone(ingress: Properties) -> None:
    _annotations(ingress)[f"{_ALB}listen-ports"] = json.dumps([{"HTTP": 80}])


@breaks("load-balancers-speak-tls", INGRESS)
def http_is_not_redirected(ingress: Properties) -> None:
    del _annotations(ingress)[f"{_ALB}ssl-redirect"]


@breaks("load-balancers-speak-tls", INGRESS)
def tls_is_old(ingress: Properties) -> None:
    _annotations(ingress)[f"{_ALB}ssl-policy"] = "ELBSecurityPolicy-2016-08"


@keeps("load-balancers-speak-tls")
def the_controllers_chart_has_the_tls_policy(deployment: Deployment) -> None:
    _without_a_tls_policy(deployment, "ELBSecurityPolicy-TLS13-1-3-2021-06")


@breaks("load-balancers-speak-tls")
def the_controllers_chart_has_an_old_tls_policy(deployment: Deployment) -> None:
    _without_a_tls_policy(deployment, "ELBSecurityPolicy-2016-08")


def _without_a_tls_policy(deployment: Deployment, of_chart: str) -> None:
    """Takes an Ingress's own policy away, so that the chart's holds."""

    def take_away(ingress: Properties) -> None:
        _annotations(ingress).pop(f"{_ALB}ssl-policy", None)

    deployment.change(INGRESS, "", take_away)
    deployment.change(RELEASE, "load", lambda one: one["values"].update(defaultSSLPolicy=of_chart))


@keeps("load-balancers-speak-tls", INGRESS)
def there_is_https_alone(ingress: Properties) -> None:
    _annotations(ingress)[f"{_ALB}listen-ports"] = json.dumps([{"HTTPS": 443}])
    del _annotations(ingress)[f"{_ALB}ssl-redirect"]


@breaks("load-balancers-drop-invalid-headers", INGRESS)
def invalid_headers_pass(ingress: Properties) -> None:
    key = "routing.http.drop_invalid_header_fields.enabled"
    _replace(ingress, "load-balancer-attributes", f",{key}=true", "")


@keeps("load-balancers-drop-invalid-headers", INGRESS)
def there_are_more_attributes(ingress: Properties) -> None:
    _annotations(ingress)[f"{_ALB}load-balancer-attributes"] += ",routing.http2.enabled=true"


@breaks("load-balancers-log-access")
def access_is_not_logged(deployment: Deployment) -> None:
    ingress = json.loads(json.dumps(deployment.all(INGRESS)[0]["inputs"]))
    ingress["metadata"]["namespace"] = "elsewhere"
    deployment.add(INGRESS, "second", ingress)
    deployment.resources[-1]["dependencies"] = [deployment.all(RELEASE, "load")[0]["urn"]]


@keeps("load-balancers-log-access")
def access_is_logged(deployment: Deployment) -> None:
    ingress = json.loads(json.dumps(deployment.all(INGRESS)[0]["inputs"]))
    ingress["metadata"]["namespace"] = "elsewhere"
    _annotations(ingress)[f"{_ALB}load-balancer-attributes"] += (
        ",access_logs.s3.enabled=true,access_logs.s3.bucket=logs"
    )
    deployment.add(INGRESS, "second", ingress)
    deployment.resources[-1]["dependencies"] = [deployment.all(RELEASE, "load")[0]["urn"]]


@breaks("no-node-ports", SERVICE)
def a_service_opens_a_node_port(service: Properties) -> None:
    service["spec"]["type"] = "NodePort"


@breaks("no-node-ports", SERVICE)
def a_load_balancer_sends_to_nodes(service: Properties) -> None:
    service["spec"].update(type="LoadBalancer", allocateLoadBalancerNodePorts=False)


@breaks("no-node-ports", SERVICE)
def a_load_balancer_gets_node_ports(service: Properties) -> None:
    service["spec"]["type"] = "LoadBalancer"
    key = "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type"
    _annotations(service)[key] = "ip"


@keeps("no-node-ports", SERVICE)
def a_load_balancer_sends_to_pods(service: Properties) -> None:
    service["spec"].update(type="LoadBalancer", allocateLoadBalancerNodePorts=False)
    key = "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type"
    _annotations(service)[key] = "ip"


@breaks("shutdown-numbers-agree", DEPLOYMENT)
def there_is_no_pre_stop(deployment: Properties) -> None:
    del deployment["spec"]["template"]["spec"]["containers"][0]["lifecycle"]


@breaks("shutdown-numbers-agree", DEPLOYMENT)
def the_grace_period_is_the_default(deployment: Properties) -> None:
    del deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]


@breaks("shutdown-numbers-agree", DEPLOYMENT)
def the_grace_period_leaves_no_time_to_drain(deployment: Properties) -> None:
    deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = 62


def _pool(**template: object) -> Properties:
    spec = {"requirements": [], **template}
    kind = {"apiVersion": "karpenter.sh/v1", "kind": "NodePool"}
    return {**kind, "metadata": {"name": "general"}, "spec": {"template": {"spec": spec}}}


@breaks("shutdown-numbers-agree")
def a_pool_ends_its_pods_early(deployment: Deployment) -> None:
    deployment.add(NODE_POOL, "general", _pool(terminationGracePeriod="1m"))


@keeps("shutdown-numbers-agree")
def a_pool_waits_for_its_pods(deployment: Deployment) -> None:
    deployment.add(NODE_POOL, "general", _pool(terminationGracePeriod="2m30s"))


@breaks("shutdown-numbers-agree")
def a_pool_of_spot_nodes_has_pods_that_take_their_time(deployment: Deployment) -> None:
    spot = {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot"]}
    deployment.add(NODE_POOL, "general", _pool(requirements=[spot]))
    deployment.change(DEPLOYMENT, "", _takes_its_time)


@keeps("shutdown-numbers-agree")
def a_pool_on_demand_has_pods_that_take_their_time(deployment: Deployment) -> None:
    deployment.add(NODE_POOL, "general", _pool())
    deployment.change(DEPLOYMENT, "", _takes_its_time)


def _takes_its_time(deployment: Properties) -> None:
    deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = 150


@breaks("shutdown-numbers-agree")
def cluster_autoscaler_ends_pods_early(deployment: Deployment) -> None:
    values = {"customArgs": ["--max-graceful-termination-sec=30"]}
    deployment.add(RELEASE, "scaler", {"chart": "cluster-autoscaler", "values": values})


@keeps("shutdown-numbers-agree")
def cluster_autoscaler_waits_as_it_does_by_itself(deployment: Deployment) -> None:
    deployment.add(RELEASE, "scaler", {"chart": "cluster-autoscaler", "values": {}})


@breaks("shutdown-numbers-agree", INGRESS)
def the_idle_timeout_is_long(ingress: Properties) -> None:
    _replace(ingress, "load-balancer-attributes", "timeout_seconds=60", "timeout_seconds=3600")


@breaks("shutdown-numbers-agree", INGRESS)
def targets_are_deregistered_at_once(ingress: Properties) -> None:
    _replace(ingress, "target-group-attributes", "timeout_seconds=55", "timeout_seconds=0")


@breaks("shutdown-numbers-agree")
def an_nlb_sends_for_longer_than_the_plan_assumes(deployment: Deployment) -> None:
    def by_nlb(service: Properties) -> None:
        service["spec"].update(
            type="LoadBalancer",
            loadBalancerClass="service.k8s.aws/nlb",
            allocateLoadBalancerNodePorts=False,
        )
        key = "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type"
        _annotations(service)[key] = "ip"

    deployment.change(SERVICE, "sample-app", by_nlb)
    controller = deployment.all(RELEASE, "load")[0]["urn"]
    deployment.all(SERVICE, "sample-app")[0].setdefault("dependencies", []).append(controller)


@breaks("shutdown-numbers-agree", CONFIG_MAP)
def connections_are_closed_early(config_map: Properties) -> None:
    data = config_map["data"]
    data["nginx.conf"] = data["nginx.conf"].replace("keepalive_timeout 75s", "keepalive_timeout 5s")


def _with_drain_limit(text: str, seconds: int) -> str:
    return re.sub(r"(worker_shutdown_timeout) \d+s", rf"\1 {seconds}s", text)


@breaks("shutdown-numbers-agree", CONFIG_MAP)
def requests_are_cut_early(config_map: Properties) -> None:
    data = config_map["data"]
    data["nginx.conf"] = _with_drain_limit(data["nginx.conf"], 1)


@breaks("shutdown-numbers-agree")
def a_spot_node_takes_the_pod(deployment: Deployment) -> None:
    deployment.change(NODE_GROUP, "", lambda group: group.update(capacityType="SPOT"))
    pod = {"terminationGracePeriodSeconds": 120}
    deployment.change(DEPLOYMENT, "", lambda d: d["spec"]["template"]["spec"].update(pod))


@breaks("shutdown-numbers-agree")
def a_spot_node_with_a_soft_taint_takes_the_pod(deployment: Deployment) -> None:
    _on_spot(deployment, "PREFER_NO_SCHEDULE")


@keeps("shutdown-numbers-agree")
def a_spot_node_keeps_the_pod_away(deployment: Deployment) -> None:
    _on_spot(deployment, "NO_SCHEDULE")


def _on_spot(deployment: Deployment, effect: str) -> None:
    taint = {"key": "workload", "value": "batch", "effect": effect}
    spot = {"capacityType": "SPOT", "taints": [taint]}
    deployment.change(NODE_GROUP, "", lambda group: group.update(spot))
    pod = {"terminationGracePeriodSeconds": 130}
    deployment.change(DEPLOYMENT, "", lambda d: d["spec"]["template"]["spec"].update(pod))


@breaks("shutdown-numbers-agree")
def the_grace_period_leaves_no_slack(deployment: Deployment) -> None:
    """An application that drains within what is left, and a longest request that just fits."""
    plan = deployment.all(STACK)[0]["outputs"]["plan"]["shutdown"]["sample-app"]
    grace = plan["preStopSeconds"] + plan["longestRequestSeconds"] + 5
    plan["drainLimitSeconds"] = left = grace - plan["preStopSeconds"]
    for config_map in deployment.all(CONFIG_MAP):
        for view in ("inputs", "outputs"):
            data = config_map[view]["data"]
            data["nginx.conf"] = _with_drain_limit(data["nginx.conf"], left)
    pod = {"terminationGracePeriodSeconds": grace}
    deployment.change(DEPLOYMENT, "", lambda d: d["spec"]["template"]["spec"].update(pod))


@keeps("shutdown-numbers-agree", DEPLOYMENT)
def the_grace_period_is_longer(deployment: Properties) -> None:
    deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = 100


@keeps("shutdown-numbers-agree", INGRESS)
def the_deregistration_delay_is_the_default(ingress: Properties) -> None:
    del _annotations(ingress)[f"{_ALB}target-group-attributes"]
