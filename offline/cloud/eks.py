"""How EKS behaves: clusters, access, add-ons and node groups."""

from collections.abc import Iterable, Mapping
from itertools import cycle, islice
from typing import Final

from deployment import types
from planning.addons import OF_EACH_NODE

from .behaviour import Behaviour, Inputs
from .cloud import Cloud, Thing
from .conditions import addresses_failure, image_failure, network_plugin_failure, pods_failure
from .durations import duration
from .errors import CloudError
from .identity import has_policy, is_visible, role_of
from .network import (
    create_security_group,
    delete_security_group,
    free_addresses,
    remove_interfaces,
    set_interfaces,
)

# https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html
_FEWEST_ADDRESSES: Final = 6
_FEWEST_ZONES: Final = 2
_CLUSTER_POLICY: Final = "AmazonEKSClusterPolicy"
# How long EKS waits for what it made before it gives up, in seconds: an add-on
# (https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/eks_addon#timeouts)
# and nodes that do not join
# (https://docs.aws.amazon.com/eks/latest/userguide/troubleshooting.html#worker-node-fail).
_ADDON_TIMEOUT: Final = 20 * 60
_NODES_TIMEOUT: Final = 25 * 60
# How long the AWS provider tries again while a role is not visible
# (https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/iam/wait.go).
_ROLE_TIMEOUT: Final = 2 * 60


def _minor(version: str) -> int:
    """Returns the minor number of a version such as ``1.36``."""
    return int(version.removeprefix("v").split(".")[1])


async def _await_role(cloud: Cloud, arn: object) -> None:
    """Waits until a role can be used.

    :raises CloudError: where it is not there or does not become visible.
    """
    role = role_of(cloud, arn)
    if role is None or not await cloud.wait_until(lambda: is_visible(cloud, role), _ROLE_TIMEOUT):
        raise CloudError(f"InvalidParameterException: the role {arn} could not be assumed")


class Cluster(Behaviour):
    """A control plane."""

    async def before_create(self, cloud: Cloud, thing: Thing) -> None:
        """Refuses roles, subnets and zones that EKS refuses."""
        await _await_role(cloud, thing.inputs["roleArn"])
        subnets = _subnets(cloud, thing.inputs)
        if len(zones := _zones(subnets)) < _FEWEST_ZONES:
            raise CloudError(
                f"InvalidParameterException: Subnets specified must be in at least two different "
                f"AZs, got {', '.join(zones)}"
            )
        for subnet in subnets:
            if (free := free_addresses(cloud, subnet.id)) < _FEWEST_ADDRESSES:
                raise CloudError(
                    f"InvalidParameterException: subnet {subnet.id} has {free} free addresses; "
                    f"EKS needs {_FEWEST_ADDRESSES}"
                )

    async def fault_of(self, cloud: Cloud, thing: Thing) -> str:
        """Makes what comes with a control plane: interfaces, a security group, logs."""
        if not has_policy(cloud, role_of(cloud, thing.inputs["roleArn"]), _CLUSTER_POLICY):
            return "CREATE_FAILED: the cluster's role has no AmazonEKSClusterPolicy"
        group = thing.properties["vpcConfig"]["clusterSecurityGroupId"]
        subnets = _subnets(cloud, thing.inputs)
        create_security_group(cloud, subnets[0].inputs["vpcId"], group, owner=thing.id)
        set_interfaces(cloud, thing.id, [subnet.id for subnet in subnets], [group])
        # EKS makes the log group that it does not find, without retention.
        name = f"/aws/eks/{thing.id}/cluster"
        if writes_logs_to(cloud, name) and not cloud.find(types.LOG_GROUP, name):
            cloud.make(types.LOG_GROUP, name, {"name": name})
        return ""

    async def before_update(self, cloud: Cloud, thing: Thing, inputs: Inputs) -> None:
        """Refuses versions and subnets that EKS does not move to."""
        old, new = _minor(thing.inputs["version"]), _minor(inputs["version"])
        if new < old or new > old + 1:
            raise CloudError(
                "InvalidParameterException: Unsupported Kubernetes minor version update from "
                f"1.{old} to 1.{new}"
            )
        before, after = (_zones(_subnets(cloud, given)) for given in (thing.inputs, inputs))
        if before != after:
            raise CloudError(
                "InvalidParameterException: Provided subnets belong to the AZs "
                f"'{','.join(after)}'. But they should belong to the exact set of AZs "
                f"'{','.join(before)}' in which subnets were provided during cluster "
                "creation."
            )

    async def before_delete(self, cloud: Cloud, thing: Thing) -> None:
        """Refuses while it is protected or has node groups."""
        if thing.inputs.get("deletionProtection"):
            raise CloudError(
                "InvalidRequestException: Cluster has deletion protection enabled and cannot be "
                "deleted"
            )
        if cloud.of(types.NODE_GROUP, clusterName=thing.id):
            raise CloudError("ResourceInUseException: Cluster has nodegroups attached")

    def after_delete(self, cloud: Cloud, thing: Thing) -> None:
        """Takes away all that is in it; what EKS may no longer touch stays."""
        for other in list(cloud):
            in_cluster = other.token.startswith("kubernetes:")
            if in_cluster or other.inputs.get("clusterName") == thing.id:
                cloud.forget(other)
        if has_policy(cloud, role_of(cloud, thing.inputs["roleArn"]), _CLUSTER_POLICY):
            remove_interfaces(cloud, thing.id)
            delete_security_group(cloud, thing.properties["vpcConfig"]["clusterSecurityGroupId"])


