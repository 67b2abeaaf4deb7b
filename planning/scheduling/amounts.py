"""What pods ask of nodes: places, CPU, memory and volumes."""

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Final, NamedTuple, Self


class Amounts(NamedTuple):
    """So much of everything that the scheduler counts.

    :param pods: how many pods.
    :param cpu: thousandths of a core.
    :param memory: MiB.
    :param volumes: volumes of EBS that are attached.
    """

    pods: int
    cpu: int
    memory: int
    volumes: int = 0

    def plus(self, other: Self) -> Self:
        """Returns both together."""
        return self._make(mine + theirs for mine, theirs in zip(self, other, strict=True))

    def minus(self, other: Self) -> Self:
        """Returns what is left; below 0 where there is too little."""
        return self._make(mine - theirs for mine, theirs in zip(self, other, strict=True))

    def times(self, count: int) -> Self:
        """Returns so many times as much."""
        return self._make(amount * count for amount in self)

    def holds(self, other: Self) -> bool:
        """Returns whether this is enough for the other."""
        return all(mine >= theirs for mine, theirs in zip(self, other, strict=True))

    def how_often(self, each: Self) -> int:
        """Returns how often this is enough for something that asks for one pod or more."""
        return max(
            0, min(mine // theirs for mine, theirs in zip(self, each, strict=True) if theirs)
        )

    @property
    def cpu_quantity(self) -> str:
        """The CPU in Kubernetes' words."""
        return f"{self.cpu}m"

    @property
    def memory_quantity(self) -> str:
        """The memory in Kubernetes' words."""
        return f"{self.memory}Mi"

    def text(self) -> tuple[str, str, str, str]:
        """Returns the four as a reader wants them."""
        return f"{self.pods:,}", f"{self.cpu:,}m", f"{self.memory:,} MiB", f"{self.volumes:,}"


NOTHING: Final = Amounts(0, 0, 0)
DIMENSIONS: Final = ("pods", "CPU", "memory", "volumes")


def pod(*, cpu: int, memory: int) -> Amounts:
    """Returns what one pod asks for: thousandths of a core, and MiB."""
    return Amounts(1, cpu, memory)


def total(amounts: Iterable[Amounts]) -> Amounts:
    """Returns all of them together."""
    return reduce(Amounts.plus, amounts, NOTHING)


def between(least: Amounts, most: Amounts) -> Sequence[str]:
    """Returns both ends of each amount, or one where they are the same."""
    return [
        low if low == high else f"{low.split(' ')[0]} to {high}"
        for low, high in zip(least.text(), most.text(), strict=True)
    ]
