"""What runs in the cluster."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from deployment.types import NAMESPACE, NAMESPACED, SERVICES_OF_PODS, WORKLOADS
from policy.catalogue import Severity, Subject, rule
from policy.objects import containers, namespace, pod
from policy.reading import items, read
from policy.unknown import each

SECCOMP: Final = ("RuntimeDefault", "Localhost")
STRICT: Final = ("baseline", "restricted")
# The only one that the restricted profile lets a container add
# (https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted).
HARMLESS: Final = {"NET_BIND_SERVICE"}
POD_SECURITY: Final = "pod-security.kubernetes.io/enforce"
# Names of variables that hold what nobody should read.
SECRET_NAME: Final = re.compile(
    r"(^|_)(PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY)(_|$)", re.IGNORECASE
)


@rule(
    WORKLOADS,
    Severity.HIGH,
    "CIS 4.2.5",
    "CKV_K8S_20",
    "CKV_K8S_22",
    "CKV_K8S_23",
    "CKV_K8S_25",
    "CKV_K8S_31",
    "R34",
)
def containers_hardened(subject: Subject) -> Iterator[str]:
    """A container that may become root or change its image is a foothold on the node.

    Run the container with GracefulWebApp in components/apps/graceful_web_app.py, which hardens it,
    or write the security context out.
    """
    of_pod = read(pod(subject.resource), "securityContext", {})
    for name, container in containers(subject.resource):
        for fault in _soft_spots(read(container, "securityContext", {}), of_pod):
            yield f"{name} {fault}"


def _soft_spots(context: Mapping[str, Any], of_pod: Mapping[str, Any]) -> Iterator[str]:
    def effective(path: str) -> Any:
        return read(context, path, read(of_pod, path))

    if not effective("runAsNonRoot") or effective("runAsUser") == 0:
        yield "may run as root"
    if read(context, "allowPrivilegeEscalation", default=True):
        yield "may gain privileges"
    if "ALL" not in items(context, "capabilities.drop"):
        yield "keeps capabilities"
    if added := sorted(set(items(context, "capabilities.add")) - HARMLESS):
        yield f"adds capabilities {', '.join(added)}"
    if not read(context, "readOnlyRootFilesystem"):
        yield "may write to its image"
    if effective("seccompProfile.type") not in SECCOMP:
        yield "has no seccomp profile"


@rule(
    WORKLOADS,
    Severity.CRITICAL,
    "CIS 4.2.1",
    "CKV_K8S_16",
    "CKV_K8S_17",
    "CKV_K8S_18",
    "CKV_K8S_19",
    "R34",
)
def nothing_of_the_host(subject: Subject) -> Iterator[str]:
    """A privileged container, or one in the host's namespaces, is root on the node.

    Leave privileged, host namespaces and hostPath to what EKS add-ons bring.
    """
    spec = pod(subject.resource)
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if read(spec, key):
            yield f"has {key}"
    for volume in items(spec, "volumes"):
        if read(volume, "hostPath"):
            yield f"mounts {read(volume, 'hostPath.path')} of the host"
    for name, container in containers(subject.resource):
        if read(container, "securityContext.privileged"):
            yield f"{name} is privileged"


@rule(WORKLOADS, Severity.MEDIUM, "CKV_K8S_10", "CKV_K8S_11", "CKV_K8S_12", "CKV_K8S_13", "R34")
def requests_and_limits(subject: Subject) -> Iterator[str]:
    """Without requests the scheduler guesses; without limits one pod starves the others.

    Set cpuRequest and cpuLimit of eks-platform:sampleApp or of the application in
    eks-platform:apps.
    """
    for name, container in containers(subject.resource):
        for kind in ("requests", "limits"):
            for what in ("cpu", "memory"):
                if not read(container, ("resources", kind, what)):
                    yield f"{name} has no {what} in its {kind}"


@rule(SERVICES_OF_PODS, Severity.MEDIUM, "CKV_K8S_8", "CKV_K8S_9", "R34")
def probes(subject: Subject) -> Iterator[str]:
    """Without probes, traffic goes to what is not ready, and what hangs is never restarted.

    Run the container with GracefulWebApp in components/apps/graceful_web_app.py, which sets the
    probes, or add them.
    """
    for container in items(pod(subject.resource), "containers"):
        for probe in ("livenessProbe", "readinessProbe"):
            if not read(container, probe):
                yield f"{read(container, 'name')} has no {probe}"


@rule(WORKLOADS, Severity.HIGH, "CKV_K8S_14", "R34")
def images_pinned(subject: Subject) -> Iterator[str]:
    """An image without a version is another one tomorrow, and on another node.

    Name a version or a digest in eks-platform:sampleApp.image.
    """
    for name, container in containers(subject.resource):
        image = read(container, "image", "")
        tag = image.rsplit("/", maxsplit=1)[-1].partition(":")[2]
        if "@sha256:" not in image and tag in {"", "latest"}:
            yield f"{name} runs {image or 'no image'}"


@rule(WORKLOADS, Severity.MEDIUM, "CIS 4.1.5", "CIS 4.1.6", "CKV_K8S_38", "R34")
def own_service_account(subject: Subject) -> Iterator[str]:
    """The default account's token is in every pod that does not say otherwise, and unused.

    Run the container with GracefulWebApp in components/apps/graceful_web_app.py, which gives it a
    service account of its own and no token.
    """
    spec = pod(subject.resource)
    yield from each(_default_account(spec), _token(spec))


def _default_account(spec: Mapping[str, Any]) -> Iterator[str]:
    if read(spec, "serviceAccountName", "default") == "default":
        yield "runs as the default service account"


def _token(spec: Mapping[str, Any]) -> Iterator[str]:
    if read(spec, "automountServiceAccountToken", default=True):
        yield "carries a token of its service account"


@rule(WORKLOADS, Severity.HIGH, "CIS 4.4.1", "CKV_K8S_35")
def no_secrets_in_environment_variables(subject: Subject) -> Iterator[str]:
    """What is in a variable is in every crash report and every child process.

    Mount the secret as a file.
    """
    for name, container in containers(subject.resource):
        for variable in items(container, "env"):
            key = read(variable, "name", "")
            if read(variable, "valueFrom.secretKeyRef"):
                yield f"{name} has a secret in {key}"
            elif SECRET_NAME.search(key) and not _names_a_file(variable):
                yield f"{name} has what looks like a secret in {key}"
        for source in items(container, "envFrom"):
            if read(source, "secretRef"):
                yield f"{name} has all of a secret in its variables"


def _names_a_file(variable: Mapping[str, Any]) -> bool:
    """Returns whether a variable says in which file a secret is, or nothing."""
    value = str(read(variable, "value", ""))
    return not value or (read(variable, "name", "").endswith("_FILE") and value.startswith("/"))


@rule(NAMESPACED, Severity.LOW, "CIS 4.6.2", "CKV_K8S_21")
def not_in_the_default_namespace(subject: Subject) -> Iterator[str]:
    """What is in default shares its policies, quotas and secrets with all that has no home.

    Set metadata.namespace; an application of eks-platform:apps has its own.
    """
    if namespace(subject.resource) == "default":
        yield "is in the default namespace"


@rule(NAMESPACE, Severity.MEDIUM, "CIS 4.2.1", "R34")
def pod_security_enforced(subject: Subject) -> Iterator[str]:
    """Without the label a namespace takes privileged pods from whoever may deploy into it.

    Run the container with GracefulWebApp in components/apps/graceful_web_app.py, which labels the
    namespace, or label it restricted.
    """
    level = subject.read(("metadata", "labels", POD_SECURITY))
    if level not in STRICT:
        yield f"enforces pod security {level}" if level else "enforces no pod security"
