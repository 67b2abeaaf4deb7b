"""Volumes: which claims bind, who can mount what, and what stays behind."""

from typing import Final

from deployment import types
from deployment.properties import without_nulls

from .behaviour import Inputs
from .cloud import Cloud, Thing
from .conditions import addon, pods_failure, release_of, services_failure
from .errors import CloudError
from .identity import has_policy, is_trusted, role_of
from .load_balancers import has_pods
from .objects import Object

NFS: Final = "nfs.csi.k8s.io"
# Who serves a claim (https://kubernetes.io/docs/reference/labels-annotations-taints/).
PROVISIONER: Final = "volume.kubernetes.io/storage-provisioner"
_EBS: Final = "ebs.csi.aws.com"
_EBS_POLICY: Final = "AmazonEBSCSIDriverPolicy"
_WAIT_SECONDS: Final = 5 * 60
_PORT: Final = 2049
# What a class has that does not say
# (https://kubernetes.io/docs/concepts/storage/storage-classes/#reclaim-policy).
_DEFAULTS: Final = {"reclaimPolicy": "Delete", "volumeBindingMode": "Immediate"}


def class_of(cloud: Cloud, name: object) -> Thing | None:
    """Returns a StorageClass by its name; without a name, the default one."""
    mark = "storageclass.kubernetes.io/is-default-class"
    for found in cloud.of(types.STORAGE_CLASS):
        metadata = found.inputs["metadata"]
        if metadata["name"] == name or (
            name is None and (metadata.get("annotations") or {}).get(mark) == "true"
        ):
            return found
    return None


class StorageClass(Object):
    """A class of volumes, which hardly changes once it exists."""

    async def before_update(self, cloud: Cloud, thing: Thing, inputs: Inputs) -> None:
        """Refuses another reclaim policy or binding mode.

        ``ValidateStorageClassUpdate`` of
        https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/storage/validation/validation.go.
        Of the other two that it names, parameters and provisioner, a change is a new class.
        """
        _ = cloud
        old, new = ({**_DEFAULTS, **without_nulls(given)} for given in (thing.inputs, inputs))
        refusals: list[str] = []
        if old["reclaimPolicy"] != new["reclaimPolicy"]:
            refusals.append("reclaimPolicy: Forbidden: updates to reclaimPolicy are forbidden.")
        if old["volumeBindingMode"] != (mode := new["volumeBindingMode"]):
            refusals.append(f'volumeBindingMode: Invalid value: "{mode}": field is immutable')
        if refusals:
            causes = refusals[0] if len(refusals) == 1 else f"[{', '.join(refusals)}]"
            raise CloudError(f'StorageClass.storage.k8s.io "{thing.id}" is invalid: {causes}')


class Claim(Object):
    """A claim for a volume."""

    async def fault_of(self, cloud: Cloud, thing: Thing) -> str:
        """Waits until it is bound; one whose volume waits for a pod is left to the pod."""
        found = class_of(cloud, thing.inputs["spec"].get("storageClassName"))
        if found and found.inputs.get("volumeBindingMode") == "WaitForFirstConsumer":
            return ""
        if failure := await cloud.wait_out(lambda: binding_failure(cloud, thing), _WAIT_SECONDS):
            return f"PersistentVolumeClaim {thing.id} is not bound: {failure}"
        keep_volume(cloud, thing.id, thing)
        return ""

    async def before_delete(self, cloud: Cloud, thing: Thing) -> None:
        """Waits until the driver has deleted its volume; where none runs, that stays in AWS."""
        volume = cloud.find(types.VOLUME, thing.id)
        if volume is None:
            return
        storage_class = cloud.find(types.STORAGE_CLASS, volume.properties["storageClass"])
        if storage_class is None or await cloud.wait_out(
            lambda: driver_failure(cloud, storage_class), _WAIT_SECONDS
        ):
            raise CloudError(
                f"the volume of {thing.id} stays: external-provisioner.volume.kubernetes.io/"
                "finalizer: no driver deletes it"
            )
        cloud.forget(volume)


def binding_failure(cloud: Cloud, claim: Thing) -> str:
    """Returns why a claim does not bind; empty: it does."""
    name = claim.inputs["spec"].get("storageClassName")
    found = class_of(cloud, name)
    if found is None:
        return f'storageclass.storage.k8s.io "{name}" not found'
    return driver_failure(cloud, found)


def template_failure(cloud: Cloud, spec: Inputs) -> str:
    """Returns why a pod's own claim would get no volume; empty: it would."""
    name = spec.get("storageClassName")
    found = class_of(cloud, name)
    return driver_failure(cloud, found) if found else f'no StorageClass: "{name}" not found'


def driver_of(cloud: Cloud, provisioner: str) -> Thing | None:
    """Returns the add-on or release that makes, mounts and deletes the volumes of a class."""
    if provisioner == _EBS:
        return addon(cloud, "aws-ebs-csi-driver")
    return release_of(cloud, "csi-driver-nfs")


