"""The network and the control plane."""

from typing import NotRequired, TypedDict

import pulumi

from components.cluster import cluster
from components.network import network

from .inputs import Packaged, build


class NetworkInputs(TypedDict):
    """Inputs of Network."""

    cidr: str
    """The VPC's block, /16 to /21."""
    zones: list[str]
    """At least two availability zones."""
    nat: str
    """single: one NAT gateway, in the zone whose name sorts first; per-zone: one in each."""
    region: str
    """The AWS region, for the names of AWS services."""
    partition: str
    """The AWS partition, such as aws."""
    account_id: str
    """The AWS account, for the trust of the flow-log role."""
    pod_cidr: NotRequired[str]
    """A second block, in which pods get subnets of their own."""
    reserve_prefixes: NotRequired[bool]
    """Keep three quarters of each subnet with pods for /28 prefixes."""
    interface_endpoints: NotRequired[list[str]]
    """AWS services such as ecr.api to reach without NAT."""
    flow_log_retention_days: NotRequired[int]
    """How many days flow logs are kept: a period that CloudWatch Logs accepts."""
    tags: dict[str, str]
    """Carried by every resource."""


class Network(Packaged):
    """A VPC with public, private and control-plane subnets in each zone."""

    vpc_id: pulumi.Output[str]
    """The VPC's ID."""
    public_subnet_ids: pulumi.Output[list[str]]
    """Where load balancers and NAT gateways are, in the order of the zones' names."""
    private_subnet_ids: pulumi.Output[list[str]]
    """Where nodes are, in the order of the zones' names."""
    control_plane_subnet_ids: pulumi.Output[list[str]]
    """Where EKS puts its network interfaces, in the order of the zones' names."""
    pod_subnet_ids: pulumi.Output[list[str]]
    """Where pods are with podCidr, in the order of the zones' names."""
    egress: pulumi.Output[list[str]]
    """The routes out and what puts subnets on them, for nodes to wait for."""

    def __init__(
        self, name: str, args: NetworkInputs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        made = network.Network(name, build(network.NetworkArgs, args), self._child)
        self.vpc_id = made.vpc_id
        self.public_subnet_ids = pulumi.Output.all(*made.public_subnet_ids.values())
        self.private_subnet_ids = pulumi.Output.all(*made.private_subnet_ids.values())
        self.control_plane_subnet_ids = pulumi.Output.all(*made.control_plane_subnet_ids.values())
        self.pod_subnet_ids = pulumi.Output.all(*made.pod_subnet_ids.values())
        waited_for = (*made.egress, *made.reservations)
        self.egress = pulumi.Output.all(*(resource.urn for resource in waited_for))
        self.finish()


class ClusterInputs(TypedDict):
    """Inputs of Cluster."""

    cluster_name: str
    """The name in AWS."""
    version: str
    """The Kubernetes version, such as 1.36."""
    vpc_id: pulumi.Input[str]
    """The VPC."""
    subnet_ids: pulumi.Input[list[str]]
    """Where EKS puts its network interfaces, in two zones or more."""
    public_access_cidrs: list[str]
    """Who reaches the API from the internet; empty: private only."""
    private_access_cidrs: NotRequired[list[str]]
    """Networks joined to the VPC from which people reach the API."""
    admins: list[str]
    """ARNs of IAM roles and users that become cluster admins."""
    deletion_protection: bool
    """Whether AWS refuses to delete the cluster."""
    log_retention_days: int
    """How many days logs are kept: a period that CloudWatch Logs accepts."""
    region: str
    """The AWS region, for the service that writes the logs."""
    partition: str
    """The AWS partition, such as aws."""
    account_id: str
    """The AWS account, for the keys' policies."""
    tags: dict[str, str]
    """Carried by every resource."""


class Cluster(Packaged):
    """An EKS cluster with no nodes, no add-ons and nobody but its named admins."""

    name: pulumi.Output[str]
    """The cluster's name, known once the control plane is up."""
    arn: pulumi.Output[str]
    """The cluster's ARN, by which a Kubernetes provider tells clusters apart."""
    security_group_id: pulumi.Output[str]
    """The security group that EKS makes, which nodes get."""
    kubeconfig: pulumi.Output[str]
    """For a Kubernetes provider; a secret, known once the admins have access."""
    oidc_arn: pulumi.Output[str]
    """The ARN of the identity provider of service accounts."""
    oidc_issuer: pulumi.Output[str]
    """The issuer's URL without its scheme."""

    def __init__(
        self, name: str, args: ClusterInputs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        plain = build(
            cluster.ClusterArgs, args, vpc_id=args["vpc_id"], subnet_ids=args["subnet_ids"]
        )
        made = cluster.Cluster(name, plain, self._child)
        self.name, self.arn = made.name, made.arn
        self.security_group_id = made.security_group_id
        # The component's own provider waits for the admins' access; so does whoever reads this.
        self.kubeconfig = pulumi.Output.all(made.kubeconfig, made.kubernetes.urn).apply(
            lambda known: str(known[0])
        )
        self.oidc_arn, self.oidc_issuer = made.oidc.arn, made.oidc.issuer
        self.finish()
