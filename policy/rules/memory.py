"""What the pack knows of a stack between one question of the engine and the next."""

from collections.abc import Mapping
from typing import Any

from pulumi_policy.proxy import UnknownValueError

from deployment.resource import Resource

from .graph import Graph
from .registry import Rule
from .unseen import OutsideError, sentence


class Memory:
    """The inputs of resources, the stack as a whole, and what the rules could not check.

    The engine asks for each resource by itself first, with its inputs, and at the end for the
    stack, with outputs alone.
    """

    def __init__(self) -> None:
        self.graph = Graph()
        self._inputs: dict[str, Mapping[str, Any]] = {}
        self._unseen: dict[tuple[str, str], UnknownValueError] = {}

    def remember(self, urn: str, inputs: Mapping[str, Any]) -> None:
        """Keeps the inputs of a resource."""
        self._inputs[urn] = inputs

    def inputs(self, urn: str) -> Mapping[str, Any]:
        """Returns the inputs of a resource; of one that nobody asked for, none."""
        return self._inputs.get(urn, {})

    def miss(self, rule: Rule, resource: Resource, error: UnknownValueError) -> None:
        """Keeps that a rule could not check a resource, and why."""
        self._unseen[rule.name, resource.urn] = error

    def clear(self, rule: Rule, resource: Resource) -> None:
        """Forgets it: the rule checks the resource anew."""
        self._unseen.pop((rule.name, resource.urn), None)

    def clear_stack(self, rule: Rule) -> None:
        """Forgets it of all resources: the rule checks the stack anew."""
        for missed in [key for key in self._unseen if key[0] == rule.name]:
            del self._unseen[missed]

    def not_checked(self) -> str:
        """Returns one line with the rules that were not checked, or nothing."""
        outside = {rule for (rule, _), e in self._unseen.items() if isinstance(e, OutsideError)}
        later = {rule for (rule, _), e in self._unseen.items() if not isinstance(e, OutsideError)}
        return sentence(later, outside)