class OfCluster(Behaviour):
    """What belongs to a cluster."""

    async def before_create(self, cloud: Cloud, thing: Thing) -> None:
        """Refuses without a cluster that is active."""
        name = thing.inputs["clusterName"]
        if not cloud.ready(types.CLUSTER, name=name):
            raise CloudError(f"ResourceNotFoundException: No cluster found for name: {name}.")


class AccessPolicy(OfCluster):
    """What somebody with an access entry may do."""

    async def before_create(self, cloud: Cloud, thing: Thing) -> None:
        """Refuses without the access entry."""
        await super().before_create(cloud, thing)
        if not cloud.of(types.ACCESS_ENTRY, principalArn=thing.inputs["principalArn"]):
            # https://docs.aws.amazon.com/eks/latest/APIReference/API_AssociateAccessPolicy.html
            raise CloudError(
                "ResourceNotFoundException: The specified principalArn could not be found. You can "
                "view your available access entries with 'list-access-entries'."
            )


class Addon(OfCluster):
    """An add-on."""

    async def before_create(self, cloud: Cloud, thing: Thing) -> None:
        """Refuses without its cluster or its role."""
        await super().before_create(cloud, thing)
        if arn := thing.inputs.get("serviceAccountRoleArn"):
            await _await_role(cloud, arn)

    async def fault_of(self, cloud: Cloud, thing: Thing) -> str:
        """Waits for nodes where the add-on needs one."""
        if thing.inputs["addonName"] in OF_EACH_NODE or not pods_failure(cloud):
            return ""
        if failure := await cloud.wait_out(lambda: pods_failure(cloud), _ADDON_TIMEOUT):
            return f"DEGRADED: InsufficientNumberOfReplicas: {failure}"
        # Its pods start once there is a node.
        await cloud.clock.sleep(duration("create", types.ADDON))
        return ""


