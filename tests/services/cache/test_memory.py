"""What only the in-process form can show: whose turn it is to go, and what happens between two steps."""

from __future__ import annotations

import asyncio

from guildbase.services.cache import MemoryCache
from tests.services.cache.processes import Source


async def test_the_least_recently_used_value_goes_first() -> None:
    cache = MemoryCache(max_entries=3)
    for key in "abc":
        await cache.get_or_load(key, Source(key), tags=("t",))
    await cache.get_or_load("a", Source())
    await cache.get_or_load("d", Source("d"), tags=("t",))
    assert [cache.peek(key) for key in "abcd"] == ["a", None, "c", "d"]
    assert cache.stats().size == 3
    await cache.invalidate("t")
    assert cache.stats().size == 0


async def test_a_view_loses_what_has_to_make_room() -> None:
    cache = MemoryCache(max_entries=2)
    numbers = cache.view("k")
    for number in range(3):
        await cache.get_or_load(f"k:{number}", Source(number))
    assert numbers == {1: 1, 2: 2}


async def test_what_nobody_waits_for_any_more_may_fail_in_silence() -> None:
    cache = MemoryCache()

    async def fail() -> object:
        await asyncio.sleep(0)
        raise LookupError

    asker = asyncio.create_task(cache.get_or_load("k", fail))
    await asyncio.sleep(0)
    asker.cancel()
    for _ in range(5):
        await asyncio.sleep(0)
    assert asker.cancelled()


async def test_values_loaded_together_do_not_end_together() -> None:
    cache, loop = MemoryCache(), asyncio.get_running_loop()
    ends = list[float]()
    began = loop.time()
    for number in range(200):
        await cache.get_or_load(f"k:{number}", Source(), ttl=100)
    entries = cache._local._entries.values()
    ends = [entry.timer.when() - began for entry in entries]
    assert 89 < min(ends) < 95
    assert 95 < max(ends) <= 101


async def test_nothing_is_left_of_what_was_forgotten() -> None:
    cache = MemoryCache()
    for number in range(100):
        await cache.get_or_load(f"k:{number}", Source(), tags=("all", f"t:{number}"))
    await cache.invalidate("all")
    assert (cache.stats().size, cache._local._keys_of, cache._loading) == (0, {}, {})
