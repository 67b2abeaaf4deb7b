"""The platform: what a stack file says, wired together."""

import pulumi

import versions
from components.apps.sample_app import SampleApp, SampleAppArgs
from components.apps.wordpress import WordPress, WordPressArgs
from components.cluster.addons import ManagedAddon, ManagedAddonArgs
from components.cluster.cluster import Cluster, ClusterArgs
from components.cluster.load_balancer_controller import (
    LoadBalancerController,
    LoadBalancerControllerArgs,
)
from components.cluster.nodes import NodeGroup, NodeGroupArgs, NodeRole, NodeRoleArgs, Taint
from components.cluster.vpc_cni import VpcCni, VpcCniArgs
from components.network.network import Network, NetworkArgs
from planning.plan import Plan
from planning.subnets import load_balancer_blocks
from stackfile.account import Account
from stackfile.capacity import address_plan, check_fits
from stackfile.names import SAMPLE_APP, WORDPRESS
from stackfile.settings import check_filled_in, load_settings
from storage import Site, block_storage, shared_storage, sole_default_class

account = Account()
settings = load_settings(account)
check_filled_in(settings, account.id)
addresses = address_plan(settings, account)
check_fits(addresses)
cluster_name = f"{pulumi.get_project()}-{pulumi.get_stack()}"

network = Network(
    "network",
    NetworkArgs(
        cidr=settings.network.cidr,
        zones=settings.network.zones,
        pod_cidr=settings.network.pod_cidr,
        reserve_prefixes=addresses.mode.prefix_delegation,
        nat=settings.network.nat,
        region=settings.region,
        partition=account.partition,
        account_id=account.id,
        interface_endpoints=settings.network.interface_endpoints,
        flow_log_retention_days=settings.network.flow_log_retention_days,
        tags=settings.tags,
    ),
)
cluster = Cluster(
    "cluster",
    ClusterArgs(
        cluster_name=cluster_name,
        version=settings.cluster.version,
        vpc_id=network.vpc_id,
        subnet_ids=list(network.control_plane_subnet_ids.values()),
        public_access_cidrs=settings.cluster.public_access_cidrs,
        private_access_cidrs=settings.cluster.private_access_cidrs,
        admins=settings.cluster.admins,
        deletion_protection=settings.cluster.deletion_protection,
        log_retention_days=settings.cluster.log_retention_days,
        region=settings.region,
        partition=account.partition,
        account_id=account.id,
        tags=settings.tags,
    ),
)
in_cluster = pulumi.ResourceOptions(providers=[cluster.kubernetes])

# Before the nodes: what runs on each of them and makes them ready (requirement 3).
vpc_cni = VpcCni(
    "vpc-cni",
    VpcCniArgs(
        cluster_name=cluster.name,
        oidc=cluster.oidc,
        partition=account.partition,
        mode=addresses.mode,
        targets=addresses.targets,
        pod_subnet_ids=network.pod_subnet_ids,
        pod_security_group_id=cluster.security_group_id if network.pod_subnet_ids else None,
        version=settings.vpc_cni.version,
        network_policy=settings.vpc_cni.network_policy,
        tags=settings.tags,
    ),
)
kube_proxy = ManagedAddon(
    "kube-proxy",
    ManagedAddonArgs(addon_name="kube-proxy", cluster_name=cluster.name, tags=settings.tags),
)
node_role = NodeRole("nodes", NodeRoleArgs(partition=account.partition, tags=settings.tags))
node_groups = [
    NodeGroup(
        f"nodes-{name}",
        NodeGroupArgs(
            cluster_name=cluster.name,
            version=settings.cluster.version,
            role_arn=node_role.arn,
            subnet_ids=list(network.private_subnet_ids.values()),
            instance_types=group.instance_types,
            ami_type=account.ami_type(group.instance_types),
            max_pods=addresses.max_pods(name),
            min_size=group.min_size,
            desired_size=group.desired_size,
            max_size=group.max_size,
            capacity_type=group.capacity_type,
            disk_gib=group.disk_gib,
            max_unavailable=group.max_unavailable,
            labels=group.labels,
            taints=[
                Taint(key=taint.key, value=taint.value, effect=taint.effect)
                for taint in group.taints
            ],
            after=[vpc_cni.addon, kube_proxy.addon, *network.egress, *network.reservations],
            tags=settings.tags,
        ),
    ).node_group
    for name, group in settings.node_groups.items()
]

