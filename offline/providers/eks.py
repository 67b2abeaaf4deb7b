"""The simulated ``eks`` provider: expands a cluster into what the real component registers.

It is right when it registers the same; ``tests/recordings`` holds what pulumi-eks 4.3 does.
"""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final, cast

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
from pulumi.provider.experimental.property_value import PropertyValue, ResourceReference
from pulumi.provider.experimental.provider import ConstructRequest, ConstructResponse

from deployment.properties import plain_map, without_nulls
from offline import formats, schema
from offline.cloud.behaviour import Inputs
from offline.outputs import as_output, as_value
from offline.partitions import partition_of
from offline.schema import Failures

from .simulated import NotSimulatedError, RegionalProvider, refuse

_CLUSTER: Final = "eks:index:Cluster"
# What the component does unless it is told not to, and the simulation does not do.
_MUST_BE: Final[Mapping[str, object]] = {
    "skipDefaultNodeGroup": True,
    "skipDefaultSecurityGroups": True,
    "createOidcProvider": False,
    "useDefaultVpcCni": True,
    "bootstrapSelfManagedAddons": False,
    "kubeProxyAddonOptions": {"enabled": False},
    "corednsAddonOptions": {"enabled": False},
    "authenticationMode": "API",
}
_CLUSTER_INPUTS: Final = (
    "name",
    "version",
    "enabledClusterLogTypes",
    "deletionProtection",
    "upgradePolicy",
)
_VPC_INPUTS: Final = ("endpointPublicAccess", "endpointPrivateAccess", "publicAccessCidrs")
_TAKEN: Final = {
    *_MUST_BE,
    *_CLUSTER_INPUTS,
    *_VPC_INPUTS,
    "privateSubnetIds",
    "encryptionConfigKeyArn",
    "kubernetesServiceIpAddressRange",
    "tags",
    "vpcId",
}
_TRUST: Final = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Action": ["sts:AssumeRole", "sts:TagSession"],
            "Effect": "Allow",
            "Principal": {"Service": ["eks.amazonaws.com"]},
        }
    ],
}


