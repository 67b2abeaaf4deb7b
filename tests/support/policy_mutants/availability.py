"""Mutants of what keeps an application there, and apart from others."""

from deployment.types import AUTOSCALER, DEPLOYMENT, DISRUPTION_BUDGET, NAMESPACE, NETWORK_POLICY
from policy_mutants.registry import Deployment, Properties, breaks, keeps


@breaks("workloads-have-a-network-policy")
def there_is_no_network_policy(deployment: Deployment) -> None:
    deployment.remove(NETWORK_POLICY)


@breaks("workloads-have-a-network-policy", NETWORK_POLICY)
def the_network_policy_is_for_others(policy: Properties) -> None:
    policy["spec"]["podSelector"]["matchLabels"] = {"app.kubernetes.io/name": "other"}


@keeps("workloads-have-a-network-policy", NETWORK_POLICY)
def the_network_policy_is_for_all(policy: Properties) -> None:
    policy["spec"]["podSelector"] = {}


@breaks("deployments-survive-a-drain")
def there_is_no_disruption_budget(deployment: Deployment) -> None:
    deployment.remove(DISRUPTION_BUDGET)


@breaks("deployments-survive-a-drain", AUTOSCALER)
def one_pod_may_be_left(scaler: Properties) -> None:
    scaler["spec"]["minReplicas"] = 1


@keeps("deployments-survive-a-drain", DEPLOYMENT)
def the_autoscaler_decides(deployment: Properties) -> None:
    deployment["spec"]["replicas"] = 1


@breaks("pods-spread-over-zones", DEPLOYMENT)
def zones_are_optional(deployment: Properties) -> None:
    constraint = deployment["spec"]["template"]["spec"]["topologySpreadConstraints"][0]
    constraint["whenUnsatisfiable"] = "ScheduleAnyway"


@keeps("pods-spread-over-zones", DEPLOYMENT)
def nodes_do_not_matter(deployment: Properties) -> None:
    del deployment["spec"]["template"]["spec"]["topologySpreadConstraints"][1]


@breaks("rollouts-leave-no-gap", DEPLOYMENT)
def old_pods_go_first(deployment: Properties) -> None:
    del deployment["spec"]["strategy"]


@breaks("rollouts-leave-no-gap", NAMESPACE)
def there_are_no_readiness_gates(namespace: Properties) -> None:
    del namespace["metadata"]["labels"]["elbv2.k8s.aws/pod-readiness-gate-inject"]


@keeps("rollouts-leave-no-gap", DEPLOYMENT)
def more_new_pods_at_a_time(deployment: Properties) -> None:
    deployment["spec"]["strategy"]["rollingUpdate"]["maxSurge"] = "50%"
