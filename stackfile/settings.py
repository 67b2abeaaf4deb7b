"""What a stack wants: the only reader of Pulumi's configuration.

The sections are in ``stackfile/``. All mistakes of a stack file are found together, before the
first resource is registered, and end in one :class:`stackfile.messages.StackFileError`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env
from pydantic import Field, ValidationError, ValidationInfo, field_validator

from planning.scheduling import repels

from .agreement import (
    REPELLING_SCHEMA,
    not_offered,
    pod_block_mistakes,
    too_long_for_spot,
    unfit_for_cni,
    without_shared_storage,
)
from .infrastructure import ClusterSettings, NetworkSettings
from .messages import StackFileError, describe
from .names import (
    APP_NAME_SCHEMA,
    NODE_GROUP_NAME_SCHEMA,
    SAMPLE_APP,
    TAG_KEY_SCHEMA,
    TAG_VALUE_SCHEMA,
    WORDPRESS,
    AppName,
    NodeGroupName,
    tag_mistakes,
)
from .node_groups import NodeGroupSettings
from .placeholders import (
    DOCUMENTATION_ACCOUNT,
    is_documentation_arn,
    is_documentation_block,
    is_documentation_hostname,
)
from .section import Cloud, Section, cloud_of, mistake, refuse, whole
from .storage import NFS_SERVER, NfsSettings
from .vpc_cni import VpcCniSettings
from .workloads import (
    LoadBalancerControllerSettings,
    SampleAppSettings,
    WebAppSettings,
    WordpressSettings,
)

PROJECT: Final = "eks-platform"

_REGION: Final = re.compile(r"[a-z]{2,3}(-[a-z]+)+-\d")


class Settings(Section):
    """A whole stack file."""

    region: str = Field(
        description="The AWS region that all of the stack is in.",
        examples=["ap-northeast-2"],
        json_schema_extra=whole(_REGION),
    )
    network: NetworkSettings = Field(description="The VPC and its subnets.")
    cluster: ClusterSettings = Field(description="The EKS control plane and who may use it.")
    node_groups: dict[NodeGroupName, NodeGroupSettings] = Field(
        description="Managed node groups by name, at least one that takes every pod.",
        json_schema_extra={
            "minProperties": 1,
            "propertyNames": NODE_GROUP_NAME_SCHEMA,
            "not": {"additionalProperties": REPELLING_SCHEMA},
        },
    )
    vpc_cni: VpcCniSettings = Field(
        default_factory=VpcCniSettings, description="How pods get their addresses."
    )
    load_balancer_controller: LoadBalancerControllerSettings = Field(
        default_factory=LoadBalancerControllerSettings,
        description="The AWS Load Balancer Controller.",
    )
    nfs: NfsSettings | None = Field(default=None, description="Shared storage; absent: none.")
    sample_app: SampleAppSettings | None = Field(
        default=None, description="The sample application; absent: none."
    )
    wordpress: WordpressSettings | None = Field(
        default=None, description="WordPress with MySQL on shared storage; absent: none."
    )
    apps: dict[AppName, SampleAppSettings] = Field(
        default_factory=dict[str, SampleAppSettings],
        description="More applications with the settings of sampleApp, by name.",
        json_schema_extra={"propertyNames": APP_NAME_SCHEMA},
    )
    tags: dict[str, Annotated[str, Field(json_schema_extra=TAG_VALUE_SCHEMA)]] = Field(
        default_factory=dict[str, str],
        description="Carried by every AWS resource.",
        json_schema_extra={"propertyNames": TAG_KEY_SCHEMA},
    )

    @field_validator("region")
    @classmethod
    def _check_region(cls, region: str, info: ValidationInfo) -> str:
        cloud = cloud_of(info)
        if not _REGION.fullmatch(region) or (cloud and not cloud.zones):
            raise mistake(f"must be an AWS region such as ap-northeast-2, got {region!r}")
        return region

    @field_validator("node_groups")
    @classmethod
    def _check_node_groups(
        cls, groups: dict[str, NodeGroupSettings], info: ValidationInfo
    ) -> dict[str, NodeGroupSettings]:
        if not groups:
            raise mistake("needs at least one node group")
        if all(repels(group.taint_effects) for group in groups.values()):
            raise mistake(
                "needs a group without NO_SCHEDULE or NO_EXECUTE taints, or CoreDNS and the "
                "controllers find no node"
            )
        cloud, network = cloud_of(info), info.data.get("network")
        if cloud and network:
            refuse(
                ((name, *place), message)
                for name, group in groups.items()
                for place, message in not_offered(group, network.zones, cloud)
            )
        return groups

    @field_validator("vpc_cni")
    @classmethod
    def _check_vpc_cni(cls, vpc_cni: VpcCniSettings, info: ValidationInfo) -> VpcCniSettings:
        network, cloud = info.data.get("network"), cloud_of(info)
        if network:
            refuse(pod_block_mistakes(vpc_cni, network))
        groups: Mapping[str, NodeGroupSettings] = info.data.get("node_groups", {})
        if cloud:
            refuse(
                found
                for name, group in groups.items()
                for kind in map(cloud.instance_type, group.instance_types)
                if kind
                for found in unfit_for_cni(vpc_cni, name, kind)
            )
        return vpc_cni

    @field_validator("wordpress")
    @classmethod
    def _check_wordpress(
        cls, wordpress: WordpressSettings | None, info: ValidationInfo
    ) -> WordpressSettings | None:
        if wordpress:
            refuse(too_long_for_spot(wordpress, info))
            # Else what is wrong with nfs is said already.
            if "nfs" in info.data:
                refuse(without_shared_storage(wordpress, info.data["nfs"]))
        return wordpress

    @field_validator("sample_app")
    @classmethod
    def _check_sample_app(
        cls, app: SampleAppSettings | None, info: ValidationInfo
    ) -> SampleAppSettings | None:
        if app:
            refuse(too_long_for_spot(app, info))
        return app

    @field_validator("apps")
    @classmethod
    def _check_apps(
        cls, apps: dict[str, SampleAppSettings], info: ValidationInfo
    ) -> dict[str, SampleAppSettings]:
        refuse(
            ((name, *place), message)
            for name, app in apps.items()
            for place, message in too_long_for_spot(app, info)
        )
        nfs: NfsSettings | None = info.data.get("nfs")
        taken = {NFS_SERVER: "nfs"} if nfs and nfs.backend == "in-cluster" else {}
        if info.data.get("wordpress"):
            taken |= {WORDPRESS: "wordpress", f"{WORDPRESS}-mysql": "wordpress"}
        refuse(
            ((name,), f"must not be named so: the namespace is that of the section {taken[name]}")
            for name in sorted(apps.keys() & taken.keys())
        )
        return apps

    @property
    def all_apps(self) -> Mapping[str, SampleAppSettings]:
        """Every application by name, the sample application first."""
        return {**({SAMPLE_APP: self.sample_app} if self.sample_app else {}), **self.apps}

    @property
    def web_apps(self) -> Mapping[str, WebAppSettings]:
        """Whatever is behind a load balancer, by name."""
        return {**self.all_apps, **({WORDPRESS: self.wordpress} if self.wordpress else {})}

    @property
    def needs_volumes(self) -> bool:
        """Whether something of the stack keeps data on a volume of its own."""
        in_cluster = self.nfs is not None and self.nfs.backend == "in-cluster"
        return in_cluster or self.wordpress is not None

    @property
    def nfs_is_default(self) -> bool:
        """Whether claims that name no class get shared storage."""
        return self.nfs is not None and any(
            entry.default for entry in self.nfs.all_classes.values()
        )

    @property
    def has_default_class(self) -> bool:
        """Whether the stack brings the class of claims that name none."""
        return self.needs_volumes or self.nfs_is_default

    @field_validator("tags")
    @classmethod
    def _check_tags(cls, tags: dict[str, str]) -> dict[str, str]:
        refuse(((key,), text) for key in tags for text in tag_mistakes(key, tags[key]))
        return tags


def load_settings(cloud: Cloud) -> Settings:
    """Returns the settings of the running stack.

    :param cloud: asked only where the stack names a region to ask in.
    :raises StackFileError: with every mistake of the stack file.
    """
    sections, lines = _read_configuration()
    region = sections.get("region")
    askable = cloud if isinstance(region, str) and _REGION.fullmatch(region) else None
    try:
        settings = Settings.model_validate_json(json.dumps(sections), context=askable)
    except ValidationError as error:
        lines += describe(error.errors(include_url=False), PROJECT, Settings)
    else:
        if not lines:
            return settings
    raise StackFileError(stack_file(), lines)


def check_filled_in(settings: Settings, account_id: str) -> None:
    """Raises :class:`StackFileError` where a deployment would use a value made for documentation.

    The account of AWS's own examples is nobody's, so that a preview which claims to be in it cannot
    deploy and may use such values.
    """
    if account_id == DOCUMENTATION_ACCOUNT:
        return
    lines = [f"{PROJECT}:{key}: {message}" for key, message in _placeholders(settings)]
    if lines:
        raise StackFileError(stack_file(), lines)


def stack_file() -> str:
    """Returns the name of the running stack's file."""
    return f"Pulumi.{pulumi.get_stack()}.yaml"