class NodeGroup(OfCluster):
    """A managed node group."""

    async def before_create(self, cloud: Cloud, thing: Thing) -> None:
        """Refuses without cluster, role, subnets or launch template."""
        await super().before_create(cloud, thing)
        await _await_role(cloud, thing.inputs["nodeRoleArn"])
        for subnet in thing.inputs["subnetIds"]:
            _subnet(cloud, subnet)
        template = (thing.inputs.get("launchTemplate") or {}).get("id")
        if template and not cloud.find(types.LAUNCH_TEMPLATE, template):
            raise CloudError(f"InvalidRequestException: Launch template {template} not found")
        self.check_image(cloud, thing.inputs)
        self._check_version(cloud, thing.inputs)

    async def fault_of(self, cloud: Cloud, thing: Thing) -> str:
        """Starts nodes, and waits in vain for those that cannot become ready."""
        if failure := self._failure(cloud, thing):
            await cloud.clock.sleep(_NODES_TIMEOUT)
            return (
                f"NodeCreationFailure: Instances failed to join the kubernetes cluster: {failure}"
            )
        nodes = thing.inputs["scalingConfig"]["desiredSize"]
        set_interfaces(cloud, thing.id, islice(cycle(thing.inputs["subnetIds"]), nodes))
        return ""

    @staticmethod
    def _failure(cloud: Cloud, thing: Thing) -> str:
        role = role_of(cloud, thing.inputs["nodeRoleArn"])
        if not has_policy(cloud, role, "AmazonEKSWorkerNodePolicy"):
            return "the node role has no AmazonEKSWorkerNodePolicy"
        if not has_policy(cloud, role, "AmazonEC2ContainerRegistry"):
            return "the node role may not pull images"
        for subnet in thing.inputs["subnetIds"]:
            if free_addresses(cloud, subnet) < 1:
                return f"InsufficientFreeAddresses in {subnet}"
            if failure := image_failure(cloud, subnet) or addresses_failure(cloud, subnet):
                return failure
        return network_plugin_failure(cloud)

    @staticmethod
    def check_image(cloud: Cloud, inputs: Inputs) -> None:
        """Refuses what EKS takes with its own images alone.

        https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateNodegroup.html
        """
        template = cloud.find(
            types.LAUNCH_TEMPLATE, (inputs.get("launchTemplate") or {}).get("id") or ""
        )
        if template is None or not template.inputs.get("imageId"):
            return
        for key in ("amiType", "version", "releaseVersion"):
            if inputs.get(key):
                raise CloudError(
                    f"InvalidParameterException: You cannot specify the field {key} in the "
                    "request if launch template has an image id"
                )

    @staticmethod
    def _check_version(cloud: Cloud, inputs: Inputs) -> None:
        cluster = cloud.find(types.CLUSTER, inputs["clusterName"])
        version = inputs.get("version")
        if cluster and version and _minor(version) > _minor(cluster.inputs["version"]):
            raise CloudError(
                f"InvalidParameterException: Nodegroup version {version} cannot be newer than the "
                f"cluster's, {cluster.inputs['version']}"
            )

    async def before_update(self, cloud: Cloud, thing: Thing, inputs: Inputs) -> None:
        """Refuses nodes that are newer than the control plane."""
        _ = thing
        self._check_version(cloud, inputs)

    def after_delete(self, cloud: Cloud, thing: Thing) -> None:
        """Nodes take their interfaces with them."""
        remove_interfaces(cloud, thing.id)


def writes_logs_to(cloud: Cloud, name: str) -> bool:
    """Returns whether EKS makes a log group again that is deleted while it writes to it."""
    return any(
        name == f"/aws/eks/{cluster.id}/cluster" and cluster.inputs.get("enabledClusterLogTypes")
        for cluster in cloud.of(types.CLUSTER)
    )


BEHAVIOURS: Final[Mapping[str, Behaviour]] = {
    types.CLUSTER: Cluster(),
    types.ADDON: Addon(),
    types.NODE_GROUP: NodeGroup(),
    types.ACCESS_ENTRY: OfCluster(),
    types.ACCESS_POLICY: AccessPolicy(),
}


def _subnets(cloud: Cloud, inputs: Inputs) -> list[Thing]:
    """Returns the subnets of a control plane.

    :raises CloudError: where one of them is not there.
    """
    return [_subnet(cloud, identifier) for identifier in inputs["vpcConfig"]["subnetIds"]]


def _subnet(cloud: Cloud, identifier: str) -> Thing:
    if subnet := cloud.find(types.SUBNET, identifier):
        return subnet
    raise CloudError(f"InvalidSubnetID.NotFound: The subnet ID '{identifier}' does not exist")


def _zones(subnets: Iterable[Thing]) -> list[str]:
    return sorted({str(subnet.inputs["availabilityZone"]) for subnet in subnets})
