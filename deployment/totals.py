"""How many resources a stack has, by package."""

from collections import Counter
from collections.abc import Iterable
from typing import Protocol


class Counted(Protocol):
    """A resource as far as it is counted."""

    @property
    def type(self) -> str:
        """The type, which begins with the package."""
        ...

    @property
    def custom(self) -> bool:
        """Whether a provider makes it; components are none."""
        ...


def package_counts(resources: Iterable[Counted]) -> Counter[str]:
    """Returns the number of resources of each package, without Pulumi's own."""
    return Counter(
        resource.type.split(":")[0]
        for resource in resources
        if resource.custom and not resource.type.startswith("pulumi:")
    )


def as_text(counts: Counter[str]) -> str:
    """Returns the packages and their numbers, in the order of their names."""
    return ", ".join(f"{count} {package}" for package, count in sorted(counts.items()))
