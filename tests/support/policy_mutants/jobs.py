"""Mutants of Jobs and DaemonSets, and of policies on what pods may reach."""

from collections.abc import Mapping
from typing import Any, Final

from deployment.types import (
    CRON_JOB,
    DAEMON_SET,
    DEPLOYMENT,
    JOB,
    NETWORK_POLICY,
    NODE_GROUP,
    NODE_POOL,
)
from policy_mutants.registry import Deployment, Properties, breaks, keeps

_ENDS: Final[Mapping[str, Any]] = {"spec": {"restartPolicy": "Never"}}
_IN_TIME: Final[Mapping[str, Any]] = {"activeDeadlineSeconds": 600}
_TO_DATABASE: Final[Mapping[str, Any]] = {
    "to": [{"podSelector": {"matchLabels": {"app": "db"}}}],
    "ports": [{"port": 5432, "protocol": "TCP"}],
}


def _container(deployment: Deployment) -> Properties:
    """Returns the container of the sample application."""
    spec: Properties = deployment.all(DEPLOYMENT)[0]["inputs"]["spec"]["template"]["spec"]
    found: Properties = spec["containers"][0]
    return found


def _add(
    deployment: Deployment,
    token: str,
    more: Mapping[str, Any],
    spec: Mapping[str, Any],
    **of_cron_job: Any,
) -> None:
    """Adds a workload with the pod of the sample application, more of it, and more in its spec."""
    made = deployment.all(DEPLOYMENT)[0]["inputs"]
    template = {
        "metadata": {**made["spec"]["template"]["metadata"], **more.get("metadata", {})},
        "spec": {**made["spec"]["template"]["spec"], **more.get("spec", {})},
    }
    whole = {"template": template, **spec}
    if token == CRON_JOB:
        cron = {"schedule": "@daily", "concurrencyPolicy": "Forbid", **of_cron_job}
        whole = {**cron, "jobTemplate": {"spec": whole}}
    metadata = {"name": "report", "namespace": "sample-app"}
    deployment.add(token, "report", {"metadata": metadata, "spec": whole})


@keeps("probes")
def a_job_has_no_probes(deployment: Deployment) -> None:
    container = {k: v for k, v in _container(deployment).items() if not k.endswith("Probe")}
    _add(deployment, JOB, {"spec": {**_ENDS["spec"], "containers": [container]}}, _IN_TIME)


@breaks("images-pinned")
def a_cron_job_floats(deployment: Deployment) -> None:
    container = {**_container(deployment), "image": "report"}
    _add(deployment, CRON_JOB, {"spec": {**_ENDS["spec"], "containers": [container]}}, _IN_TIME)


@breaks("jobs-come-to-an-end")
def a_job_may_run_for_ever(deployment: Deployment) -> None:
    _add(deployment, JOB, _ENDS, {})


@breaks("jobs-come-to-an-end")
def a_cron_job_restarts_always(deployment: Deployment) -> None:
    _add(deployment, CRON_JOB, {}, _IN_TIME)


@keeps("jobs-come-to-an-end")
def a_job_s_pods_have_the_deadline(deployment: Deployment) -> None:
    _add(deployment, JOB, {"spec": {**_ENDS["spec"], **_IN_TIME}}, {})


@breaks("cron-jobs-do-not-pile-up")
def runs_overlap(deployment: Deployment) -> None:
    _add(deployment, CRON_JOB, _ENDS, _IN_TIME, concurrencyPolicy=None)


@breaks("cron-jobs-do-not-pile-up")
def runs_are_missed(deployment: Deployment) -> None:
    _add(deployment, CRON_JOB, _ENDS, _IN_TIME, startingDeadlineSeconds=5)


@keeps("cron-jobs-do-not-pile-up")
def runs_may_overlap(deployment: Deployment) -> None:
    _add(deployment, CRON_JOB, _ENDS, _IN_TIME, concurrencyPolicy="Allow")


def _with_karpenter(deployment: Deployment) -> None:
    deployment.add(NODE_POOL, "general", {"metadata": {"name": "general"}, "spec": {}})


@breaks("jobs-outlast-their-node")
def a_job_tries_once_on_a_node_that_goes(deployment: Deployment) -> None:
    _with_karpenter(deployment)
    _add(deployment, JOB, _ENDS, {**_IN_TIME, "backoffLimit": 0})


