"""How a type of resource behaves that moto knows: moto refuses, and so do rules that it lacks."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from .behaviour import Behaviour
from .errors import CloudError
from .moto_account import identifiers, refusals

if TYPE_CHECKING:
    from .cloud import Cloud, Thing

# What a client takes for "try again": something else still uses the resource.
_IN_USE: Final = ("DependencyViolation", "DeleteConflict", "InUse")


def _nothing(_cloud: "Cloud", _thing: "Thing") -> None:
    """Does nothing."""


def _no_change(_cloud: "Cloud", _thing: "Thing", _inputs: Mapping[str, Any]) -> None:
    """Changes nothing in moto, which does not keep what can change."""


def _no_hindrance(_cloud: "Cloud", _thing: "Thing") -> str:
    return ""


class OfMoto(Behaviour):
    """A type whose requests moto answers.

    :param make: makes the resource in moto and returns the ID that moto gave it, or nothing where
        moto gives none.
    :param change: changes it to new inputs.
    :param remove: removes it.
    :param hindrance: returns why AWS refuses to delete it where moto does not; empty: it does not.
    :param patience: how many seconds a client tries to delete it again while it is in use.
    :param made: does what comes with a resource that is there, such as its network interfaces.
    :param gone: takes away what came with it.
    """

    def __init__(
        self,
        *,
        make: Callable[["Cloud", "Thing"], str | None],
        remove: Callable[["Cloud", "Thing"], Any],
        change: Callable[["Cloud", "Thing", Mapping[str, Any]], Any] = _no_change,
        hindrance: Callable[["Cloud", "Thing"], str] = _no_hindrance,
        patience: float = 0,
        made: Callable[["Cloud", "Thing"], None] = _nothing,
        gone: Callable[["Cloud", "Thing"], None] = _nothing,
    ) -> None:
        self._make = make
        self._remove = remove
        self._change = change
        self._hindrance = hindrance
        self._patience = patience
        self._made = made
        self._gone = gone

    async def before_create(self, cloud: "Cloud", thing: "Thing") -> None:
        """Makes it in moto, which refuses what AWS refuses, under the ID that it has here."""
        with refusals(), identifiers(thing.id.rpartition("-")[2]):
            identifier = self._make(cloud, thing)
        if identifier not in {None, thing.id}:
            message = f"{thing.token} {thing.name}: moto calls it {identifier}, not {thing.id}"
            raise AssertionError(message)
        self._made(cloud, thing)

    async def before_update(
        self, cloud: "Cloud", thing: "Thing", inputs: Mapping[str, Any]
    ) -> None:
        """Changes it in moto."""
        with refusals(), identifiers(thing.id.rpartition("-")[2]):
            self._change(cloud, thing, inputs)

    async def before_delete(self, cloud: "Cloud", thing: "Thing") -> None:
        """Removes it from moto, and tries again for as long as a client does while it is in use."""
        refusals_so_far: list[CloudError | None] = []

        def is_decided() -> bool:
            refusal = self._refusal(cloud, thing)
            refusals_so_far.append(refusal)
            return refusal is None or not _is_in_use(refusal)

        await cloud.wait_until(is_decided, self._patience)
        if last := refusals_so_far[-1]:
            raise last

    def _refusal(self, cloud: "Cloud", thing: "Thing") -> CloudError | None:
        """Tries to remove it and returns why that is refused, if it is."""
        if hindrance := self._hindrance(cloud, thing):
            return CloudError(hindrance)
        try:
            with refusals():
                self._remove(cloud, thing)
        except CloudError as error:
            # A client takes it for deleted then: an earlier try got as far as that.
            return None if is_missing(error) else error
        return None

    def after_delete(self, cloud: "Cloud", thing: "Thing") -> None:
        """Takes away what came with it."""
        self._gone(cloud, thing)


def _is_in_use(error: CloudError) -> bool:
    return any(word in str(error).partition(":")[0] for word in _IN_USE)


def is_missing(error: CloudError) -> bool:
    """Returns whether a refusal says that the resource is not there."""
    code = str(error).partition(":")[0]
    return any(word in code for word in ("NotFound", "NoSuchEntity"))
