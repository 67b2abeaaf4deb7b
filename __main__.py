"""The platform: what a stack file says, wired together."""

from collections.abc import Sequence

import pulumi

import versions
from components.apps.container_app import ContainerApp, ContainerAppArgs
from components.apps.delivery import Delivery
from components.apps.graceful_web_app import GracefulWebApp
from components.apps.sample_app import SampleApp, SampleAppArgs
from components.apps.web_app_exposure import Exposure
from components.apps.web_app_pods import Resources, Scaling
from components.apps.wordpress import WordPress, WordPressArgs
from components.builds.jenkins import Jenkins, JenkinsAgents, JenkinsArgs
from components.cluster.addons import AddonRole, ManagedAddon, ManagedAddonArgs
from components.cluster.cluster import Cluster, ClusterArgs
from components.cluster.cluster_autoscaler import ClusterAutoscaler, ClusterAutoscalerArgs
from components.cluster.karpenter import Karpenter, KarpenterArgs
from components.cluster.karpenter_pools import NodePoolArgs
from components.cluster.load_balancer_controller import (
    LoadBalancerController,
    LoadBalancerControllerArgs,
)
from components.cluster.nodes import NodeGroup, NodeGroupArgs, NodeRole
from components.cluster.vpc_cni import VpcCni, VpcCniArgs
from components.identity.role_defaults import give_roles
from components.load.locust import INTERNET, LoadRun, LoadTest, LoadTestArgs
from components.monitoring.monitoring import Monitoring, MonitoringArgs
from components.mysql.cluster_spec import ServerSize, Tls
from components.network.found import AnyNetwork, ExistingNetwork
from components.network.network import Network, NetworkArgs
from components.secrets.store import SecretStore, SecretStoreArgs
from components.storage.backends import StorageContext, block_storage, shared_storage
from components.storage.default_class import SoleDefaultClass
from components.storage.nfs_storage import NfsClass
from components.tags import tagging
from components.teams.namespaces import TeamNamespace
from components.teams.teams import Team, Teams, TeamsArgs
from planning.addons import COREDNS, KUBE_PROXY, METRICS_SERVER
from planning.aws_limits import TLS_POLICY
from planning.images import Images
from planning.layout import load_balancer_blocks
from planning.monitoring.subnets import addresses_for_nodes
from planning.plan import Plan
from planning.quantities import mebibytes
from stackfile.account import Account
from stackfile.addons import AddonSettings
from stackfile.advice import advice
from stackfile.apps import AppSettings
from stackfile.capacity import address_plan, check_fits
from stackfile.load import check_filled_in, load_settings
from stackfile.names import JENKINS, LOAD, SAMPLE_APP, WORDPRESS, cluster_name, pool_name
from stackfile.network_check import check_network
from stackfile.pod_demand import scheduling_plan
from stackfile.pod_placement import check_pods_run
from stackfile.private_access import controller_repository, made_endpoints
from stackfile.team_quotas import check_quotas
from stackfile.workloads import SampleAppSettings, WebAppSettings

account = Account()
settings = load_settings(account)
place = account.place
check_filled_in(settings, place.account_id)
network_state = check_network(settings, place)
for line in (*network_state.warnings, *advice(settings, account, place)):
    pulumi.log.warn(line)
addresses = address_plan(settings, account, is_running=network_state.is_running)
check_fits(addresses)
pods_at_desired_size = scheduling_plan(settings, addresses)
pods_at_maximum = scheduling_plan(settings, addresses, at_maximum=True)
pods_without_more_nodes = scheduling_plan(settings, addresses, busy=True)
check_pods_run(settings, account, pods_at_desired_size, pods_at_maximum, pods_without_more_nodes)
quotas = check_quotas(settings, pods_at_maximum, pods_without_more_nodes)
pulumi.runtime.register_stack_transformation(tagging(settings.tags))
give_roles(
    pulumi.runtime.register_stack_transform,
    permissions_boundary=settings.permissions_boundary,
    path=settings.role_path,
)

images, has_internet = Images(settings.image_mirrors), settings.network.nat != "none"
network: AnyNetwork = (
    ExistingNetwork(vpc_id=settings.network.found.id, layout=settings.network.layout)
    if settings.network.found
    else Network(
        "network",
        settings.network.values(
            NetworkArgs,
            reserve_prefixes=addresses.mode.prefix_delegation,
            interface_endpoints=made_endpoints(settings),
            place=place,
        ),
    )
)
cluster = Cluster(
    "cluster",
    settings.cluster.values(
        ClusterArgs,
        cluster_name=settings.cluster.name or cluster_name(pulumi.get_stack()),
        access=tuple(entry.entry for entry in settings.cluster.access),
        vpc_id=network.vpc_id,
        subnet_ids=list(network.control_plane_subnet_ids.values()),
        place=place,
        tags=settings.tags,
    ),
)
in_cluster = pulumi.ResourceOptions(providers=[cluster.kubernetes])

