"""The section about nodes."""

from typing import Annotated, Final, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic.alias_generators import to_camel

from planning.instance_types import ami_type

from .section import (
    LABEL_KEY,
    LABEL_VALUE,
    Section,
    cloud_of,
    label_mistakes,
    mistake,
    refuse,
    repeated,
    whole,
)

# EKS's quota of nodes in a managed node group
# (https://docs.aws.amazon.com/eks/latest/userguide/service-quotas.html).
_MOST_NODES: Final = 450


class TaintSettings(Section):
    """An entry of ``taints``."""

    key: str = Field(
        description="The taint's key, of the form of a label's.",
        examples=["workload"],
        json_schema_extra=whole(LABEL_KEY),
    )
    value: str = Field(
        default="", description="The taint's value.", json_schema_extra=whole(LABEL_VALUE)
    )
    effect: Literal["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"] = Field(
        description="What happens to pods that do not tolerate the taint, in EKS's words.",
        examples=["NO_SCHEDULE"],
    )

    @field_validator("value")
    @classmethod
    def _check_label(cls, value: str, info: ValidationInfo) -> str:
        refuse(((), message) for message in label_mistakes(info.data.get("key", "key"), value))
        return value


class NodeGroupSettings(Section):
    """An entry of ``nodeGroups``: managed nodes of one kind."""

    instance_types: tuple[str, ...] = Field(
        description="EC2 instance types of one processor architecture.",
        examples=[("m6i.large",)],
        json_schema_extra={"minItems": 1, "uniqueItems": True},
    )
    min_size: Annotated[int, Field(ge=0, le=_MOST_NODES)] = Field(
        description="The fewest nodes that an autoscaler may leave.", examples=[2]
    )
    desired_size: Annotated[int, Field(ge=0, le=_MOST_NODES)] = Field(
        description="How many nodes to create; what an autoscaler changes later is left alone.",
        examples=[2],
    )
    max_size: Annotated[int, Field(ge=1, le=_MOST_NODES)] = Field(
        description="The most nodes that an autoscaler may make.", examples=[4]
    )
    capacity_type: Literal["ON_DEMAND", "SPOT"] = Field(
        default="ON_DEMAND", description="How the instances are bought."
    )
    disk_gib: Annotated[int, Field(ge=20, le=16384)] = Field(
        default=30, alias="diskGiB", description="Size of the root volume, encrypted gp3."
    )
    max_unavailable: Annotated[int, Field(ge=1, le=100)] = Field(
        default=1, description="How many nodes an update may replace at a time."
    )
    labels: dict[str, Annotated[str, Field(json_schema_extra=whole(LABEL_VALUE))]] = Field(
        default_factory=dict[str, str],
        description="Kubernetes labels of the nodes.",
        json_schema_extra={"propertyNames": whole(LABEL_KEY)},
    )
    taints: tuple[TaintSettings, ...] = Field(
        default=(), description="Taints of the nodes, which keep other pods away."
    )

    @property
    def taint_effects(self) -> set[str]:
        """The effects of its taints."""
        return {taint.effect for taint in self.taints}

    @field_validator("instance_types")
    @classmethod
    def _check_instance_types(cls, names: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if not names:
            raise mistake("needs at least one instance type, such as t3.medium")
        if twice := repeated(names):
            raise mistake(f"names {', '.join(twice)} more than once")
        if (cloud := cloud_of(info)) is None:
            return names
        kinds = [cloud.instance_type(name) for name in names]
        refuse(
            ((index,), f"{names[index]!r} is not an instance type of the region")
            for index, kind in enumerate(kinds)
            if kind is None
        )
        try:
            ami_type([kind for kind in kinds if kind])
        except ValueError as error:
            raise mistake(str(error)) from None
        return names

    @field_validator("desired_size")
    @classmethod
    def _check_desired(cls, desired: int, info: ValidationInfo) -> int:
        return _at_least("min_size", desired, info)

    @field_validator("max_size")
    @classmethod
    def _check_max(cls, maximum: int, info: ValidationInfo) -> int:
        return _at_least("min_size", _at_least("desired_size", maximum, info), info)

    @field_validator("labels")
    @classmethod
    def _check_labels(cls, labels: dict[str, str]) -> dict[str, str]:
        refuse(
            ((key,), message)
            for key, value in labels.items()
            for message in label_mistakes(key, value)
        )
        return labels


def _at_least(field: str, value: int, info: ValidationInfo) -> int:
    least = info.data.get(field)
    if least is not None and value < least:
        raise mistake(f"{value} is below {to_camel(field)} {least}")
    return value
