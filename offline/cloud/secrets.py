"""How the Secrets Store CSI driver mounts secrets of Secrets Manager with AWS's provider."""

import json
from collections.abc import Iterator

from deployment.types import KEPT_SECRET, KEY, SECRET_CLASS, SECRET_VALUE, SERVICE_ACCOUNT
from planning.addons import SECRETS_DRIVER
from planning.private_access import needed_endpoints

from .behaviour import Inputs
from .cloud import Cloud, Thing
from .conditions import addon, first, route_failure, services_failure
from .identity import is_trusted, may, role_of
from .objects import namespace_of

_CSI_DRIVER = "secrets-store.csi.k8s.io"
# https://github.com/aws/secrets-store-csi-driver-provider-aws#usage
_READS = ("secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret")


def mount_failure(cloud: Cloud, workload: Thing, pod: Inputs) -> str:
    """Returns why pods do not get the secrets that they mount; empty: they do."""
    return first(
        failure
        for name in _classes(pod)
        for failure in _mount_failures(cloud, namespace_of(workload), pod, name)
    )


def unmount_failure(cloud: Cloud, pod: Inputs) -> str:
    """Returns why pods do not let go of the secrets that they mount; empty: they do."""
    return _driver_failure(cloud) if any(_classes(pod)) else ""


def _classes(pod: Inputs) -> Iterator[str]:
    """Yields the names of the classes that a pod mounts."""
    for volume in pod.get("volumes") or []:
        source = volume.get("csi") or {}
        if source.get("driver") == _CSI_DRIVER:
            yield source["volumeAttributes"]["secretProviderClass"]


def _driver_failure(cloud: Cloud) -> str:
    if addon(cloud, SECRETS_DRIVER):
        return ""
    return f"driver name {_CSI_DRIVER} not found in the list of registered CSI drivers"


def _mount_failures(cloud: Cloud, namespace: str, pod: Inputs, name: str) -> Iterator[str]:
    yield _driver_failure(cloud)
    # The provider's pods ask cluster DNS for Secrets Manager and STS.
    yield services_failure(cloud)
    yield route_failure(cloud, needed_endpoints([SECRETS_DRIVER]))
    found = cloud.find(SECRET_CLASS, f"{namespace}/{name}")
    if found is None:
        yield f"failed to get secretproviderclass {namespace}/{name}: not found"
        return
    account = cloud.find(SERVICE_ACCOUNT, f"{namespace}/{pod.get('serviceAccountName')}")
    metadata: Inputs = account.inputs["metadata"] if account else {}
    role = role_of(cloud, (metadata.get("annotations") or {}).get("eks.amazonaws.com/role-arn"))
    if role is None:
        yield f"An IAM role must be associated with the service account of {namespace}"
        return
    if not is_trusted(cloud, role):
        yield "InvalidIdentityToken: No OpenIDConnect provider found in your account"
    for entry in json.loads(found.inputs["spec"]["parameters"]["objects"]):
        yield from _read_failures(cloud, role, entry["objectName"])


def _read_failures(cloud: Cloud, role: Thing, arn: str) -> Iterator[str]:
    secret = cloud.find(KEPT_SECRET, arn)
    if secret is None or not cloud.ready(SECRET_VALUE, secretId=arn):
        yield f"ResourceNotFoundException: Secrets Manager can't find the value of {arn}"
        return
    if not may(cloud, role, _READS, arn):
        yield f"AccessDeniedException: {role.id} is not authorized to read {arn}"
    key = secret.inputs.get("kmsKeyId")
    if key and key not in [found.properties["arn"] for found in cloud.ready(KEY)]:
        yield f"KMSKeyNotFoundException: {key}"
    if key and not may(cloud, role, ("kms:Decrypt",), key):
        yield f"AccessDeniedException: {role.id} is not authorized to decrypt with {key}"
