"""Values that are reserved for documentation: a stack that still has one is not filled in."""

from ipaddress import IPv4Network
from typing import Final

# RFC 5737.
_BLOCKS: Final = tuple(map(IPv4Network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")))
# RFC 2606.
_DOMAINS: Final = (".example.com", ".example.net", ".example.org", ".example")
# The account that AWS's own examples use, as in
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html: nobody can deploy into it.
DOCUMENTATION_ACCOUNT: Final = "111122223333"


def is_documentation_block(block: IPv4Network) -> bool:
    """Returns whether all addresses of a block are reserved for documentation."""
    return any(block.subnet_of(reserved) for reserved in _BLOCKS)


def is_documentation_arn(arn: str) -> bool:
    """Returns whether an ARN is in the account of AWS's own examples."""
    return arn.split(":")[4] == DOCUMENTATION_ACCOUNT


def is_documentation_hostname(hostname: str) -> bool:
    """Returns whether a host name is reserved for documentation."""
    return f".{hostname}".endswith(_DOMAINS)
