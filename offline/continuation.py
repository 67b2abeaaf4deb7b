"""What a resource of an earlier deployment keeps: ignored inputs, names, and what it has become."""

from collections.abc import Iterable, Mapping
from typing import Any

from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.provider import Provider

from deployment.properties import SIGNATURE_KEY, Properties, imported, plain_map, property_map
from deployment.resource import Resource

from . import paths
from .providers.simulated import SimulatedProvider


def known_inputs(old: Resource) -> dict[str, PropertyValue]:
    """Returns the earlier inputs, less those that hold a secret."""
    found = {key: imported(item) for key, item in old.inputs.items() if item is not None}
    return {key: item for key, item in found.items() if item is not None}


def kept_inputs(inputs: Properties, old: Resource, ignored: Iterable[str]) -> Properties:
    """Returns the inputs with the earlier values of what ``ignoreChanges`` names."""
    for path in filter(None, map(paths.parse, ignored)):
        inputs = paths.kept(inputs, old.inputs, path)
    return inputs


def continued(
    provider: Provider, token: str, inputs: Properties, made: Properties, old: Resource
) -> Properties:
    """Returns the properties of a resource that stays: what it is given, and what it has become.

    :param made: the properties that a new one would have.
    """
    outputs = _continued(made, old.outputs, inputs)
    if not isinstance(provider, SimulatedProvider):
        return outputs
    computed = {key: item for key, item in outputs.items() if key not in inputs}
    before = plain_map({**computed, **known_inputs(old)})
    return {**outputs, **property_map(provider.recomputed(token, before, plain_map(inputs)))}


def _continued(
    made: Properties, old: Mapping[str, Any], inputs: Properties
) -> dict[str, PropertyValue]:
    found = dict(made)
    for key, item in old.items():
        new, given = made.get(key), inputs.get(key)
        if given is None:
            value = imported(item)
            # What an export withholds, and what is none of the service's, is as of a new one.
            if value is not None and (new is None or _is_alike(new, value)):
                found[key] = value.with_secret(is_secret=new is not None and new.is_secret)
        elif (
            new is not None
            and isinstance(new.value, Mapping)
            and isinstance(given.value, Mapping)
            and isinstance(item, Mapping)
            and SIGNATURE_KEY not in item
        ):
            found[key] = new.with_value(_continued(new.value, item, given.value))
    return found


def _is_alike(one: PropertyValue, other: PropertyValue) -> bool:
    """Returns whether both values have one form, as far as their items tell."""
    mine, theirs = one.value, other.value
    if isinstance(mine, Mapping) and isinstance(theirs, Mapping):
        return all(key in theirs and _is_alike(item, theirs[key]) for key, item in mine.items())
    if isinstance(mine, tuple) and isinstance(theirs, tuple):
        return len(theirs) >= len(mine) and all(map(_is_alike, mine, theirs))
    return type(mine) is type(theirs)