def _placeholders(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yields key and message for each value that is reserved for documentation."""
    for index, block in enumerate(settings.cluster.public_access_cidrs):
        if is_documentation_block(block):
            key = f"cluster.publicAccessCidrs[{index}]"
            address = '"$(curl -s https://checkip.amazonaws.com)/32"'
            reason = f"{block} is reserved for documentation (RFC 5737), so that you would wait for"
            yield key, f"{reason} an API that never answers; set your own: {_set(key, address)}"
    for index, arn in enumerate(settings.cluster.admins):
        yield from _account_placeholder(f"cluster.admins[{index}]", arn)
    sections = {SAMPLE_APP: "sampleApp", WORDPRESS: "wordpress"}
    for name, app in settings.web_apps.items():
        section = f"apps.{name}" if name in settings.apps else sections[name]
        yield from _account_placeholder(f"{section}.certificateArn", app.certificate_arn)
        if app.hostname and is_documentation_hostname(app.hostname):
            key = f"{section}.hostname"
            yield key, f"{app.hostname} is reserved for documentation; set yours: {_set(key)}"


def _account_placeholder(key: str, arn: str | None) -> Iterator[tuple[str, str]]:
    if arn and is_documentation_arn(arn):
        yield key, f"{arn} is in the account of AWS's own examples; set yours: {_set(key)}"


def _set(key: str, value: str = "VALUE") -> str:
    return f"pulumi config set --path '{PROJECT}:{key}' {value}"


def _read_configuration() -> tuple[dict[str, Any], list[str]]:
    """Returns the sections by key, and what is wrong with the keys themselves."""
    configuration: Mapping[str, Any] = {**get_config_env(), **CONFIG.get()}
    sections: dict[str, Any] = {}
    lines: list[str] = []
    for key, text in sorted(configuration.items()):
        namespace, _, section = key.partition(":")
        if key == "aws:region":
            sections["region"] = text
        elif namespace == PROJECT and section == "region":
            lines.append(f"{key}: is not a known key; the region is aws:region")
        elif namespace == PROJECT:
            sections[section] = _parsed(text)
    return sections, lines


def _parsed(text: str) -> object:
    # Pulumi hands over objects as JSON and everything else as text.
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
