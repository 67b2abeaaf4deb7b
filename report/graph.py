"""An exported deployment as the report reads it, without secrets."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from deployment.export import STACK_TYPE
from deployment.properties import RESOURCE_SIGNATURE, SECRET_SIGNATURE, SIGNATURE_KEY

# What stands for a value that must not be shown.
SECRET: Final = "[secret]"  # noqa: S105  stands for one
_ASSET: Final = "[file]"
# Types whose properties hold secrets even where a program did not mark them.
_SECRET_PROPERTIES: Final[Mapping[str, frozenset[str]]] = {
    "kubernetes:core/v1:Secret": frozenset({"data", "stringData"}),
    "pulumi:providers:kubernetes": frozenset({"kubeconfig"}),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Resource:
    """A resource of an export, with plain properties."""

    urn: str
    type: str
    custom: bool
    id: str
    parent: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    waits_for: frozenset[str]

    @property
    def name(self) -> str:
        """The logical name, the last part of the URN."""
        return self.urn.rsplit("::", maxsplit=1)[-1]

    @property
    def kind(self) -> str:
        """The last part of the type, as people call it."""
        return self.type.rsplit(":", maxsplit=1)[-1]


class Deployment:
    """The resources of an export.

    :raises ValueError: for an export without a stack, or with a resource that has no type.
    """

    def __init__(self, export: Mapping[str, Any]) -> None:
        data = [item for item in export["deployment"]["resources"] if not item.get("delete")]
        try:
            self.resources = tuple(map(_resource, data))
        except (KeyError, AttributeError, TypeError):
            raise ValueError("the export holds a resource without a type") from None
        self.by_urn = {resource.urn: resource for resource in self.resources}
        stacks = self.of(STACK_TYPE)
        if not stacks:
            raise ValueError("the export holds no stack")
        self.stack = stacks[0]
        self._by_id = {(resource.type, resource.id): resource for resource in self.resources}

    def of(self, token: str) -> list[Resource]:
        """Returns the resources of a type, by name."""
        found = [resource for resource in self.resources if resource.type == token]
        return sorted(found, key=lambda resource: resource.name)

    def by_id(self, token: str, identifier: object) -> Resource | None:
        """Returns the resource of a type and an ID, if it is one of these."""
        return self._by_id.get((token, str(identifier))) if identifier else None

    def children(self, urn: str) -> list[Resource]:
        """Returns what a resource is the parent of: components first, then by type and name."""
        return self._children.get(urn, [])

    @cached_property
    def _children(self) -> Mapping[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for resource in sorted(self.resources, key=lambda r: (r.custom, r.type, r.name)):
            found.setdefault(resource.parent, []).append(resource)
        return found

    @property
    def name(self) -> str:
        """The stack's name, which every URN holds."""
        return self.stack.urn.split(":")[2]

    @property
    def plan(self) -> Mapping[str, Any]:
        """The exported plan in figures; empty where there is none."""
        plan: Mapping[str, Any] = self.stack.outputs.get("plan") or {}
        return plan

    def component(self, resource: Resource) -> Resource:
        """Returns the part of the stack that a resource belongs to: itself, or a parent of its."""
        while resource.parent in self.by_urn and resource.parent != self.stack.urn:
            resource = self.by_urn[resource.parent]
        return resource


def _resource(data: Mapping[str, Any]) -> Resource:
    hidden = _SECRET_PROPERTIES.get(data["type"], frozenset()) | set(
        data.get("additionalSecretOutputs") or ()
    )
    return Resource(
        urn=data["urn"],
        type=data["type"],
        custom=bool(data.get("custom")),
        id=data.get("id") or "",
        parent=data.get("parent") or "",
        inputs=_shown(data.get("inputs") or {}, hidden),
        outputs=_shown(data.get("outputs") or {}, hidden),
        waits_for=frozenset(_waits(data)) - {data["urn"]},
    )


def _waits(data: Mapping[str, Any]) -> Iterator[str]:
    yield from data.get("dependencies") or ()
    for urns in (data.get("propertyDependencies") or {}).values():
        yield from urns or ()
    if provider := data.get("provider"):
        # A reference is the provider's URN and its ID.
        yield provider.rpartition("::")[0]


def _shown(properties: Mapping[str, Any], hidden: frozenset[str]) -> dict[str, Any]:
    return {
        key: SECRET if key in hidden else _plain(value)
        for key, value in sorted(properties.items())
        # Pulumi's own bookkeeping.
        if not key.startswith("__")
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        signature = value.get(SIGNATURE_KEY)
        if signature == SECRET_SIGNATURE:
            return SECRET
        if signature == RESOURCE_SIGNATURE:
            return value.get("id") or value.get("urn", "")
        if signature:
            return _ASSET
        return {key: _plain(item) for key, item in sorted(value.items())}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
