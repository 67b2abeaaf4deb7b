"""One resource of a deployment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from typing import Annotated, Any, ClassVar, Final, Self

from pydantic import BeforeValidator, ConfigDict, Field, Strict, TypeAdapter
from pydantic.alias_generators import to_camel

from .names import PROVIDER_REFERENCE, TYPE, URN
from .texts import printable
from .types import STACK

# The properties of a resource by name: as a program registers them, as an export writes them, or as
# somebody may see them.
Properties = Mapping[str, Any]
# As an export must have it: no text and no number stands for true, and the engine writes null for a
# list that is empty.
Flag = Annotated[bool, Strict()]
_Listed: Final = BeforeValidator(lambda items: () if items is None else items)
Names = Annotated[tuple[str, ...], _Listed]
Urns = Annotated[frozenset[str], _Listed]

_OTHER_KEYS: Final = {"timeouts": "customTimeouts", "hooks": "resourceHooks"}


def _key(field: str) -> str:
    """Returns the key that an export has for a field."""
    return _OTHER_KEYS.get(field, to_camel(field))


def name_of(urn: str) -> str:
    """Returns the logical name of a resource as it may be shown."""
    return printable(urn.split("::", maxsplit=3)[-1])


@dataclass(frozen=True, kw_only=True, slots=True)
class Resource:
    """A resource as the engine keeps it, its fields in the order of an export.

    :param delete: whether it is a copy that has been replaced and waits for its deletion.
    :param provider: the URN of its provider and that one's ID; empty for the default of no package.
    :param taint: whether the next deployment makes another one in its place.
    :param external: whether the engine only reads it, and did not make it.
    :param dependencies: URNs of what it was registered to come after.
    :param init_errors: why it was not ready at the end of the last deployment.
    :param property_dependencies: URNs of what each property comes from.
    :param pending_replacement: whether it is deleted and another one is to be made.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=_key, allow_inf_nan=False
    )

    urn: Annotated[str, Field(pattern=URN)]
    custom: Flag
    delete: Flag = False
    id: str = ""
    type: Annotated[str, Field(pattern=TYPE)]
    inputs: Properties = field(default_factory=dict[str, Any])
    outputs: Properties = field(default_factory=dict[str, Any])
    parent: str = ""
    protect: Flag = False
    taint: Flag = False
    external: Flag = False
    dependencies: frozenset[str] = frozenset()
    init_errors: Names = ()
    provider: Annotated[str, Field(pattern=PROVIDER_REFERENCE)] = ""
    property_dependencies: Mapping[str, Urns] = field(default_factory=dict[str, frozenset[str]])
    pending_replacement: Flag = False
    additional_secret_outputs: tuple[str, ...] = ()
    timeouts: Mapping[str, Annotated[float, Strict()]] = field(default_factory=dict[str, float])
    retain_on_delete: Flag = False
    deleted_with: str = ""
    replace_with: tuple[str, ...] = ()
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    hooks: Mapping[str, Names] = field(default_factory=dict[str, tuple[str, ...]])

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The logical name, the last part of the URN, as it may be shown."""
        return name_of(self.urn)

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
    def from_data(cls, data: Mapping[str, Any]) -> "Resource":
        """Returns the resource that an export holds.

        :raises pydantic.ValidationError: for data of another form.
        """
        # The engine reads null as if the key was not there.
        given = {key: value for key, value in data.items() if value is not None}
        return _reader().validate_python({"custom": True, **given})


@cache
def _reader() -> TypeAdapter[Resource]:
    return TypeAdapter(Resource)


# The fields and their keys in an export, in the order that they have there (``ResourceV3`` in
# https://github.com/pulumi/pulumi/blob/v3.274.1/sdk/go/common/apitype/core.go).
_KEYS: Final[Mapping[str, str]] = {known.name: _key(known.name) for known in fields(Resource)}
_ALWAYS: Final = {"urn", "type", "custom"}


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
