"""The values of the chart jenkins that the platform sets.

What the chart does with them: https://github.com/jenkinsci/helm-charts/tree/main/charts/jenkins/templates
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi

from components.pods.chart import resource_values
from planning.images import Images
from planning.scheduling.amounts import Amounts
from planning.scheduling.placement import Placement
from planning.scheduling.workloads import JENKINS_SIDECAR
from versions import JENKINS_AGENT_IMAGE, JENKINS_IMAGE, JENKINS_SIDECAR_IMAGE

# The user and group of Jenkins's own images.
USER: Final = 1000
AGENT_ACCOUNT: Final = "jenkins-agent"
# Where the admin's password is.
SECRETS: Final = "/run/secrets/jenkins"
PASSWORD: Final = "password"  # noqa: S105  the name of a file
HOME: Final = "jenkins-home"
# All of the controller's pod: none of them needs the role by which its password is mounted.
CONTAINERS: Final = ("init", "jenkins", "config-reload", "config-reload-init")
_ADMIN: Final = "admin"
_VOLUME: Final = "admin"
_CONTAINER: Final[Mapping[str, Any]] = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
_POD: Final[Mapping[str, Any]] = {
    "runAsNonRoot": True,
    "runAsUser": USER,
    "runAsGroup": USER,
    "fsGroup": USER,
    "seccompProfile": {"type": "RuntimeDefault"},
}
# Of its limit: the rest is for threads, classes and what plugins keep outside of the heap.
_JAVA_OPTIONS: Final = "-XX:MaxRAMPercentage=60"
# One in ten seconds.
_START_TRIES: Final = 48
# Long enough to write what it holds; builds go on in their pods and are found again.
_GRACE_SECONDS: Final = 60


def security_realm() -> str:
    """Returns who may log in, as Configuration as Code has it: the password is read from its file.

    https://github.com/jenkinsci/configuration-as-code-plugin/blob/master/docs/features/secrets.adoc
    """
    password = f"${{readFile:{SECRETS}/{PASSWORD}}}"
    user = {"id": _ADMIN, "name": "Jenkins Admin", "password": password}
    return json.dumps({"local": {"allowsSignup": False, "users": [user]}}, indent=2)


def controller_values(
    *,
    each: Amounts,
    configuration: Mapping[str, str],
    plugins: Sequence[str],
    placement: Placement,
    pod_annotations: Mapping[str, str],
    images: Images,
) -> dict[str, Any]:
    """Returns the values of the controller.

    :param each: what its container is promised, and of memory all that it gets.
    """
    return {
        "image": {"pullPolicy": "IfNotPresent", **_image(images, JENKINS_IMAGE)},
        # The password is a file: no Secret in the cluster has it.
        "admin": {"createSecret": False},
        "JCasC": {"securityRealm": security_realm(), "configScripts": dict(configuration)},
        # What plugins need, in the oldest version that they take: another start brings no other.
        "installLatestPlugins": False,
        "additionalPlugins": list(plugins),
        # Links are those of a port-forward, which is the way in.
        "jenkinsUrl": "http://localhost:8080",
        "javaOpts": _JAVA_OPTIONS,
        "resources": resource_values(each),
        "initContainerResources": resource_values(each),
        "containerSecurityContext": {**_CONTAINER, "runAsUser": USER, "runAsGroup": USER},
        # Files of NFS are handed to the group once, and not at every start.
        "podSecurityContextOverride": {**_POD, "fsGroupChangePolicy": "OnRootMismatch"},
        "podAnnotations": dict(pod_annotations),
        "terminationGracePeriodSeconds": _GRACE_SECONDS,
        "testEnabled": False,
        # On shared files the first start takes longer than the two minutes of the chart.
        "probes": {"startupProbe": {"failureThreshold": _START_TRIES}},
        "sidecars": {
            "configAutoReload": {
                "image": _image(images, JENKINS_SIDECAR_IMAGE),
                "resources": resource_values(JENKINS_SIDECAR),
                "containerSecurityContext": dict(_CONTAINER),
            }
        },
        **placement.chart_values(),
    }


def agent_values(
    *,
    namespace: pulumi.Input[str],
    most: int,
    requests: Mapping[str, str],
    limits: Mapping[str, str],
    placement: Placement,
    images: Images,
) -> dict[str, Any]:
    """Returns the values of the pods that builds run in.

    :param most: how many there are at a time.
    """
    chart = placement.chart_values()
    spec = {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": dict(_POD),
        # The chart has no value of its own for them.
        **({"tolerations": chart["tolerations"]} if "tolerations" in chart else {}),
    }
    pod = {"apiVersion": "v1", "kind": "Pod", "spec": spec}
    return {
        "namespace": namespace,
        "containerCap": most,
        "image": _image(images, JENKINS_AGENT_IMAGE),
        "resources": {"requests": dict(requests), "limits": dict(limits)},
        "nodeSelector": dict(placement.node_selector),
        "runAsUser": USER,
        "runAsGroup": USER,
        # What the level `restricted` of its namespace asks of its containers.
        "restrictedPssSecurityContext": True,
        # JSON is YAML, too.
        "yamlTemplate": json.dumps(pod, indent=2),
        "yamlMergeStrategy": "merge",
    }


def persistence_values(
    claim: pulumi.Input[str], password_class: pulumi.Input[str]
) -> dict[str, Any]:
    """Returns what is mounted: home, and the file with the password.

    :param password_class: the SecretProviderClass that has it.
    """
    csi = {
        "driver": "secrets-store.csi.k8s.io",
        "readOnly": True,
        "volumeAttributes": {"secretProviderClass": password_class},
    }
    return {
        "existingClaim": claim,
        "volumes": [{"name": _VOLUME, "csi": csi}],
        "mounts": [{"name": _VOLUME, "mountPath": SECRETS, "readOnly": True}],
    }


def _image(images: Images, image: str) -> dict[str, str]:
    """Returns where an image is pulled from where that is not the chart's own registry."""
    found = images.of(image)
    if found == image:
        return {}
    registry, _, repository = found.partition("/")
    return {"registry": registry, "repository": repository}
