"""The section about the addresses of pods."""

import re
from typing import Annotated, Any, Final, Literal, Self

from pydantic import ConfigDict, Field, ValidationInfo, field_validator, model_validator
from pydantic.alias_generators import to_camel

from planning.pod_ips.limits import CniMode
from planning.pod_ips.targets import WarmTargets, ignored, starvation

from .section import Section, has_value, mistake, refuse, whole

_ADDON_VERSION: Final = re.compile(r"v\d+\.\d+\.\d+-eksbuild\.\d+")
_WARM_TARGETS: Final = (
    "minimum_ip_target",
    "warm_ip_target",
    "warm_eni_target",
    "warm_prefix_target",
)


def _given(key: str) -> dict[str, Any]:
    """Returns the schema of a map that has a number at the key."""
    return {"required": [key], "properties": {key: {"type": "integer"}}}


def _positive(key: str) -> dict[str, Any]:
    return {"properties": {key: {"minimum": 1}}}


_PREFIXES: Final = {
    "anyOf": [has_value("mode", "prefix"), has_value("prefixDelegation", value=True)]
}
_MINIMUM: Final = _given("minimumIpTarget")
# What editors know of the keys that must, or must not, be together.
_TOGETHER: Final[dict[str, Any]] = {
    "allOf": [
        {
            "if": has_value("prefixDelegation", value=True),
            "then": has_value("mode", "custom-networking"),
        },
        {"if": _MINIMUM, "then": _given("warmIpTarget")},
        {"if": _given("warmIpTarget"), "then": {"allOf": [_MINIMUM, _positive("warmIpTarget")]}},
        {"if": _given("warmEniTarget"), "then": {"not": {"anyOf": [_PREFIXES, _MINIMUM]}}},
        {
            "if": _given("warmPrefixTarget"),
            "then": {"allOf": [_PREFIXES, {"not": _MINIMUM}, _positive("warmPrefixTarget")]},
        },
    ]
}


class VpcCniSettings(Section):
    """``vpcCni``: how pods get their addresses."""

    model_config = ConfigDict(json_schema_extra=_TOGETHER)

    mode: Literal["secondary-ip", "prefix", "custom-networking"] = Field(
        default="secondary-ip",
        description="Single addresses, /28 prefixes, or subnets of their own for pods.",
    )
    prefix_delegation: bool = Field(
        default=False, description="With mode custom-networking: /28 prefixes there."
    )
    version: str | None = Field(
        default=None,
        description="Add-on version to pin; absent: EKS's default when it is created.",
        examples=["v1.22.3-eksbuild.1"],
        json_schema_extra=whole(_ADDON_VERSION),
    )
    network_policy: bool = Field(default=True, description="Enforce NetworkPolicy objects.")
    # Each is checked against those before it.
    minimum_ip_target: Annotated[int, Field(ge=1, le=250)] | None = Field(
        default=None, description="Addresses that a node holds at least, with warmIpTarget."
    )
    warm_ip_target: Annotated[int, Field(ge=0, le=250)] | None = Field(
        default=None, description="Free addresses that a node holds, with minimumIpTarget."
    )
    warm_eni_target: Annotated[int, Field(ge=0, le=15)] | None = Field(
        default=None, description="Free network interfaces that a node holds, without prefixes."
    )
    warm_prefix_target: Annotated[int, Field(ge=0, le=16)] | None = Field(
        default=None, description="Free prefixes that a node holds, with prefixes."
    )

    @property
    def cni_mode(self) -> CniMode:
        """The mode in the planner's terms."""
        return CniMode(
            prefix_delegation=self.mode == "prefix" or self.prefix_delegation,
            custom_networking=self.mode == "custom-networking",
        )

    @property
    def warm_targets(self) -> WarmTargets:
        """The targets that the stack names."""
        return WarmTargets(**{name: getattr(self, name) for name in _WARM_TARGETS})

    @field_validator("prefix_delegation")
    @classmethod
    def _check_prefix_delegation(cls, prefix_delegation: bool, info: ValidationInfo) -> bool:  # noqa: FBT001  pydantic's own form
        mode = info.data.get("mode", "custom-networking")
        if prefix_delegation and mode != "custom-networking":
            instead = "remove it" if mode == "prefix" else "remove it, or set mode prefix"
            raise mistake(f"has no effect with mode {mode}; {instead}")
        return prefix_delegation

    @field_validator("version")
    @classmethod
    def _check_version(cls, version: str | None) -> str | None:
        if version is not None and not _ADDON_VERSION.fullmatch(version):
            raise mistake(f"must be an add-on build such as v1.22.3-eksbuild.1, got {version!r}")
        return version

    @field_validator(*_WARM_TARGETS)
    @classmethod
    def _check_target(cls, target: int | None, info: ValidationInfo) -> int | None:
        known, field = info.data, str(info.field_name)
        earlier = _WARM_TARGETS[: _WARM_TARGETS.index(field)]
        if {"mode", "prefix_delegation", *earlier} <= known.keys():
            targets = WarmTargets(**{name: known[name] for name in earlier}, **{field: target})
            prefixes = known["mode"] == "prefix" or known["prefix_delegation"]
            found = ignored(targets, prefixes=prefixes, key=to_camel)
            refuse(((), message) for about, message in found if about == field)
        return target

    @model_validator(mode="after")
    def _check_starvation(self) -> Self:
        found = starvation(self.warm_targets, key=to_camel)
        refuse(((to_camel(field),), message) for field, message in found)
        return self
