"""What a stack wants: the sections of its file, checked against one another."""

from collections.abc import Mapping
from itertools import chain
from typing import Annotated, TypeVar

from pydantic import Field, ValidationInfo, field_validator

from planning.addons import OF_EACH_NODE
from planning.scheduling.placement import NODES_LABEL, Placement
from planning.shutdown import ShutdownBudget
from planning.weights import candidate_name

from .addons import AddonName, AddonSettings, of_platform, others
from .agreement import AGREEMENTS, keeps_volumes
from .apps import AppSettings
from .autoscaling import AutoscalingSettings
from .checks import Check
from .infrastructure import ClusterSettings, NetworkSettings
from .jenkins import JenkinsSettings
from .load_generator import LoadSettings
from .monitoring import MonitoringSettings
from .mysql import MysqlSettings
from .names import SAMPLE_APP, WORDPRESS
from .node_groups import NodeGroupSettings
from .offline import OfflineSettings
from .placed import asked_for, nodes_faults, placed
from .placeholders import DOCUMENTATION_ACCOUNT
from .secrets import SecretsSettings
from .section import Section, cloud_of, raise_all
from .storage import NfsSettings
from .teams import TeamSettings
from .types import (
    MOST_TAGS,
    AppName,
    ImageMirror,
    NodeGroupName,
    PolicyArn,
    Region,
    RegistryName,
    RolePath,
    TagKey,
    TagValue,
    TeamName,
)
from .vpc_cni import VpcCniSettings
from .workloads import (
    LoadBalancerControllerSettings,
    SampleAppSettings,
    WebAppSettings,
    WordpressSettings,
)

T = TypeVar("T")
_ECR_OF_EXAMPLE = ".dkr.ecr.eu-west-1.amazonaws.com/docker-hub"


