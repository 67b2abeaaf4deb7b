"""Load balancing, shutdown and pods: requirements 30 to 34."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from graph_model import Graph

from deployment.resource import Resource
from requirement_checks.ordering import INGRESS
from requirement_checks.registry import requirement

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
SERVICE = "kubernetes:core/v1:Service"
STATEFUL_SET = "kubernetes:apps/v1:StatefulSet"
NAMESPACE = "kubernetes:core/v1:Namespace"
# What NFS-Ganesha needs of root, and nothing more (components/storage/ganesha_config.py).
FILE_SERVER_CAPABILITIES = {
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "SETGID",
    "SETUID",
}
ALB = "alb.ingress.kubernetes.io/"


def annotation(resource: Resource, key: str) -> str:
    """Returns an annotation, or nothing."""
    found: str = resource.inputs["metadata"].get("annotations", {}).get(key, "")
    return found


def attribute(text: str, key: str) -> int:
    """Returns a number of a list such as ``a=1,b=2``; -1 where it is not there."""
    found = re.search(rf"(?:^|,){re.escape(key)}=(\d+)(?:,|$)", text)
    return int(found[1]) if found else -1


def pod_of(deployment: Resource) -> Mapping[str, Any]:
    """Returns the pod of a deployment."""
    pod: Mapping[str, Any] = deployment.inputs["spec"]["template"]["spec"]
    return pod


@requirement(30)
def load_balancers_send_to_pods(graph: Graph) -> Iterator[str]:
    values = graph.release("aws-load-balancer-controller").inputs["values"]
    if values.get("defaultTargetType") != "ip":
        yield f"the controller's default is {values.get('defaultTargetType')}"
    for ingress in graph.of(INGRESS):
        if annotation(ingress, f"{ALB}target-type") != "ip":
            yield f"{ingress} does not send to pods"
    for service in graph.of(SERVICE):
        spec = service.inputs["spec"]
        if spec.get("type") == "NodePort" or any(port.get("nodePort") for port in spec["ports"]):
            yield f"{service} opens a node port"
        target = annotation(service, "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type")
        if spec.get("type") == "LoadBalancer" and target != "ip":
            yield f"{service} sends to nodes"


@requirement(31)
def the_controller_survives_drains_and_upgrades(graph: Graph) -> Iterator[str]:
    release = graph.release("aws-load-balancer-controller")
    values = release.inputs["values"]
    if values.get("replicaCount", 1) < 2:
        yield f"the controller has {values.get('replicaCount')} replicas"
    if not values.get("podDisruptionBudget"):
        yield "the controller has no disruption budget"
    if values.get("enableServiceMutatorWebhook") is not False:
        yield "the service webhook is on"
    if values.get("keepTLSSecret") is not True:
        yield "the TLS secret changes on upgrades"
    if release.inputs.get("skipAwait"):
        yield "nobody waits for the controller to be ready"


def ingress_of(graph: Graph, deployment: Resource) -> Resource:
    """Returns the Ingress in the namespace of a deployment."""
    namespace = deployment.inputs["metadata"]["namespace"]
    (found,) = (i for i in graph.of(INGRESS) if i.inputs["metadata"]["namespace"] == namespace)
    return found


def config_of(graph: Graph, deployment: Resource) -> str:
    """Returns all texts that a deployment's pods see as files."""
    mounted = {
        volume["configMap"]["name"]
        for volume in pod_of(deployment).get("volumes", [])
        if "configMap" in volume
    }
    return "".join(
        text
        for config_map in graph.of("kubernetes:core/v1:ConfigMap")
        if config_map.outputs["metadata"]["name"] in mounted
        for text in config_map.inputs.get("data", {}).values()
    )


def seconds_in(config: str, *directives: str) -> int:
    """Returns the seconds of a directive, of NGINX or Apache; -1 where none of them is there."""
    found = re.search(rf"^\s*(?:{'|'.join(directives)}) (\d+)(?:s;)?$", config, re.MULTILINE)
    return int(found[1]) if found else -1


@requirement(32)
def shutdown_numbers_agree(graph: Graph) -> Iterator[str]:
    # Lag and longest request are assumptions, which no manifest holds: the stack exports them.
    plans = graph.one("pulumi:pulumi:Stack").outputs["plan"]["shutdown"]
    spot = any(
        group.inputs.get("capacityType") == "SPOT" and not group.inputs.get("taints")
        for group in graph.of("aws:eks/nodeGroup:NodeGroup")
    )
    for deployment in graph.of(DEPLOYMENT):
        plan = plans[deployment.name]
        lag, longest = plan["propagationSeconds"], plan["longestRequestSeconds"]
        ingress, config = ingress_of(graph, deployment), config_of(graph, deployment)
        attributes = annotation(ingress, f"{ALB}target-group-attributes")
        delay = attribute(attributes, "deregistration_delay.timeout_seconds")
        attributes = annotation(ingress, f"{ALB}load-balancer-attributes")
        idle = attribute(attributes, "idle_timeout.timeout_seconds")
        keep_alive = seconds_in(config, "keepalive_timeout", "KeepAliveTimeout")
        drain = seconds_in(config, "worker_shutdown_timeout", "GracefulShutdownTimeout")
        pod = pod_of(deployment)
        grace = pod.get("terminationGracePeriodSeconds", 30)
        (container,) = pod["containers"]
        hook = container.get("lifecycle", {}).get("preStop", {})
        pre_stop = hook.get("sleep", {}).get("seconds", 0)
        if not pre_stop > lag:
            yield f"{deployment}: preStop {pre_stop} does not exceed the lag {lag}"
        if not grace > pre_stop + longest:
            yield f"{deployment}: grace {grace} does not exceed {pre_stop} + {longest}"
        if spot and not grace < 120:
            yield f"{deployment}: grace {grace} outlasts a spot node"
        if not longest <= drain <= grace - pre_stop:
            yield f"{deployment}: drains for {drain} of {grace} - {pre_stop}"
        if not delay >= lag + longest:
            yield f"{ingress}: deregistration delay {delay} is below {lag} + {longest}"
        if not keep_alive > idle > 0:
            yield f"{ingress}: keep-alive {keep_alive} does not exceed the idle timeout {idle}"


