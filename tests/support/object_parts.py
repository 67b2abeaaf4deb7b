"""What an exported graph says of Kubernetes objects and the storage that they use."""

from collections.abc import Mapping
from typing import Any

from graph_model import Graph

from deployment.resource import Resource
from deployment.types import DEPLOYMENT, SERVICE, STATEFUL_SET, STORAGE_CLASS


def name_of(resource: Resource) -> str:
    """Returns the name of an object in the cluster."""
    name: str = resource.outputs["metadata"]["name"]
    return name


def place_of(resource: Resource) -> str:
    """Returns the namespace of an object in the cluster."""
    namespace: str = resource.inputs["metadata"]["namespace"]
    return namespace


def workloads(graph: Graph) -> list[Resource]:
    """Returns what makes pods."""
    return [*graph.of(DEPLOYMENT), *graph.of(STATEFUL_SET)]


def pod_of(workload: Resource) -> Mapping[str, Any]:
    """Returns the pod of a workload."""
    pod: Mapping[str, Any] = workload.inputs["spec"]["template"]["spec"]
    return pod


def classes_of(graph: Graph, provisioner: str) -> list[Resource]:
    """Returns the StorageClasses of a driver."""
    return [c for c in graph.of(STORAGE_CLASS) if c.inputs["provisioner"] == provisioner]


def file_servers(graph: Graph) -> list[Resource]:
    """Returns the workloads in the cluster behind the server of an NFS class."""
    services = {service.outputs["spec"]["clusterIP"]: service for service in graph.of(SERVICE)}
    servers = {c.inputs["parameters"]["server"] for c in classes_of(graph, "nfs.csi.k8s.io")}
    places = {place_of(services[server]) for server in servers & services.keys()}
    return [workload for workload in graph.of(STATEFUL_SET) if place_of(workload) in places]
