"""The control plane."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Final

from deployment.types import ACCESS_POLICY, ADDON, CLUSTER, ROLE, SUBNET
from policy.catalogue import Level, Option, Severity, Subject, rule
from policy.clock import today
from policy.routes import is_public

from .security_groups import is_everybody

LOG_TYPES: Final = ("api", "audit", "authenticator", "controllerManager", "scheduler")
FEWEST_ZONES: Final = 2
# https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html
STANDARD_SUPPORT_ENDS: Final = {"1.34": "2026-12-02", "1.35": "2027-03-27", "1.36": "2027-08-02"}


@rule(CLUSTER, Severity.MEDIUM, "CIS 2.1.1", "CKV_AWS_37", "EKS2", "R24")
def control_plane_logs(subject: Subject) -> Iterator[str]:
    """Without all five types of control-plane logs nobody can tell who did what to the cluster.

    Keep all of LOG_TYPES in components/cluster/cluster.py; eks-platform:cluster.logRetentionDays
    says how long they stay.
    """
    missing = sorted(set(LOG_TYPES) - set(subject.items("enabledClusterLogTypes")))
    if missing:
        yield f"does not log {', '.join(missing)}"


@rule(CLUSTER, Severity.CRITICAL, "CIS 5.4.1", "CKV_AWS_38", "R25")
def api_not_open_to_the_world(subject: Subject) -> Iterator[str]:
    """An API endpoint that everybody reaches is one leaked credential away from everybody.

    Name your own networks in eks-platform:cluster.publicAccessCidrs, or none.
    """
    for block in subject.items("vpcConfig.publicAccessCidrs"):
        if is_everybody(block) and subject.read("vpcConfig.endpointPublicAccess", default=True):
            yield f"lets {block} reach the API"


@rule(CLUSTER, Severity.HIGH, "CIS 5.4.2", "CKV_AWS_39", "EKS1", "R25")
def public_api_only_for_listed_networks(subject: Subject) -> Iterator[str]:
    """EKS opens the API endpoint to the internet unless it is told not to, or to whom.

    List networks in eks-platform:cluster.publicAccessCidrs, or leave the list empty for a private
    endpoint.
    """
    public = subject.read("vpcConfig.endpointPublicAccess")
    if public is None:
        yield "does not say whether the API is public, and then it is"
    elif public and not subject.items("vpcConfig.publicAccessCidrs"):
        yield "has a public API and lists no networks, which means all"


@rule(CLUSTER, Severity.HIGH, "CIS 5.4.2", "R25")
def private_api(subject: Subject) -> Iterator[str]:
    """Without the private endpoint, nodes reach the API through the internet.

    Keep endpoint_private_access=True in components/cluster/cluster.py.
    """
    if not subject.read("vpcConfig.endpointPrivateAccess"):
        yield "has no private endpoint"


@rule(CLUSTER, Severity.HIGH, "CIS 5.3.1", "CKV_AWS_58", "R24")
def secrets_encrypted(subject: Subject) -> Iterator[str]:
    """Secrets that no key of yours encrypts can be read by whoever gets a copy of etcd.

    Keep encryption_config_key_arn in components/cluster/cluster.py.
    """
    if "secrets" not in subject.items("encryptionConfig.resources"):
        yield "does not encrypt secrets with a KMS key"


@rule(
    CLUSTER,
    Severity.HIGH,
    "CKV_AWS_339",
    "R24",
    standardSupportEnds=Option(
        schema={"type": "object", "additionalProperties": {"type": "string"}},
        default=STANDARD_SUPPORT_ENDS,
    ),
)
def kubernetes_version_supported(subject: Subject) -> Iterator[str]:
    """A version out of standard support gets no fixes, or costs six times as much.

    Set eks-platform:cluster.version to a version in standard support, one minor version at a time.
    """
    version = subject.read("version")
    ends = subject.options["standardSupportEnds"].get(version)
    if version is None:
        yield "has no version, so that EKS chooses one"
    elif ends is None:
        yield f"has version {version}, which is not in standard support"
    elif date.fromisoformat(ends) < today():
        yield f"has version {version}, whose standard support ended on {ends}"


@rule(CLUSTER, Severity.HIGH, "CIS 4.1.7", "R10")
def authentication_by_access_entries(subject: Subject) -> Iterator[str]:
    """The aws-auth ConfigMap gives access that no AWS log shows; a slip in it locks everybody out.

    Keep authentication_mode=API in components/cluster/cluster.py, and name people in
    eks-platform:cluster.admins.
    """
    mode = subject.read("accessConfig.authenticationMode", "CONFIG_MAP")
    if mode != "API":
        yield f"authenticates by {mode}"


@rule(CLUSTER, Severity.MEDIUM, "R24", level=Level.ADVISORY)
def deletion_protection(subject: Subject) -> Iterator[str]:
    """Without deletion protection one wrong command takes the cluster away.

    Set eks-platform:cluster.deletionProtection to true.
    """
    if not subject.read("deletionProtection"):
        yield "can be deleted in one step"


@rule(CLUSTER, Severity.MEDIUM, "R24")
def standard_support(subject: Subject) -> Iterator[str]:
    """EKS moves a cluster into extended support, at six times the price, unless told not to.

    Keep upgrade_policy support_type="STANDARD" in components/cluster/cluster.py.
    """
    support = subject.read("upgradePolicy.supportType", "EXTENDED")
    if support != "STANDARD":
        yield f"has support type {support}"


@rule(CLUSTER, Severity.HIGH, "CIS 5.4.3", "R13", of_stack=True)
def cluster_in_private_zones(subject: Subject) -> Iterator[str]:
    """A control plane in one zone goes with it; in a public subnet it is exposed for no gain.

    Name two zones or more in eks-platform:network.zones, and keep the cluster on the control-plane
    subnets.
    """
    subnets = subject.named("vpcConfig.subnetIds", SUBNET, several=True)
    zones = {subnet.properties["availabilityZone"] for subnet in subnets}
    if len(zones) < FEWEST_ZONES:
        yield f"is in {len(zones)} zone: {', '.join(sorted(zones))}"
    for subnet in subnets:
        if is_public(subject.graph, subnet):
            yield f"is in {subnet}, which leads to an internet gateway"


@rule(CLUSTER, Severity.HIGH, "BP", "R9", of_stack=True)
def vpc_cni_has_its_own_role(subject: Subject) -> Iterator[str]:
    """Without a role of its own the VPC CNI uses that of the nodes, and so does every pod.

    Keep VpcCni in __main__.py: it makes the add-on and its role.
    """
    addons = [
        addon
        for addon in subject.users(ADDON, "clusterName")
        if addon.properties["addonName"] == "vpc-cni"
    ]
    if not addons:
        yield "has no managed add-on vpc-cni"
    for addon in addons:
        if not subject.graph.named(addon, "serviceAccountRoleArn", ROLE):
            yield f"has the add-on {addon} without a role"


@rule(ADDON, Severity.MEDIUM, "CIS 4.3.1")
def network_policies_enforced(subject: Subject) -> Iterator[str]:
    """A NetworkPolicy that nothing enforces looks like protection and is none.

    Set eks-platform:vpcCni.networkPolicy to true.
    """
    if subject.read("addonName") == "vpc-cni":
        values = json.loads(subject.read("configurationValues", "{}"))
        if values.get("enableNetworkPolicy") != "true":
            yield "does not enforce network policies"


@rule(ACCESS_POLICY, Severity.HIGH, "CIS 4.1.1", "R10")
def cluster_access_is_named_and_scoped(subject: Subject) -> Iterator[str]:
    """Access for a whole account, or for no namespace in particular, is access for anybody.

    Name roles in eks-platform:cluster.admins, each by its own ARN.
    """
    principal = subject.read("principalArn", "")
    if principal.endswith(":root") or "*" in principal:
        yield f"gives access to {principal}, which is more than one role or user"
    scope = subject.read("accessScope.type")
    if scope == "namespace" and not subject.items("accessScope.namespaces"):
        yield "is for namespaces and names none"