# Before the nodes: what runs on each of them and makes them ready (requirement 3).
vpc_cni = VpcCni(
    "vpc-cni",
    settings.vpc_cni.values(
        VpcCniArgs,
        cluster_name=cluster.name,
        oidc=cluster.oidc,
        place=place,
        mode=addresses.mode,
        targets=addresses.targets,
        pod_subnet_ids=network.pod_subnet_ids,
        pod_security_group_id=cluster.security_group_id if network.pod_subnet_ids else None,
    ),
)


def managed_addon(
    name: str, addon: AddonSettings, depends_on: Sequence[pulumi.Resource] = ()
) -> ManagedAddon:
    """Makes an add-on of EKS."""
    args = addon.values(
        ManagedAddonArgs,
        addon_name=name,
        cluster_name=cluster.name,
        role=addon.role.values(AddonRole) if addon.role else None,
        oidc=cluster.oidc,
        control_plane=settings.cluster.version,
        depends_on=depends_on,
    )
    return ManagedAddon(name, args)


kube_proxy = managed_addon(KUBE_PROXY, settings.platform_addon(KUBE_PROXY))
node_agents = [managed_addon(name, one).addon for name, one in settings.addons_of_each_node.items()]
node_role = NodeRole("nodes", place)
node_groups = [
    NodeGroup(
        f"nodes-{name}",
        group.values(
            NodeGroupArgs,
            cluster_name=cluster.name,
            version=settings.cluster.version,
            role_arn=node_role.arn,
            subnet_ids=[
                subnet
                for zone, subnet in network.private_subnet_ids.items()
                if group.zones is None or zone in group.zones
            ],
            ami_type=group.image(account),
            bootstrap=cluster.bootstrap if group.ami_id else None,
            labels=settings.node_labels(name, group.labels),
            max_pods=addresses.max_pods(name),
            depends_on=[vpc_cni.addon, kube_proxy.addon, *network.egress, *network.reservations],
            tags=settings.tags,
        ),
    ).node_group
    for name, group in settings.node_groups.items()
]

# After the nodes: what is degraded without one.
coredns, _ = (
    managed_addon(name, settings.platform_addon(name), node_groups)
    for name in (COREDNS, METRICS_SERVER)
)
for name, addon in settings.other_addons.items():
    managed_addon(name, addon, [*node_groups, coredns.addon, *node_agents])
load_balancer_controller = LoadBalancerController(
    "load-balancer-controller",
    settings.load_balancer_controller.values(
        LoadBalancerControllerArgs,
        cluster_name=cluster.name,
        scheme=settings.load_balancer_controller.ingress_class.scheme,
        inbound_cidrs=settings.load_balancer_controller.ingress_class.inbound_cidrs,
        oidc=cluster.oidc,
        vpc_id=network.vpc_id,
        place=place,
        image_repository=controller_repository(images),
        has_internet=has_internet,
        # They have no endpoints (https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html).
        waf=settings.load_balancer_controller.waf and has_internet,
        shield=settings.load_balancer_controller.shield and has_internet,
        depends_on=[*node_groups, coredns.addon],
        tags=settings.tags,
    ),
    opts=in_cluster,
)
autoscaler = settings.autoscaling
if autoscaler.mode == "cluster-autoscaler":
    ClusterAutoscaler(
        "cluster-autoscaler",
        autoscaler.values(
            ClusterAutoscalerArgs,
            cluster_name=cluster.name,
            version=settings.cluster.version,
            oidc=cluster.oidc,
            place=place,
            depends_on=[*node_groups, coredns.addon],
        ),
        opts=in_cluster,
    )
elif autoscaler.mode == "karpenter":
    Karpenter(
        "karpenter",
        autoscaler.values(
            KarpenterArgs,
            cluster_name=cluster.name,
            oidc=cluster.oidc,
            place=place,
            subnet_ids=network.private_subnet_ids,
            security_group_id=cluster.security_group_id,
            pools={
                name: pool.values(
                    NodePoolArgs,
                    max_pods=addresses.max_pods(pool_name(name)),
                    cpu=pool.limits.cpu,
                    memory_gib=pool.limits.memory_gib,
                    zones=pool.zones_of(settings.network.zones),
                    labels=settings.node_labels(name, pool.labels),
                )
                for name, pool in autoscaler.pools.items()
            },
            depends_on=[*node_groups, coredns.addon],
            tags=settings.tags,
        ),
        opts=in_cluster,
    )
