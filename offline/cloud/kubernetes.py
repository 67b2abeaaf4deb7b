"""How objects of Kubernetes behave: what they need, when they are ready, what keeps them."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

from deployment import types

from .behaviour import Behaviour, Inputs, behaviour_of
from .cloud import Cloud, Thing
from .conditions import first, pods_failure, services_failure
from .custom_resources import CUSTOM_RESOURCES
from .defaults import Default
from .errors import CloudError
from .identity import attached_to, role_of
from .load_balancers import (
    WAIT_SECONDS,
    Balanced,
    has_pods,
    hostname_of,
    load_balancer_of,
    sends_to_pods,
)
from .mysql import BEHAVIOURS as MYSQL
from .mysql import dns_failure
from .objects import Object, namespace_of
from .release_claims import claims_failure, keep_claims
from .release_pods import end, start, workloads
from .secrets import mount_failure, unmount_failure
from .volumes import (
    PROVISIONER,
    Claim,
    StorageClass,
    binding_failure,
    class_of,
    driver_of,
    keep_volume,
    make_claim,
    mounted,
    server_failure,
    template_failure,
)


class Namespace(Object):
    """A namespace, which takes along what is in it."""

    async def before_delete(self, cloud: Cloud, thing: Thing) -> None:
        """Deletes what is in it, and waits for what has a finalizer."""
        for other in list(cloud):
            if other.token.startswith("kubernetes:") and namespace_of(other) == thing.id:
                await behaviour_of(other.token).before_delete(cloud, other)
                cloud.forget(other)


class Release(Object):
    """A release of a chart, installed atomically: it comes up as a whole or not at all."""

    async def before_create(self, cloud: Cloud, thing: Thing) -> None:
        """Waits for the chart's pods."""
        await super().before_create(cloud, thing)
        mounting = start(cloud, thing)
        if failure := await cloud.wait_out(
            lambda: (
                pods_failure(cloud)
                or services_failure(cloud)
                or first(why for pods in mounting for why in _pod_failures(cloud, pods))
                or claims_failure(cloud, thing)
            ),
            float(thing.inputs.get("timeout") or 300),
        ):
            end(cloud, thing)
            raise CloudError(
                f"Helm release {thing.id} failed and has been rolled back due to atomic being set: "
                f"context deadline exceeded: {failure}"
            )

    async def fault_of(self, cloud: Cloud, thing: Thing) -> str:
        """Keeps what its pods have claimed."""
        keep_claims(cloud, thing)
        return ""

    async def before_delete(self, cloud: Cloud, thing: Thing) -> None:
        """Waits for pods that mount what a program made."""
        for pods in workloads(thing):
            await behaviour_of(pods.token).before_delete(cloud, pods)
        end(cloud, thing)


class Schedule(Object):
    """A CronJob, whose time may come the moment that it is there."""

    async def fault_of(self, cloud: Cloud, thing: Thing) -> str:
        """Notes what its pods would miss."""
        pod: Inputs = thing.inputs["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        cloud.harms += [
            f"the time of {thing.id} came too early: {failure}"
            for failure in (*_missing(cloud, thing, pod), *_role_failures(cloud, thing, pod))
        ]
        return ""


class Workload(Object):
    """A Deployment, a StatefulSet, a DaemonSet or a Job, whose pods somebody waits for."""

    async def fault_of(self, cloud: Cloud, thing: Thing) -> str:
        """Waits for its pods."""
        # Whether pods get a readiness gate is decided when they start.
        cloud.gated[thing.id] = load_balancer_of(cloud, thing) is not None
        if failure := await cloud.wait_out(
            lambda: first(_pod_failures(cloud, thing)), WAIT_SECONDS
        ):
            return f"{thing.id} did not become ready: {failure}"
        cloud.harms += [
            f"pods of {thing.id} started before {host}, which they ask"
            for host in _hosts(thing)
            if not _answers(cloud, host)
        ]
        cloud.harms += [
            f"pods of {thing.id} started before those behind {balanced.id}, which they ask"
            for balanced in (*cloud.of(types.INGRESS), *cloud.of(types.SERVICE))
            if (host := hostname_of(balanced)) and host in json.dumps(thing.inputs["spec"])
            if not sends_to_pods(cloud, balanced)
        ]
        for claim in mounted(cloud, thing):
            keep_volume(cloud, claim.id, claim)
        for name, spec in _templates(thing):
            make_claim(cloud, namespace_of(thing), name, spec)
        return ""

    async def before_delete(self, cloud: Cloud, thing: Thing) -> None:
        """Pods stop; those that mount what nobody unmounts, or a server which is gone, hang."""
        pod = thing.inputs["spec"]["template"]["spec"]
        if failure := unmount_failure(cloud, pod):
            raise CloudError(f"pods of {thing.id} hang in Terminating: {failure}")
        for claim in mounted(cloud, thing):
            storage_class = class_of(cloud, claim.inputs["spec"].get("storageClassName"))
            served_by = (claim.inputs["metadata"].get("annotations") or {}).get(PROVISIONER)
            if served_by and driver_of(cloud, served_by) is None:
                raise CloudError(f"pods of {thing.id} hang in Terminating: no {served_by} unmounts")
            if storage_class is None or "server" not in storage_class.inputs.get("parameters", {}):
                continue
            if failure := server_failure(cloud, storage_class):
                raise CloudError(f"pods of {thing.id} hang in Terminating: {failure}")


