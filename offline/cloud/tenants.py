"""What teams make in their namespaces, once a stack is up: it goes while somebody ends it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from deployment import types

from .cloud import Cloud, Thing
from .conditions import controller_failure
from .load_balancers import make_load_balancer
from .objects import namespace_of
from .volumes import PROVISIONER, driver_failure, keep_volume

_INGRESSES: Final = "count/ingresses.networking.k8s.io"
_CLAIMS: Final = "persistentvolumeclaims"
# Those of EKS's policies that let somebody change what runs.
_CHANGING: Final = ("AmazonEKSEditPolicy", "AmazonEKSAdminPolicy")


def use_quotas(cloud: Cloud) -> None:
    """Makes what quotas of namespaces allow.

    That is an Ingress, and for each class a claim with a pod that mounts it.
    """
    for quota in cloud.of(types.RESOURCE_QUOTA):
        namespace, hard = namespace_of(quota), quota.inputs["spec"]["hard"]
        if int(hard.get(_INGRESSES, 0)) and not controller_failure(cloud):
            spec = {"ingressClassName": "alb", "rules": list[Any]()}
            ingress = _make(cloud, types.INGRESS, namespace, "web", spec)
            make_load_balancer(cloud, ingress)
        for storage_class in cloud.of(types.STORAGE_CLASS) if int(hard.get(_CLAIMS, 0)) else ():
            if not driver_failure(cloud, storage_class):
                _keep_files(cloud, namespace, storage_class)


def _keep_files(cloud: Cloud, namespace: str, storage_class: Thing) -> None:
    name = f"files-{storage_class.id}"
    volumes = [{"name": "files", "persistentVolumeClaim": {"claimName": name}}]
    pod = {"containers": list[Any](), "volumes": volumes}
    template = {"metadata": dict[str, Any](), "spec": pod}
    _make(cloud, types.DEPLOYMENT, namespace, name, {"template": template})
    spec = {"storageClassName": storage_class.id}
    annotations = {PROVISIONER: storage_class.inputs["provisioner"]}
    claim = _make(cloud, types.CLAIM, namespace, name, spec, annotations=annotations)
    keep_volume(cloud, claim.id, claim)


def _make(
    cloud: Cloud,
    token: str,
    namespace: str,
    name: str,
    spec: Mapping[str, Any],
    *,
    annotations: Mapping[str, str] = MappingProxyType({}),
) -> Thing:
    metadata = {"namespace": namespace, "name": name, "annotations": dict(annotations)}
    properties = {"kind": token.rpartition(":")[2], "metadata": metadata, "spec": spec}
    return cloud.make(token, f"{namespace}/{name}", properties)


def early_rights(cloud: Cloud) -> list[str]:
    """Returns what people might have made in namespaces before anything limited it."""
    return [
        f"whoever has {right.name} could fill {namespace_of(wall)} before its {wall.name}"
        for right in cloud.of(types.ACCESS_POLICY)
        if str(right.inputs["policyArn"]).endswith(_CHANGING)
        for token in (types.RESOURCE_QUOTA, types.LIMIT_RANGE, types.NETWORK_POLICY)
        for wall in cloud.of(token)
        if namespace_of(wall) in (right.inputs["accessScope"].get("namespaces") or ())
        and wall.made_at > right.made_at
    ]