@requirement(33)
def pods_come_and_go_without_a_gap(graph: Graph) -> Iterator[str]:
    namespaces = {
        n.outputs["metadata"]["name"]: n for n in graph.of("kubernetes:core/v1:Namespace")
    }
    budgets = graph.of("kubernetes:policy/v1:PodDisruptionBudget")
    scalers = graph.of("kubernetes:autoscaling/v2:HorizontalPodAutoscaler")
    for deployment in graph.of(DEPLOYMENT):
        place = deployment.inputs["metadata"]["namespace"]
        labels = namespaces[place].inputs["metadata"].get("labels", {})
        if labels.get("elbv2.k8s.aws/pod-readiness-gate-inject") != "enabled":
            yield f"{namespaces[place]} has no readiness gates"
        services = [s for s in graph.of(SERVICE) if s.inputs["metadata"]["namespace"] == place]
        first = [*services, ingress_of(graph, deployment), namespaces[place]]
        yield from graph.missing_waits([deployment], first)
        spec = deployment.inputs["spec"]
        if spec.get("strategy", {}).get("rollingUpdate", {}).get("maxUnavailable") != 0:
            yield f"{deployment} takes pods away before new ones are there"
        selector = spec["selector"]["matchLabels"]
        if not any(b.inputs["spec"]["selector"]["matchLabels"] == selector for b in budgets):
            yield f"{deployment} has no disruption budget"
        least = [spec.get("replicas", 1)] + [
            scaler.inputs["spec"]["minReplicas"]
            for scaler in scalers
            if scaler.inputs["metadata"]["namespace"] == place
        ]
        if min(least) < 2:
            yield f"{deployment} may have {min(least)} replicas"
        spread = pod_of(deployment).get("topologySpreadConstraints", [])
        if not any(
            entry["topologyKey"] == "topology.kubernetes.io/zone"
            and entry["whenUnsatisfiable"] == "DoNotSchedule"
            for entry in spread
        ):
            yield f"{deployment} is not spread over zones"


@requirement(34)
def pods_are_hardened(graph: Graph) -> Iterator[str]:
    levels = {
        namespace.outputs["metadata"]["name"]: namespace.inputs["metadata"]["labels"].get(
            "pod-security.kubernetes.io/enforce"
        )
        for namespace in graph.of(NAMESPACE)
    }
    for workload in [*graph.of(DEPLOYMENT), *graph.of(STATEFUL_SET)]:
        namespace, pod = workload.inputs["metadata"]["namespace"], pod_of(workload)
        # Root belongs to the file server alone, which has a namespace to itself.
        serves_files = namespace == "nfs-server"
        if levels[namespace] != ("privileged" if serves_files else "restricted"):
            yield f"{workload} is in a namespace that enforces {levels[namespace]}"
        context = pod.get("securityContext", {})
        if context.get("seccompProfile", {}).get("type") != "RuntimeDefault":
            yield f"{workload} has no seccomp profile"
        is_root = context.get("runAsNonRoot") is not True or not context.get("runAsUser")
        if is_root and not serves_files:
            yield f"{workload} may run as root"
        if pod.get("automountServiceAccountToken") is not False:
            yield f"{workload} carries a token that it does not use"
        if shared := [key for key in ("hostNetwork", "hostPID", "hostIPC") if pod.get(key)]:
            yield f"{workload} shares {shared} with its node"
        if any("hostPath" in volume for volume in pod.get("volumes", [])):
            yield f"{workload} sees its node's files"
        for container in pod["containers"]:
            allowed = FILE_SERVER_CAPABILITIES if serves_files else set[str]()
            for line in _container_faults(container, allowed):
                yield f"{workload} {container['name']} {line}"


def _container_faults(container: Mapping[str, Any], allowed: set[str]) -> Iterator[str]:
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        if not container.get(probe):
            yield f"has no {probe}"
    resources = container.get("resources", {})
    for kind in ("requests", "limits"):
        if resources.get(kind, {}).keys() != {"cpu", "memory"}:
            yield f"has {kind} {resources.get(kind)}"
    context = container.get("securityContext", {})
    if context.get("privileged"):
        yield "is privileged"
    if context.get("readOnlyRootFilesystem") is not True:
        yield "may write to its image"
    if context.get("allowPrivilegeEscalation") is not False:
        yield "may gain privileges"
    capabilities = context.get("capabilities", {})
    if capabilities.get("drop") != ["ALL"] or not set(capabilities.get("add", [])) <= allowed:
        yield f"has capabilities {capabilities}"
    image = container["image"].rsplit("/", maxsplit=1)[-1]
    if "@sha256:" not in image and (":" not in image or image.endswith(":latest")):
        yield f"runs {container['image']}"