pulumi.export("clusterName", cluster.name)
pulumi.export("kubeconfig", cluster.kubeconfig)
pulumi.export(
    "updateKubeconfigCommand",
    pulumi.Output.concat(
        "aws eks update-kubeconfig --region ", place.region, " --name ", cluster.name
    ),
)
pulumi.export("oidcIssuer", cluster.oidc.issuer)

site = StorageContext(
    network=network,
    cluster=cluster,
    place=place,
    depends_on=[*node_groups, coredns.addon],
    tags=settings.tags,
    images=images,
)
secret_store = None
if settings.secrets:
    secret_store = SecretStore(
        "secrets",
        settings.secrets.values(
            SecretStoreArgs,
            cluster_name=cluster.name,
            oidc=cluster.oidc,
            place=place,
            control_plane=settings.cluster.version,
            depends_on=node_groups,
        ),
    )
if settings.has_default_class:
    SoleDefaultClass("sole-default-class", opts=site.options)
ebs = (
    block_storage(site, default_class=not settings.nfs_is_default)
    if settings.needs_volumes
    else None
)
nfs = None
if settings.nfs:
    classes = {name: entry.values(NfsClass) for name, entry in settings.nfs.all_classes.items()}
    server_nodes = settings.placement(settings.nfs.nodes)
    nfs = shared_storage(site, settings.nfs, classes, ebs, server_nodes)
    pulumi.export("storageClass", nfs.storage_class)
mysql = None
if settings.mysql and ebs and secret_store:
    # Not at the top: the classes of S3 are slow to import, and this section alone needs them.
    from components.mysql.service import MySqlWanted, mysql_service

    wanted = settings.mysql
    mysql = mysql_service(
        site,
        MySqlWanted(
            cluster=wanted,
            backup=wanted.backup,
            size=ServerSize(cpu=wanted.server.cpu, memory=wanted.server.memory),
            tls=wanted.tls.values(Tls) if wanted.tls else None,
            placement=settings.placement(wanted.nodes),
            services=settings.cluster.service_blocks,
        ),
        secret_store,
        ebs,
    )
    pulumi.export("mysqlBackupBucket", mysql.bucket)


def exposure(app: WebAppSettings) -> Exposure:
    """Returns how an application is reached."""
    blocks = load_balancer_blocks(network.layout, app.scheme)
    return app.values(
        Exposure,
        load_balancer_blocks=blocks,
        tags=settings.tags,
        tls_policy=settings.load_balancer_controller.tls_policy or TLS_POLICY,
    )


def delivery(app: SampleAppSettings) -> Delivery | None:
    """Returns the versions of an application; ``None``: one, by rolling updates."""
    if app.delivery.strategy == "rolling":
        return None
    candidate = app.candidate
    if candidate is None:
        return Delivery()
    return candidate.values(Delivery, image=images.of(candidate.image), weight=candidate.share)


def web_app(name: str, app: SampleAppSettings) -> GracefulWebApp:
    """Makes an application: NGINX, or a container of the user's own."""
    given = {
        "image": images.of(app.image),
        "resources": app.values(Resources),
        "scaling": app.values(Scaling, apart=app.per_node),
        "exposure": exposure(app),
        "shutdown": app.shutdown.budget,
        "placement": settings.placement(app.nodes),
        "delivery": delivery(app),
        "depends_on": [load_balancer_controller.release],
    }
    if isinstance(app, AppSettings) and app.container:
        args = app.container.values(
            ContainerAppArgs,
            **given,
            servers=mysql.servers if mysql else None,
            secrets=secret_store,
        )
        return ContainerApp(name, args, opts=in_cluster).app
    return SampleApp(name, app.values(SampleAppArgs, **given), opts=in_cluster).app


web_apps = {name: web_app(name, app) for name, app in settings.all_apps.items()}
if settings.wordpress and nfs and ebs:
    web_apps[WORDPRESS] = WordPress(
        WORDPRESS,
        settings.wordpress.values(
            WordPressArgs,
            shared_class=nfs.class_named(settings.wordpress.storage_class),
            servers=mysql.servers if mysql and settings.wordpress.database == "mysql" else None,
            volume_class=ebs.storage_class,
            images=images,
            secrets=secret_store,
            exposure=exposure(settings.wordpress),
            shutdown=settings.wordpress.shutdown.budget,
            placement=settings.placement(settings.wordpress.nodes),
            controller=load_balancer_controller.release,
            volume_driver=[*site.depends_on, ebs.gp3],
        ),
        opts=in_cluster,
    ).app
