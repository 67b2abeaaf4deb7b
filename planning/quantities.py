"""Kubernetes' quantities: amounts of CPU and memory as texts.

https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ has the format.
"""

import re
from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Final

_SUFFIXES: Final[Mapping[str, Fraction]] = MappingProxyType(
    {
        "": Fraction(1),
        "m": Fraction(1, 1000),
        **{name: Fraction(1000**power) for power, name in enumerate("kMGTP", start=1)},
        **{f"{name}i": Fraction(1024**power) for power, name in enumerate("KMGTP", start=1)},
    }
)
_NUMBER: Final = r"([0-9]{1,15}(\.[0-9]{0,9})?|\.[0-9]{1,9})"
# Above 0; without E and Ei, which nobody has.
PATTERN: Final = rf"(?=[0-9.]*[1-9]){_NUMBER}(m|[kMGTP]|[KMGTP]i|[eE][+-]?1?[0-9])?"
_QUANTITY: Final = re.compile(rf"(?P<number>{_NUMBER})(?P<suffix>.*)", re.ASCII)
_MEBIBYTE: Final = 1024**2


def amount(quantity: str) -> Fraction:
    """Returns a quantity that matches :data:`PATTERN`, in cores or bytes."""
    found = _QUANTITY.fullmatch(quantity)
    if found is None:
        raise ValueError(f"{quantity!r} is no quantity")
    number, suffix = Fraction(found["number"]), found["suffix"]
    if suffix in _SUFFIXES:
        return number * _SUFFIXES[suffix]
    return number * Fraction(f"1{suffix}")


def millicores(quantity: str) -> int:
    """Returns a CPU quantity such as ``200m`` or ``0.5`` in thousandths of a core."""
    return int(amount(quantity) * 1000)


def mebibytes(quantity: str) -> int:
    """Returns a memory quantity such as ``64Mi`` or ``1G`` in MiB, what is begun as whole."""
    return -int(-amount(quantity) // _MEBIBYTE)


def cpu_fault(quantity: str) -> str | None:
    """Returns why Kubernetes does not take CPU time of this quantity, or ``None``."""
    if (amount(quantity) * 1000).denominator == 1:
        return None
    return f"must not be finer than 1m, a thousandth of a core, got {quantity!r}"


def memory_fault(quantity: str) -> str | None:
    """Returns why no container runs with memory of this quantity, or ``None``.

    Kubernetes takes a suffix ``m`` for thousandths of a byte, and a number without one for bytes.
    """
    if amount(quantity) >= _MEBIBYTE and amount(quantity).denominator == 1:
        return None
    return f"must be 1Mi or more, in whole bytes (64Mi, and not 64m or 64), got {quantity!r}"
