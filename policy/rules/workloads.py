"""What runs in the cluster."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from deployment.types import LIMIT_RANGE, NAMESPACE, NAMESPACED, SERVICES_OF_PODS, WORKLOADS
from policy.catalogue import Severity, Subject, rule
from policy.objects import containers, is_windows, namespace, neighbours, pod
from policy.reading import flag, items, mapping, mappings, number, read, text, texts, whole
from policy.unknown import each
from policy.variables import holds_secret, is_secret, is_secret_name

SECCOMP: Final = ("RuntimeDefault", "Localhost")
STRICT: Final = ("baseline", "restricted")
# The only one that the restricted profile lets a container add
# (https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted).
HARMLESS: Final = {"NET_BIND_SERVICE"}
POD_SECURITY: Final = "pod-security.kubernetes.io/enforce"
HANDLERS: Final = ("exec", "grpc", "httpGet", "tcpSocket")
DIGEST: Final = re.compile(r"@[a-z0-9+._-]+:[0-9a-fA-F]{32,}$")
WINDOWS_ROOT: Final = "ContainerAdministrator"


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

    Set in securityContext: runAsNonRoot true, allowPrivilegeEscalation false,
    readOnlyRootFilesystem true, capabilities.drop [ALL], seccompProfile.type RuntimeDefault.

    Run the container with GracefulWebApp in components/apps/graceful_web_app.py, which hardens it,
    or write the security context out.
    """
    spec = pod(subject.resource)
    find = _soft_spots_on_windows if is_windows(spec) else _soft_spots
    for name, container in containers(subject.resource):
        of_pod = mapping(spec, "securityContext")
        for fault in find(mapping(container, "securityContext"), of_pod):
            yield f"{name} {fault}"


def _soft_spots(context: Mapping[str, Any], of_pod: Mapping[str, Any]) -> Iterator[str]:
    def effective(path: str) -> Mapping[str, Any]:
        # What a container says counts, else what its pod says.
        return of_pod if read(context, path) is None else context

    if read(effective("runAsUser"), "runAsUser") is None:
        is_root = not flag(effective("runAsNonRoot"), "runAsNonRoot")
    else:
        is_root = number(effective("runAsUser"), "runAsUser") == 0
    if is_root:
        yield "may run as root"
    if flag(context, "allowPrivilegeEscalation", default=True):
        yield "may gain privileges"
    if "ALL" not in [name.upper() for name in texts(context, "capabilities.drop")]:
        yield "keeps capabilities"
    if added := sorted(set(texts(context, "capabilities.add")) - HARMLESS):
        yield f"adds capabilities {', '.join(added)}"
    if not flag(context, "readOnlyRootFilesystem"):
        yield "may write to its image"
    if text(effective("seccompProfile"), "seccompProfile.type") not in SECCOMP:
        yield "has no seccomp profile"


