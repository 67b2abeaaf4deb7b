"""Small stacks as other people's programs write them, without a program."""

from collections.abc import Mapping
from typing import Any

from deployment import types
from policy.catalogue import Level
from policy.configuration import ALL, Configuration
from policy.evaluation import FAULT, Finding, findings
from policy.rules import RULES
from policy.view import visible

Data = dict[str, Any]
STACK = "urn:pulumi:live::shop"
OF_POD = {"app": "web"}
# Zones in which a Kubernetes label says where a pod is.
ZONE = "topology.kubernetes.io/zone"


def resource(token: str, name: str, properties: Mapping[str, Any], *after: str) -> Data:
    """Returns a resource of an export; ``after`` are names of resources that it depends on."""
    is_bridged = token.startswith("aws:")
    return {
        "urn": urn(token, name),
        "type": token,
        "custom": True,
        "id": f"id-of-{name}",
        "inputs": dict(properties),
        "outputs": {**({"id": f"id-of-{name}"} if is_bridged else {}), **properties},
        "dependencies": list(after),
    }


def urn(token: str, name: str) -> str:
    """Returns the URN of a resource of the stack."""
    return f"{STACK}::{token}::{name}"


def manifest(token: str, name: str, spec: Mapping[str, Any], **metadata: Any) -> Data:
    """Returns an object of Kubernetes with a spec."""
    return resource(
        token, name, {"metadata": {"name": name, "namespace": "shop", **metadata}, "spec": spec}
    )


def web(spec: Mapping[str, Any] | None = None, **of_deployment: Any) -> Data:
    """Returns a Deployment whose pods have a spec and the labels ``OF_POD``."""
    template = {"metadata": {"labels": OF_POD}, "spec": {"containers": [], **(spec or {})}}
    return manifest(types.DEPLOYMENT, "web", {"template": template, **of_deployment})


def container(**said: Any) -> Data:
    """Returns the spec of a pod with one container."""
    return {"containers": [{"name": "web", **said}]}


def judged(rule: str, *resources: Data) -> list[Finding]:
    """Returns what a rule says of a stack with some resources."""
    stack = {"urn": urn(types.STACK, "shop-live"), "type": types.STACK, "custom": False}
    export = {"version": 3, "deployment": {"resources": [stack, *resources]}}
    off = dict.fromkeys(RULES, Level.DISABLED)
    configuration = Configuration(levels={**off, ALL: Level.DISABLED, rule: Level.MANDATORY})
    found = findings(visible(export), configuration)
    assert not [str(finding) for finding in found if FAULT in finding.message]
    return found


def said(rule: str, *resources: Data) -> list[str]:
    """Returns what a rule says; what it could not check begins with a question mark."""
    return [f"{'' if f.checked else '? '}{f.message}" for f in judged(rule, *resources)]
