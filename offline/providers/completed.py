"""Inputs completed by what a provider names and what a cloud computes; secrets stay secret."""

from collections.abc import Mapping
from types import MappingProxyType

from pulumi.provider.experimental.property_value import PropertyValue

from deployment.properties import UNKNOWN, Properties, plain, property_value
from offline.cloud.behaviour import Inputs


def present(inputs: Properties) -> Properties:
    """Returns the inputs that have a value."""
    return {key: value for key, value in inputs.items() if value.value is not None}


def with_names(inputs: Properties, added: Inputs) -> dict[str, PropertyValue]:
    """Returns the inputs with what is added to them, at every depth."""
    merged = dict(inputs)
    for key, item in added.items():
        given = inputs.get(key)
        if given and isinstance(given.value, Mapping) and isinstance(item, Mapping):
            merged[key] = given.with_value(with_names(given.value, item))
        elif given is None or plain(given) != item:
            merged[key] = property_value(item)
    return merged


def with_computed(given: Properties, computed: Inputs) -> dict[str, PropertyValue]:
    """Returns all properties of a resource that exists."""
    # Nothing tells which part of a computed value came from a secret: all of it is one, then.
    secret = {key for key, value in given.items() if value.contains_secret()}
    return {
        **given,
        **{key: property_value(value, is_secret=key in secret) for key, value in computed.items()},
    }


def with_unknown(
    given: Properties, computed: Inputs, old: Inputs = MappingProxyType({})
) -> dict[str, PropertyValue]:
    """Returns what is given, and of what is computed that it is unknown, at every depth.

    :param old: the properties before an update; what it computes anew and alike is known.
    """
    merged = {
        key: property_value(value) if key in old and old[key] == value else PropertyValue(UNKNOWN)
        for key, value in computed.items()
        if key not in given
    }
    for key, value in given.items():
        within, before = computed.get(key), old.get(key)
        if isinstance(value.value, Mapping) and isinstance(within, Mapping):
            before = before if isinstance(before, Mapping) else {}
            merged[key] = value.with_value(with_unknown(value.value, within, before))
        else:
            merged[key] = value
    return merged
