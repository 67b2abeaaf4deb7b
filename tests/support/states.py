"""Two exports of one stack, compared resource by resource."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from deployment.properties import SECRET_SIGNATURE, SIGNATURE_KEY

RECORDED: Final = Path(__file__).parents[1] / "recordings" / "engine-export"
# What the engine's export has and the offline one cannot have, with the reason.
OF_A_RESOURCE: Final[Mapping[str, str]] = {
    "created": "the time",
    "modified": "the time",
    "sourcePosition": "a line of a file, which the next edit moves",
    "stackTrace": "lines of files, those of the machine's own Python among them",
}
OF_A_DEPLOYMENT: Final[Mapping[str, str]] = {
    "manifest": "the time, and the version of the engine",
    "secrets_providers": "an offline run has no key to encrypt with",
}
# Further: the ID of a provider is a random UUID, here one that derives from its URN; ciphertext is
# another one each time, here it is empty; the order among resources that do not need each other is
# that in which they became ready.


def comparable(export: Mapping[str, Any]) -> dict[str, Any]:
    """Returns all of an export that must be the same in another one of the same stack."""
    deployment = {
        key: value for key, value in export["deployment"].items() if key not in OF_A_DEPLOYMENT
    }
    resources = [_comparable(resource) for resource in deployment.pop("resources")]
    by_urn = {resource["urn"]: resource for resource in resources}
    assert len(by_urn) == len(resources)
    return {**export, "deployment": {**deployment, "resources": by_urn}}


def _comparable(resource: Mapping[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = {
        key: _without_ciphertext(value)
        for key, value in resource.items()
        if key not in OF_A_RESOURCE
    }
    if data["type"].startswith("pulumi:providers:"):
        assert data.pop("id")
    if provider := data.get("provider"):
        data["provider"], _, identifier = provider.rpartition("::")
        assert identifier
    for listed in (data, data.get("propertyDependencies", {})):
        for key, urns in listed.items():
            if listed is not data or key == "dependencies":
                listed[key] = sorted(urns)
    return data


def _without_ciphertext(value: Any) -> Any:
    if isinstance(value, Mapping):
        if value.get(SIGNATURE_KEY) == SECRET_SIGNATURE:
            assert value.keys() == {SIGNATURE_KEY, "ciphertext"}
            return {**value, "ciphertext": ""}
        return {key: _without_ciphertext(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_ciphertext(item) for item in value]
    return value


def differences(wanted: Any, given: Any, path: str = "") -> Iterator[str]:
    """Yields a line for each place where two comparable exports are not the same."""
    if isinstance(wanted, Mapping) and isinstance(given, Mapping):
        for key in sorted(wanted.keys() | given.keys()):
            place = f"{path} {key}"
            if key not in given:
                yield f"{place}: missing, wanted {wanted[key]}"
            elif key not in wanted:
                yield f"{place}: too much, {given[key]}"
            else:
                yield from differences(wanted[key], given[key], place)
    elif wanted != given or type(wanted) is not type(given):
        yield f"{path}: {given}, wanted {wanted}"


def misplaced(export: Mapping[str, Any]) -> Iterator[str]:
    """Yields each resource that stands before something that it needs."""
    seen: set[str] = set()
    for resource in export["deployment"]["resources"]:
        needed = {*resource.get("dependencies", []), resource.get("parent")}
        needed.add(resource.get("provider", "").rpartition("::")[0])
        yield from (f"{resource['urn']} before {urn}" for urn in needed - seen - {"", None})
        seen.add(resource["urn"])
