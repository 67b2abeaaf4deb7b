"""How an InnoDBCluster behaves, and the network that its pods are let into."""

from collections.abc import Iterator, Mapping
from typing import Any

from deployment import types

from .cloud import Cloud, Thing
from .conditions import first
from .custom_resources import CustomResource, Operator
from .errors import CloudError
from .load_balancers import WAIT_SECONDS
from .objects import namespace_of
from .volumes import make_claim, template_failure

# As the operator labels them
# (https://github.com/mysql/mysql-operator/blob/trunk/mysqloperator/controller/innodbcluster/cluster_objects.py).
_COMPONENTS = ("mysqld", "mysqlrouter")
_OPERATOR_NAMESPACE, _OPERATOR_LABELS = "mysql-operator", {"name": "mysql-operator"}
_DNS_PORT = 53


def dns_failure(cloud: Cloud, namespace: str, labels: Mapping[str, Any]) -> str:
    """Returns why pods do not resolve a name, by the network policies; empty: they do.

    https://kubernetes.io/docs/concepts/services-networking/network-policies/: a pod that no policy
    of its egress selects may go anywhere, another one where any of them lets it.
    """
    found = [
        policy.inputs["spec"]
        for policy in cloud.of(types.NETWORK_POLICY)
        if namespace_of(policy) == namespace
        and "Egress" in (policy.inputs["spec"].get("policyTypes") or [])
        and _selects(policy.inputs["spec"].get("podSelector") or {}, labels)
    ]
    rules = [rule for spec in found for rule in spec.get("egress") or []]
    ports = [rule.get("ports") for rule in rules]
    if not found or any(
        given is None or _DNS_PORT in [one.get("port") for one in given] for given in ports
    ):
        return ""
    return f"lookup failed: no network policy of {namespace} lets {dict(labels)} ask cluster DNS"


def _selects(selector: Mapping[str, Any], labels: Mapping[str, Any]) -> bool:
    wanted = selector.get("matchLabels") or {}
    return all(labels.get(key) == value for key, value in wanted.items())


class _MySqlOperator(Operator):
    """The operator, which asks the API server and its servers by name."""

    def failure(self, cloud: Cloud) -> str:
        """Returns why nobody acts on an object; empty: somebody does."""
        return Operator.failure(self, cloud) or dns_failure(
            cloud, _OPERATOR_NAMESPACE, _OPERATOR_LABELS
        )


class InnoDbCluster(CustomResource):
    """A cluster, for which the operator makes servers with volumes, routers and a Service."""

    async def fault_of(self, cloud: Cloud, thing: Thing) -> str:
        """Waits until all servers are members."""
        if failure := await cloud.wait_out(lambda: first(_failures(cloud, thing)), WAIT_SECONDS):
            return f"InnoDBCluster {thing.id} is not ONLINE: {failure}"
        namespace, name = namespace_of(thing), thing.inputs["metadata"]["name"]
        spec = thing.inputs["spec"]
        for number in range(spec["instances"]):
            claimed = spec["datadirVolumeClaimTemplate"]
            make_claim(cloud, namespace, f"datadir-{name}-{number}", claimed)
        for token, inputs in _made(namespace, name).items():
            if not cloud.find(token, f"{namespace}/{inputs['metadata']['name']}"):
                cloud.make(token, f"{namespace}/{inputs['metadata']['name']}", inputs)
        return ""

    async def before_delete(self, cloud: Cloud, thing: Thing) -> None:
        """Waits for the operator, which takes servers and routers away; claims stay."""
        await super().before_delete(cloud, thing)
        namespace, name = namespace_of(thing), thing.inputs["metadata"]["name"]
        if failure := dns_failure(cloud, namespace, _labels(name, "mysqld")):
            raise CloudError(f"{thing.id} keeps its finalizer: {failure}")
        for token, inputs in _made(namespace, name).items():
            if found := cloud.find(token, f"{namespace}/{inputs['metadata']['name']}"):
                cloud.forget(found)


def _labels(name: str, component: str) -> dict[str, str]:
    return {"mysql.oracle.com/cluster": name, "tier": "mysql", "component": component}


def _made(namespace: str, name: str) -> dict[str, dict[str, Any]]:
    """Returns what others see of what the operator makes: routers, and their Service."""
    labels = _labels(name, "mysqlrouter")
    pod = {"metadata": {"labels": labels}, "spec": {"containers": []}}
    return {
        types.DEPLOYMENT: {
            "metadata": {"name": f"{name}-router", "namespace": namespace},
            "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": pod},
        },
        types.SERVICE: {
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"selector": labels, "type": "ClusterIP"},
        },
    }


def _failures(cloud: Cloud, thing: Thing) -> Iterator[str]:
    """Yields why servers do not become members."""
    spec, namespace = thing.inputs["spec"], namespace_of(thing)
    yield OPERATOR.failure(cloud)
    if not cloud.find(types.SECRET, f"{namespace}/{spec['secretName']}"):
        yield f'MountVolume.SetUp failed: secret "{spec["secretName"]}" not found'
    yield template_failure(cloud, spec["datadirVolumeClaimTemplate"])
    for component in _COMPONENTS:
        yield dns_failure(cloud, namespace, _labels(thing.inputs["metadata"]["name"], component))


OPERATOR = _MySqlOperator(chart="mysql-operator", ends="its servers")
BEHAVIOURS = {types.INNODB_CLUSTER: InnoDbCluster(OPERATOR)}
