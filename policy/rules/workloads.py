"""What runs in the cluster."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from deployment.types import NAMESPACE, NAMESPACED, SERVICES_OF_PODS, WORKLOADS

from .pods import containers, namespace, pod
from .reading import items, read
from .registry import Severity, Subject, rule
from .unseen import each

HARDENED: Final = (
    "Run the container with GracefulWebApp in components/apps/graceful_web_app.py, which "
)
SECCOMP: Final = ("RuntimeDefault", "Localhost")
STRICT: Final = ("baseline", "restricted")
POD_SECURITY: Final = "pod-security.kubernetes.io/enforce"
# Names of variables that hold what nobody should read.
SECRET_NAME: Final = re.compile(
    r"(^|_)(PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY)(_|$)", re.IGNORECASE
)


@rule(
    subjects=WORKLOADS,
    severity=Severity.HIGH,
    sources=["CIS 4.2.5", "CKV_K8S_20", "CKV_K8S_22", "CKV_K8S_23", "CKV_K8S_31", "R34"],
    remediation=f"{HARDENED}hardens it, or write the security context out.",
)
def containers_hardened(subject: Subject) -> Iterator[str]:
    """A container that may become root or change its image is a foothold on the node."""
    of_pod = read(pod(subject), "securityContext", {})
    for container in containers(subject):
        context = read(container, "securityContext", {})
        for fault in _soft_spots(context, of_pod):
            yield f"{read(container, 'name')} {fault}"


def _soft_spots(context: Mapping[str, Any], of_pod: Mapping[str, Any]) -> Iterator[str]:
    def effective(path: str) -> Any:
        return read(context, path, read(of_pod, path))

    if not effective("runAsNonRoot"):
        yield "may run as root"
    if read(context, "allowPrivilegeEscalation", default=True):
        yield "may gain privileges"
    if "ALL" not in items(context, "capabilities.drop"):
        yield "keeps capabilities"
    if not read(context, "readOnlyRootFilesystem"):
        yield "may write to its image"
    if effective("seccompProfile.type") not in SECCOMP:
        yield "has no seccomp profile"


@rule(
    subjects=WORKLOADS,
    severity=Severity.CRITICAL,
    sources=["CIS 4.2.1", "CKV_K8S_16", "CKV_K8S_17", "CKV_K8S_18", "CKV_K8S_19"],
    remediation="Leave privileged, host namespaces and hostPath to what EKS add-ons bring.",
)
def nothing_of_the_host(subject: Subject) -> Iterator[str]:
    """A privileged container, or one in the host's namespaces, is root on the node."""
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if read(pod(subject), key):
            yield f"has {key}"
    for volume in items(pod(subject), "volumes"):
        if read(volume, "hostPath"):
            yield f"mounts {read(volume, 'hostPath.path')} of the host"
    for container in containers(subject):
        if read(container, "securityContext.privileged"):
            yield f"{read(container, 'name')} is privileged"


@rule(
    subjects=WORKLOADS,
    severity=Severity.MEDIUM,
    sources=["CKV_K8S_10", "CKV_K8S_11", "CKV_K8S_12", "CKV_K8S_13", "R34"],
    remediation="Set cpuRequest and cpuLimit of eks-platform:sampleApp or of the application in "
    "eks-platform:apps.",
)
def requests_and_limits(subject: Subject) -> Iterator[str]:
    """Without requests the scheduler guesses; without limits one pod starves the others."""
    for container in containers(subject):
        for kind in ("requests", "limits"):
            for what in ("cpu", "memory"):
                if not read(container, ("resources", kind, what)):
                    yield f"{read(container, 'name')} has no {what} in its {kind}"


