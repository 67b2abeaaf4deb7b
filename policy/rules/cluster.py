"""The control plane."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from deployment.types import ACCESS_POLICY, ADDON, CLUSTER, FARGATE_PROFILE, ROLE, SUBNET
from policy.catalogue import Level, Option, Severity, Subject, rule
from policy.clock import today
from policy.controllers import VPC_CNI, has_other_network, is_auto_mode, part, with_pod_identity
from policy.graph import Graph
from policy.machines import groups, has_karpenter
from policy.reading import document, flag, number
from policy.routes import is_public, zone_of
from policy.unknown import OutsideError, UnreadableError

from .security_groups import is_everybody

LOG_TYPES: Final = ("api", "audit", "authenticator", "controllerManager", "scheduler")
FEWEST_ZONES: Final = 2
# https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html
STANDARD_SUPPORT_ENDS: Final = Option(
    schema={"type": "object", "additionalProperties": {"type": "string"}},
    default={"1.34": "2026-12-02", "1.35": "2027-03-27", "1.36": "2027-08-02"},
)


@rule(CLUSTER, Severity.MEDIUM, "CIS 2.1.1", "CKV_AWS_37", "EKS2", "R24")
def control_plane_logs(subject: Subject) -> Iterator[str]:
    """Without all five types of control-plane logs nobody can tell who did what to the cluster.

    Name api, audit, authenticator, controllerManager and scheduler in enabledClusterLogTypes.

    Keep all of LOG_TYPES in components/cluster/cluster.py; eks-platform:cluster.logRetentionDays
    says how long they stay.
    """
    missing = sorted(set(LOG_TYPES) - set(subject.texts("enabledClusterLogTypes")))
    if missing:
        yield f"does not log {', '.join(missing)}"


@rule(CLUSTER, Severity.CRITICAL, "CIS 5.4.1", "CKV_AWS_38", "R25")
def api_not_open_to_the_world(subject: Subject) -> Iterator[str]:
    """An API endpoint that everybody reaches is one leaked credential away from everybody.

    Name your own networks in vpcConfig.publicAccessCidrs, or set vpcConfig.endpointPublicAccess to
    false.

    Name your own networks in eks-platform:cluster.publicAccessCidrs, or none.
    """
    for block in subject.texts("vpcConfig.publicAccessCidrs"):
        if is_everybody(block) and subject.flag("vpcConfig.endpointPublicAccess", default=True):
            yield f"lets {block} reach the API"


@rule(CLUSTER, Severity.HIGH, "CIS 5.4.2", "CKV_AWS_39", "EKS1", "R25")
def public_api_only_for_listed_networks(subject: Subject) -> Iterator[str]:
    """EKS opens the API endpoint to the internet unless it is told not to, or to whom.

    List networks in vpcConfig.publicAccessCidrs, or set vpcConfig.endpointPublicAccess to false.

    List networks in eks-platform:cluster.publicAccessCidrs, or leave the list empty for a private
    endpoint.
    """
    public = subject.flag("vpcConfig.endpointPublicAccess", default=True)
    if public and not subject.texts("vpcConfig.publicAccessCidrs"):
        if subject.read("vpcConfig.endpointPublicAccess") is None:
            yield "does not say whether the API is public, and then it is"
        else:
            yield "has a public API and lists no networks, which means all"


@rule(CLUSTER, Severity.HIGH, "CIS 5.4.2", "R25")
def private_api(subject: Subject) -> Iterator[str]:
    """Without the private endpoint, nodes reach the API through the internet.

    Set vpcConfig.endpointPrivateAccess to true.

    Keep endpoint_private_access=True in components/cluster/cluster.py.
    """
    if not subject.flag("vpcConfig.endpointPrivateAccess"):
        yield "has no private endpoint"


@rule(CLUSTER, Severity.MEDIUM, "CIS 5.3.1", "CKV_AWS_58", "R24")
def secrets_encrypted(subject: Subject) -> Iterator[str]:
    """EKS encrypts with a key that AWS owns; with a key of yours you decide, and see, who decrypts.

    Name a KMS key in encryptionConfig.provider.keyArn, and secrets in encryptionConfig.resources.
    From Kubernetes 1.28 on EKS encrypts by default
    (https://docs.aws.amazon.com/eks/latest/userguide/envelope-encryption.html).

    Keep encryption_config_key_arn in components/cluster/cluster.py.
    """
    if "secrets" not in subject.texts("encryptionConfig.resources"):
        yield "does not encrypt secrets with a KMS key of yours"


@rule(CLUSTER, Severity.HIGH, "CKV_AWS_339", "R24", standardSupportEnds=STANDARD_SUPPORT_ENDS)
def kubernetes_version_supported(subject: Subject) -> Iterator[str]:
    """A version out of standard support gets no fixes, or costs six times as much.

    Set version to one in standard support, one minor version at a time.

    Set eks-platform:cluster.version to a version in standard support, one minor version at a time.
    """
    version, known = subject.text("version"), subject.options["standardSupportEnds"]
    ends = known.get(version)
    if not version:
        yield "has no version, so that EKS chooses one"
    elif ends is None and _minor(version) > max(map(_minor, known)):
        raise OutsideError(f"version {version} is later than those that this pack knows")
    elif ends is None:
        yield f"has version {version}, which is not in standard support"
    elif date.fromisoformat(ends) < today():
        yield f"has version {version}, whose standard support ended on {ends}"


# What EKS does then: https://docs.aws.amazon.com/eks/latest/userguide/extended-support-control.html;
# $0.60 in place of $0.10 an hour: https://aws.amazon.com/eks/pricing/
@rule(
    CLUSTER,
    Severity.MEDIUM,
    "R24",
    level=Level.ADVISORY,
    standardSupportEnds=STANDARD_SUPPORT_ENDS,
    daysAhead=Option(schema={"type": "integer", "minimum": 0}, default=60),
)
def kubernetes_support_not_ending_soon(subject: Subject) -> Iterator[str]:
    """At the end of standard support EKS upgrades the cluster by itself, or asks for $0.60 an hour.

    Set version to the next one before that day: EKS upgrades where upgradePolicy.supportType is
    STANDARD, and asks for six times as much where it is not.

    Set eks-platform:cluster.version to the next version; docs/upgrades.md has the steps.
    """
    version = subject.text("version")
    ends = subject.options["standardSupportEnds"].get(version)
    if ends is not None:
        left = (date.fromisoformat(ends) - today()).days
        if 0 <= left <= subject.options["daysAhead"]:
            yield f"has version {version}, whose standard support ends on {ends}, in {left} days"


def _minor(version: str) -> tuple[int, ...]:
    """Returns a version as numbers, so that 1.9 is before 1.10."""
    parts = version.split(".")
    if not all(part.isascii() and part.isdecimal() for part in parts):
        raise UnreadableError("version is no version such as 1.35")
    return tuple(int(number({"part": part}, "part")) for part in parts)


@rule(CLUSTER, Severity.HIGH, "CIS 4.1.7", "R10")
def authentication_by_access_entries(subject: Subject) -> Iterator[str]:
    """The aws-auth ConfigMap gives access that no AWS log shows; a slip in it locks everybody out.

    Set accessConfig.authenticationMode to API, and give people access entries.

    Keep authentication_mode=API in components/cluster/cluster.py, and name people in
    eks-platform:cluster.admins.
    """
    mode = subject.text("accessConfig.authenticationMode", "CONFIG_MAP")
    if mode != "API":
        yield f"authenticates by {mode}"


@rule(CLUSTER, Severity.MEDIUM, "R24", level=Level.ADVISORY)
def deletion_protection(subject: Subject) -> Iterator[str]:
    """Without deletion protection one wrong command takes the cluster away.

    Set deletionProtection to true.

    Set eks-platform:cluster.deletionProtection to true.
    """
    if not subject.flag("deletionProtection"):
        yield "can be deleted in one step"


@rule(CLUSTER, Severity.MEDIUM, "R24")
def standard_support(subject: Subject) -> Iterator[str]:
    """EKS moves a cluster into extended support, at six times the price, unless told not to.

    Set upgradePolicy.supportType to STANDARD.

    Keep upgrade_policy support_type="STANDARD" in components/cluster/cluster.py.
    """
    support = subject.text("upgradePolicy.supportType", "EXTENDED")
    if support != "STANDARD":
        yield f"has support type {support}"


@rule(CLUSTER, Severity.HIGH, "CIS 5.4.3", "R13", of_stack=True)
def cluster_in_private_zones(subject: Subject) -> Iterator[str]:
    """A control plane in one zone goes with it; in a public subnet it is exposed for no gain.

    Name private subnets of two zones or more in vpcConfig.subnetIds.

    Name two zones or more in eks-platform:network.zones, and keep the cluster on the control-plane
    subnets.
    """
    subnets = subject.named("vpcConfig.subnetIds", SUBNET, several=True)
    zones = {zone_of(subnet) for subnet in subnets}
    if len(zones) < FEWEST_ZONES:
        yield f"is in {len(zones)} zone: {', '.join(sorted(zones))}"
    for subnet in subnets:
        if is_public(subject.graph, subnet):
            yield f"is in {subnet}, which leads to an internet gateway"


@rule(CLUSTER, Severity.HIGH, "BP", "R9", of_stack=True)
def vpc_cni_has_its_own_role(subject: Subject) -> Iterator[str]:
    """Without a role of its own the VPC CNI uses that of the nodes, and so does every pod.

    Make an aws.eks.Addon vpc-cni with a role in serviceAccountRoleArn or in
    podIdentityAssociations.

    Keep VpcCni in __main__.py: it makes the add-on and its role.
    """
    graph, cluster = subject.graph, subject.resource
    # Fargate and Auto Mode bring a network of their own; so does another chart.
    if is_auto_mode(cluster) or has_other_network(graph) or not _has_nodes(graph):
        return
    addons = [addon for addon in subject.users(ADDON, "clusterName") if part(addon) == VPC_CNI]
    if not addons:
        yield "has no managed add-on vpc-cni"
    for addon in addons:
        by_irsa = graph.named(addon, "serviceAccountRoleArn", ROLE)
        if not by_irsa and not with_pod_identity(graph, addon):
            yield f"has the add-on {addon} without a role"


def _has_nodes(graph: Graph) -> bool:
    known = groups(graph)
    return (
        not known or any(group.type != FARGATE_PROFILE for group in known) or has_karpenter(graph)
    )


@rule(ADDON, Severity.MEDIUM, "CIS 4.3.1", of_stack=True)
def network_policies_enforced(subject: Subject) -> Iterator[str]:
    """A NetworkPolicy that nothing enforces looks like protection and is none.

    Set enableNetworkPolicy to "true" in configurationValues.

    Set eks-platform:vpcCni.networkPolicy to true.
    """
    if part(subject.resource) != VPC_CNI or has_other_network(subject.graph):
        return
    values = {"configurationValues": document(subject.resource.properties, "configurationValues")}
    # The add-on's schema has it as a text.
    if not flag(values, "configurationValues.enableNetworkPolicy"):
        yield "does not enforce network policies"


@rule(ACCESS_POLICY, Severity.HIGH, "CIS 4.1.1", "R10")
def cluster_access_is_named_and_scoped(subject: Subject) -> Iterator[str]:
    """Access for a whole account, or for no namespace in particular, is access for anybody.

    Name one role or user in principalArn, and namespaces in accessScope.namespaces.

    Name roles in eks-platform:cluster.admins, each by its own ARN.
    """
    principal = subject.text("principalArn")
    if principal.endswith(":root") or "*" in principal:
        yield f"gives access to {principal}, which is more than one role or user"
    scope = subject.text("accessScope.type")
    if scope == "namespace" and not subject.texts("accessScope.namespaces"):
        yield "is for namespaces and names none"