class EksProvider(RegionalProvider):
    """pulumi-eks, as far as the platform uses it: a cluster without defaults."""

    def failures(self, token: str, inputs: Inputs) -> Failures:
        """Yields what the SDK's class refuses; options that are not simulated are an error."""
        if token != _CLUSTER:
            raise NotSimulatedError(f"the simulated pulumi-eks has no component {token}")
        yield from schema.failures(token, inputs)
        yield from formats.failures(token, inputs)
        given = without_nulls(inputs)
        wrong = {key for key, value in _MUST_BE.items() if not _says(given.get(key), value)}
        if unlike := sorted(wrong | (given.keys() - _TAKEN)):
            raise NotSimulatedError(
                f"the simulated pulumi-eks does not do what {', '.join(unlike)} asks for"
            )

    async def construct(self, request: ConstructRequest) -> ConstructResponse:
        """Registers the component and its children."""
        refuse(
            request.resource_type,
            request.name,
            self.failures(request.resource_type, plain_map(request.inputs)),
        )
        given = {key: as_output(value) for key, value in request.inputs.items()}
        component = pulumi.ComponentResource(_CLUSTER, request.name, given, request.options)
        cluster = self._control_plane(request.name, given, component)
        kubeconfig = pulumi.Output.secret(
            pulumi.Output.all(
                cluster.endpoint, cluster.certificate_authority.data, cluster.name
            ).apply(lambda known: _kubeconfig(known[0], known[1], known[2], self.region))
        )
        kubernetes.Provider(
            f"{request.name}-eks-k8s",
            kubeconfig=kubeconfig,
            opts=pulumi.ResourceOptions(parent=component),
        )
        issuer = cluster.identities[0].oidcs[0].issuer
        state: dict[str, pulumi.Output[Any]] = {
            "clusterSecurityGroupId": cluster.vpc_config.cluster_security_group_id,
            "kubeconfig": kubeconfig.apply(json.loads),
            "kubeconfigJson": kubeconfig,
            "oidcIssuer": issuer.apply(lambda url: url.removeprefix("https://")),
            "oidcProviderUrl": issuer,
        }
        component.register_outputs({"eksCluster": cluster, **state})
        names, values = list(state), await asyncio.gather(*map(as_value, state.values()))
        return ConstructResponse(
            urn=str(await component.urn.future()),
            state={
                "eksCluster": await _reference(cluster),
                **dict(zip(names, values, strict=True)),
            },
            state_dependencies={},
        )

    def _control_plane(
        self, name: str, given: Inputs, component: pulumi.ComponentResource
    ) -> aws.eks.Cluster:
        tags = given.get("tags")
        below = pulumi.ResourceOptions(parent=component)
        service_role = pulumi.ComponentResource(
            "eks:index:ServiceRole", f"{name}-eksRole", None, below
        )
        in_role = pulumi.ResourceOptions(parent=service_role)
        role = aws.iam.Role(
            f"{name}-eksRole-role",
            description="Allows EKS to manage clusters on your behalf.",
            assume_role_policy=json.dumps(_TRUST),
            tags=tags,
            opts=in_role,
        )
        partition = partition_of(self.region).name
        policy = f"arn:{partition}:iam::aws:policy/AmazonEKSClusterPolicy"
        mark = hashlib.sha1(policy.encode(), usedforsecurity=False).hexdigest()[:8]
        # The real component hands over the role itself, which the SDK's types do not know of.
        attachment = aws.iam.RolePolicyAttachment(
            f"{name}-eksRole-{mark}", policy_arn=policy, role=cast("Any", role), opts=in_role
        )
        key_arn = given.get("encryptionConfigKeyArn")
        services = given.get("kubernetesServiceIpAddressRange")
        named = pulumi.Output.from_input(tags or {}).apply(
            lambda known: {"Name": f"{name}-eksCluster", **known}
        )
        return aws.eks.Cluster(
            f"{name}-eksCluster",
            name=given.get("name"),
            version=given.get("version"),
            role_arn=role.arn,
            enabled_cluster_log_types=given.get("enabledClusterLogTypes"),
            deletion_protection=given.get("deletionProtection"),
            bootstrap_self_managed_addons=False,
            access_config=aws.eks.ClusterAccessConfigArgs(
                authentication_mode="API", bootstrap_cluster_creator_admin_permissions=True
            ),
            upgrade_policy=given.get("upgradePolicy"),
            encryption_config=aws.eks.ClusterEncryptionConfigArgs(
                provider=aws.eks.ClusterEncryptionConfigProviderArgs(key_arn=key_arn),
                resources=["secrets"],
            )
            if key_arn is not None
            else None,
            kubernetes_network_config=aws.eks.ClusterKubernetesNetworkConfigArgs(
                service_ipv4_cidr=services, ip_family="ipv4"
            )
            if services is not None
            else None,
            vpc_config=aws.eks.ClusterVpcConfigArgs(
                subnet_ids=given["privateSubnetIds"],
                endpoint_public_access=given.get("endpointPublicAccess"),
                endpoint_private_access=given.get("endpointPrivateAccess"),
                public_access_cidrs=given.get("publicAccessCidrs"),
            ),
            tags=named,
            opts=pulumi.ResourceOptions(parent=component, depends_on=[attachment]),
        )


def _says(given: object, wanted: object) -> bool:
    """Returns whether the value is the wanted one, or an object that has all of it."""
    if isinstance(given, Mapping) and isinstance(wanted, Mapping):
        return all(_says(given.get(key), value) for key, value in wanted.items())
    return given == wanted


async def _reference(resource: pulumi.CustomResource) -> PropertyValue:
    urn = str(await resource.urn.future())
    identifier = PropertyValue(str(await resource.id.future()))
    return PropertyValue(ResourceReference(urn=urn, resource_id=identifier), dependencies=[urn])


def _kubeconfig(endpoint: str, authority: str, cluster_name: str, region: str) -> str:
    token = ["--region", region, "eks", "get-token", "--cluster-name", cluster_name]
    command = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "aws",
        "args": [*token, "--output", "json"],
    }
    cluster = {"server": endpoint, "certificate-authority-data": authority}
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "aws",
            "clusters": [{"name": "kubernetes", "cluster": cluster}],
            "contexts": [{"name": "aws", "context": {"cluster": "kubernetes", "user": "aws"}}],
            "users": [{"name": "aws", "user": {"exec": command}}],
        }
    )
