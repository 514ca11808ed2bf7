"""The cache: copies of what the database holds, dropped by tag after a commit.

The in-process form is here. A Redis form follows the same rules: a value that was loaded while its tag
was invalidated is handed out but never kept, so no reader can store an old value over a newer one.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar, cast

ValueT = TypeVar("ValueT")


class CacheService(Protocol):
    """What a cache offers, whichever form it has."""

    def peek(self, key: str) -> object | None:
        """Return the value if it is in this process, without waiting."""
        ...

    async def get_or_load(
        self, key: str, load: Callable[[], Awaitable[ValueT]], *, tags: Iterable[str] = (), ttl: float = 300
    ) -> ValueT:
        """Return the cached value, or load it once for all who ask at the same time and keep it `ttl` seconds."""
        ...

    async def invalidate(self, *tags: str) -> None:
        """Forget every value that carries one of the tags; call it after commit."""
        ...

    def stats(self) -> CacheStats:
        """Return how the cache fares."""
        ...


@dataclass(slots=True)
class CacheStats:
    """Counts since the process started; `size` is the number of entries now."""

    hits: int = 0
    misses: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True)
class _Entry:
    value: object
    expires: float
    tags: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Load:
    task: asyncio.Task[Any]
    tags: frozenset[str]


class MemoryCache:
    """The in-process form: bounded, least recently used out first, one loader a key."""

    def __init__(self, *, max_entries: int = 20_000) -> None:
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._keys_of: defaultdict[str, set[str]] = defaultdict(set)
        self._generation: defaultdict[str, int] = defaultdict(int)
        self._loading: dict[str, _Load] = {}
        self._max_entries = max_entries
        self._stats = CacheStats()

    def peek(self, key: str) -> object | None:
        """Return the value if it is here and not expired, without waiting."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry.expires <= time.monotonic():
            self._forget(key)
            return None
        self._stats.hits += 1
        self._entries.move_to_end(key)
        return entry.value

    async def get_or_load(
        self, key: str, load: Callable[[], Awaitable[ValueT]], *, tags: Iterable[str] = (), ttl: float = 300
    ) -> ValueT:
        """Return the cached value, or load it once for all who ask at the same time and keep it `ttl` seconds."""
        value = self.peek(key)
        if value is not None:
            return cast("ValueT", value)
        self._stats.misses += 1
        loading = self._loading.get(key)
        if loading is None:
            about = frozenset(tags)
            loading = _Load(asyncio.ensure_future(self._load(key, load, about, ttl)), about)
            self._loading[key] = loading
            loading.task.add_done_callback(partial(self._loaded, key))
        # Shielded, so that one asker who gives up does not fail the others.
        return cast("ValueT", await asyncio.shield(loading.task))

    async def invalidate(self, *tags: str) -> None:
        """Forget every value that carries one of the tags."""
        for tag in tags:
            self._generation[tag] += 1
            for key in self._keys_of.pop(tag, set()):
                self._forget(key)
        # Whoever asks from now on must not be given what is being read from before.
        for key in [key for key, loading in self._loading.items() if not loading.tags.isdisjoint(tags)]:
            del self._loading[key]

    def stats(self) -> CacheStats:
        """Return how the cache fares."""
        return CacheStats(self._stats.hits, self._stats.misses, len(self._entries))

    async def _load(self, key: str, load: Callable[[], Awaitable[object]], tags: frozenset[str], ttl: float) -> object:
        before = {tag: self._generation[tag] for tag in tags}
        value = await load()
        if value is not None and all(self._generation[tag] == seen for tag, seen in before.items()):
            self._forget(key)
            self._entries[key] = _Entry(value, time.monotonic() + ttl, tags)
            for tag in tags:
                self._keys_of[tag].add(key)
            while len(self._entries) > self._max_entries:
                self._forget(next(iter(self._entries)))
        return value

    def _loaded(self, key: str, task: asyncio.Task[Any]) -> None:
        loading = self._loading.get(key)
        if loading is not None and loading.task is task:
            del self._loading[key]
        if not task.cancelled():
            task.exception()  # Whoever asked has it; nobody is told twice.

    def _forget(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is None:
            return
        for tag in entry.tags:
            keys = self._keys_of.get(tag)
            if keys is not None:
                keys.discard(key)
                if not keys:
                    del self._keys_of[tag]