# After the nodes: what is degraded without one.
coredns = ManagedAddon(
    "coredns",
    ManagedAddonArgs(
        addon_name="coredns", cluster_name=cluster.name, after=node_groups, tags=settings.tags
    ),
)
ManagedAddon(
    "metrics-server",
    ManagedAddonArgs(
        addon_name="metrics-server",
        cluster_name=cluster.name,
        after=node_groups,
        tags=settings.tags,
    ),
)
load_balancer_controller = LoadBalancerController(
    "load-balancer-controller",
    LoadBalancerControllerArgs(
        cluster_name=cluster.name,
        oidc=cluster.oidc,
        vpc_id=network.vpc_id,
        region=settings.region,
        partition=account.partition,
        account_id=account.id,
        replicas=settings.load_balancer_controller.replicas,
        after=[*node_groups, coredns.addon],
        tags=settings.tags,
    ),
    opts=in_cluster,
)
pulumi.export("clusterName", cluster.name)
pulumi.export("kubeconfig", cluster.kubeconfig)
pulumi.export(
    "updateKubeconfigCommand",
    pulumi.Output.concat(
        "aws eks update-kubeconfig --region ", settings.region, " --name ", cluster.name
    ),
)
pulumi.export("oidcIssuer", cluster.oidc.issuer)

site = Site(account=account, network=network, cluster=cluster, after=[*node_groups, coredns.addon])
sole_default_class(settings, site)
ebs = block_storage(settings, site)
nfs = shared_storage(settings, site, ebs)
if nfs:
    pulumi.export("storageClass", nfs.storage_class)

hostnames: dict[str, pulumi.Output[str]] = {}
for name, app in settings.all_apps.items():
    hostnames[name] = SampleApp(
        name,
        SampleAppArgs(
            image=app.image,
            min_replicas=app.min_replicas,
            max_replicas=app.max_replicas,
            cpu_request=app.cpu_request,
            cpu_limit=app.cpu_limit,
            scheme=app.scheme,
            load_balancer_blocks=load_balancer_blocks(network.subnets.values(), app.scheme),
            hostname=app.hostname,
            certificate_arn=app.certificate_arn,
            access_logs_bucket=app.access_logs_bucket,
            shutdown=app.shutdown.budget,
            after=[load_balancer_controller.release],
            tags=settings.tags,
        ),
        opts=in_cluster,
    ).ingress_hostname
if settings.wordpress and nfs and ebs:
    hostnames[WORDPRESS] = WordPress(
        WORDPRESS,
        WordPressArgs(
            shared_class=nfs.storage_classes[settings.wordpress.storage_class]
            if settings.wordpress.storage_class
            else nfs.storage_class,
            content_gib=settings.wordpress.content_gib,
            volume_class=ebs.storage_class,
            database_gib=settings.wordpress.database_gib,
            scheme=settings.wordpress.scheme,
            load_balancer_blocks=load_balancer_blocks(
                network.subnets.values(), settings.wordpress.scheme
            ),
            hostname=settings.wordpress.hostname,
            certificate_arn=settings.wordpress.certificate_arn,
            access_logs_bucket=settings.wordpress.access_logs_bucket,
            shutdown=settings.wordpress.shutdown.budget,
            controller=load_balancer_controller.release,
            volume_driver=[*site.after, ebs.gp3],
            tags=settings.tags,
        ),
        opts=in_cluster,
    ).ingress_hostname
if SAMPLE_APP in hostnames:
    pulumi.export("ingressHostname", hostnames[SAMPLE_APP])
pulumi.export("ingressHostnames", hostnames)
plan = Plan(
    kubernetes_version=settings.cluster.version,
    standard_support_ends=versions.KUBERNETES_STANDARD_SUPPORT_ENDS[settings.cluster.version],
    addresses=addresses,
    targets_named=settings.vpc_cni.warm_targets.are_named,
    shutdown={name: app.shutdown.budget for name, app in settings.web_apps.items()},
)
pulumi.export("plan", plan.to_data())
