"""How a type of resource behaves that moto knows: moto refuses, and so do rules that it lacks."""

from collections.abc import Callable, Iterable
from typing import Final, Generic, TypeVar

from .behaviour import Behaviour, Inputs
from .cloud import Cloud, Thing
from .errors import CloudError
from .moto_account import identifiers, refusals
from .network import remove_interfaces, set_interfaces

# What a client takes for "try again": something else still uses the resource.
_IN_USE: Final = ("DependencyViolation", "DeleteConflict", "InUse")

# What the requests about a type go to: a service of moto, or a part of one.
S = TypeVar("S")


class OfMoto(Behaviour, Generic[S]):
    """A type whose requests moto answers.

    :param service: returns what the requests about a resource go to.
    :param make: makes the resource from its inputs and returns what moto answers.
    :param called: where that has the ID that moto gave; empty: it is the ID itself, or has none.
    :param change: changes it to new inputs; by default moto does not keep what can change.
    :param remove: removes it.
    :param users: returns what AWS does not delete it for, where moto does not know that.
    :param in_use: what AWS says then, with the ``thing`` and its first ``user`` to be filled in.
    :param patience: how many seconds a client tries to delete it again while it is in use.
    :param stands_in: returns the subnets in which it has network interfaces, from its inputs.
    :param is_public: whether those have public addresses.
    :param gone: does what a deletion brings with it.
    """

    def __init__(
        self,
        service: Callable[[Cloud, Thing], S],
        *,
        make: Callable[[S, Thing, Inputs], object],
        called: str = "id",
        remove: Callable[[S, Thing], object],
        change: Callable[[S, Thing, Inputs], object] = lambda *_: None,
        users: Callable[[Cloud, Thing], Iterable[Thing]] = lambda *_: (),
        in_use: str = "",
        patience: float = 0,
        stands_in: Callable[[Inputs], Iterable[str]] = lambda _: (),
        is_public: bool = False,
        gone: Callable[[Cloud, Thing], object] = lambda *_: None,
    ) -> None:
        self._service, self._make, self._called = service, make, called
        self._change, self._remove = change, remove
        self._users, self._in_use, self._patience = users, in_use, patience
        self._stands_in, self._is_public, self._gone = stands_in, is_public, gone

    async def before_create(self, cloud: Cloud, thing: Thing) -> None:
        """Makes it in moto, which refuses what AWS refuses, under the ID that it has here."""
        with refusals(), identifiers(thing.id.rpartition("-")[2]):
            made = self._make(self._service(cloud, thing), thing, thing.inputs)
        identifier = getattr(made, self._called) if self._called else made
        if isinstance(identifier, str) and identifier != thing.id:
            raise AssertionError(
                f"{thing.token} {thing.name}: moto calls it {identifier}, not {thing.id}"
            )
        self._place(cloud, thing, thing.inputs)

    async def before_update(self, cloud: Cloud, thing: Thing, inputs: Inputs) -> None:
        """Changes it in moto."""
        with refusals(), identifiers(thing.id.rpartition("-")[2]):
            self._change(self._service(cloud, thing), thing, inputs)
        self._place(cloud, thing, inputs)

    async def before_delete(self, cloud: Cloud, thing: Thing) -> None:
        """Removes it from moto, and tries again for as long as a client does while it is in use."""
        refusal: CloudError | None = None

        def is_decided() -> bool:
            nonlocal refusal
            refusal = self._refusal(cloud, thing)
            return refusal is None or not _says(refusal, *_IN_USE)

        await cloud.wait_until(is_decided, self._patience)
        if refusal:
            raise refusal

    def after_delete(self, cloud: Cloud, thing: Thing) -> None:
        """Takes its network interfaces away."""
        remove_interfaces(cloud, thing.id)
        self._gone(cloud, thing)

    def _refusal(self, cloud: Cloud, thing: Thing) -> CloudError | None:
        """Tries to remove it and returns why that is refused, if it is."""
        if user := next(iter(self._users(cloud, thing)), None):
            return CloudError(self._in_use.format(thing=thing, user=user))
        try:
            with refusals():
                self._remove(self._service(cloud, thing), thing)
        except CloudError as error:
            # A client takes it for deleted then: an earlier try got as far as that.
            return None if _says(error, "NotFound", "NoSuchEntity") else error
        return None

    def _place(self, cloud: Cloud, thing: Thing, inputs: Inputs) -> None:
        if subnets := self._stands_in(inputs):
            groups = inputs.get("securityGroupIds") or inputs.get("securityGroups") or []
            set_interfaces(cloud, thing.id, subnets, groups, is_public=self._is_public)


def _says(refusal: CloudError, *codes: str) -> bool:
    """Returns whether one of these is part of a refusal's code."""
    return any(code in str(refusal).partition(":")[0] for code in codes)
