"""Properties that remember what was asked of them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

# Keys from the resource down; an item of a list adds none.
KeyPath = tuple[str, ...]


class RecordedMapping(Mapping[str, Any]):
    """A mapping that notes each key that is looked up, whether it is there or not."""

    def __init__(self, data: Mapping[str, Any], path: KeyPath, seen: set[KeyPath]) -> None:
        self._data, self._path, self._seen = data, path, seen

    def __getitem__(self, key: str) -> Any:
        path = (*self._path, key)
        self._seen.add(path)
        return recorded(self._data[key], path, self._seen)

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)


class RecordedSequence(Sequence[Any]):
    """A list that notes what is looked up in its items."""

    def __init__(self, data: Sequence[Any], path: KeyPath, seen: set[KeyPath]) -> None:
        self._data, self._path, self._seen = data, path, seen

    def __getitem__(self, index: Any) -> Any:
        return recorded(self._data[index], self._path, self._seen)

    def __len__(self) -> int:
        return len(self._data)


def recorded(value: Any, path: KeyPath, seen: set[KeyPath]) -> Any:
    """Returns the value with what is looked up in it noted."""
    if isinstance(value, Mapping):
        return RecordedMapping(value, path, seen)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return RecordedSequence(value, path, seen)
    return value
