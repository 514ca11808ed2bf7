"""The in-process form: one load a key at a time, and what changed while it was being read is not kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from types import TracebackType
from typing import Any, TypeVar, cast

from guildbase.services.cache.local import LocalStore
from guildbase.services.cache.service import CacheStats, Codec, Outcome, kind_of

ValueT = TypeVar("ValueT")

NOTHING_TTL = 10.0
"""Seconds for which a loader's None is kept at most: what does not exist is often about to."""


@dataclass(slots=True, eq=False)
class Load:
    """One read of the source, from its beginning to its end."""

    tags: frozenset[str]
    changed: set[str] = field(default_factory=set)
    """The tags that were invalidated since it began; what carries them may be old."""
    task: asyncio.Task[Any] | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for, and how to get it."""

    key: str
    load: Callable[[], Awaitable[Any]]
    tags: tuple[str, ...]
    ttl: float
    codec: Codec[Any] | None


class MemoryCache:
    """Bounded, least recently used out first."""

    def __init__(self, *, max_entries: int = 20_000) -> None:
        self._local = LocalStore(max_entries)
        self._loading: dict[str, Load] = {}
        self._filling: set[Load] = set()
        self._stats = CacheStats()

    def peek(self, key: str) -> object | None:
        """Return the value if it is in this process, without waiting."""
        entry = self._local.get(key)
        if entry is None:
            return None
        self._count(key, Outcome.HIT)
        return cast("object", entry.value)

    def view(self, kind: str) -> Mapping[int, Any]:
        """Return what is in this process of the kind by the number in its key; kept in step, for the hottest reads."""
        return self._local.view(kind)

    async def get_or_load(
        self,
        key: str,
        load: Callable[[], Awaitable[ValueT]],
        *,
        tags: tuple[str, ...] = (),
        ttl: float = 300,
        codec: Codec[ValueT] | None = None,
    ) -> ValueT:
        """Return the copy, or load it once for all who ask at the same time and keep it `ttl` seconds."""
        entry = self._local.get(key)
        if entry is not None:
            self._count(key, Outcome.HIT)
            return cast("ValueT", entry.value)
        loading = self._loading.get(key)
        if loading is None:
            loading = self._loading[key] = Load(frozenset(tags))
            loading.task = asyncio.ensure_future(self._fetch(Wish(key, load, tags, ttl, codec), loading))
            loading.task.add_done_callback(partial(self._loaded, key, loading))
        else:
            self._count(key, Outcome.JOINED)
        # Shielded, so that one asker who gives up does not fail the others.
        return cast("ValueT", await asyncio.shield(cast("asyncio.Task[Any]", loading.task)))

    async def fill(
        self, tags: Mapping[str, tuple[str, ...]], load: Callable[[], Awaitable[Mapping[str, object]]], *, ttl: float
    ) -> None:
        """Load many values at once, by key, and keep them in this process; `tags` has each key's own."""
        loading = Load(frozenset(tag for some in tags.values() for tag in some))
        self._filling.add(loading)
        try:
            found = await load()
        finally:
            self._filling.discard(loading)
        for key, value in found.items():
            self._keep(key, value, tags[key], ttl, loading)

    async def invalidate(self, *tags: str) -> None:
        """Forget every value that carries one of the tags."""
        self._forget(tags)

    def changing(self, *tags: str) -> AbstractAsyncContextManager[None]:
        """Invalidate the tags when the block ends, whichever way; put it around the transaction."""
        return _Change(self, tags)

    def stats(self) -> CacheStats:
        """Return how the cache fares."""
        return replace(self._stats, requests=self._stats.requests.copy(), size=len(self._local))

    async def announce(self, _tags: tuple[str, ...]) -> bool:
        """Tell the other processes that the tags are about to change, if there are any; return whether they know."""
        return False

    async def settle(self, tags: tuple[str, ...], *, was_announced: bool) -> None:
        """Invalidate the tags of a change that was announced, or was not."""
        await self.invalidate(*tags)

    async def _fetch(self, wish: Wish, loading: Load) -> Any:
        self._count(wish.key, Outcome.MISS)
        value = await wish.load()
        self._keep(wish.key, value, wish.tags, wish.ttl, loading)
        return value

    def _keep(self, key: str, value: object, tags: tuple[str, ...], ttl: float, loading: Load) -> bool:
        """Keep the value in this process, unless it changed since the load began."""
        if not loading.changed.isdisjoint(tags):
            self._stats.races += 1
            return False
        self._local.put(key, value, tags, ttl if value is not None else min(ttl, NOTHING_TTL))
        return True

    def _forget(self, tags: Iterable[str]) -> None:
        about = frozenset(tags)
        self._stats.invalidations += len(about)
        self._local.forget_tags(about)
        self._outdate(about)

    def _outdate(self, tags: frozenset[str] | None = None) -> None:
        """Keep nothing of what is being read now and carries one of the tags; without tags, of all of it."""
        for loading in self._filling:
            loading.changed |= loading.tags if tags is None else loading.tags & tags
        for key, loading in list(self._loading.items()):
            if changed := loading.tags if tags is None else loading.tags & tags:
                loading.changed |= changed
                # Whoever asks from now on must not be given what is being read from before.
                del self._loading[key]

    def _loaded(self, key: str, loading: Load, task: asyncio.Task[Any]) -> None:
        if self._loading.get(key) is loading:
            del self._loading[key]
        if not task.cancelled():
            task.exception()  # Whoever asked has it; nobody is told twice.

    def _count(self, key: str, outcome: Outcome) -> None:
        self._stats.requests[kind_of(key), outcome] += 1


class _Change:
    """Around a change: announced before, told after."""

    __slots__ = ("_cache", "_tags", "_was_announced")

    def __init__(self, cache: MemoryCache, tags: tuple[str, ...]) -> None:
        self._cache = cache
        self._tags = tags
        self._was_announced = False

    async def __aenter__(self) -> None:
        self._was_announced = await self._cache.announce(self._tags)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A commit whose answer got lost may have happened, so an error changes nothing.
        await self._cache.settle(self._tags, was_announced=self._was_announced)
