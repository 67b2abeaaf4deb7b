"""Jenkins: a controller with its home on shared files, and builds in pods of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

import versions
from components.pods.chart import account_values, release
from components.pods.claims import claim_spec
from components.pods.hardened import LABEL, WITHOUT_ROLE, Resources, namespace
from components.pods.placement import ANYWHERE, Placement
from components.secrets.secret import Secret, SecretArgs, password
from components.secrets.store import SecretStore
from planning.images import AS_NAMED, Images
from planning.scheduling.amounts import Amounts

from .jenkins_network import agent_policy, controller_policy
from .jenkins_values import (
    AGENT_ACCOUNT,
    CONTAINERS,
    HOME,
    PASSWORD,
    agent_values,
    controller_values,
    persistence_values,
)

# The names of the namespaces, and of the release.
JENKINS: Final = "jenkins"
AGENTS: Final = "jenkins-agents"


@dataclass(frozen=True, kw_only=True, slots=True)
class JenkinsAgents:
    """The pods that builds run in.

    :param most: how many there are at a time.
    :param resources: what each is promised and gets at most.
    :param placement: on which nodes they run.
    """

    most: int
    resources: Resources
    placement: Placement = ANYWHERE


@dataclass(frozen=True, kw_only=True, slots=True)
class JenkinsArgs:
    """Inputs of :class:`Jenkins`.

    :param home_class: a class of shared files, for the controller's home.
    :param home_gib: what is asked of it, in GiB.
    :param each: what the controller's container is promised, and of memory all that it gets.
    :param plugins: plugins beside those that the chart pins, each with its version.
    :param configuration: Configuration as Code by name, in YAML.
    :param store: where its password is kept.
    :param placement: on which nodes the controller runs.
    :param depends_on: what must be there before it and outlive it: nodes and cluster DNS.
    """

    home_class: pulumi.Input[str]
    home_gib: int
    each: Amounts
    agents: JenkinsAgents
    plugins: Sequence[str] = ()
    configuration: Mapping[str, str] = field(default_factory=dict[str, str])
    store: SecretStore
    images: Images = AS_NAMED
    placement: Placement = ANYWHERE
    depends_on: Sequence[pulumi.Resource]


class Jenkins(pulumi.ComponentResource):
    """Jenkins by its chart.

    Creates a namespace for the controller and one for agents, both for restricted pods; the claim
    of its home; the admin's password, which the controller reads from a file; the service account
    of agents, without rights; a network policy for each of the two; and the release. The
    controller may make pods in the namespace of the agents and nowhere else. Nobody reaches it
    from outside of the cluster but by a port-forward. ``release`` is for others to wait for.
    """

    release: kubernetes.helm.v3.Release

    def __init__(
        self, name: str, args: JenkinsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:jenkins:Jenkins", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        space = namespace(JENKINS, opts=child)
        # Agents are made by Jenkins, and go with their namespace.
        agents = namespace(AGENTS, opts=child)
        claim = _home(args, space, child)
        secret = Secret(
            JENKINS,
            SecretArgs(
                store=args.store,
                namespace=JENKINS,
                service_account=JENKINS,
                values={PASSWORD: password(f"{name}-admin", child)},
                depends_on=[space],
            ),
            opts=child,
        )
        kubernetes.core.v1.ServiceAccount(
            AGENTS,
            metadata=ObjectMetaArgs(name=AGENT_ACCOUNT, namespace=agents.metadata.name),
            automount_service_account_token=False,
            opts=child,
        )
        controller_policy(space, AGENTS, child)
        agent_policy(agents, JENKINS, child)
        self.release = release(
            JENKINS,
            JENKINS,
            version=versions.JENKINS_CHART,
            repository=versions.JENKINS_REPOSITORY,
            namespace=space.metadata.name,
            values=_values(args, agents.metadata.name, claim.metadata.name, secret),
            # Its values name the claim and the password's class, so that it unmounts both on
            # destroy before their drivers go.
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.depends_on)),
        )
        self.register_outputs({})


def _home(
    args: JenkinsArgs, space: kubernetes.core.v1.Namespace, opts: pulumi.ResourceOptions
) -> kubernetes.core.v1.PersistentVolumeClaim:
    """Creates the claim, apart from the release: who takes that away keeps what was built."""
    return kubernetes.core.v1.PersistentVolumeClaim(
        HOME,
        metadata=ObjectMetaArgs(name=HOME, namespace=space.metadata.name, labels={LABEL: JENKINS}),
        spec=claim_spec(args.home_class, args.home_gib),
        opts=opts,
    )


def _values(
    args: JenkinsArgs, agents: pulumi.Input[str], claim: pulumi.Input[str], secret: Secret
) -> dict[str, Any]:
    asked = args.agents.resources
    return {
        "controller": controller_values(
            each=args.each,
            configuration=args.configuration,
            plugins=args.plugins,
            placement=args.placement,
            pod_annotations={WITHOUT_ROLE: ",".join(CONTAINERS)},
            images=args.images,
        ),
        "agent": agent_values(
            namespace=agents,
            most=args.agents.most,
            requests={"cpu": asked.cpu_request, "memory": asked.memory_request},
            limits={"cpu": asked.cpu_limit, "memory": asked.memory_limit},
            placement=args.agents.placement,
            images=args.images,
        ),
        "persistence": persistence_values(claim, secret.class_name),
        "serviceAccount": account_values(JENKINS, secret.role_arn),
        "serviceAccountAgent": {"name": AGENT_ACCOUNT},
    }
