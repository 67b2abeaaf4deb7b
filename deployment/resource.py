"""One resource of a deployment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, Self

from pydantic.alias_generators import to_camel

from .types import STACK

# The properties of a resource by name: as a program registers them, as an export writes them, or as
# somebody may see them.
Properties = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Resource:
    """A resource as the engine keeps it, its fields in the order of an export.

    :param provider: the URN of its provider and that one's ID; empty for the default of no package.
    :param dependencies: URNs of what it was registered to come after.
    :param property_dependencies: URNs of what each property comes from.
    """

    urn: str
    custom: bool
    id: str = ""
    type: str
    inputs: Properties = field(default_factory=dict[str, Any])
    outputs: Properties = field(default_factory=dict[str, Any])
    parent: str = ""
    protect: bool = False
    dependencies: frozenset[str] = frozenset()
    provider: str = ""
    property_dependencies: Mapping[str, frozenset[str]] = field(
        default_factory=dict[str, frozenset[str]]
    )
    additional_secret_outputs: tuple[str, ...] = ()
    timeouts: Mapping[str, float] = field(default_factory=dict[str, float])
    retain_on_delete: bool = False
    deleted_with: str = ""
    replace_with: tuple[str, ...] = ()
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    hooks: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The logical name, the last part of the URN."""
        return self.urn.rsplit("::", maxsplit=1)[-1]

    @property
    def short_type(self) -> str:
        """The last part of the type, as people call it."""
        return self.type.rsplit(":", maxsplit=1)[-1]

    @property
    def is_component(self) -> bool:
        """Whether it stands for its children and is nothing by itself."""
        return not self.custom and self.type != STACK

    @property
    def provider_urn(self) -> str:
        """The URN of its provider, or nothing."""
        return self.provider.rpartition("::")[0]

    @property
    def properties(self) -> Properties:
        """What is known of it: its outputs, or its inputs where there are none."""
        return self.outputs or self.inputs

    @property
    def waits_for(self) -> frozenset[str]:
        """The URNs of what it was registered to come after, in whatever way."""
        provider = [self.provider_urn] if self.provider else []
        found = self.dependencies.union(provider, *self.property_dependencies.values())
        return found - {self.urn}

    def seen_as(self, view: Callable[[Properties], Properties]) -> Self:
        """Returns the resource with its inputs and outputs in another form."""
        return replace(self, inputs=view(self.inputs), outputs=view(self.outputs))

    def to_data(self) -> dict[str, Any]:
        """Returns the resource in the form of an export; what is empty is left out, as there."""
        data = {key: _written(getattr(self, name)) for name, key in _KEYS.items()}
        return {key: value for key, value in data.items() if value or key in _ALWAYS}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Returns the resource that an export holds.

        :raises AttributeError, KeyError, TypeError: for data of another form.
        """
        given: dict[str, Any] = {
            name: data[key] for name, key in _KEYS.items() if data.get(key) or key in _NEEDED
        }
        for name in _SEQUENCES & given.keys():
            given[name] = tuple(given[name])
        for name, collect in _COLLECTIONS.items():
            if name in given:
                given[name] = {key: collect(urns or ()) for key, urns in given[name].items()}
        given["dependencies"] = frozenset(given.get("dependencies", ()))
        given["custom"] = bool(data.get("custom", True))
        return cls(**given)


# The fields and their keys in an export, in the order that they have there (``ResourceV3`` in
# https://github.com/pulumi/pulumi/blob/v3.274.1/sdk/go/common/apitype/core.go).
_OTHER_KEYS: Final = {"timeouts": "customTimeouts", "hooks": "resourceHooks"}
_KEYS: Final[Mapping[str, str]] = {
    known.name: _OTHER_KEYS.get(known.name, to_camel(known.name)) for known in fields(Resource)
}
_NEEDED: Final = {"urn", "type"}
_ALWAYS: Final = _NEEDED | {"custom"}
_SEQUENCES: Final = {
    "additional_secret_outputs",
    "replace_with",
    "ignore_changes",
    "replace_on_changes",
}
_COLLECTIONS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "property_dependencies": frozenset,
    "hooks": tuple,
}


def _written(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Mapping) and any(
        isinstance(v, (frozenset, tuple)) for v in value.values()
    ):
        return {key: _written(item) for key, item in sorted(value.items())}
    return value
