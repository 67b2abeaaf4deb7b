"""The same thing in other words: types that stand for one that the rules know."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cache
from typing import Any, Final

from pulumi_policy.proxy import UnknownValueError

from deployment import types
from deployment.resource import Properties, Resource

from .gitops import releases_of
from .reading import mapping, mappings, text
from .templates import groups_of

_KUBERNETES: Final = "kubernetes:"
_AWS: Final = "aws:"
# Where kinds of Kubernetes were before they had a group of their own
# (https://kubernetes.io/docs/reference/using-api/deprecation-guide/).
_ONCE: Final = "extensions"
# Modules that have had other names, by which states of some years ago know them.
_MODULES: Final[Mapping[str, str]] = {
    "aws:alb/": "aws:lb/",
    "aws:applicationloadbalancing/": "aws:lb/",
    "aws:elasticloadbalancing/": "aws:elb/",
    "aws:elasticloadbalancingv2/": "aws:lb/",
}
# Groups of Kubernetes' own kinds, of which the registry has pages.
_OWN_GROUPS: Final = re.compile(
    r"(core|apps|autoscaling|batch|extensions|policy|helm\.sh"
    r"|(networking|rbac\.authorization|storage)\.k8s\.io)/"
)
# What makes pods that end by themselves.
_ENDING: Final = ("Never", "OnFailure")
# Types of Cloud Control, as in aws-native, and those of the same things here; a type of the same
# service and name needs no entry.
_NATIVE: Final[Mapping[str, str]] = {
    "autoscaling:autoscalinggroup": types.AUTO_SCALING_GROUP,
    "ec2:securitygroupegress": types.EGRESS_RULE,
    "ec2:securitygroupingress": types.INGRESS_RULE,
    "iam:managedpolicy": types.POLICY,
    "iam:oidcprovider": types.OIDC_PROVIDER,
    "logs:loggroup": types.LOG_GROUP,
}
_TOKENS: Final = frozenset(
    value for name, value in vars(types).items() if name.isupper() and isinstance(value, str)
)


def spelled(resource: Resource) -> Iterator[Resource]:
    """Yields a resource under the type that the rules know it by; of a list, each of its items."""
    token = canonical(resource.type)
    with suppress(UnknownValueError):
        # Whoever judges the template says that it cannot be read.
        yield from list(groups_of(resource))
    with suppress(UnknownValueError):
        if found := list(releases_of(resource)):
            yield from found
            return
    if not unread(resource.type).startswith(_KUBERNETES):
        known = token if token in _TOKENS else _of_pods(resource) or token
        yield replace(resource, type=known) if known != resource.type else resource
        return
    try:
        yield from list(_items(resource, unread(resource.type)))
    except UnknownValueError:
        yield resource


def _of_pods(resource: Resource) -> str:
    """Returns what stands for a kind that no rule knows and that makes pods, or nothing.

    Those are ReplicationControllers and custom resources with a pod's template in its usual place.
    """
    if not resource.type.startswith(_KUBERNETES) or resource.type.endswith("Patch"):
        return ""
    with suppress(UnknownValueError):
        spec = mapping(resource.properties, "spec.template.spec")
        if mappings(spec, "containers"):
            return types.JOB if text(spec, "restartPolicy") in _ENDING else types.REPLICA_SET
    return ""


@cache
def canonical(token: str) -> str:
    """Returns the type of a Kubernetes kind in the version of its API that the rules know."""
    if not token.startswith(_KUBERNETES):
        module = next((old for old in _MODULES if token.startswith(old)), "")
        return f"{_MODULES.get(module, '')}{token.removeprefix(module)}"
    group, _, kind = token.removeprefix(_KUBERNETES).partition(":")
    for known in _TOKENS:
        its_group, _, its_kind = known.removeprefix(_KUBERNETES).partition(":")
        same = {its_group.split("/")[0], _ONCE}
        if known.startswith(_KUBERNETES) and its_kind == kind and group.split("/")[0] in same:
            return known
    return token


@cache
def unread(token: str) -> str:
    """Returns the type that rules know of what a type stands for that none reads, or nothing.

    Cloud Control's types call their properties otherwise; a list of objects is read by its items.
    """
    if token.startswith(_KUBERNETES) and token.endswith("List"):
        item = canonical(token.removesuffix("List"))
        return item if item in _TOKENS else ""
    name = token.removeprefix("aws-native:").lower()
    return "" if name == token.lower() else _NATIVE.get(name) or _bridged().get(name, "")


def documentation(token: str) -> str:
    """Returns the page on a type's properties in Pulumi's registry, or nothing."""
    package, _, rest = token.partition(":")
    if package not in {"aws", "aws-native", "kubernetes"}:
        return ""
    module, _, kind = rest.partition(":")
    if package == "kubernetes" and not _OWN_GROUPS.match(module):
        return ""
    # aws:eks/cluster:Cluster is in eks; the pages of Kubernetes leave the domain of groups out.
    module = module.split("/")[0] if package == "aws" else re.sub(r"\.[^/]*", "", module)
    place = f"{module}/{kind}".lower()
    return f"https://www.pulumi.com/registry/packages/{package}/api-docs/{place}/"


@cache
def _bridged() -> Mapping[str, str]:
    names = ((token.removeprefix(_AWS).split("/")[0], token) for token in _TOKENS)
    return {
        f"{module}:{token.rsplit(':', maxsplit=1)[-1]}".lower(): token
        for module, token in names
        if token.startswith(_AWS)
    }


def _items(resource: Resource, token: str) -> Iterator[Resource]:
    views = [_listed(properties) for properties in (resource.inputs, resource.outputs)]
    for number in range(max(map(len, views))):
        inputs, outputs = (view[number] if number < len(view) else {} for view in views)
        name = text(outputs or inputs, "metadata.name") or str(number)
        yield replace(
            resource, urn=f"{resource.urn}/{name}", type=token, inputs=inputs, outputs=outputs
        )


def _listed(properties: Properties) -> list[Mapping[str, Any]]:
    return mappings(properties, "items")
