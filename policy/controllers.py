"""What runs in the cluster for all: add-ons, and charts with the same parts."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from pulumi_policy.proxy import UnknownValueError

from deployment.resource import Resource
from deployment.types import (
    ADDON,
    CLUSTER,
    POD_IDENTITY,
    RELEASE,
    ROLE,
    SERVICE_ACCOUNT,
    SERVICES_OF_PODS,
)

from .charts import chart, label, releases, values
from .graph import Graph, once
from .reading import document, flag, mappings, text
from .unknown import OutsideError, UnreadableError

LOAD_BALANCER_CONTROLLER: Final = "aws-load-balancer-controller"
VPC_CNI: Final = "vpc-cni"
# Charts that bring another network, and enforce network policies.
OTHER_NETWORKS: Final = {"calico", "cilium", "tigera-operator"}
_ROLE_ARN: Final = "eks.amazonaws.com/role-arn"
# The service accounts of parts that are not called as the part is.
_ACCOUNTS: Final = {VPC_CNI: "aws-node", "aws-ebs-csi-driver": "ebs-csi-controller-sa"}


def part(controller: Resource) -> str:
    """Returns which part a resource is: by add-on, by chart, or by the label of its pods."""
    if controller.type == ADDON:
        return text(controller.properties, "addonName")
    if controller.type == RELEASE:
        return chart(controller)
    return label(controller)


@once
def controllers(graph: Graph, wanted: str) -> list[Resource]:
    """Returns what brings a part: an add-on, a release, or what a rendered chart makes of it."""
    found = (one for token in (ADDON, RELEASE, *SERVICES_OF_PODS) for one in graph.of(token))
    return [controller for controller in found if part(controller) == wanted]


@once
def has_other_network(graph: Graph) -> bool:
    """Returns whether a chart in the stack brings another network than the VPC CNI."""
    charts = {chart(release) for release in graph.of(RELEASE)}
    labelled = {part(one) for token in SERVICES_OF_PODS for one in graph.of(token)}
    return bool(OTHER_NETWORKS & (charts | labelled))


@once
def denies_by_default(graph: Graph) -> bool:
    """Returns whether the VPC CNI lets nobody reach a pod that no network policy is for.

    https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy-configure.html
    """
    of_addons = (
        document(addon.properties, "configurationValues")
        for addon in graph.of(ADDON)
        if part(addon) == VPC_CNI
    )
    of_releases = (values(release) for release in releases(graph, "aws-vpc-cni"))
    mode = ("values", "env", "NETWORK_POLICY_ENFORCING_MODE")
    return any(text({"values": one}, mode) == "strict" for one in (*of_addons, *of_releases))


def is_auto_mode(cluster: Resource) -> bool:
    """Returns whether EKS runs nodes, network, load balancers and disks of a cluster itself.

    https://docs.aws.amazon.com/eks/latest/userguide/automode.html
    """
    return flag(cluster.properties, "computeConfig.enabled")


def roles(graph: Graph, controller: Resource) -> Iterator[Resource]:
    """Yields the roles of an add-on or a release, by IRSA or by Pod Identity, of the stack.

    :raises OutsideError: for a role or a service account that is not part of it.
    """
    if controller.type == ADDON:
        yield from graph.named(controller, "serviceAccountRoleArn", ROLE)
        if mappings(controller.properties, "podIdentityAssociations"):
            yield from _of_addon(graph, controller)
    else:
        yield from _of_release(graph, controller)
    for association in _associations(graph, controller):
        yield from graph.named(association, "roleArn", ROLE)


def _of_addon(graph: Graph, addon: Resource) -> Iterator[Resource]:
    for association in mappings(addon.properties, "podIdentityAssociations"):
        try:
            found = graph.keyed(addon, text(association, "roleArn"), ROLE)
        except UnreadableError:
            raise
        except UnknownValueError as error:
            found = graph.origins(addon, "podIdentityAssociations", ROLE, error, several=True)
        if not found:
            raise OutsideError("podIdentityAssociations names a role that is not part of the stack")
        yield from found


def _of_release(graph: Graph, release: Resource) -> Iterator[Resource]:
    annotated = ("values", "serviceAccount", "annotations", _ROLE_ARN)
    yield from graph.named(release, annotated, ROLE)
    if flag(values(release), "serviceAccount.create", default=True):
        return
    for one in graph.grouped(SERVICE_ACCOUNT, _name).get(account(release), ()):
        yield from graph.named(one, ("metadata", "annotations", _ROLE_ARN), ROLE)
        return
    raise OutsideError(f"the service account of {release} is not part of the stack")


def _name(_: Graph, account: Resource) -> str:
    return text(account.properties, "metadata.name")


def account(controller: Resource) -> str:
    """Returns the name of a part's service account."""
    own = _ACCOUNTS.get(part(controller), part(controller))
    if controller.type == ADDON:
        return own
    return text(values(controller), "serviceAccount.name", own)


def with_pod_identity(graph: Graph, addon: Resource) -> bool:
    """Returns whether an add-on's service account has a role by Pod Identity."""
    return bool(mappings(addon.properties, "podIdentityAssociations")) or bool(
        _associations(graph, addon)
    )


def _associations(graph: Graph, controller: Resource) -> list[Resource]:
    """Returns what gives a part's service account a role: in its cluster, where that is known."""
    of_account = _by_account(graph)[account(controller)]
    cluster = _cluster(controller) if controller.type == ADDON else ""
    wanted = {cluster, ""} if cluster else of_account.keys()
    return [one for known in sorted(wanted) for one in of_account.get(known, ())]


@once
def _by_account(graph: Graph) -> Mapping[str, Mapping[str, list[Resource]]]:
    found: dict[str, dict[str, list[Resource]]] = defaultdict(lambda: defaultdict(list))
    for one in graph.of(POD_IDENTITY):
        found[text(one.properties, "serviceAccount")][_cluster(one)].append(one)
    return found


def _cluster(resource: Resource) -> str:
    """Returns the name of the cluster that a resource is of; nothing where it is not known."""
    try:
        return text(resource.properties, "clusterName")
    except UnknownValueError:
        return ""


@once
def in_auto_mode(graph: Graph) -> bool:
    """Returns whether a cluster of the stack is in Auto Mode."""
    return any(map(is_auto_mode, graph.of(CLUSTER)))
