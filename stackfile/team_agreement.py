"""What teams must agree on, with one another and with the rest of a stack."""

from collections.abc import Mapping

from planning.cluster_access import who

from .addons import AddonSettings
from .infrastructure import ClusterSettings
from .reach import without_public_subnets
from .section import Earlier, Errors, FollowsError, Place
from .teams import NamespaceSettings, TeamRoleSettings, TeamSettings

_DRIVERS = frozenset({"aws-ebs-csi-driver", "aws-efs-csi-driver", "aws-fsx-csi-driver"})


def team_mistakes(
    teams: Mapping[str, TeamSettings],
    earlier: Earlier,
    *,
    taken: Mapping[str, str],
    has_volumes: bool,
) -> Errors:
    """Yields what is wrong with teams beside what each section says of itself.

    :param earlier: the sections before, as far as they are valid, by field.
    :param taken: the namespaces that the platform makes itself, with the section of each.
    :param has_volumes: whether the stack has a class for claims.
    """
    yield from _twice(teams)
    yield from _roles(teams, earlier.get("cluster"))
    for team, its in teams.items():
        for name, namespace in its.namespaces.items():
            place: Place = (team, "namespaces", name)
            if name in taken:
                yield place, f"needs another name: {name} is a namespace of {taken[name]}"
            for key, fault in _namespace(namespace, earlier, has_volumes=has_volumes):
                yield (*place, *key), fault


def _twice(teams: Mapping[str, TeamSettings]) -> Errors:
    """Yields the namespaces that two teams have."""
    owners: dict[str, str] = {}
    for team, its in teams.items():
        for name in its.namespaces:
            if first := owners.get(name):
                yield (team, "namespaces", name), f"is a namespace of the team {first} already"
            owners.setdefault(name, team)


def _roles(teams: Mapping[str, TeamSettings], cluster: ClusterSettings | None) -> Errors:
    """Yields the roles that have an entry already, or other rights in another team."""
    admitted = {
        who(principal): key
        for principal, key in (
            *((one, "cluster.admins") for one in (cluster.admins if cluster else ())),
            *((one.principal, "cluster.access") for one in (cluster.access if cluster else ())),
        )
    }
    first: dict[tuple[str, ...], tuple[str, TeamRoleSettings]] = {}
    for team, its in teams.items():
        for index, entry in enumerate(its.roles):
            place, key = (team, "roles", index), who(entry.role)
            other, before = first.setdefault(key, (team, entry))
            if key in admitted:
                once = f"has an entry by {admitted[key]} already, and EKS makes one for each role"
                yield (*place, "role"), f"{once}, got {entry.role!r}"
            elif before is entry:
                continue
            elif other == team:
                yield (*place, "role"), f"is in the team already, got {entry.role!r}"
            elif before.role != entry.role:
                once = "an account has a role's name once, whatever its path"
                same = f"is {before.role!r} of the team {other} in other words: {once}"
                yield (*place, "role"), f"{same}; write it as there, got {entry.role!r}"
            elif before.access != entry.access:
                must = f"must be {before.access!r}, which the role has in the team {other}"
                own = "or give each team a role of its own"
                yield (*place, "access"), f"{must}; {own}, got {entry.access!r}"


def _namespace(namespace: NamespaceSettings, earlier: Earlier, *, has_volumes: bool) -> Errors:
    if (balanced := namespace.load_balancers) is not None:
        controller = earlier.get("load_balancer_controller")
        enforced = controller and controller.ingress_class.scheme
        place: Place = ("loadBalancers", "scheme")
        if enforced and balanced.ingresses and balanced.scheme != enforced:
            rule = f"must be {enforced!r}, which loadBalancerController.ingressClass.scheme is"
            cause = ("loadBalancerController", "ingressClass", "scheme")
            yield place, FollowsError(f"{rule} for all, got {balanced.scheme!r}", cause)
        for _, fault in without_public_subnets(balanced.scheme, earlier):
            yield place, fault
    if namespace.quota.claims and not has_volumes:
        addons: Mapping[str, AddonSettings] = earlier.get("addons", {})
        if _DRIVERS.isdisjoint(addons):
            fault = "needs a class for them: the section nfs, or a driver in addons"
            yield ("quota", "claims"), f"{fault}, got {namespace.quota.claims}"
