"""How a stack file's error says that something is not known, and how to go on.

AWS knows its zones and instance types. An offline run knows what its data knows, and beyond that
claims nothing.
"""

from collections.abc import Sequence

from .files import recording_name
from .names import full_key
from .section import Cloud


def foreign_zone(zone: str, region: str) -> str | None:
    """Returns what is wrong with a zone that no account has in the region, or ``None``."""
    if zone[:-1] == region:
        return None
    return f"{zone!r} is not a zone of {region}: their names are {region} and a letter"


def unknown_zones(zones: Sequence[str], region: str, cloud: Cloud) -> str:
    """Returns what is wrong with zones of a stack that the cloud does not know."""
    listed, known = ", ".join(zones), ", ".join(cloud.zones) or "no zone"
    if cloud.source is None:
        return f"{listed}: not in this account, which has {known} in {region}"
    return (
        f"{listed}: not known to the offline data ({cloud.source}, which has {known} of {region}); "
        f"each account has zones of its own: {declaring('zones', region, cloud)}"
    )


def unknown_type(name: str, region: str, cloud: Cloud) -> str:
    """Returns what is wrong with an instance type that the cloud does not know."""
    if cloud.source is None:
        return f"{name!r} is not an instance type of {region}"
    way = declaring("instanceTypes", region, cloud)
    return f"{name!r} is not known to the offline data ({cloud.source}): {way}"


def not_offered(name: str, zones: Sequence[str], region: str, cloud: Cloud) -> str:
    """Returns what is wrong with an instance type that some zones do not offer."""
    listed = ", ".join(zones)
    if cloud.source is None:
        return f"{name!r} is not offered in {listed}"
    way = declaring("instanceTypes", region, cloud)
    return f"{name!r} is not known to be offered in {listed} ({cloud.source}): change it, or {way}"


def declaring(key: str, region: str, cloud: Cloud) -> str:
    """Returns how to make something known to an offline run.

    :param key: of the section ``offline``.
    """
    record = f"run `make record REGION={region}`"
    if cloud.source and cloud.source.startswith(recording_name(region)):
        return f"{record} again"
    return f"declare it in {full_key(['offline', key])}, or {record} once"
