"""What nodes are told at boot: how many pods they take, and with an image of one's own all of it.

With an image of EKS a managed node group merges this with the cluster's data; with another one it
merges nothing (https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html).
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pulumi

from planning.node_images import Family
from planning.scheduling.taints import EFFECTS


@dataclass(frozen=True, kw_only=True, slots=True)
class Taint:
    """A taint in the terms of the EKS API.

    :param key: its key.
    :param value: its value.
    :param effect: what happens to pods that do not tolerate it.
    """

    key: str
    value: str
    effect: Literal["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Bootstrap:
    """How nodes of an image of one's own find their cluster.

    :param endpoint: the address of its Kubernetes API.
    :param certificate_authority: its certificate, in base64.
    :param service_cidr: the block of its Services.
    """

    endpoint: pulumi.Input[str]
    certificate_authority: pulumi.Input[str]
    service_cidr: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Kubelet:
    """What the kubelet of a node is told.

    :param max_pods: how many pods it takes.
    :param labels: Kubernetes labels of the node.
    :param taints: taints of the node.
    """

    max_pods: int
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    taints: Sequence[Taint] = ()


def user_data(
    family: Family,
    kubelet: Kubelet,
    cluster_name: pulumi.Input[str] | None = None,
    bootstrap: Bootstrap | None = None,
) -> pulumi.Input[str]:
    """Returns a launch template's user data, in base64.

    :param bootstrap: with an image of one's own; else EKS adds the cluster, labels and taints.
    """
    write = _toml if family == "Bottlerocket" else _node_config
    if bootstrap is None:
        return _encoded(write(kubelet, None))
    return pulumi.Output.all(
        name=cluster_name,
        endpoint=bootstrap.endpoint,
        authority=bootstrap.certificate_authority,
        cidr=bootstrap.service_cidr,
    ).apply(lambda cluster: _encoded(write(kubelet, cluster)))


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _node_config(kubelet: Kubelet, cluster: Mapping[str, str] | None) -> str:
    """Returns what nodeadm reads, which EKS merges with the cluster's own data.

    https://awslabs.github.io/amazon-eks-ami/nodeadm/doc/api/ has the format.
    """
    spec: dict[str, Any] = {"kubelet": {"config": {"maxPods": kubelet.max_pods}}}
    if cluster:
        spec["cluster"] = {
            "name": cluster["name"],
            "apiServerEndpoint": cluster["endpoint"],
            "certificateAuthority": cluster["authority"],
            "cidr": cluster["cidr"],
        }
        labels = ",".join(f"{key}={value}" for key, value in kubelet.labels.items())
        taints = ",".join(f"{one.key}={one.value}:{EFFECTS[one.effect]}" for one in kubelet.taints)
        flags = {"--node-labels": labels, "--register-with-taints": taints}
        spec["kubelet"]["flags"] = [f"{flag}={value}" for flag, value in flags.items() if value]
    config = {"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig", "spec": spec}
    # JSON is YAML, too.
    lines = [
        "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="BOUNDARY"',
        "",
        "--BOUNDARY",
        "Content-Type: application/node.eks.aws",
        "",
        json.dumps(config, indent=2),
        "",
        "--BOUNDARY--",
        "",
    ]
    return "\n".join(lines)


def _toml(kubelet: Kubelet, cluster: Mapping[str, str] | None) -> str:
    """Returns the settings of Bottlerocket.

    https://bottlerocket.dev/en/os/latest/api/settings/kubernetes/ has them.
    """
    lines = ["[settings.kubernetes]", f"max-pods = {kubelet.max_pods}"]
    if cluster:
        # The address of cluster DNS Bottlerocket asks EKS for, as the node's role may.
        lines += [
            f"cluster-name = {_quoted(cluster['name'])}",
            f"api-server = {_quoted(cluster['endpoint'])}",
            f"cluster-certificate = {_quoted(cluster['authority'])}",
        ]
        lines += _table("node-labels", {k: _quoted(v) for k, v in kubelet.labels.items()})
        taints: dict[str, list[str]] = {}
        for one in kubelet.taints:
            taints.setdefault(one.key, []).append(f"{one.value}:{EFFECTS[one.effect]}")
        lines += _table("node-taints", {key: json.dumps(each) for key, each in taints.items()})
    return "\n".join([*lines, ""])


def _table(name: str, values: Mapping[str, str]) -> list[str]:
    if not values:
        return []
    entries = [f"{_quoted(key)} = {value}" for key, value in values.items()]
    return [f"[settings.kubernetes.{name}]", *entries]


def _quoted(text: str) -> str:
    """Returns a basic string of TOML, of the characters that clusters, labels and taints have."""
    return json.dumps(text)
