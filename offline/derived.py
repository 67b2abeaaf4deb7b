"""IDs and shares that derive from a text: nothing here is drawn at random.

The same program gives the same graph that way. A real ID is as unpredictable as it is meaningless;
nothing may depend on one.
"""

from hashlib import sha256


def digest(seed: str, length: int) -> str:
    """Returns that many hexadecimal digits, at most 64, which are always the same for a seed."""
    return sha256(seed.encode()).hexdigest()[:length]


def share(seed: str) -> float:
    """Returns a number from 0 to 1 that is always the same for a seed."""
    return int(digest(seed, 16), 16) / 2**64