def _pod_failures(cloud: Cloud, workload: Thing) -> Iterator[str]:
    """Yields why the pods of a workload do not start."""
    if not workload.inputs["spec"].get("replicas", 1):
        return
    yield pods_failure(cloud)
    namespace = namespace_of(workload)
    pod: Inputs = workload.inputs["spec"]["template"]["spec"]
    yield from _missing(cloud, workload, pod)
    yield _names_failure(cloud, workload)
    for volume in pod.get("volumes") or []:
        name = (volume.get("persistentVolumeClaim") or {}).get("claimName")
        claim = cloud.find(types.CLAIM, f"{namespace}/{name}")
        if name and claim is None:
            yield f'persistentvolumeclaim "{name}" not found'
        elif claim:
            yield binding_failure(cloud, claim)
    yield mount_failure(cloud, workload, pod)
    for _, spec in _templates(workload):
        yield template_failure(cloud, spec)


def _missing(cloud: Cloud, workload: Thing, pod: Inputs) -> Iterator[str]:
    """Yields what pods name that is not there: their account, and what they mount."""
    namespace = namespace_of(workload)
    account = pod.get("serviceAccountName") or "default"
    if account != "default" and not cloud.find(types.SERVICE_ACCOUNT, f"{namespace}/{account}"):
        yield f"error looking up service account {namespace}/{account}: serviceaccount not found"
    for token, kind, name in _mounts(pod):
        if not cloud.find(token, f"{namespace}/{name}"):
            yield f'MountVolume.SetUp failed: {kind} "{name}" not found'


def _role_failures(cloud: Cloud, workload: Thing, pod: Inputs) -> Iterator[str]:
    """Yields why pods with a role of their own may do nothing in AWS."""
    identifier = f"{namespace_of(workload)}/{pod.get('serviceAccountName')}"
    account = cloud.find(types.SERVICE_ACCOUNT, identifier)
    annotations = (account.inputs["metadata"].get("annotations") or {}) if account else {}
    if arn := annotations.get("eks.amazonaws.com/role-arn"):
        role = role_of(cloud, arn)
        if role is None or not attached_to(cloud, role):
            yield f"AccessDenied: {arn} has no policy"


def _names_failure(cloud: Cloud, workload: Thing) -> str:
    """Returns why pods do not find the Services that they are told of; empty: they do."""
    labels = (workload.inputs["spec"]["template"].get("metadata") or {}).get("labels") or {}
    return dns_failure(cloud, namespace_of(workload), labels) if any(_hosts(workload)) else ""


def _hosts(workload: Thing) -> Iterator[str]:
    """Yields the Services that are named in the environment of a workload's pods."""
    pod: Inputs = workload.inputs["spec"]["template"]["spec"]
    for container in pod.get("containers") or []:
        for variable in container.get("env") or []:
            yield from _HOST.findall(str(variable.get("value") or ""))


def _answers(cloud: Cloud, host: str) -> bool:
    """Returns whether somebody answers at a Service's name: pods behind it."""
    name, namespace, _ = host.split(".")
    service = cloud.find(types.SERVICE, f"{namespace}/{name}")
    return service is not None and has_pods(cloud, service)


def _mounts(pod: Inputs) -> Iterator[tuple[str, str, str]]:
    for volume in pod.get("volumes") or []:
        sources = [volume, *((volume.get("projected") or {}).get("sources") or [])]
        for source in sources:
            if source.get("configMap"):
                yield types.CONFIG_MAP, "configmap", source["configMap"]["name"]
            if source.get("secret"):
                secret = source["secret"]
                yield types.SECRET, "secret", secret.get("secretName") or secret["name"]


def _templates(workload: Thing) -> list[tuple[str, Inputs]]:
    """Returns name and specification of the claims that a StatefulSet makes for its pods."""
    name, spec = workload.inputs["metadata"]["name"], workload.inputs["spec"]
    return [
        (f"{template['metadata']['name']}-{name}-{number}", template["spec"])
        for template in spec.get("volumeClaimTemplates") or []
        for number in range(spec.get("replicas", 1))
    ]


# A Service as pods name it
# (https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/).
_HOST: Final = re.compile(r"\b[a-z0-9-]+\.[a-z0-9-]+\.svc\b")
OBJECT: Final = Object()
BEHAVIOURS: Final[Mapping[str, Behaviour]] = {
    types.NAMESPACE: Namespace(),
    types.INGRESS: Balanced(),
    types.SERVICE: Balanced(),
    types.RELEASE: Release(),
    **CUSTOM_RESOURCES,
    **MYSQL,
    types.CRON_JOB: Schedule(),
    types.LIMIT_RANGE: Default(),
    types.NETWORK_POLICY: Default(),
    types.DEPLOYMENT: Workload(),
    types.STATEFUL_SET: Workload(),
    types.DAEMON_SET: Workload(),
    types.JOB: Workload(),
    types.CLAIM: Claim(),
    types.STORAGE_CLASS: StorageClass(),
}