@keeps("jobs-outlast-their-node")
def a_job_that_tries_once_keeps_its_node(deployment: Deployment) -> None:
    _with_karpenter(deployment)
    annotations = {"annotations": {"karpenter.sh/do-not-disrupt": "true"}}
    _add(deployment, JOB, {**_ENDS, "metadata": annotations}, {**_IN_TIME, "backoffLimit": 0})


@keeps("jobs-outlast-their-node")
def a_job_tries_again(deployment: Deployment) -> None:
    _with_karpenter(deployment)
    _add(deployment, JOB, _ENDS, {**_IN_TIME, "backoffLimit": 2})


def _add_agent(deployment: Deployment, more: Mapping[str, Any] | None = None, **spec: Any) -> None:
    """Adds a DaemonSet that is behind no load balancer, with more in its pods and its spec."""
    pod = {
        "priorityClassName": "system-node-critical",
        "tolerations": [{"operator": "Exists"}],
        **(more or {}),
    }
    labels = {"app": "agent"}
    _add(deployment, DAEMON_SET, {"metadata": {"labels": labels}, "spec": pod}, spec)
    selector = {"podSelector": {"matchLabels": labels}, "policyTypes": ["Ingress"]}
    metadata = {"name": "agent", "namespace": "sample-app"}
    deployment.add(NETWORK_POLICY, "agent", {"metadata": metadata, "spec": selector})


def _taint_the_nodes(deployment: Deployment) -> None:
    taints = [{"key": "for", "value": "shop", "effect": "NO_SCHEDULE"}]
    deployment.change(NODE_GROUP, "", lambda group: group.update(taints=taints))


@breaks("daemon-sets-reach-tainted-nodes")
def an_agent_misses_tainted_nodes(deployment: Deployment) -> None:
    _taint_the_nodes(deployment)
    _add_agent(deployment, {"tolerations": []})


@keeps("daemon-sets-reach-tainted-nodes")
def an_agent_puts_up_with_every_taint(deployment: Deployment) -> None:
    _taint_the_nodes(deployment)
    _add_agent(deployment)


@breaks("daemon-sets-find-room")
def an_agent_waits_for_room(deployment: Deployment) -> None:
    _add_agent(deployment, {"priorityClassName": None})


@keeps("daemon-sets-find-room")
def an_agent_has_a_class_of_its_own(deployment: Deployment) -> None:
    _add_agent(deployment, {"priorityClassName": "agents"})


@breaks("daemon-sets-update-node-by-node")
def an_agent_stays_old(deployment: Deployment) -> None:
    _add_agent(deployment, updateStrategy={"type": "OnDelete"})


@breaks("daemon-sets-update-node-by-node")
def all_agents_go_at_once(deployment: Deployment) -> None:
    _add_agent(deployment, updateStrategy={"rollingUpdate": {"maxUnavailable": "100%"}})


@keeps("daemon-sets-update-node-by-node")
def agents_go_by_tenths(deployment: Deployment) -> None:
    _add_agent(deployment, updateStrategy={"rollingUpdate": {"maxUnavailable": "10%"}})


def _to_dns(*protocols: str) -> dict[str, Any]:
    system = {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}
    ports = [{"port": 53, "protocol": protocol} for protocol in protocols]
    return {"to": [{"namespaceSelector": system}], "ports": ports}


@breaks("network-policies-let-names-resolve", NETWORK_POLICY)
def pods_reach_a_database_and_no_dns(policy: Properties) -> None:
    policy["spec"]["egress"] = [_TO_DATABASE]


@breaks("network-policies-let-names-resolve", NETWORK_POLICY)
def pods_ask_for_names_by_tcp(policy: Properties) -> None:
    policy["spec"]["egress"] = [_TO_DATABASE, _to_dns("TCP")]


@keeps("network-policies-let-names-resolve", NETWORK_POLICY)
def pods_reach_a_database_and_dns(policy: Properties) -> None:
    policy["spec"]["egress"] = [_TO_DATABASE, _to_dns("UDP", "TCP")]


@keeps("network-policies-let-names-resolve")
def another_policy_lets_names_resolve(deployment: Deployment) -> None:
    deployment.change(
        NETWORK_POLICY, "sample-app", lambda one: one["spec"].update(egress=[_TO_DATABASE])
    )
    spec = {"podSelector": {}, "policyTypes": ["Egress"], "egress": [_to_dns("UDP")]}
    metadata = {"name": "dns", "namespace": "sample-app"}
    deployment.add(NETWORK_POLICY, "dns", {"metadata": metadata, "spec": spec})