if settings.jenkins and nfs and secret_store:
    agents = settings.jenkins.agents
    Jenkins(
        JENKINS,
        settings.jenkins.values(
            JenkinsArgs,
            home_class=nfs.class_named(settings.jenkins.storage_class),
            each=settings.jenkins.each,
            agents=agents.values(
                JenkinsAgents,
                resources=agents.values(Resources),
                placement=settings.placement(agents.nodes),
            ),
            store=secret_store,
            images=images,
            placement=settings.placement(settings.jenkins.nodes),
            depends_on=site.depends_on,
        ),
        opts=in_cluster,
    )
hostnames = {name: made.ingress_hostname for name, made in web_apps.items()}
if SAMPLE_APP in hostnames:
    pulumi.export("ingressHostname", hostnames[SAMPLE_APP])
pulumi.export("ingressHostnames", hostnames)
if settings.teams:
    Teams(
        "teams",
        TeamsArgs(
            teams={
                team: its.values(
                    Team,
                    roles={entry.role: entry.access for entry in its.roles},
                    namespaces={
                        name: namespace.values(
                            TeamNamespace,
                            quota=namespace.hard,
                            containers=namespace.containers.values(Resources),
                            load_balancer_blocks=load_balancer_blocks(
                                network.layout, namespace.load_balancers.scheme
                            )
                            if namespace.load_balancers
                            else (),
                            ports=namespace.load_balancers.ports
                            if namespace.load_balancers
                            else (),
                        )
                        for name, namespace in its.namespaces.items()
                    },
                )
                for team, its in settings.teams.items()
            },
            cluster_name=cluster.name,
            version=settings.cluster.version,
            place=place,
            controller=load_balancer_controller.release,
            storage_classes=[*([ebs.gp3] if ebs else []), *(nfs.classes if nfs else [])],
        ),
        opts=in_cluster,
    )
if settings.monitoring and secret_store and ebs:
    monitoring = Monitoring(
        "monitoring",
        settings.monitoring.values(
            MonitoringArgs,
            cluster_name=cluster.name,
            oidc=cluster.oidc,
            place=place,
            store=secret_store,
            storage_class=ebs.storage_class,
            images=images,
            addresses=addresses_for_nodes(addresses),
            certificates=sorted(
                {app.certificate_arn for app in settings.web_apps.values() if app.certificate_arn}
            ),
            memory_mib=mebibytes(settings.monitoring.memory),
            sns=settings.monitoring.alerts.sns,
            webhook=settings.monitoring.alerts.webhook,
            placement=settings.placement(settings.monitoring.nodes),
            depends_on=[ebs.gp3],
        ),
        opts=in_cluster,
    )
    if monitoring.topic_arn is not None:
        pulumi.export("alertTopic", monitoring.topic_arn)
if settings.load and nfs:
    load, target = settings.load, settings.web_apps[settings.load.target]
    LoadTest(
        LOAD,
        load.values(
            LoadTestArgs,
            run=LoadRun(
                name=load.run,
                scenario=load.text,
                users=load.users,
                spawn_rate=load.spawn_rate,
                seconds=load.run_seconds,
                workers=load.workers,
            ),
            host=hostnames[load.target].apply(target.url),
            reachable_blocks=(
                load_balancer_blocks(network.layout, target.scheme)
                if target.scheme == "internal"
                else [INTERNET]
            ),
            longest_request_seconds=target.shutdown.longest_request_seconds,
            storage_class=nfs.class_named(load.storage_class),
            resources=load.values(Resources),
            placement=settings.placement(load.nodes),
            image=images.of(versions.LOCUST_IMAGE),
            depends_on=web_apps[load.target].pods,
        ),
        opts=in_cluster,
    )
plan = Plan(
    kubernetes_version=settings.cluster.version,
    standard_support_ends=versions.KUBERNETES_STANDARD_SUPPORT_ENDS[settings.cluster.version],
    addresses=addresses,
    targets_named=settings.vpc_cni.warm_targets.are_named,
    pods_at_desired_size=pods_at_desired_size,
    pods_at_maximum=pods_at_maximum,
    shutdown=settings.shutdown_budgets,
    quotas=quotas,
)
pulumi.export("plan", plan.to_data())
