"""Teams that share a cluster: what each may do, and how much each may have."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.cluster.access import cluster_access
from planning.aws_place import AwsPlace
from planning.cluster_access import AccessEntry, TeamPolicy, who, with_others

from .namespaces import TeamNamespace, team_namespace


@dataclass(frozen=True, kw_only=True, slots=True)
class Team:
    """People who share namespaces.

    :param owner: who answers for what runs there.
    :param roles: by the ARN of an IAM role its access policy, for the team's namespaces alone.
    :param namespaces: by name.
    """

    owner: str
    roles: Mapping[str, TeamPolicy]
    namespaces: Mapping[str, TeamNamespace]


@dataclass(frozen=True, kw_only=True, slots=True)
class TeamsArgs:
    """Inputs of :class:`Teams`.

    :param teams: by name.
    :param version: the Kubernetes version of whose pod security standards namespaces enforce.
    :param controller: the load balancer controller's release: it ends the load balancers of teams.
    :param storage_classes: the classes of teams' claims, after the drivers that end their volumes.
    """

    teams: Mapping[str, Team]
    cluster_name: pulumi.Input[str]
    version: str
    place: AwsPlace
    controller: pulumi.Resource
    storage_classes: Sequence[pulumi.Resource] = ()

    def __post_init__(self) -> None:
        names = [name for team in self.teams.values() for name in team.namespaces]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"teams: two have the namespace {', '.join(twice)}")
        rights: dict[tuple[str, ...], tuple[str, TeamPolicy]] = {}
        for team in self.teams.values():
            for role, policy in team.roles.items():
                if rights.setdefault(who(role), (role, policy)) != (role, policy):
                    raise ValueError(f"teams: {role} has different rights in two")

    @property
    def access_entries(self) -> list[AccessEntry]:
        """What each role may do, in the namespaces of all of its teams."""
        return with_others(self._entries())

    def _entries(self) -> Iterator[AccessEntry]:
        for team in self.teams.values():
            for role, policy in team.roles.items():
                yield AccessEntry(principal=role, policies={policy: tuple(team.namespaces)})


class Teams(pulumi.ComponentResource):
    """Namespaces with owners, and what their teams may do in them.

    Creates for each namespace its pod security, quota, defaults of containers and network policies,
    and for each role an access entry of EKS with a policy for the namespaces of its teams. A role
    that may change something may so after all of that is there: no quota misses a pod.
    """

    def __init__(
        self, name: str, args: TeamsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:teams:Teams", name, None, opts)
        limits = {
            namespace: team_namespace(
                f"{name}-{namespace}",
                namespace,
                wanted,
                team=team,
                owner=its.owner,
                version=args.version,
                opts=pulumi.ResourceOptions(parent=self),
                # What a team makes there goes with the namespace, while somebody ends it.
                namespace_opts=pulumi.ResourceOptions(
                    parent=self,
                    depends_on=[
                        *([args.controller] if wanted.ports else ()),
                        *(args.storage_classes if wanted.has_claims else ()),
                    ],
                ),
            )
            for team, its in args.teams.items()
            for namespace, wanted in its.namespaces.items()
        }
        cluster_access(
            name,
            args.access_entries,
            cluster_name=args.cluster_name,
            place=args.place,
            parent=self,
            limits=limits,
        )
        self.register_outputs({})
