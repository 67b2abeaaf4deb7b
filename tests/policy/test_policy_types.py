"""Rules name types and properties that the SDKs' classes have."""

import typing
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from policy_mutants import MUTANTS
from policy_mutants.running import seen as as_seen
from policy_mutants.running import strict
from pulumi import _types as sdk_types
from recording import KeyPath, recorded

from deployment import types
from deployment.types import STACK, TAGGABLE
from offline import schema
from policy.evaluation import findings_in
from policy.graph import Graph
from policy.rules import RULES
from policy.view import declared, deployed

TOKENS = {
    value for name, value in vars(types).items() if name.isupper() and isinstance(value, str)
} - {STACK, types.LOAD_BALANCER, types.VOLUME}
CLASSES = TOKENS - {*types.CUSTOM}


@pytest.mark.parametrize("token", sorted(CLASSES))
def test_a_token_is_that_of_a_class(token: str) -> None:
    assert getattr(schema.resource_class(token), "pulumi_type", None) == token


@pytest.mark.parametrize("token", types.CUSTOM)
def test_a_custom_resource_has_no_class(token: str) -> None:
    with pytest.raises(schema.UnknownResourceTypeError):
        schema.resource_class(token)


def test_rules_look_at_types_that_are_tied_to_classes() -> None:
    assert {token for rule in RULES.values() for token in rule.subjects} <= TOKENS


@pytest.mark.parametrize("token", sorted(TAGGABLE))
def test_a_taggable_type_has_tags(token: str) -> None:
    assert "tags" in schema.output_names(token)


def test_every_type_with_tags_in_a_shipped_stack_has_to_carry_them() -> None:
    deployed = as_seen(next(iter(MUTANTS.values())).deployment())
    tagged = {r.type for r in deployed if r.type.startswith("aws:") and "tags" in r.inputs}
    assert tagged <= set(TAGGABLE)


def _looked_up() -> Mapping[str, set[KeyPath]]:
    """Returns what the rules ask of each type, in all that is tried on them."""
    seen: dict[str, set[KeyPath]] = defaultdict(set)
    for mutant in MUTANTS.values():
        deployment = as_seen(mutant.deployment())
        of_resources = Graph(
            replace(r, inputs=recorded(r.inputs, (), seen[r.type])) for r in declared(deployment)
        )
        of_stack = Graph(
            replace(r, outputs=recorded(r.outputs, (), seen[r.type])) for r in deployed(deployment)
        )
        findings_in(of_resources, of_stack, strict(mutant.stack))
    return seen


def _misread(token: str, path: KeyPath) -> Iterator[str]:
    """Yields the key of a path that a class does not have."""
    kind: Any = None
    for depth, key in enumerate(path):
        if depth == 0:
            known: Mapping[str, Any] = schema.input_types(token)
            if key == "id" or (key not in known and key in schema.output_names(token)):
                return
        elif kind is not None and sdk_types.is_input_type(kind):
            known = sdk_types.input_type_types(kind)
        else:
            # Keys of a map, which are people's own.
            return
        if key not in known:
            yield f"{token} has no {'.'.join(path[: depth + 1])}"
            return
        kind = _item(known[key])


def _item(annotation: Any) -> Any:
    """Returns the class of a property, or of a list's items."""
    annotation = schema.unwrapped(annotation)
    origin = typing.get_origin(annotation)
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return _item(typing.get_args(annotation)[0])
    members = typing.get_args(annotation) if origin is typing.Union else [annotation]
    classes = [m for m in members if isinstance(m, type) and sdk_types.is_input_type(m)]
    return classes[0] if classes else None


def test_rules_ask_each_of_their_types_for_properties_that_the_class_has() -> None:
    asked = _looked_up()
    tried = {r.type for m in MUTANTS.values() for r in as_seen(m.deployment())}
    for rule in RULES.values():
        assert all(asked.get(token) for token in rule.subjects & tried), rule.name
    known = sorted(CLASSES & asked.keys())
    assert [line for t in known for path in sorted(asked[t]) for line in _misread(t, path)] == []


def test_a_misspelt_property_is_noticed() -> None:
    assert list(_misread(types.CLUSTER, ("vpcConfig", "endpointPublicAcess"))) == [
        "aws:eks/cluster:Cluster has no vpcConfig.endpointPublicAcess"
    ]
