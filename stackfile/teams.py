"""The section about who shares the cluster: namespaces with owners, and what each may have."""

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import Field

from planning.cluster_access import TeamPolicy
from planning.quantities import amount, mebibytes, millicores
from planning.scheduling.amounts import Amounts

from .checks import DISTINCT, Check, not_below, text
from .placed import PlacedSection
from .section import FollowsError, Section, key_of
from .types import Cpu, Memory, NodeGroupName, Principal

# A cluster of the largest size that Kubernetes is tested with
# (https://kubernetes.io/docs/setup/best-practices/cluster-large/).
_MOST_PODS: Final = 150_000
_MOST_OBJECTS: Final = 10_000
_MOST_GIB: Final = 1_000_000
_NAMESPACE: Final = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
TeamNamespace = Annotated[
    str,
    text(
        f"(?!kube-|default$){_NAMESPACE}",
        "must be the name of a namespace, at most 63 of a-z, 0-9 and '-', and not be default or "
        "kube-…",
    ),
]
Role = Annotated[
    Principal,
    text(
        r"arn:[a-z-]+:iam::[0-9]{12}:role/\S+",
        "must be the ARN of an IAM role, such as arn:aws:iam::111122223333:role/shop-developer",
    ),
]
_LINE: Final = r"(?=.*\S)[^\x00-\x1f\x7f]{1,200}"
Owner = Annotated[
    str, text(_LINE, "must be an e-mail address or a name, of one line and 200 characters at most")
]
Reason = Annotated[str, text(_LINE, "must be a reason, of one line and 200 characters at most")]
Port = Annotated[int, Field(ge=1, le=65_535)]
Objects = Annotated[int, Field(ge=0, le=_MOST_OBJECTS)]


class TeamRoleSettings(Section):
    """An entry of ``roles``: what an IAM role may do in the namespaces of its team."""

    role: Role = Field(examples=["arn:aws:iam::111122223333:role/shop-deployer"])
    """The ARN of the role. The stack names it nowhere else but in teams with the same access."""
    access: TeamPolicy = Field(examples=["edit"])
    """EKS's access policy: view reads what is there, but no secrets; edit also changes it; admin
    also gives rights to others within the namespaces."""


class QuotaSettings(Section):
    """``quota``: the most that all of a namespace may have together."""

    pods: int = Field(ge=1, le=_MOST_PODS, examples=[10])
    """Pods that have not ended."""
    cpu_requests: Cpu = Field(examples=["1"])
    """CPU time that pods are promised."""
    memory_requests: Memory = Field(examples=["2Gi"])
    """Memory that pods are promised."""
    cpu_limits: Cpu | None = Field(default=None, examples=["4"])
    """CPU time that pods may use at most, cpuRequests or more; absent: any."""
    memory_limits: Memory | None = Field(default=None, examples=["4Gi"])
    """Memory that pods may use at most, memoryRequests or more; absent: any."""
    claims: Objects = 0
    """PersistentVolumeClaims; with storageGiB."""
    storage_gib: int = Field(default=0, ge=0, le=_MOST_GIB)
    """Size of all claims together, 1 GiB or more for each of claims."""

    @property
    def asked(self) -> Amounts:
        """What pods may ask of nodes."""
        return Amounts(self.pods, millicores(self.cpu_requests), mebibytes(self.memory_requests))

    def conflicts(self) -> Iterator[tuple[str, str | FollowsError]]:
        """Yields limits below what is promised, and claims that have no room, or room without."""
        for limit, request in (
            ("cpu_limits", "cpu_requests"),
            ("memory_limits", "memory_requests"),
        ):
            most, least = getattr(self, limit), getattr(self, request)
            if most is not None and amount(most) < amount(least):
                yield (
                    limit,
                    FollowsError(f"{most} is below {key_of(request)} {least}", key_of(request)),
                )
        if self.storage_gib < self.claims:
            fault = (
                f"must be at least 1 GiB for each of {self.claims} claims, got {self.storage_gib}"
            )
            yield "storage_gib", FollowsError(fault, key_of("claims"))
        if self.storage_gib and not self.claims:
            fault = f"storageGiB {self.storage_gib} is for claims, of which the quota allows none"
            yield "claims", FollowsError(fault, key_of("storage_gib"))


class ContainerSettings(Section):
    """``containers``: what a container of the namespace gets that names nothing itself."""

    cpu_request: Cpu = "100m"
    """CPU time that it is promised."""
    cpu_limit: Annotated[Cpu, not_below("cpu_request", measure=amount)] = "500m"
    """CPU time that it gets at most, cpuRequest or more."""
    memory_request: Memory = "128Mi"
    """Memory that it is promised."""
    memory_limit: Annotated[Memory, not_below("memory_request", measure=amount)] = "256Mi"
    """Memory that it gets at most, memoryRequest or more."""


