"""A create in the simulated AWS, and what every creator of resources makes of it.

IDs are derived from the URN, so that the same program gives the same graph. A real ID is as
unpredictable as it is meaningless; nothing may depend on one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .simulated import Creation, auto_name, digest


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A create, with the account and region that it is made in."""

    urn: str
    inputs: Mapping[str, Any]
    region: str
    partition: str
    account_id: str

    def id(self, prefix: str) -> str:
        """Returns an ID in EC2's form, such as ``vpc-`` and 17 digits."""
        return f"{prefix}-{digest(self.urn, 17)}"

    def arn(self, service: str, resource: str, *, is_global: bool = False) -> str:
        """Returns the ARN of a resource of this account."""
        region = "" if is_global else self.region
        return f"arn:{self.partition}:{service}:{region}:{self.account_id}:{resource}"

    @property
    def name(self) -> str:
        """The given name, or the one that Pulumi makes."""
        return str(self.inputs.get("name") or auto_name(self.urn))


Creator = Callable[[Request], Creation]
