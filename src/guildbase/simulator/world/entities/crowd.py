"""A mapping that holds a million people without an object for each: most of them nobody ever looks at."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import ItemsView, Iterator, MutableMapping, ValuesView
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Generic, TypeVar

STEP = 1 << 22
"""What lies between two ids of a crowd: a millisecond."""

Kept = TypeVar("Kept")


@dataclass(slots=True)
class Crowd(MutableMapping[int, Kept], Generic[Kept]):
    """Entities by id: those that are stored, and a crowd of ids whose entities are made when they are asked for.

    Asking by id stores the entity, so that a change to it lasts. Going through all of them does not: what
    comes from `values` or `items` is to be read only.
    """

    crowd: range = range(0)
    stored: dict[int, Kept] = field(default_factory=dict)
    left: set[int] = field(default_factory=set)
    """The ids of the crowd that are stored by now, or gone."""

    @abstractmethod
    def make(self, one_id: int) -> Kept:
        """Return the entity of a crowd's id as it was in the beginning."""

    def __contains__(self, one_id: object) -> bool:
        """Tell whether it exists, stored or not."""
        return one_id in self.stored or self._is_in_crowd(one_id)

    def __getitem__(self, one_id: int) -> Kept:
        """Return the entity, from now on stored."""
        found = self.stored.get(one_id)
        if found is None:
            if not self._is_in_crowd(one_id):
                raise KeyError(one_id)
            found = self.stored[one_id] = self.make(one_id)
            self.left.add(one_id)
        return found

    def __setitem__(self, one_id: int, one: Kept) -> None:
        """Store the entity."""
        self.stored[one_id] = one
        if one_id in self.crowd:
            self.left.add(one_id)

    def __delitem__(self, one_id: int) -> None:
        """Remove the entity, stored or not."""
        if self._is_in_crowd(one_id):
            self.left.add(one_id)
        else:
            del self.stored[one_id]

    def __len__(self) -> int:
        """Return how many there are, stored or not."""
        return len(self.stored) + len(self.crowd) - len(self.left)

    def __iter__(self) -> Iterator[int]:
        """Yield the stored ids, then those of the crowd."""
        return chain(self.stored, self._unseen(self.crowd))

    def values(self) -> ValuesView[Kept]:
        """Return all entities, for reading only."""
        return _Values(self)

    def items(self) -> ItemsView[int, Kept]:
        """Return all ids with their entities, for reading only."""
        return _Items(self)

    def peek(self, one_id: int) -> Kept:
        """Return the entity for reading only, without storing it."""
        found = self.stored.get(one_id)
        if found is None:
            if not self._is_in_crowd(one_id):
                raise KeyError(one_id)
            found = self.make(one_id)
        return found

    def after(self, one_id: int, limit: int) -> list[Kept]:
        """Return up to `limit` entities with greater ids, in their order, for reading only."""
        crowd = self.crowd
        # Of the ids in a range those above a number need not be searched for.
        skipped = max(0, (one_id - crowd.start) // crowd.step + 1) if crowd else 0
        wanted = self._unseen(crowd[skipped:])
        nearest = islice(wanted, limit)
        ids = sorted([*(it for it in self.stored if it > one_id), *nearest])[:limit]
        return [self.peek(it) for it in ids]

    def unseen(self, places: range) -> Iterator[Kept]:
        """Yield the entities at these places of the crowd that are not stored, for reading only."""
        return map(self.make, self._unseen(self.crowd[places.start : places.stop]))

    def _unseen(self, crowd: range) -> Iterator[int]:
        return (it for it in crowd if it not in self.left) if self.left else iter(crowd)

    def _is_in_crowd(self, one_id: object) -> bool:
        return one_id in self.crowd and one_id not in self.left


class _Values(ValuesView[Kept]):
    def __init__(self, crowd: Crowd[Kept]) -> None:
        super().__init__(crowd)
        self._crowd = crowd

    def __iter__(self) -> Iterator[Kept]:
        return chain(self._crowd.stored.values(), self._crowd.unseen(range(len(self._crowd.crowd))))


class _Items(ItemsView[int, Kept]):
    def __init__(self, crowd: Crowd[Kept]) -> None:
        super().__init__(crowd)
        self._crowd = crowd

    def __iter__(self) -> Iterator[tuple[int, Kept]]:
        return ((it, self._crowd.peek(it)) for it in self._crowd)
