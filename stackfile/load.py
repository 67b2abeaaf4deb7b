"""The settings of the running stack: the only reader of Pulumi's configuration.

All errors of a stack file are found together, before the first resource is registered.
"""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env
from pydantic import ValidationError

from .files import StackFileError
from .load_agreement import stack_fault
from .messages import describe
from .names import PROJECT, full_key, stack_name_fault
from .offline import OfflineSettings
from .placeholders import DOCUMENTATION_ACCOUNT, placeholders
from .section import Cloud
from .settings import Settings
from .types import REGION


def load_settings(cloud: Cloud) -> Settings:
    """Returns the settings of the running stack.

    :param cloud: asked only where the stack names a region to ask in.
    :raises StackFileError: with every error of the stack file.
    """
    sections, lines = _read_configuration()
    if not _names_cluster(sections) and (fault := stack_name_fault(pulumi.get_stack())):
        lines.append(fault)
    region = sections.get("region")
    askable = cloud if isinstance(region, str) and not REGION.explain(region) else None
    try:
        settings = Settings.model_validate_json(json.dumps(sections), context=askable)
    except ValidationError as error:
        lines += describe(error.errors(include_url=False), sections)
    else:
        if fault := stack_fault(settings.load, pulumi.get_stack()):
            lines.append(f"{full_key(['load', 'allowInProduction'])}: {fault}")
        if not lines:
            return settings
    raise StackFileError(stack_file(), lines)


def declared() -> OfflineSettings:
    """Returns what the running stack declares for offline runs; of an invalid section, nothing.

    What is wrong with the section, :func:`load_settings` says.
    """
    sections, _ = _read_configuration()
    try:
        return OfflineSettings.model_validate_json(json.dumps(sections.get("offline", {})))
    except ValidationError:
        return OfflineSettings()


def check_filled_in(settings: Settings, account_id: str) -> None:
    """Raises :class:`StackFileError` where a deployment would use what is not the account's.

    The account of AWS's own examples is nobody's, so that a preview which claims to be in it cannot
    deploy and may use such values.
    """
    lines = sorted(placeholders(settings))
    boundary = settings.permissions_boundary
    if boundary and boundary.split(":")[4] not in {"aws", account_id, DOCUMENTATION_ACCOUNT}:
        key = full_key(["permissionsBoundary"])
        lines.append(
            f"{key}: must be a policy of the account {account_id} or AWS's, got {boundary!r}"
        )
    if lines and account_id != DOCUMENTATION_ACCOUNT:
        raise StackFileError(stack_file(), lines)


def stack_file() -> str:
    """Returns the name of the running stack's file."""
    return f"Pulumi.{pulumi.get_stack()}.yaml"


def _names_cluster(sections: Mapping[str, Any]) -> bool:
    cluster = sections.get("cluster")
    return isinstance(cluster, Mapping) and cluster.get("name") is not None


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