def _soft_spots_on_windows(context: Mapping[str, Any], of_pod: Mapping[str, Any]) -> Iterator[str]:
    """Yields what of a security context counts on Windows: its user alone."""
    user = "windowsOptions.runAsUserName"
    if WINDOWS_ROOT in {text(context, user), text(of_pod, user)}:
        yield f"runs as {WINDOWS_ROOT}"


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

    Leave privileged, hostNetwork, hostPID, hostIPC, hostPort and hostPath out of the pod's spec;
    they are for what add-ons bring.
    """
    spec = pod(subject.resource)
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if flag(spec, key):
            yield f"has {key}"
    for volume in mappings(spec, "volumes"):
        if read(volume, "hostPath"):
            yield f"mounts {text(volume, 'hostPath.path')} of the host"
    for name, container in containers(subject.resource):
        yield from _of_the_host(name, container, spec)


def _of_the_host(name: str, container: Mapping[str, Any], spec: Mapping[str, Any]) -> Iterator[str]:
    if flag(container, "securityContext.privileged"):
        yield f"{name} is privileged"
    if any(flag(one, "securityContext.windowsOptions.hostProcess") for one in (container, spec)):
        yield f"{name} is a process of the host"
    for port in mappings(container, "ports"):
        if taken := number(port, "hostPort"):
            yield f"{name} takes port {whole(taken)} of the host"


@rule(
    WORKLOADS,
    Severity.MEDIUM,
    "CKV_K8S_10",
    "CKV_K8S_11",
    "CKV_K8S_12",
    "CKV_K8S_13",
    "R34",
    of_stack=True,
)
def requests_and_limits(subject: Subject) -> Iterator[str]:
    """Without requests the scheduler guesses; without limits one pod starves the others.

    Set resources.requests and resources.limits of each container, or of the pod, or a LimitRange of
    the namespace.

    Set cpuRequest and cpuLimit of eks-platform:sampleApp or of the application in
    eks-platform:apps.
    """
    missing = [
        (name, kind, what)
        for name, container in containers(subject.resource)
        for kind in ("requests", "limits")
        for what in ("cpu", "memory")
        if not _has(container, kind, what) and not _has(pod(subject.resource), kind, what)
    ]
    defaults = neighbours(subject.graph, subject.resource, LIMIT_RANGE) if missing else []
    given = [limit for one in defaults for limit in mappings(one.properties, "spec.limits")]
    for name, kind, what in missing:
        if not any(_has_default(limit, kind, what) for limit in given):
            yield f"{name} has no {what} in its {kind}"


def _has(data: Mapping[str, Any], kind: str, what: str) -> bool:
    """Returns whether a resource is asked for, or limited; a limit alone is the request as well.

    https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#requests-and-limits
    """
    kinds = ("requests", "limits") if kind == "requests" else ("limits",)
    return any(read(data, ("resources", one, what)) for one in kinds)


def _has_default(limit: Mapping[str, Any], kind: str, what: str) -> bool:
    """Returns whether a LimitRange gives containers a value; its default limit is the request, too.

    https://kubernetes.io/docs/concepts/policy/limit-range/
    """
    keys = ("defaultRequest", "default") if kind == "requests" else ("default",)
    of_containers = text(limit, "type") == "Container"
    return of_containers and any(read(limit, (key, what)) for key in keys)


@rule(SERVICES_OF_PODS, Severity.MEDIUM, "CKV_K8S_8", "CKV_K8S_9", "R34")
def probes(subject: Subject) -> Iterator[str]:
    """Without probes, traffic goes to what is not ready, and what hangs is never restarted.

    Give each container a readinessProbe and a livenessProbe.

    Run the container with GracefulWebApp in components/apps/graceful_web_app.py, which sets the
    probes, or add them.
    """
    for name, container in containers(subject.resource, first=False):
        for probe in ("livenessProbe", "readinessProbe"):
            if not mapping(container, probe).keys() & set(HANDLERS):
                yield f"{name} has no {probe}"


@rule(WORKLOADS, Severity.HIGH, "CKV_K8S_14", "R34")
def images_pinned(subject: Subject) -> Iterator[str]:
    """An image without a version is another one tomorrow, and on another node.

    Give image a tag that is a version, or a digest.

    Name a version or a digest in eks-platform:sampleApp.image.
    """
    for name, container in containers(subject.resource):
        image = text(container, "image")
        tag = image.rsplit("/", maxsplit=1)[-1].partition(":")[2]
        # A tag such as latest, stable or main moves.
        if not DIGEST.search(image) and not re.search(r"\d", tag):
            yield f"{name} runs {image or 'no image'}"


@rule(WORKLOADS, Severity.HIGH, "CIS 4.4.1", "CKV_K8S_35")
def no_secrets_in_environment_variables(subject: Subject) -> Iterator[str]:
    """What is in a variable is in every crash report and every child process.

    Mount the secret as a file, and take it out of env and envFrom.
    """
    for name, container in containers(subject.resource):
        yield from each(
            *(_in_variable(name, variable) for variable in mappings(container, "env")),
            _in_sources(name, container),
        )


def _in_variable(name: str, variable: Mapping[str, Any]) -> Iterator[str]:
    key = text(variable, "name")
    if read(variable, "valueFrom.secretKeyRef"):
        yield f"{name} has a secret in {key}"
        return
    value = str(read(variable, "value", ""))
    if is_secret_name(key):
        if is_secret(key, value):
            yield f"{name} has what looks like a secret in {key}"
    elif holds_secret(value):
        yield f"{name} has a secret in the value of {key}"


def _in_sources(name: str, container: Mapping[str, Any]) -> Iterator[str]:
    for source in items(container, "envFrom"):
        if read(source, "secretRef"):
            yield f"{name} has all of a secret in its variables"


@rule(NAMESPACED, Severity.LOW, "CIS 4.6.2", "CKV_K8S_21")
def not_in_the_default_namespace(subject: Subject) -> Iterator[str]:
    """What is in default shares its policies, quotas and secrets with all that has no home.

    Set metadata.namespace.

    An application of eks-platform:apps has its own.
    """
    if namespace(subject.resource) == "default":
        yield "is in the default namespace"


@rule(NAMESPACE, Severity.MEDIUM, "CIS 4.2.1", "R34")
def pod_security_enforced(subject: Subject) -> Iterator[str]:
    """Without the label a namespace takes privileged pods from whoever may deploy into it.

    Set the label pod-security.kubernetes.io/enforce to restricted, or to baseline.

    Run the container with GracefulWebApp in components/apps/graceful_web_app.py, which labels the
    namespace, or label it restricted.
    """
    level = subject.text(("metadata", "labels", POD_SECURITY))
    if level not in STRICT:
        yield f"enforces pod security {level}" if level else "enforces no pod security"
