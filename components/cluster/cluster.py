"""The EKS control plane, its identity provider and the way into its Kubernetes API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks
import pulumi_kubernetes

from components.identity.irsa import OidcProvider
from components.identity.kms_key import encrypted_log_group, kms_key
from components.network.https import admit_https
from planning.aws_place import AwsPlace
from planning.cluster_access import (
    AccessEntry,
    cluster_admin,
    entry_fault,
    group_fault,
    repeated_principals,
)
from planning.lists import repeated

from .access import cluster_access
from .node_user_data import Bootstrap
from .upgrade_guard import control_plane_guard

LOG_TYPES: Final = ("api", "audit", "authenticator", "controllerManager", "scheduler")


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterArgs:
    """Inputs of :class:`Cluster`.

    :param cluster_name: the name in AWS.
    :param version: the Kubernetes version, such as ``1.36``.
    :param vpc_id: the VPC.
    :param subnet_ids: where EKS puts its network interfaces, in two zones or more.
    :param public_access_cidrs: who reaches the API from the internet; empty: private only.
    :param private_access_cidrs: networks joined to the VPC from which people reach the API.
    :param admins: ARNs of IAM roles and users that become cluster admins.
    :param access: other roles and users, with what each may do.
    :param service_cidr: where Services have their addresses; ``None``: in a block that EKS chooses.
    :param deletion_protection: whether AWS refuses to delete the cluster.
    :param log_retention_days: a period that CloudWatch Logs accepts.
    :param tags: carried by what pulumi-eks makes of it.
    """

    cluster_name: str
    version: str
    vpc_id: pulumi.Input[str]
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    public_access_cidrs: tuple[IPv4Network, ...]
    private_access_cidrs: tuple[IPv4Network, ...] = ()
    admins: tuple[str, ...]
    access: tuple[AccessEntry, ...] = ()
    service_cidr: IPv4Network | None = None
    deletion_protection: bool
    log_retention_days: int
    place: AwsPlace
    tags: Mapping[str, str]

    def __post_init__(self) -> None:
        for field in ("public_access_cidrs", "private_access_cidrs"):
            for block in getattr(self, field):
                if block.prefixlen == 0:
                    raise ValueError(f"{field}: {block} opens the API to the world")
        for field in ("public_access_cidrs", "private_access_cidrs", "admins"):
            if message := repeated(getattr(self, field)):
                raise ValueError(f"{field}: {message}")
        for entry in self.access:
            if fault := entry_fault(entry) or next(
                filter(None, map(group_fault, entry.groups)), None
            ):
                raise ValueError(f"access: {entry.principal} {fault}")
        if twice := [*repeated_principals(self.access_entries)]:
            raise ValueError(f"access: names {self.access_entries[twice[0]].principal} twice")

    @property
    def access_entries(self) -> tuple[AccessEntry, ...]:
        """Everybody, the admins first."""
        return (*map(cluster_admin, self.admins), *self.access)


class Cluster(pulumi.ComponentResource):
    """An EKS cluster with no nodes, no add-ons and nobody but its named admins.

    Creates a KMS key for secrets, a log group with retention and a key of its own, the control
    plane, access entries, the OIDC provider and a Kubernetes provider. Nodes get the security
    group that EKS itself makes, the only one that carries the cluster's ownership tag; it lets the
    control plane reach every port, webhooks included (requirement 18).

    Outputs: ``name`` and ``arn`` (known once the control plane is up), ``security_group_id``,
    ``kubeconfig`` (secret). ``oidc`` is for :class:`components.identity.irsa.IrsaRole`;
    ``kubernetes`` is the provider of everything in the cluster, which waits for the admins' access
    (requirement 7).
    """

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    kubeconfig: pulumi.Output[str]
    oidc: OidcProvider
    kubernetes: pulumi_kubernetes.Provider

    def __init__(
        self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:cluster:Cluster", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        log_group = encrypted_log_group(
            f"{name}-control-plane",
            log_group=f"/aws/eks/{args.cluster_name}/cluster",
            retention_days=args.log_retention_days,
            place=args.place,
            opts=child,
        )
        control_plane = eks.Cluster(
            name,
            # Through the log group's name: EKS would make the group itself, without retention, and
            # make it again if it went before the cluster on destroy.
            name=log_group.name.apply(lambda known: known.split("/")[3]),
            version=args.version,
            vpc_id=args.vpc_id,
            private_subnet_ids=args.subnet_ids,
            endpoint_private_access=True,
            endpoint_public_access=bool(args.public_access_cidrs),
            public_access_cidrs=[str(block) for block in args.public_access_cidrs] or None,
            authentication_mode=eks.AuthenticationMode.API,
            encryption_config_key_arn=self._secrets_key(name, args).arn,
            enabled_cluster_log_types=list(LOG_TYPES),
            kubernetes_service_ip_address_range=str(args.service_cidr)
            if args.service_cidr
            else None,
            deletion_protection=args.deletion_protection,
            upgrade_policy=aws.eks.ClusterUpgradePolicyArgs(support_type="STANDARD"),
            # Everything that the platform makes itself, in an order that it controls.
            skip_default_node_group=True,
            skip_default_security_groups=True,
            create_oidc_provider=False,
            use_default_vpc_cni=True,
            bootstrap_self_managed_addons=False,
            kube_proxy_addon_options=eks.KubeProxyAddonOptionsArgs(enabled=False),
            coredns_addon_options=eks.CoreDnsAddonOptionsArgs(enabled=False),
            tags=dict(args.tags),
            opts=pulumi.ResourceOptions(
                parent=self,
                transforms=[control_plane_guard(name, protect=args.deletion_protection)],
            ),
        )
        # Through the cluster inside the component: the component's own outputs order nothing but
        # the component.
        inner = control_plane.eks_cluster
        self.name = inner.apply(lambda cluster: cluster.name)
        self.arn = inner.apply(lambda cluster: cluster.arn)
        self.security_group_id = inner.apply(
            lambda cluster: cluster.vpc_config.cluster_security_group_id
        )
        self._service_cidr = args.service_cidr
        self._endpoint = inner.apply(lambda cluster: cluster.endpoint)
        self._authority = inner.apply(lambda cluster: cluster.certificate_authority.data)
        issuer_url = inner.apply(lambda cluster: cluster.identities[0].oidcs[0].issuer)
        provider = aws.iam.OpenIdConnectProvider(
            f"{name}-oidc", url=issuer_url, client_id_lists=["sts.amazonaws.com"], opts=child
        )
        self.oidc = OidcProvider(
            arn=provider.arn, issuer=provider.url.apply(lambda url: url.removeprefix("https://"))
        )
        self.kubeconfig = pulumi.Output.secret(control_plane.kubeconfig_json)
        access = cluster_access(
            name, args.access_entries, cluster_name=self.name, place=args.place, parent=self
        )
        self.kubernetes = pulumi_kubernetes.Provider(
            f"{name}-kubernetes",
            kubeconfig=self.kubeconfig,
            # Without it a changed kubeconfig looks like another cluster, and everything in it would
            # be replaced (requirement 27).
            cluster_identifier=self.arn,
            # Whoever deploys may be an admin, and may reach the API, by one of these alone.
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[*access, *self._network_access(name, args)]
            ),
        )
        self.register_outputs(
            {
                "name": self.name,
                "arn": self.arn,
                "securityGroupId": self.security_group_id,
                "kubeconfig": self.kubeconfig,
                "oidcIssuer": self.oidc.issuer,
            }
        )

    @property
    def bootstrap(self) -> Bootstrap:
        """How nodes of an image of one's own find the cluster."""
        return Bootstrap(
            endpoint=self._endpoint,
            certificate_authority=self._authority,
            service_cidr=str(self._service_cidr) if self._service_cidr else self._chosen_cidr(),
        )

    def _chosen_cidr(self) -> pulumi.Output[str]:
        """Returns the block for Services that EKS has chosen."""
        found = aws.eks.get_cluster_output(
            name=self.name, opts=pulumi.InvokeOutputOptions(parent=self)
        )
        return found.kubernetes_network_configs.apply(lambda configs: configs[0].service_ipv4_cidr)

    def _secrets_key(self, name: str, args: ClusterArgs) -> aws.kms.Key:
        key = kms_key(
            f"{name}-secrets",
            description=f"Secrets of the EKS cluster {args.cluster_name}",
            place=args.place,
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.kms.Alias(
            f"{name}-secrets",
            name=f"alias/{args.cluster_name}-secrets",
            target_key_id=key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return key

    def _network_access(
        self, name: str, args: ClusterArgs
    ) -> list[aws.vpc.SecurityGroupIngressRule]:
        return [
            admit_https(
                f"{name}-api",
                block,
                security_group_id=self.security_group_id,
                description="Kubernetes API from a network joined to the VPC",
                opts=pulumi.ResourceOptions(parent=self),
            )
            for block in args.private_access_cidrs
        ]
