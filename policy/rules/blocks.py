"""Address blocks."""

from ipaddress import ip_network


def is_everybody(block: str) -> bool:
    """Returns whether a block is so wide that it keeps nobody out; half of the internet counts."""
    try:
        return ip_network(block, strict=False).prefixlen <= 1
    except ValueError:
        # A prefix list or a name, whose addresses cannot be seen.
        return False