class TeamLoadBalancerSettings(Section):
    """``loadBalancers``: who is sent requests from outside, and by how many load balancers."""

    scheme: Literal["internal", "internet-facing"] = Field(examples=["internal"])
    """Which subnets' load balancers reach its pods."""
    ports: Annotated[
        tuple[Port, ...],
        Check(lambda ports: None if ports else "needs at least one port", {"minItems": 1}),
        DISTINCT,
    ] = Field(examples=[(8080,)])
    """The ports of pods that they reach."""
    ingresses: Objects = 1
    """Ingresses; each has an ALB, unless several share one by a group."""
    services: Objects = 0
    """Services of type LoadBalancer, each with an NLB. They need allocateLoadBalancerNodePorts
    false, as the quota has no NodePort."""

    def conflicts(self) -> Iterator[tuple[str, str | FollowsError]]:
        """Yields that there would be no load balancer."""
        if not self.ingresses and not self.services:
            yield "ingresses", "0 and services 0 allow no load balancer; leave loadBalancers out"


class NamespaceSettings(PlacedSection):
    """An entry of ``namespaces``."""

    quota: QuotaSettings
    """The most that all in it may have together; NodePorts never."""
    containers: ContainerSettings = Field(default_factory=ContainerSettings)
    """What a container gets that names nothing itself, so that the quota lets it in."""
    load_balancers: TeamLoadBalancerSettings | None = None
    """Load balancers that reach its pods; absent: none."""
    among_themselves: bool = True
    """Its pods may talk to one another; else each way needs a NetworkPolicy of the team's own."""
    pod_security: Literal["restricted", "baseline", "privileged"] = "restricted"
    """The pod security standard that pods must meet. privileged lets a pod become root on its node,
    and needs podSecurityReason."""
    pod_security_reason: Reason | None = Field(
        default=None, examples=["Needs host ports until the router is replaced"]
    )
    """Why it is not restricted; it becomes an annotation of the namespace."""
    nodes: NodeGroupName | None = Field(default=None, examples=["gpu"])
    """The node group or pool that its quota is counted on; its pods bring the selector
    eks-platform/nodes and the tolerations. Absent: nodes without taints."""

    @property
    def hard(self) -> dict[str, str]:
        """The quota in Kubernetes' words."""
        quota, balanced = self.quota, self.load_balancers
        limits = {"limits.cpu": quota.cpu_limits, "limits.memory": quota.memory_limits}
        return {
            "pods": f"{quota.pods}",
            "requests.cpu": quota.cpu_requests,
            "requests.memory": quota.memory_requests,
            **{key: value for key, value in limits.items() if value is not None},
            "persistentvolumeclaims": f"{quota.claims}",
            "requests.storage": f"{quota.storage_gib}Gi",
            "count/ingresses.networking.k8s.io": f"{balanced.ingresses if balanced else 0}",
            "services.loadbalancers": f"{balanced.services if balanced else 0}",
            "services.nodeports": "0",
        }

    def conflicts(self) -> Iterator[tuple[str, str | FollowsError]]:
        """Yields defaults that the quota does not let in, and open namespaces without a reason."""
        if self.pod_security == "privileged" and self.pod_security_reason is None:
            fault = "is required with podSecurity privileged, which makes pods root on their node"
            yield "pod_security_reason", FollowsError(fault, key_of("pod_security"))
        if self.pod_security == "restricted" and self.pod_security_reason is not None:
            yield (
                "pod_security_reason",
                "is for baseline and privileged, and podSecurity is restricted",
            )
        for resource in ("cpu", "memory"):
            for kind in ("request", "limit"):
                default = getattr(self.containers, f"{resource}_{kind}")
                most = getattr(self.quota, f"{resource}_{kind}s")
                if most is not None and amount(default) > amount(most):
                    key, of_quota = key_of(f"{resource}_{kind}"), key_of(f"{resource}_{kind}s")
                    fault = f"{key} {default} is above quota.{of_quota} {most}: no pod would start"
                    yield "containers", FollowsError(fault, "quota")


class TeamSettings(Section):
    """Each entry of ``teams``: people who share namespaces."""

    owner: Owner = Field(examples=["shop@example.com"])
    """Who answers for what runs there: an e-mail address or a name."""
    roles: tuple[TeamRoleSettings, ...] = ()
    """IAM roles of the team's people and pipelines; empty: nobody but the cluster's admins."""
    namespaces: Annotated[
        dict[TeamNamespace, NamespaceSettings],
        Check(
            lambda names: None if names else "needs at least one namespace", {"minProperties": 1}
        ),
    ]
    """The team's namespaces by name, each of one team."""
