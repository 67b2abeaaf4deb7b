"""Identity: requirements 8 to 11 (12 is about two files and not about a graph)."""

import json
import re
from collections.abc import Iterator
from typing import Any

from graph_model import Graph
from iam_reference import resource_kinds

from deployment.resource import Resource
from requirement_checks.ordering import NODE_GROUP, attachments_of
from requirement_checks.registry import requirement

NODE_POLICIES = {
    "AmazonEKSWorkerNodePolicy",
    "AmazonEC2ContainerRegistryReadOnly",
    "AmazonSSMManagedInstanceCore",
}
_POLICY_TYPES = ("aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy")


@requirement(8)
def nodes_carry_three_policies_and_not_the_cni_one(graph: Graph) -> Iterator[str]:
    for group in graph.of(NODE_GROUP):
        attached = attachments_of(graph, group.inputs["nodeRoleArn"])
        names = {a.inputs["policyArn"].rsplit("/", maxsplit=1)[-1] for a in attached}
        if names != NODE_POLICIES:
            yield f"{group} carries {sorted(names)}"


@requirement(9)
def controllers_have_roles_of_one_service_account_each(graph: Graph) -> Iterator[str]:
    federated = [role for role in graph.of("aws:iam/role:Role") if _federated(role)]
    subjects: list[str] = []
    for role in federated:
        (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
        conditions = statement.get("Condition", {})
        if conditions.keys() != {"StringEquals"}:
            yield f"{role} is trusted under {conditions}"
            continue
        equals: dict[str, str] = conditions["StringEquals"]
        found = [value for key, value in equals.items() if key.endswith(":sub")]
        audiences = [value for key, value in equals.items() if key.endswith(":aud")]
        subjects += found
        if len(found) != 1 or not re.fullmatch(
            r"system:serviceaccount:[a-z0-9-]+:[a-z0-9-]+", found[0]
        ):
            yield f"{role} trusts {found}"
        if audiences != ["sts.amazonaws.com"]:
            yield f"{role} trusts audiences {audiences}"
    if len(set(subjects)) != len(subjects):
        yield f"two roles for one service account: {sorted(subjects)}"
    controller = graph.release("aws-load-balancer-controller").inputs["values"]["serviceAccount"]
    callers = [
        addon
        for addon in graph.of("aws:eks/addon:Addon")
        if addon.inputs["addonName"] in {"vpc-cni", "aws-ebs-csi-driver"}
    ]
    users = [
        *(addon.inputs.get("serviceAccountRoleArn") for addon in callers),
        controller["annotations"].get("eks.amazonaws.com/role-arn"),
    ]
    arns = {role.outputs["arn"] for role in federated}
    if len(set(users)) != len(users) or not set(users) <= arns:
        yield f"controllers use {users}, roles of service accounts are {sorted(arns)}"


@requirement(10)
def access_is_by_entries_only(graph: Graph) -> Iterator[str]:
    cluster = graph.one("aws:eks/cluster:Cluster")
    mode = cluster.inputs.get("accessConfig", {}).get("authenticationMode")
    if mode != "API":
        yield f"{cluster} authenticates by {mode}"
    for config_map in graph.of("kubernetes:core/v1:ConfigMap"):
        if config_map.inputs.get("metadata", {}).get("name") == "aws-auth":
            yield f"{config_map} is aws-auth"


@requirement(11)
def policies_name_what_they_allow(graph: Graph) -> Iterator[str]:
    for policy in (p for token in _POLICY_TYPES for p in graph.of(token)):
        for statement in json.loads(policy.inputs["policy"])["Statement"]:
            actions, resources = _listed(statement["Action"]), _listed(statement["Resource"])
            if any(action == "*" or action.endswith(":*") for action in actions):
                yield f"{policy} allows {actions}"
            elif "*" in resources and not statement.get("Condition"):
                for action in actions:
                    if kinds := resource_kinds(action):
                        yield f"{policy} allows {action} on *, and it knows {sorted(kinds)}"
    caller = graph.one("aws:eks/cluster:Cluster").outputs["arn"].split(":")[1]
    for resource in graph:
        partitions = set(re.findall(r"arn:(aws[a-z-]*):", json.dumps(resource.inputs)))
        if not partitions <= {caller}:
            yield f"{resource} names partitions {sorted(partitions)}, and is in {caller}"


def _federated(role: Resource) -> bool:
    return "AssumeRoleWithWebIdentity" in role.inputs["assumeRolePolicy"]


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
