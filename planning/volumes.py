"""What EBS takes of a volume: size, operations a second and throughput, which hang together."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVolume.html
VOLUME_GIB: Final[Mapping[str, range]] = MappingProxyType(
    {
        "gp2": range(1, 16385),
        "gp3": range(1, 65537),
        "io1": range(4, 16385),
        "io2": range(4, 65537),
        "st1": range(125, 16385),
        "sc1": range(125, 16385),
        "standard": range(1, 1025),
    }
)
# Operations a second of the types that take a number, and how many for each GiB
# (https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html,
# https://docs.aws.amazon.com/ebs/latest/userguide/provisioned-iops.html).
IOPS: Final[Mapping[str, range]] = MappingProxyType(
    {"gp3": range(3000, 80_001), "io1": range(100, 64_001), "io2": range(100, 256_001)}
)
_IOPS_PER_GIB: Final[Mapping[str, int]] = MappingProxyType({"gp3": 500, "io1": 50, "io2": 1000})
# MiB a second, of gp3 alone, and one for each four operations (the first of those pages).
GP3_THROUGHPUT: Final = range(125, 2001)
_IOPS_PER_MIB: Final = 4


def volume_faults(
    kind: str, gib: int, iops: int | None = None, throughput: int | None = None
) -> Iterator[tuple[str, str]]:
    """Yields what EBS refuses of a volume: ``size``, ``iops`` or ``throughput``, and why.

    :param kind: its type, such as ``gp3``; of one that is not known nothing is said.
    :param iops: operations a second.
    :param throughput: in MiB/s.
    """
    if kind not in VOLUME_GIB:
        return
    faults = {
        "size": None if gib in (of := VOLUME_GIB[kind]) else f"must be {_span(of)}, got {gib}",
        "iops": _iops_fault(kind, gib, iops),
        "throughput": _throughput_fault(kind, iops, throughput),
    }
    yield from ((part, fault) for part, fault in faults.items() if fault)


def _iops_fault(kind: str, gib: int, iops: int | None) -> str | None:
    allowed = IOPS.get(kind)
    if allowed is None:
        alone = f"is for {', '.join(IOPS)} alone, and the volume is {kind}, got {iops}"
        return None if iops is None else alone
    if iops is None:
        return None if kind == "gp3" else f"is needed for {kind}: {_span(allowed)}"
    if iops not in allowed:
        return f"must be {_span(allowed)} for {kind}, got {iops}"
    most = max(_IOPS_PER_GIB[kind] * gib, allowed.start)
    if iops > most:
        return f"must be at most {most} ({_IOPS_PER_GIB[kind]} for each of {gib} GiB), got {iops}"
    return None


def _throughput_fault(kind: str, iops: int | None, throughput: int | None) -> str | None:
    if throughput is None:
        return None
    if kind != "gp3":
        return f"is for gp3 alone, and the volume is {kind}, got {throughput}"
    if throughput not in GP3_THROUGHPUT:
        return f"must be {_span(GP3_THROUGHPUT)} MiB/s, got {throughput}"
    operations = iops or IOPS[kind].start
    if throughput * _IOPS_PER_MIB > operations:
        most = operations // _IOPS_PER_MIB
        each = f"1 for each {_IOPS_PER_MIB} of {operations} operations"
        return f"must be at most {most} MiB/s ({each}), got {throughput}"
    return None


def _span(numbers: range) -> str:
    return f"{numbers.start} to {numbers.stop - 1}"
