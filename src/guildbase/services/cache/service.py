"""What a cache offers, whichever form it has, and how it fares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, TypeVar

ValueT = TypeVar("ValueT")


class Codec(Protocol[ValueT]):
    """How values of one type travel to other processes."""

    @property
    def version(self) -> str:
        """A word that another shape of the type does not have, so that a deploy does not read old shapes."""
        ...

    def encode(self, value: ValueT) -> bytes:
        """Return the value as bytes."""
        ...

    def decode(self, data: bytes) -> ValueT:
        """Return the value; raise ValueError if the bytes hold none."""
        ...


class CacheService(Protocol):
    """Hands out copies, and never an old one after it was told of a change.

    A key is a kind and what it is about, as `guild:42`. Values are shared by all who ask, so they are immutable.
    """

    def peek(self, key: str) -> object | None:
        """Return the value if it is in this process, without waiting."""
        ...

    def view(self, kind: str) -> Mapping[int, Any]:
        """Return what is in this process of the kind by the number in its key; kept in step, for the hottest reads."""
        ...

    async def get_or_load(
        self,
        key: str,
        load: Callable[[], Awaitable[ValueT]],
        *,
        tags: tuple[str, ...] = (),
        ttl: float = 300,
        codec: Codec[ValueT] | None = None,
    ) -> ValueT:
        """Return the copy, or load it once for all who ask at the same time and keep it `ttl` seconds.

        With a codec other processes share it. None is kept, too, but for a few seconds only.
        """
        ...

    async def fill(
        self, tags: Mapping[str, tuple[str, ...]], load: Callable[[], Awaitable[Mapping[str, object]]], *, ttl: float
    ) -> None:
        """Load many values at once, by key, and keep them in this process; `tags` has each key's own."""
        ...

    async def invalidate(self, *tags: str) -> None:
        """Forget every value that carries one of the tags; call it after the commit. It never fails."""
        ...

    def changing(self, *tags: str) -> AbstractAsyncContextManager[None]:
        """Invalidate the tags when the block ends, whichever way; put it around the transaction.

        A process that is killed between its commit and the end of the block leaves old copies for seconds only.
        """
        ...

    def stats(self) -> CacheStats:
        """Return how the cache fares."""
        ...


class Outcome(StrEnum):
    """Where the answer to a request came from."""

    HIT = "hit"
    """This process."""
    SHARED = "shared"
    """The copy that all processes share."""
    MISS = "miss"
    """The database."""
    JOINED = "joined"
    """A load that another asker had begun."""


@dataclass(slots=True)
class CacheStats:
    """Counts since the process started; `size` is the number of values in it now."""

    requests: Counter[tuple[str, Outcome]] = field(default_factory=Counter)
    """By kind and outcome; reads of a view are not counted."""
    invalidations: int = 0
    """Tags that were invalidated here or elsewhere."""
    races: int = 0
    """Values that were handed out but not kept, because they changed while they were being read."""
    unsent: int = 0
    """Tags whose invalidation the other processes are still to be told of."""
    size: int = 0

    @property
    def hits(self) -> int:
        """Answers without the database."""
        return self._count(Outcome.HIT) + self._count(Outcome.SHARED)

    @property
    def misses(self) -> int:
        """Loads from the database."""
        return self._count(Outcome.MISS)

    def _count(self, wanted: Outcome) -> int:
        return sum(count for (_, outcome), count in self.requests.items() if outcome is wanted)


def kind_of(key: str) -> str:
    """Return the kind of what the key names."""
    return key.partition(":")[0]
