"""The form for several processes: each holds copies for a moment, all share those in Redis, changes drop both.

Three things keep an old value from staying. What this process holds is dropped by the message that follows every
change, and all of it when messages may have been missed; `cache_local_ttl` is the limit if even that fails. A copy in
Redis counts only while the generations of its tags are what they were before it was read. And a process that could
not reach Redis trusts no copy from before, and tells its changes as soon as Redis is back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any

import structlog

from guildbase.services.cache.memory import NOTHING_TTL, Load, MemoryCache, Wish
from guildbase.services.cache.service import CacheStats, Outcome
from guildbase.services.cache.shared import Found, SharedCopies
from guildbase.services.pubsub import PubSub, Topic
from guildbase.services.redis import RedisAway, RedisConnection

log = structlog.get_logger(__name__)

BATCH = 100  # tags of one message
MOST_TOLD = 1000
"""Keys that are known to have changed elsewhere and have not been asked for since."""
RETRY_PAUSE = 0.25  # seconds between two tries to tell of a change


@dataclass(frozen=True, slots=True)
class Invalidated:
    """Copies that carry one of the tags are old."""

    tags: tuple[str, ...]


INVALIDATED = Topic("cache-invalidated", Invalidated)


class RedisCache(MemoryCache):
    """Two levels: this process's own copies, and those in Redis."""

    def __init__(self, redis: RedisConnection, pubsub: PubSub, *, local_ttl: float, max_entries: int = 20_000) -> None:
        super().__init__(max_entries=max_entries)
        self._shared = SharedCopies(redis)
        self._pubsub = pubsub
        self._local_ttl = local_ttl
        self._told: dict[str, bool] = {}
        self._unsent: dict[str, None] = {}
        self._sending: set[asyncio.Task[None]] = set()
        self._retrying: asyncio.Task[None] | None = None
        pubsub.subscribe(INVALIDATED, self._hear)
        pubsub.on_gap(self._forget_all)

    async def invalidate(self, *tags: str) -> None:
        """Forget every value that carries one of the tags, here and in all processes; it never fails."""
        await self.settle(tags, was_announced=False)

    async def settle(self, tags: tuple[str, ...], *, was_announced: bool) -> None:
        """Invalidate the tags of a change that was announced, or was not."""
        self._forget(tags)
        sending = asyncio.create_task(self._send(tags, was_announced), name="cache-invalidation")
        self._sending.add(sending)
        sending.add_done_callback(self._sending.discard)
        # Shielded: the commit has happened, so the others are told even if whoever asked for it is gone.
        await asyncio.shield(sending)

    async def announce(self, tags: tuple[str, ...]) -> bool:
        """Have no process share copies of the tags until they are settled, or for half a minute."""
        try:
            await self._shared.mark(tags)
        except RedisAway:
            return False
        return True

    def stats(self) -> CacheStats:
        """Return how the cache fares."""
        stats = super().stats()
        stats.unsent = len(self._unsent)
        return stats

    async def close(self) -> None:
        """Tell the other processes what is still to be told, if that takes no time."""
        if self._retrying is not None:
            self._retrying.cancel()
            await asyncio.gather(self._retrying, return_exceptions=True)
        await asyncio.gather(*self._sending)
        with suppress(RedisAway):
            await self._send_rest()
        self._local.clear()

    async def _fetch(self, wish: Wish, loading: Load) -> Any:
        if wish.codec is None or self._told.pop(wish.key, False):
            return await super()._fetch(wish, loading)
        try:
            found = await self._shared.read(wish.key, wish.tags, wish.codec)
        except RedisAway:
            return await super()._fetch(wish, loading)
        if found.copy is not None:
            with suppress(ValueError):
                value = wish.codec.decode(found.copy)
                self._count(wish.key, Outcome.SHARED)
                self._keep(wish.key, value, wish.tags, wish.ttl, loading)
                return value
        return await self._load_and_share(wish, loading, found)

    async def _load_and_share(self, wish: Wish, loading: Load, found: Found) -> Any:
        if found.is_changing:
            loading.changed.update(wish.tags)
        value = await super()._fetch(wish, loading)
        if loading.changed.isdisjoint(wish.tags) and wish.codec is not None:
            ttl = wish.ttl if value is not None else min(wish.ttl, NOTHING_TTL)
            with suppress(RedisAway):
                if not await self._shared.store(found, wish.codec.encode(value), ttl):
                    # Somebody changed it meanwhile; their message may still be on its way.
                    self._local.forget(wish.key)
        return value

    def _keep(self, key: str, value: object, tags: tuple[str, ...], ttl: float, loading: Load) -> bool:
        # A process that does not hear of changes can keep nothing.
        return self._pubsub.is_live and super()._keep(key, value, tags, min(ttl, self._local_ttl), loading)

    def _hear(self, message: Invalidated) -> None:
        # Redis has no copy of what was just changed, so whoever used one here reads the database without looking.
        self._told.update(dict.fromkeys(self._local.keys_of(message.tags), True))
        while len(self._told) > MOST_TOLD:
            del self._told[next(iter(self._told))]
        self._forget(message.tags)

    def _forget_all(self) -> None:
        self._local.clear()
        self._outdate()
        self._shared.distrust()

    async def _send(self, tags: Sequence[str], was_announced: bool) -> None:
        """Drop the shared copies and tell the other processes; what fails is tried again in the background."""
        for first in range(0, len(tags), BATCH):
            some = tags[first : first + BATCH]
            try:
                await self._drop(some, was_announced=was_announced)
            except RedisAway:
                # Told later, and as if never announced: then the mark ends by itself.
                self._unsent.update(dict.fromkeys(some))
                self._retry()
        # Once more: until the shared copy was gone, a reader here may have taken it.
        self._drop_local(tags)

    def _drop_local(self, tags: Iterable[str]) -> None:
        self._local.forget_tags(tags)
        self._outdate(frozenset(tags))

    async def _drop(self, tags: Sequence[str], *, was_announced: bool = False) -> None:
        message = self._pubsub.wire(INVALIDATED, Invalidated(tuple(tags)))
        await self._shared.drop(tags, *message, was_marked=was_announced)

    def _retry(self) -> None:
        if self._retrying is None or self._retrying.done():
            self._retrying = asyncio.create_task(self._send_later(), name="cache-invalidation-retry")

    async def _send_later(self) -> None:
        while self._unsent:
            await asyncio.sleep(RETRY_PAUSE)
            with suppress(RedisAway):
                await self._send_rest()

    async def _send_rest(self) -> None:
        while some := tuple(islice(self._unsent, BATCH)):
            # Taken out first: a tag that changes again meanwhile has to be told again.
            for tag in some:
                del self._unsent[tag]
            try:
                await self._drop(some)
            except (RedisAway, asyncio.CancelledError):
                self._unsent.update(dict.fromkeys(some))
                raise
            log.info("cache_invalidations_sent", tags=len(some))
