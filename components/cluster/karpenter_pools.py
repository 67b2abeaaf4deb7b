"""What nodes Karpenter may start: a NodePool, and the EC2NodeClass that it starts them by.

The fields are those of the definitions of the pinned release
(https://github.com/aws/karpenter-provider-aws/tree/main/pkg/apis/crds); ``offline/crds`` has the
schema of those that are used here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import pulumi
import pulumi_kubernetes as kubernetes

from planning.scheduling.taints import EFFECTS

from .node_user_data import Taint
from .nodes import BOTTLEROCKET_SYSTEM_GIB, DATA_DEVICE, SYSTEM_DEVICE

# A deletion waits until the last node is gone, and that until its pods are.
_DELETION: Final = "30m"


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """How many nodes go at a time.

    :param nodes: a number, or a share such as ``10%``.
    :param schedule: when it begins to count, as cron has it; ``None``: always.
    :param duration: for how long from then on.
    """

    nodes: str
    schedule: str | None = None
    duration: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NodePoolArgs:
    """Inputs of :class:`NodePool`.

    :param instance_types: what it may choose from.
    :param max_pods: how many pods a node takes.
    :param cpu: cores of all of its nodes together.
    :param memory_gib: memory of all of its nodes together.
    :param capacity_types: how instances may be bought.
    :param zones: where nodes may be.
    :param image: the family of EKS's images.
    :param image_version: a release of the image, or latest.
    :param disk_gib: size in GiB of the volume that holds images, logs and what pods write.
    :param consolidation: which nodes go to save money.
    :param consolidate_after: for how long pods must have stayed the same before.
    :param expire_after: the age at which a node is replaced.
    :param termination_grace_period: how long a drain may take; ``None``: as long as pods want.
    :param budgets: how many nodes go at a time; empty: 10 % of them.
    :param labels: Kubernetes labels of the nodes.
    :param taints: taints of the nodes.
    """

    instance_types: Sequence[str]
    max_pods: int
    cpu: int
    memory_gib: int
    capacity_types: Sequence[str]
    zones: Sequence[str]
    image: Literal["al2023", "bottlerocket"] = "al2023"
    image_version: str = "latest"
    disk_gib: int = 30
    consolidation: Literal["WhenEmptyOrUnderutilized", "WhenEmpty"] = "WhenEmptyOrUnderutilized"
    consolidate_after: str = "1m"
    expire_after: str = "720h"
    termination_grace_period: str | None = None
    budgets: Sequence[Budget] = ()
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    taints: Sequence[Taint] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class NodesOf:
    """What nodes of all pools have.

    :param instance_profile: the name of the profile with their role.
    :param subnet_ids: by zone.
    :param tags: carried by instances, their volumes and their network interfaces.
    :param depends_on: what must be there before the pools and outlive their nodes.
    """

    instance_profile: pulumi.Input[str]
    security_group_id: pulumi.Input[str]
    subnet_ids: Mapping[str, pulumi.Input[str]]
    tags: Mapping[str, str]
    depends_on: Sequence[pulumi.Resource]


class NodePool(pulumi.ComponentResource):
    """A pool with its own node class.

    Nodes demand IMDSv2 with a hop limit of 1 and have encrypted volumes, private addresses alone
    and the group that EKS makes for the cluster (requirements 17, 18 and 26). The class, whose
    finalizer waits for the last of its nodes, is what a destroy waits for.
    """

    pool: kubernetes.apiextensions.CustomResource

    def __init__(
        self,
        name: str,
        args: NodePoolArgs,
        nodes: NodesOf,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("eks-platform:karpenter:NodePool", name, None, opts)
        key = name.removeprefix("karpenter-")
        before = list(nodes.depends_on)
        timeouts = pulumi.CustomTimeouts(delete=_DELETION)
        node_class = kubernetes.apiextensions.CustomResource(
            f"{name}-class",
            api_version="karpenter.k8s.aws/v1",
            kind="EC2NodeClass",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=key),
            spec=_class_spec(name, args, nodes),
            opts=pulumi.ResourceOptions(parent=self, depends_on=before, custom_timeouts=timeouts),
        )
        self.pool = kubernetes.apiextensions.CustomResource(
            name,
            api_version="karpenter.sh/v1",
            kind="NodePool",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=key),
            spec=_pool_spec(args, key),
            # The name alone orders nothing.
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[*before, node_class], custom_timeouts=timeouts
            ),
        )
        self.register_outputs({})


def _class_spec(name: str, args: NodePoolArgs, nodes: NodesOf) -> dict[str, Any]:
    disks = {SYSTEM_DEVICE: args.disk_gib}
    if args.image == "bottlerocket":
        disks = {SYSTEM_DEVICE: BOTTLEROCKET_SYSTEM_GIB, DATA_DEVICE: args.disk_gib}
    return {
        "amiSelectorTerms": [{"alias": f"{args.image}@{args.image_version}"}],
        "instanceProfile": nodes.instance_profile,
        "subnetSelectorTerms": [{"id": nodes.subnet_ids[zone]} for zone in args.zones],
        "securityGroupSelectorTerms": [{"id": nodes.security_group_id}],
        "associatePublicIPAddress": False,
        "kubelet": {"maxPods": args.max_pods},
        "metadataOptions": {
            "httpEndpoint": "enabled",
            "httpTokens": "required",
            "httpPutResponseHopLimit": 1,
        },
        "blockDeviceMappings": [
            {
                "deviceName": device,
                "ebs": {
                    "volumeType": "gp3",
                    "volumeSize": f"{size}Gi",
                    "encrypted": True,
                    "deleteOnTermination": True,
                },
            }
            for device, size in disks.items()
        ],
        "tags": {**nodes.tags, "Name": name},
    }


def _pool_spec(args: NodePoolArgs, node_class: str) -> dict[str, Any]:
    requirements = {
        "node.kubernetes.io/instance-type": args.instance_types,
        "karpenter.sh/capacity-type": args.capacity_types,
        "topology.kubernetes.io/zone": args.zones,
    }
    grace = args.termination_grace_period
    spec: dict[str, Any] = {
        "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": node_class},
        "requirements": [
            {"key": key, "operator": "In", "values": list(values)}
            for key, values in requirements.items()
        ],
        "expireAfter": args.expire_after,
        **({"terminationGracePeriod": grace} if grace else {}),
        **({"taints": [_taint(one) for one in args.taints]} if args.taints else {}),
    }
    budgets = [
        {"nodes": one.nodes}
        | ({"schedule": one.schedule, "duration": one.duration} if one.schedule else {})
        for one in args.budgets
    ]
    return {
        "template": {
            **({"metadata": {"labels": dict(args.labels)}} if args.labels else {}),
            "spec": spec,
        },
        "limits": {"cpu": str(args.cpu), "memory": f"{args.memory_gib}Gi"},
        "disruption": {
            "consolidationPolicy": args.consolidation,
            "consolidateAfter": args.consolidate_after,
            **({"budgets": budgets} if budgets else {}),
        },
    }


def _taint(taint: Taint) -> dict[str, str]:
    value = {"value": taint.value} if taint.value else {}
    return {"key": taint.key, "effect": EFFECTS[taint.effect], **value}
