"""Changes of an exported deployment that break a rule, or that must not alarm it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from conftest import exported_text
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from policy_mutants.first_preview import in_first_preview, with_origins

Properties = dict[str, Any]
# Of the properties of one resource, or of a whole deployment.
Edit = Callable[[Any], None]


class Deployment:
    """An exported deployment to change."""

    def __init__(self, stack: str) -> None:
        self.data: dict[str, Any] = json.loads(exported_text(stack))
        self.resources: list[dict[str, Any]] = self.data["deployment"]["resources"]

    def all(self, token: str, name: str = "") -> list[dict[str, Any]]:
        """Returns the resources of a type whose name contains a text."""
        found = [
            resource
            for resource in self.resources
            if resource["type"] == token and name in resource["urn"].rsplit("::", maxsplit=1)[-1]
        ]
        assert found, f"{token} {name}: there is none to change"
        return found

    def change(self, token: str, name: str, edit: Edit) -> None:
        """Changes inputs and outputs of the first such resource."""
        resource = self.all(token, name)[0]
        edit(resource["inputs"])
        edit(resource["outputs"])

    def add(self, token: str, name: str, properties: Properties) -> None:
        """Adds a resource."""
        stack = self.resources[0]["urn"].split("::")[0]
        self.resources.append(
            {
                "urn": f"{stack}::eks-platform::{token}::{name}",
                "type": token,
                "id": f"id-of-{name}",
                "inputs": json.loads(json.dumps(properties)),
                "outputs": json.loads(json.dumps(properties)),
            }
        )

    def remove(self, token: str, name: str = "") -> None:
        """Removes the resources of a type whose name contains a text."""
        for resource in self.all(token, name):
            self.resources.remove(resource)

    def cut(self, later: dict[str, Any], earlier: list[dict[str, Any]]) -> None:
        """Removes the edges from one resource to others."""
        urns = {resource["urn"] for resource in earlier}
        assert urns & set(later["dependencies"]), "there is no such edge to cut"
        later["dependencies"] = [urn for urn in later["dependencies"] if urn not in urns]
        for key, dependencies in later.get("propertyDependencies", {}).items():
            later["propertyDependencies"][key] = [u for u in dependencies if u not in urns]


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutant:
    """A change of a shipped stack.

    :param rule: the rule that it breaks, or keeps.
    :param is_legal: whether no rule may say anything of it.
    :param of_properties: whether it changes a resource that stays where it is.
    :param also: rules that have to see it as well, because they are about the same thing.
    """

    name: str
    rule: str
    is_legal: bool
    of_properties: bool
    also: frozenset[str]
    stack: str
    apply: Callable[[Deployment], None]

    def deployment(self) -> Deployment:
        """Returns the stack with the change."""
        changed = Deployment(self.stack)
        self.apply(changed)
        with_origins(Deployment(self.stack).resources, changed.resources)
        return changed

    def first_preview(self) -> dict[str, Any]:
        """Returns the stack with the change as the engine's first preview of it knows it."""
        before = Deployment(self.stack).resources
        return in_first_preview(self.stack, before, self.deployment().resources)

    def hidden(self) -> Deployment:
        """Returns the stack with what the mutant changes unknown, dependencies included."""
        before = Deployment(self.stack)
        by_urn = {resource["urn"]: resource for resource in self.deployment().resources}
        for resource in before.resources:
            changed = by_urn[resource["urn"]]
            for key in resource["outputs"]:
                if resource["outputs"][key] != changed["outputs"].get(key):
                    resource.get("propertyDependencies", {}).pop(key, None)
            for view in ("inputs", "outputs"):
                _hide(resource[view], changed[view])
        return before


def _hide(before: dict[Any, Any], after: dict[Any, Any]) -> None:
    """Makes unknown what differs; a list with other items as a whole."""
    for key in before.keys() | after.keys():
        one, other = before.get(key), after.get(key)
        if isinstance(one, dict) and isinstance(other, dict):
            _hide(one, other)
        elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
            items, others = dict(enumerate(one)), dict(enumerate(other))
            _hide(items, others)
            before[key] = list(items.values())
        elif one != other:
            before[key] = UNKNOWN_STRING_VALUE


MUTANTS: Final[dict[str, Mutant]] = {}


def breaks(
    rule: str, token: str = "", name: str = "", *, also: tuple[str, ...] = (), stack: str = "prod"
) -> Callable[[Edit], Edit]:
    """Registers an edit that breaks a rule: of a resource's properties, or of all."""
    return _register(rule, token, name, stack, also=also, is_legal=False)


def keeps(
    rule: str, token: str = "", name: str = "", *, stack: str = "prod"
) -> Callable[[Edit], Edit]:
    """Registers an edit near a rule that it keeps, as do all others."""
    return _register(rule, token, name, stack, also=(), is_legal=True)


def _register(
    rule: str, token: str, name: str, stack: str, *, also: tuple[str, ...], is_legal: bool
) -> Callable[[Edit], Edit]:
    def register(edit: Edit) -> Edit:
        def apply(deployment: Deployment) -> None:
            if token:
                deployment.change(token, name, edit)
            else:
                edit(deployment)

        key = edit.__name__
        assert key not in MUTANTS, f"two mutants are called {key}"
        MUTANTS[key] = Mutant(
            name=key,
            rule=rule,
            is_legal=is_legal,
            of_properties=bool(token),
            also=frozenset(also),
            stack=stack,
            apply=apply,
        )
        return edit

    return register
