"""One cache in each of its forms, and several processes on one Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from guildbase.services.cache import CacheService, MemoryCache
from guildbase.services.redis import RedisConnection
from guildbase.testing.valkey import ValkeyProcess
from tests.services.cache.processes import CacheProcess, cache_process

PATIENCE = 10.0
"""Seconds that the shared Redis may take; a busy machine is no outage."""


@pytest.fixture
async def cache(backing: dict[str, Any]) -> AsyncIterator[CacheService]:
    """The cache of one process."""
    if not backing:
        yield MemoryCache()
        return
    async with cache_process(backing["redis_url"], backing["redis_namespace"], timeout=PATIENCE) as process:
        yield process.cache


@pytest.fixture
async def one(guildbase_redis_url: str, guildbase_redis_namespace: str) -> AsyncIterator[CacheProcess]:
    """One process on the shared Redis."""
    async with cache_process(guildbase_redis_url, guildbase_redis_namespace, timeout=PATIENCE) as process:
        yield process


@pytest.fixture
async def other(guildbase_redis_url: str, guildbase_redis_namespace: str) -> AsyncIterator[CacheProcess]:
    """Another process beside it."""
    async with cache_process(guildbase_redis_url, guildbase_redis_namespace, timeout=PATIENCE) as process:
        yield process


@pytest.fixture
async def pair(guildbase_valkey: ValkeyProcess) -> AsyncIterator[tuple[CacheProcess, CacheProcess]]:
    """Two processes on a Redis that the test may harm."""
    async with (
        cache_process(guildbase_valkey.url, "pair") as first,
        cache_process(guildbase_valkey.url, "pair") as second,
    ):
        yield first, second


@pytest.fixture
async def operator(guildbase_valkey: ValkeyProcess) -> AsyncIterator[RedisConnection]:
    """Somebody with access to the Redis that may be harmed."""
    connection = RedisConnection(guildbase_valkey.url, "pair")
    yield connection
    await connection.close()