def driver_failure(cloud: Cloud, storage_class: Thing) -> str:
    """Returns why no volume of a class can be made, mounted or deleted; empty: it can."""
    provisioner = storage_class.inputs["provisioner"]
    driver = driver_of(cloud, provisioner)
    if driver is None:
        return f"waiting for a volume to be created by the external provisioner '{provisioner}'"
    if failure := pods_failure(cloud) or _secret_failure(cloud, storage_class):
        return failure
    if provisioner == NFS:
        return server_failure(cloud, storage_class)
    return services_failure(cloud) or _ebs_failure(cloud, driver)


def _ebs_failure(cloud: Cloud, driver: Thing) -> str:
    """Returns why EBS refuses what its driver asks for; empty: it does not."""
    role = role_of(cloud, driver.inputs.get("serviceAccountRoleArn"))
    if not has_policy(cloud, role, _EBS_POLICY):
        return "failed to provision volume: UnauthorizedOperation: not authorized: ec2:CreateVolume"
    if role and not is_trusted(cloud, role):
        return "failed to provision volume: InvalidIdentityToken: No OpenIDConnect provider found"
    return ""


def _secret_failure(cloud: Cloud, storage_class: Thing) -> str:
    """Returns why the driver's helper finds no secret that a class names; empty: it finds all.

    https://kubernetes-csi.github.io/docs/secrets-and-credentials-storage-class.html
    """
    parameters = storage_class.inputs.get("parameters") or {}
    for key, name in parameters.items():
        if key.startswith("csi.storage.k8s.io/") and key.endswith("-secret-name"):
            namespace = parameters[key.replace("-secret-name", "-secret-namespace")]
            if not cloud.find(types.SECRET, f"{namespace}/{name}"):
                return f'failed to get secret: secrets "{namespace}/{name}" not found'
    return ""


def server_failure(cloud: Cloud, storage_class: Thing) -> str:
    """Returns why a node does not reach the server of an NFS class; empty: it does."""
    server = str(storage_class.inputs["parameters"]["server"])
    for file_system in cloud.of(types.FILE_SYSTEM):
        if file_system.properties.get("dnsName") == server:
            return _efs_failure(cloud, file_system)
    for service in cloud.of(types.SERVICE):
        if (service.properties.get("spec") or {}).get("clusterIP") == server:
            return (
                ""
                if has_pods(cloud, service)
                else "mount.nfs: Connection refused: no server pod runs"
            )
    if server.endswith(".svc") or ".svc." in server:
        return f"mount.nfs: Failed to resolve server {server}: no node asks cluster DNS"
    # An external server, of which the simulation knows nothing.
    return ""


def _efs_failure(cloud: Cloud, file_system: Thing) -> str:
    targets = cloud.ready(types.MOUNT_TARGET, fileSystemId=file_system.id)
    zones = {_zone(cloud, target.inputs["subnetId"]) for target in targets}
    for group in cloud.of(types.NODE_GROUP):
        for zone in (_zone(cloud, subnet) for subnet in group.inputs["subnetIds"]):
            if zone not in zones:
                return f"mount.nfs: Connection timed out: {zone} has no mount target"
    rules = cloud.ready(types.INGRESS_RULE, fromPort=_PORT)
    admitted = {rule.inputs["securityGroupId"] for rule in rules}
    for target in targets:
        if not admitted & set(target.inputs.get("securityGroups") or []):
            return "mount.nfs: Connection timed out: the security group does not admit NFS"
    return ""


def _zone(cloud: Cloud, subnet_id: str) -> str:
    subnet = cloud.find(types.SUBNET, subnet_id)
    return str(subnet.inputs["availabilityZone"]) if subnet else subnet_id


def keep_volume(cloud: Cloud, identifier: str, claim: Thing) -> None:
    """Makes the volume of a bound claim, if it is one of EBS: of NFS it is a folder."""
    found = class_of(cloud, claim.inputs["spec"].get("storageClassName"))
    if found and found.inputs["provisioner"] == _EBS and not cloud.find(types.VOLUME, identifier):
        cloud.make(types.VOLUME, identifier, {"storageClass": found.id})


def make_claim(cloud: Cloud, namespace: str, name: str, spec: Inputs) -> None:
    """Makes a claim that a controller makes for a pod, with its volume; one that is there stays."""
    identifier = f"{namespace}/{name}"
    if not cloud.find(types.CLAIM, identifier):
        claim = {"metadata": {"namespace": namespace}, "spec": spec}
        keep_volume(cloud, identifier, cloud.make(types.CLAIM, identifier, claim))


def mounted(cloud: Cloud, workload: Thing) -> list[Thing]:
    """Returns the claims that the pods of a workload mount, those of its templates left out."""
    namespace = workload.inputs["metadata"]["namespace"]
    pod = workload.inputs["spec"]["template"]["spec"]
    names = [
        volume["persistentVolumeClaim"]["claimName"]
        for volume in pod.get("volumes") or []
        if volume.get("persistentVolumeClaim")
    ]
    found = (cloud.find(types.CLAIM, f"{namespace}/{name}") for name in names)
    return [claim for claim in found if claim]
