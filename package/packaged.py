"""The components of the package, and what each of them gives."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, make_dataclass
from operator import attrgetter
from typing import Any, Final, get_origin

import pulumi
from pulumi.provider.experimental.util import camel_case

from components.apps.graceful_web_app import GracefulWebApp
from components.cluster.addons import ManagedAddon
from components.cluster.cluster import Cluster
from components.cluster.load_balancer_controller import LoadBalancerController
from components.cluster.nodes import NodeGroup, NodeRole
from components.cluster.vpc_cni import VpcCni
from components.network.network import Network

# What inputs have beside the component's own: name, type, default and description.
_TAGS: Final = (
    "tags",
    Mapping[str, str],
    field(default_factory=dict[str, str]),
    "carried by its AWS resources.",
)
_OF_ROLES: Final = (
    (
        "permissions_boundary",
        str | None,
        field(default=None),
        "the ARN of the IAM policy that says what its roles may do at most.",
    ),
    ("role_path", str, field(default="/"), "where its roles are in IAM, such as ``/platform/``."),
)


@dataclass(frozen=True, slots=True)
class Packaged:
    """A component of the package.

    :param component: the component in Python.
    :param outputs: what each output is, by the attribute of the component that holds it, such as
        ``addon.arn`` for ``addonArn``; a list for a map, and for a tuple of resources their URNs.
    :param read: how to read an output that is more than its attribute.
    :param adds_tags: whether its arguments have no tags for the AWS resources that it makes.
    :param makes_roles: whether some of those are roles.
    """

    component: type[Any]
    outputs: Mapping[str, str]
    read: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict[str, Any])
    adds_tags: bool = False
    makes_roles: bool = False

    @property
    def args(self) -> type[Any]:
        """The dataclass whose fields are the inputs: what the component takes, and what all do."""
        args = [*inspect.signature(self.component).parameters.values()][1].annotation
        added = [*([_TAGS] if self.adds_tags else []), *(_OF_ROLES if self.makes_roles else [])]
        if not added:
            return args
        texts = "\n".join(f"    :param {name}: {text}" for name, _, _, text in added)
        doc = {"__doc__": f"{inspect.cleandoc(args.__doc__)}\n{inspect.cleandoc(texts)}"}
        return make_dataclass(
            args.__name__,
            [(name, kind, default) for name, kind, default, _ in added],
            bases=(args,),
            namespace=doc,
            frozen=True,
            kw_only=True,
        )

    @property
    def properties(self) -> dict[str, Any]:
        """What the schema says of each output."""
        found: dict[str, Any] = {}
        for path, text in self.outputs.items():
            hint = self.component.__annotations__[path.partition(".")[0]]
            is_list = get_origin(hint) in {Mapping, tuple}
            spec = {"type": "array", "items": {"type": "string"}} if is_list else {"type": "string"}
            found[_name(path)] = {**spec, "description": text}
        return found

    def state(self, made: pulumi.ComponentResource) -> dict[str, Any]:
        """Returns the outputs of a component that is made."""
        found: dict[str, Any] = {}
        for path in self.outputs:
            value = self.read.get(path, attrgetter(path))(made)
            if isinstance(value, Mapping):
                value = list(value.values())
            elif isinstance(value, tuple):
                value = [resource.urn for resource in value]
            found[_name(path)] = value
        return found


def _name(path: str) -> str:
    return camel_case(path.replace(".", "_"))


def _kubeconfig_with_access(cluster: Cluster) -> pulumi.Output[str]:
    # The component's own provider waits for the admins' access; so does whoever reads this.
    return pulumi.Output.all(cluster.kubeconfig, cluster.kubernetes.urn).apply(
        lambda known: str(known[0])
    )


COMPONENTS: Final = (
    Packaged(
        Network,
        {
            "vpc_id": "The VPC's ID.",
            "public_subnet_ids": "Where load balancers and NAT gateways are, by the zones' names.",
            "private_subnet_ids": "Where nodes are, in the order of the zones' names.",
            "control_plane_subnet_ids": "Where EKS has its network interfaces, in the same order.",
            "pod_subnet_ids": "Where pods are with podCidr, in the same order.",
            "egress": "The routes out and what puts subnets on them, for nodes to wait for.",
        },
        read={"egress": lambda network: (*network.egress, *network.reservations)},
        adds_tags=True,
        makes_roles=True,
    ),
    Packaged(
        Cluster,
        {
            "name": "The cluster's name, known once the control plane is up.",
            "arn": "The cluster's ARN, by which a Kubernetes provider tells clusters apart.",
            "security_group_id": "The security group that EKS makes, which nodes get.",
            "kubeconfig": "For a Kubernetes provider; a secret, known once the admins have access.",
            "oidc.arn": "The ARN of the identity provider of service accounts.",
            "oidc.issuer": "The issuer's URL without its scheme.",
        },
        read={"kubeconfig": _kubeconfig_with_access},
        makes_roles=True,
    ),
    Packaged(
        VpcCni,
        {
            "addon.arn": "The add-on's ARN, for node groups to wait for.",
            "role_arn": "The ARN of its role.",
        },
        adds_tags=True,
        makes_roles=True,
    ),
    Packaged(
        ManagedAddon,
        {"addon.arn": "The add-on's ARN, for others to wait for."},
        adds_tags=True,
        makes_roles=True,
    ),
    Packaged(
        NodeRole,
        {"arn": "The role's ARN, known once its policies are attached."},
        adds_tags=True,
        makes_roles=True,
    ),
    Packaged(NodeGroup, {"arn": "The node group's ARN, for others to wait for."}),
    Packaged(
        LoadBalancerController,
        {
            "release.id": "The Helm release, for every Ingress to wait for.",
            "role_arn": "The ARN of its role.",
        },
        makes_roles=True,
    ),
    Packaged(GracefulWebApp, {"ingress_hostname": "The load balancer's own host name."}),
)
