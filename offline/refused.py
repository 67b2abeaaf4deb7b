"""Changes that a service refuses at all: no replacement, an error in the middle of a deployment."""

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from deployment import types
from planning.upgrades import control_plane_mistake

from .immutable import is_object_of_kubernetes

Inputs = Mapping[str, Any]

# A mode can be left for a later one, and not come back
# (https://docs.aws.amazon.com/eks/latest/userguide/setting-up-access-entries.html).
_AUTHENTICATION_MODES: Final = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")
# https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
_QUANTITY: Final = re.compile(r"([0-9.]+(?:[eE][+-]?[0-9]+)?)((?:[KMGTPE]i|[numkMGTPE])?)")
_STEPS: Final = "kMGTPE"
_SMALL: Final[Mapping[str, Decimal]] = {
    "": Decimal(1), "m": Decimal("1e-3"), "u": Decimal("1e-6"), "n": Decimal("1e-9")
}  # fmt: skip


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
