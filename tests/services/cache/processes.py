"""Caches as several processes have them: each with its own connections to one Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from guildbase.services.cache import MemoryCache
from guildbase.services.cache.redis import RedisCache
from guildbase.services.container import BotServices
from guildbase.services.loops import BackgroundLoops
from guildbase.services.process import ProcessIdentity
from guildbase.services.pubsub.redis import RedisPubSub
from guildbase.services.redis import TIMEOUT, RedisConnection
from tests.waiting import until


@dataclass(frozen=True, slots=True)
class CacheProcess:
    """What one process has of its cache."""

    cache: RedisCache
    redis: RedisConnection
    pubsub: RedisPubSub

    async def until_live(self) -> None:
        """Return when it can reach Redis and hears of all changes."""
        await until(lambda: self.pubsub.is_live and self.redis.is_available)


@asynccontextmanager
async def cache_process(
    url: str, namespace: str, *, local_ttl: float = 30, max_entries: int = 20_000, timeout: float = TIMEOUT
) -> AsyncIterator[CacheProcess]:
    """Start the cache of one more process, which hears of changes."""
    services = BotServices()
    loops = services.add(BackgroundLoops, BackgroundLoops(services))
    redis = services.add(RedisConnection, RedisConnection(url, namespace, timeout=timeout))
    pubsub = services.add(RedisPubSub, RedisPubSub(redis, loops, ProcessIdentity()))
    cache = RedisCache(redis, pubsub, local_ttl=local_ttl, max_entries=max_entries)
    services.add(MemoryCache, cache)
    await pubsub.start()
    process = CacheProcess(cache, redis, pubsub)
    try:
        await process.until_live()
        yield process
    finally:
        await services.close()


class Source:
    """Where the values come from; it counts how often it was asked, and answers when it is let."""

    def __init__(self, value: object = "value") -> None:
        self.value = value
        self.reads = 0
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def __call__(self) -> object:
        self.reads += 1
        value = self.value
        await self.may_answer.wait()
        return value

    async def until_asked(self, times: int = 1) -> None:
        """Return when so many reads have begun."""
        await until(lambda: self.reads >= times)