class Settings(Section):
    """A whole stack file."""

    region: Region = Field(examples=["ap-northeast-2"])
    """The AWS region that all of the stack is in."""
    network: NetworkSettings
    """The VPC and its subnets."""
    cluster: ClusterSettings
    """The EKS control plane and who may use it."""
    node_groups: Annotated[
        dict[NodeGroupName, NodeGroupSettings],
        Check(
            lambda groups: None if groups else "needs at least one node group", {"minProperties": 1}
        ),
    ]
    """Managed node groups by name, at least one that takes every pod: without NO_SCHEDULE and
    NO_EXECUTE taints."""
    autoscaling: AutoscalingSettings = Field(default_factory=AutoscalingSettings)
    """Who adds nodes for pods without room, and takes idle ones away."""
    vpc_cni: VpcCniSettings = Field(default_factory=VpcCniSettings)
    """How pods get their addresses."""
    image_mirrors: dict[RegistryName, ImageMirror] = Field(
        default={}, examples=[{"docker.io": f"{DOCUMENTATION_ACCOUNT}{_ECR_OF_EXAMPLE}"}]
    )
    """Where copies of a registry's images are, by the registry: another one, with or without the
    first parts of their names. Nodes pull from there."""
    load_balancer_controller: LoadBalancerControllerSettings = Field(
        default_factory=LoadBalancerControllerSettings
    )
    """The AWS Load Balancer Controller."""
    secrets: SecretsSettings | None = None
    """Passwords in AWS Secrets Manager; absent: in Secrets of the cluster."""
    nfs: NfsSettings | None = None
    """Shared storage; absent: none."""
    monitoring: MonitoringSettings | None = None
    """Prometheus, alerts and Grafana; absent: none."""
    sample_app: SampleAppSettings | None = None
    """The sample application; absent: none."""
    mysql: MysqlSettings | None = None
    """MySQL servers that replace one another, by MySQL Operator; absent: none."""
    wordpress: WordpressSettings | None = None
    """WordPress with MySQL on shared storage; absent: none."""
    jenkins: JenkinsSettings | None = None
    """Jenkins for builds; absent: none."""
    apps: dict[AppName, AppSettings] = Field(default={})
    """More applications by name, each with the settings of sampleApp, or with an image of your own;
    the name is that of its namespace, too."""
    load: LoadSettings | None = None
    """Load on an application of the stack, by Locust; absent: none."""
    addons: dict[AddonName, AddonSettings] = Field(default={})
    """EKS's add-ons by name: versions and configuration of kube-proxy, coredns and metrics-server,
    which are always there, and any others."""
    teams: dict[TeamName, TeamSettings] = Field(default={})
    """Teams that share the cluster by name: namespaces with owners, quotas and roles."""
    offline: OfflineSettings = Field(default_factory=OfflineSettings)
    """What a preview without an account takes as known; a deployment checks it against the account.
    """
    permissions_boundary: PolicyArn | None = Field(
        default=None, examples=["arn:aws:iam::111122223333:policy/boundary"]
    )
    """The IAM policy that says what each role of the stack may do at most; it has to allow what the
    roles' own policies allow, or controllers fail where it does not. Absent: no boundary."""
    role_path: RolePath = "/"
    """Where IAM keeps the roles of the stack, such as /platform/. Another path makes other roles,
    and with them another cluster: set it before the first deployment."""
    tags: Annotated[dict[TagKey, TagValue], MOST_TAGS] = Field(default={})
    """Carried by every AWS resource that takes tags."""

    @field_validator("network")
    @classmethod
    def _find_network(cls, network: NetworkSettings, info: ValidationInfo) -> NetworkSettings:
        cloud, existing = cloud_of(info), network.existing
        if not cloud or not existing:
            return network
        found = cloud.network(existing.vpc_id, existing.subnets.by_role)
        if isinstance(found, str):
            raise_all([(("existing",), found)])
            return network
        return network.located(found)

    @field_validator(*AGREEMENTS)
    @classmethod
    def _check_agreement(cls, value: T, info: ValidationInfo) -> T:
        if value is not None:
            faults = AGREEMENTS[str(info.field_name)](value, info.data, cloud_of(info))
            raise_all(chain(nodes_faults(value, info.data), faults))
        return value

    def placement(self, nodes: str | None) -> Placement:
        """Returns where pods run whose section asks for these nodes, by their name."""
        return placed(nodes, (self.node_groups, self.autoscaling.pools))

    def node_labels(self, name: str, labels: Mapping[str, str]) -> Mapping[str, str]:
        """Returns the labels of a node group or pool: its own, and the one that pods ask for."""
        asked = {
            nodes
            for field in type(self).model_fields
            for _, nodes in asked_for(getattr(self, field))
        }
        return {**labels, **({NODES_LABEL: name} if name in asked else {})}

    def platform_addon(self, name: str) -> AddonSettings:
        """Returns what the stack says of an add-on that is always there."""
        return of_platform(self.addons, name)

    @property
    def addons_of_each_node(self) -> Mapping[str, AddonSettings]:
        """The other add-ons that run on each node and need none to be there first."""
        return {name: one for name, one in others(self.addons).items() if name in OF_EACH_NODE}

    @property
    def other_addons(self) -> Mapping[str, AddonSettings]:
        """The other add-ons that need nodes."""
        return {name: one for name, one in others(self.addons).items() if name not in OF_EACH_NODE}

    @property
    def all_apps(self) -> Mapping[str, SampleAppSettings]:
        """Every application by name, the sample application first."""
        return {**({SAMPLE_APP: self.sample_app} if self.sample_app else {}), **self.apps}

    @property
    def web_apps(self) -> Mapping[str, WebAppSettings]:
        """Whatever is behind a load balancer, by name."""
        return {**self.all_apps, **({WORDPRESS: self.wordpress} if self.wordpress else {})}

    @property
    def load_balancer_schemes(self) -> list[str]:
        """The scheme of each load balancer that there may be."""
        found = [app.scheme for app in self.web_apps.values()]
        for team in self.teams.values():
            for balanced in filter(None, (one.load_balancers for one in team.namespaces.values())):
                found += [balanced.scheme] * (balanced.ingresses + balanced.services)
        return found

    @property
    def shutdown_budgets(self) -> Mapping[str, ShutdownBudget]:
        """The numbers of a graceful stop by Deployment: those of an application hold for both of
        its versions.
        """
        candidates = [name for name, app in self.all_apps.items() if app.candidate]
        budgets = {name: app.shutdown.budget for name, app in self.web_apps.items()}
        return {**budgets, **{candidate_name(name): budgets[name] for name in candidates}}

    @property
    def needs_volumes(self) -> bool:
        """Whether something of the stack keeps data on a volume of its own."""
        return keeps_volumes(dict(self))

    @property
    def nfs_is_default(self) -> bool:
        """Whether claims that name no class get shared storage."""
        return self.nfs is not None and any(
            entry.default for entry in self.nfs.all_classes.values()
        )

    @property
    def has_default_class(self) -> bool:
        """Whether the stack brings the class of claims that name none."""
        return self.needs_volumes or self.nfs_is_default
