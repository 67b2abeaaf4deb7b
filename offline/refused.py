"""What the engine or a service refuses of a plan: an error in the middle of a deployment."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from deployment import types
from deployment.properties import plain
from deployment.steps import Operation, Place, Step, path_of, value_at
from planning.upgrades import control_plane_mistake

from .immutable import is_object_of_kubernetes

Inputs = Mapping[str, Any]

_PROTECTED: Final = (
    "it is protected: take `protect` away and deploy, or `pulumi state unprotect`, and then this"
)
# What keeps AWS from deleting a resource, as its services call it.
_PROTECTIONS: Final[tuple[Place, ...]] = (
    ("deletionProtection",),
    ("deletionProtectionEnabled",),
    ("enableDeletionProtection",),
    ("disableApiTermination",),
)
# IDs that AWS makes up, such as subnet-0123456789abcdef0: what has one among its inputs means it.
_OPAQUE_ID: Final = re.compile(r"[a-z]+-[0-9a-f]{8,17}")
# A mode can be left for a later one, and not come back
# (https://docs.aws.amazon.com/eks/latest/userguide/setting-up-access-entries.html).
_AUTHENTICATION_MODES: Final = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")
# https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
_QUANTITY: Final = re.compile(r"([0-9.]+(?:[eE][+-]?[0-9]+)?)((?:[KMGTPE]i|[numkMGTPE])?)")
_STEPS: Final = "kMGTPE"
_SMALL: Final[Mapping[str, Decimal]] = {
    "": Decimal(1), "m": Decimal("1e-3"), "u": Decimal("1e-6"), "n": Decimal("1e-9")
}  # fmt: skip


def change_refusals(step: Step, *, condemned: bool) -> Iterator[str]:
    """Yields why the engine or the service refuses what happens to a resource that stays."""
    old, new = step.before, step.resource
    if old is None:
        return
    if step.operation is Operation.REPLACE and old.protect and (condemned or new.protect):
        yield _PROTECTED
    if step.operation is Operation.UPDATE:
        known = {**old.inputs, **old.outputs}
        yield from refusals(new.type, known, {key: plain(item) for key, item in new.inputs.items()})


def deletion_refusals(step: Step, used: Mapping[str, str]) -> Iterator[str]:
    """Yields why the engine or the service refuses to delete the resource that was there."""
    old = step.ends
    if old is None or old.retain_on_delete:
        return
    if step.operation is Operation.DELETE and old.protect:
        yield _PROTECTED
    for place in filter(
        lambda place: value_at(old.inputs, place) in (True, "ACTIVE"), _PROTECTIONS
    ):
        yield f"{place[-1]} is on: AWS refuses to delete it; deploy without it first"
    if old.id in used:
        yield f"AWS refuses to delete it: {used[old.id]} still has it"


def opaque_ids(steps: Iterable[Step]) -> Iterator[tuple[str, str]]:
    """Yields each ID that a resource has among its inputs afterwards, and which and where."""
    for step in steps:
        if step.operation is not Operation.DELETE:
            resource = step.resource
            for place, text in _texts((), resource.inputs):
                if _OPAQUE_ID.fullmatch(text):
                    yield text, f"{resource.short_type} {resource.name} ({path_of(place)})"


def _texts(place: Place, value: Any) -> Iterator[tuple[Place, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts((*place, key), item)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts((*place, index), item)


def refusals(token: str, old: Inputs, new: Inputs) -> Iterator[str]:
    """Yields why the service would refuse to change a resource in place.

    :param old: what the resource is: its inputs, and what the service has computed.
    :param new: the inputs.
    """
    for rule in _RULES.get(token, ()):
        yield from rule(old, new)
    if is_object_of_kubernetes(token) and old.get("immutable") is True:
        yield "it is immutable: Kubernetes refuses every change of its data"


def _cluster(old: Inputs, new: Inputs) -> Iterator[str]:
    before, after = old.get("version"), new.get("version")
    if isinstance(before, str) and isinstance(after, str):
        try:
            mistake = control_plane_mistake(before, after)
        except ValueError:
            mistake = None
        if mistake:
            yield mistake
    before, after = (_at(inputs, "accessConfig", "authenticationMode") for inputs in (old, new))
    modes = _AUTHENTICATION_MODES
    if before in modes and after in modes and modes.index(after) < modes.index(before):
        yield f"accessConfig.authenticationMode: EKS does not go back from {before} to {after}"
    # https://docs.aws.amazon.com/eks/latest/APIReference/API_AssociateEncryptionConfig.html: it can
    # be used once, on a cluster without.
    before, after = (_encryption_key(inputs) for inputs in (old, new))
    if before and after and before != after:
        yield "encryptionConfig: EKS does not change the key of a cluster that has one"


def _encryption_key(inputs: Inputs) -> Any:
    return _at(inputs, "encryptionConfig", "provider", "keyArn")


def _storage_class(old: Inputs, new: Inputs) -> Iterator[str]:
    # ``ValidateStorageClassUpdate`` in
    # https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/storage/validation/validation.go.
    for key, default in (("reclaimPolicy", "Delete"), ("volumeBindingMode", "Immediate")):
        before, after = old.get(key) or default, new.get(key) or default
        if before != after:
            yield f"{key}: Kubernetes does not change it of a StorageClass ({before} to {after})"


def _claim(old: Inputs, new: Inputs) -> Iterator[str]:
    # ``ValidatePersistentVolumeClaimUpdate`` in
    # https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/core/validation/validation.go.
    path = ("spec", "resources", "requests", "storage")
    before, after = _at(old, *path), _at(new, *path)
    sizes = _amount(before), _amount(after)
    if sizes[0] and sizes[1] and sizes[1] < sizes[0]:
        yield f"spec.resources.requests.storage: a claim does not shrink from {before} to {after}"
    for key in ("volumeMode", "dataSource", "dataSourceRef"):
        if _at(old, "spec", key) != _at(new, "spec", key):
            yield f"spec.{key}: Kubernetes does not change it of a claim"


_RULES: Final[Mapping[str, tuple[Callable[[Inputs, Inputs], Iterator[str]], ...]]] = {
    types.CLUSTER: (_cluster,),
    types.STORAGE_CLASS: (_storage_class,),
    types.CLAIM: (_claim,),
}


def _at(inputs: Inputs, *path: str) -> Any:
    value: Any = inputs
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _amount(quantity: object) -> Decimal | None:
    """Returns a quantity of Kubernetes as a number, if it is one."""
    found = _QUANTITY.fullmatch(str(quantity))
    if not found:
        return None
    number, unit = Decimal(found[1]), found[2]
    if unit.endswith("i"):
        return number * 1024 ** (_STEPS.index(unit[0].replace("K", "k")) + 1)
    return number * (_SMALL[unit] if unit in _SMALL else 1000 ** (_STEPS.index(unit) + 1))
