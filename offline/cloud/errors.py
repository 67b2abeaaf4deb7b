"""What a cloud answers when it does not do what it is asked for."""

from collections.abc import Mapping
from typing import Any


class CloudError(Exception):
    """A request that the cloud refuses; nothing has changed."""


class IncompleteError(Exception):
    """A resource that is there and not as it should be, such as a node group without ready nodes.

    The provider keeps it in the state with this error, and the next update tries again.

    :param id: the resource's ID.
    :param properties: its properties as they are.
    """

    def __init__(self, reason: str, identifier: str, properties: Mapping[str, Any]) -> None:
        super().__init__(reason)
        self.reason = reason
        self.identifier = identifier
        self.properties = properties
