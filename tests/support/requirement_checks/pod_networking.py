"""Pod networking: requirements 19 to 23."""

import base64
import email
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from graph_model import Graph

from deployment.resource import Resource
from offline.ec2_data import instance_type_data
from requirement_checks.network import block_of, subnets_by_role
from requirement_checks.ordering import NODE_GROUP
from requirement_checks.registry import requirement


def cni_configuration(graph: Graph) -> dict[str, Any]:
    """Returns what the add-on vpc-cni is told."""
    data: dict[str, Any] = json.loads(graph.addon("vpc-cni").inputs["configurationValues"])
    return data


def cni_environment(graph: Graph) -> Mapping[str, str]:
    """Returns the environment of the VPC CNI."""
    environment: Mapping[str, str] = cni_configuration(graph).get("env", {})
    return environment


def max_pods_of(graph: Graph, group: Resource) -> int | None:
    """Returns the maxPods in the user data of a group's launch template."""
    template = graph.with_id(group.inputs["launchTemplate"]["id"])
    text = base64.b64decode(template.inputs.get("userData", "")).decode()
    for part in email.message_from_string(text).walk():
        if part.get_content_type() == "application/node.eks.aws":
            config = json.loads(str(part.get_payload()))
            found: int = config["spec"]["kubelet"]["config"]["maxPods"]
            return found
    return None


def formula(name: str, environment: Mapping[str, str]) -> int:
    """Returns the pods of an instance type, from EC2's own figures and AWS's formula."""
    data = instance_type_data()[name]
    (card,) = (
        card for card in data["NetworkInfo"]["NetworkCards"] if card["NetworkCardIndex"] == 0
    )
    interfaces = card["MaximumNetworkInterfaces"]
    if environment.get("AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG") == "true":
        interfaces -= 1
    slots = data["NetworkInfo"]["Ipv4AddressesPerInterface"] - 1
    size = 16 if environment.get("ENABLE_PREFIX_DELEGATION") == "true" else 1
    cap = 250 if data["VCpuInfo"]["DefaultVCpus"] > 30 else 110
    return min(interfaces * slots * size + 2, cap)


@requirement(19)
def nodes_run_the_pods_that_have_addresses(graph: Graph) -> Iterator[str]:
    environment = cni_environment(graph)
    for group in graph.of(NODE_GROUP):
        derived = min(formula(name, environment) for name in group.inputs["instanceTypes"])
        found = max_pods_of(graph, group)
        if found != derived:
            yield f"{group} takes {found} pods, and has addresses for {derived}"


@requirement(20)
def subnets_hold_the_nodes_at_their_maximum(graph: Graph) -> Iterator[str]:
    planned = {entry["cidr"]: entry for entry in stack_plan(graph)["subnets"]}
    roles = subnets_by_role(graph)
    made = {str(block_of(subnet)) for subnets in roles.values() for subnet in subnets}
    if planned.keys() != made:
        yield f"planned are {sorted(planned)}, made are {sorted(made)}"
    for entry in planned.values():
        if entry["neededAddresses"] > entry["usableAddresses"] or not entry["fits"]:
            yield f"{entry['cidr']} has {entry['usableAddresses']} addresses"
    # By far less than the plan: only the pods themselves, without what is kept warm.
    with_pods = roles.get("pods") or roles["private"]
    pods = sum(
        (max_pods_of(graph, group) or 0) * group.inputs["scalingConfig"]["maxSize"]
        for group in graph.of(NODE_GROUP)
    )
    room = sum(block_of(subnet).num_addresses for subnet in with_pods)
    if pods > room:
        yield f"{pods} pods share {room} addresses"


def stack_plan(graph: Graph) -> dict[str, Any]:
    """Returns the plan that the stack exports."""
    plan: dict[str, Any] = graph.one("pulumi:pulumi:Stack").outputs["plan"]
    return plan


@requirement(21)
def warm_targets_do_something(graph: Graph) -> Iterator[str]:
    environment = cni_environment(graph)
    prefixes = environment.get("ENABLE_PREFIX_DELEGATION") == "true"
    named = {key for key in environment if re.search(r"_TARGET$", key)}
    by_address = named & {"WARM_IP_TARGET", "MINIMUM_IP_TARGET"}
    if "WARM_IP_TARGET" in named and "MINIMUM_IP_TARGET" not in named:
        yield "WARM_IP_TARGET stands alone"
    if by_address and named - by_address:
        yield f"{sorted(by_address)} override {sorted(named - by_address)}"
    useless = "WARM_ENI_TARGET" if prefixes else "WARM_PREFIX_TARGET"
    if useless in named:
        yield f"{useless} does nothing here"
    if prefixes and not by_address and environment.get("WARM_PREFIX_TARGET") == "0":
        yield "no prefix is kept ready"


@requirement(22)
def addon_configuration_is_canonical(graph: Graph) -> Iterator[str]:
    for addon in graph.of("aws:eks/addon:Addon"):
        text = addon.inputs.get("configurationValues")
        if text is None:
            continue
        data = json.loads(text)
        if text != json.dumps(data, sort_keys=True, separators=(",", ":")):
            yield f"{addon} is configured by {text}"
        for key, value in data.get("env", {}).items():
            if not isinstance(value, str):
                yield f"{addon} sets {key} to {value!r}, not a text"


@requirement(23)
def the_cni_takes_over_and_keeps_what_is_tuned(graph: Graph) -> Iterator[str]:
    inputs = graph.addon("vpc-cni").inputs
    found = (inputs.get("resolveConflictsOnCreate"), inputs.get("resolveConflictsOnUpdate"))
    if found != ("OVERWRITE", "PRESERVE"):
        yield f"vpc-cni resolves conflicts by {found}"