@rule(
    subjects=SERVICES_OF_PODS,
    severity=Severity.MEDIUM,
    sources=["CKV_K8S_8", "CKV_K8S_9", "R34"],
    remediation=f"{HARDENED}sets the probes, or add them.",
)
def probes(subject: Subject) -> Iterator[str]:
    """Without probes, traffic goes to what is not ready, and what hangs is never restarted."""
    for container in items(pod(subject), "containers"):
        for probe in ("livenessProbe", "readinessProbe"):
            if not read(container, probe):
                yield f"{read(container, 'name')} has no {probe}"


@rule(
    subjects=WORKLOADS,
    severity=Severity.HIGH,
    sources=["CKV_K8S_14", "R34"],
    remediation="Name a version or a digest in eks-platform:sampleApp.image.",
)
def images_pinned(subject: Subject) -> Iterator[str]:
    """An image without a version is another one tomorrow, and on another node."""
    for container in containers(subject):
        image = read(container, "image", "")
        name, _, tag = image.rsplit("/", maxsplit=1)[-1].partition(":")
        if "@sha256:" not in image and tag in {"", "latest"}:
            yield f"{read(container, 'name')} runs {image or name or 'no image'}"


@rule(
    subjects=WORKLOADS,
    severity=Severity.MEDIUM,
    sources=["CIS 4.1.5", "CIS 4.1.6", "CKV_K8S_38", "R34"],
    remediation=f"{HARDENED}gives it a service account of its own and no token.",
)
def own_service_account(subject: Subject) -> Iterator[str]:
    """The default account's token is in every pod that does not say otherwise, and unused."""
    spec = pod(subject)
    yield from each(_default_account(spec), _token(spec))


def _default_account(spec: Mapping[str, Any]) -> Iterator[str]:
    if read(spec, "serviceAccountName", "default") == "default":
        yield "runs as the default service account"


def _token(spec: Mapping[str, Any]) -> Iterator[str]:
    if read(spec, "automountServiceAccountToken", default=True):
        yield "carries a token of its service account"


@rule(
    subjects=WORKLOADS,
    severity=Severity.HIGH,
    sources=["CIS 4.4.1", "CKV_K8S_35"],
    remediation="Mount the secret as a file.",
)
def no_secrets_in_environment_variables(subject: Subject) -> Iterator[str]:
    """What is in a variable is in every crash report and every child process."""
    for container in containers(subject):
        for variable in items(container, "env"):
            name = read(variable, "name", "")
            if read(variable, "valueFrom.secretKeyRef"):
                yield f"{read(container, 'name')} has a secret in {name}"
            elif SECRET_NAME.search(name) and not _names_a_file(variable):
                yield f"{read(container, 'name')} has what looks like a secret in {name}"
        for source in items(container, "envFrom"):
            if read(source, "secretRef"):
                yield f"{read(container, 'name')} has all of a secret in its variables"


def _names_a_file(variable: Mapping[str, Any]) -> bool:
    """Returns whether a variable says in which file a secret is, or nothing."""
    value = str(read(variable, "value", ""))
    return not value or (read(variable, "name", "").endswith("_FILE") and value.startswith("/"))


@rule(
    subjects=NAMESPACED,
    severity=Severity.LOW,
    sources=["CIS 4.6.2", "CKV_K8S_21"],
    remediation="Set metadata.namespace; an application of eks-platform:apps has its own.",
)
def not_in_the_default_namespace(subject: Subject) -> Iterator[str]:
    """What is in default shares its policies, quotas and secrets with all that has no home."""
    if namespace(subject.resource.properties) == "default":
        yield "is in the default namespace"


@rule(
    subjects=[NAMESPACE],
    severity=Severity.MEDIUM,
    sources=["CIS 4.2.1", "R34"],
    remediation=f"{HARDENED}labels the namespace, or label it restricted.",
)
def pod_security_enforced(subject: Subject) -> Iterator[str]:
    """Without the label a namespace takes privileged pods from whoever may deploy into it."""
    level = read(subject.read("metadata.labels", {}), (POD_SECURITY,))
    if level not in STRICT:
        yield f"enforces pod security {level or 'of no level'}"
