"""A cache may forget at any time, and may never give an old value after it was told of a change."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

import pytest

from guildbase.services.cache import MemoryCache


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


async def _settle() -> None:
    """Let everything run that can."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_100_askers_at_once_cause_one_load() -> None:
    cache, source = MemoryCache(), Source()
    assert await asyncio.gather(*(cache.get_or_load("k", source) for _ in range(100))) == ["value"] * 100
    assert await cache.get_or_load("k", source) == "value"
    assert source.reads == 1


async def test_keys_do_not_share_a_load() -> None:
    cache = MemoryCache()
    askers = [cache.get_or_load("a", Source(1)), cache.get_or_load("b", Source(2))]
    assert await asyncio.gather(*askers) == [1, 2]
    assert (cache.peek("a"), cache.peek("b"), cache.peek("c")) == (1, 2, None)


async def test_a_value_expires() -> None:
    cache, source = MemoryCache(), Source()
    await cache.get_or_load("k", source, tags=["t"], ttl=10)
    with pytest.MonkeyPatch.context() as patch:
        now = time.monotonic()
        patch.setattr(time, "monotonic", lambda: now + 9)
        assert cache.peek("k") == "value"
        patch.setattr(time, "monotonic", lambda: now + 10.1)
        assert cache.peek("k") is None
        assert cache.stats().size == 0
    assert await cache.get_or_load("k", source, tags=["t"]) == "value"
    assert source.reads == 2


async def test_the_least_recently_used_value_goes_first() -> None:
    cache = MemoryCache(max_entries=3)
    for key in "abc":
        await cache.get_or_load(key, Source(key), tags=["t"])
    await cache.get_or_load("a", Source())
    await cache.get_or_load("d", Source("d"), tags=["t"])
    assert [cache.peek(key) for key in "abcd"] == ["a", None, "c", "d"]
    assert cache.stats().size == 3
    await cache.invalidate("t")
    assert cache.stats().size == 0


async def test_a_tag_takes_all_its_values_and_no_others() -> None:
    cache = MemoryCache()
    await cache.get_or_load("a", Source(1), tags=["guild:1", "user:1"])
    await cache.get_or_load("b", Source(2), tags=["guild:1"])
    await cache.get_or_load("c", Source(3), tags=["user:1", "guild:2"])
    await cache.get_or_load("d", Source(4))
    await cache.invalidate("guild:1", "guild:unknown")
    assert [cache.peek(key) for key in "abcd"] == [None, None, 3, 4]
    await cache.invalidate("user:1")
    assert [cache.peek(key) for key in "abcd"] == [None, None, None, 4]


async def test_a_value_read_while_its_tag_is_invalidated_is_not_kept() -> None:
    cache, source = MemoryCache(), Source("old")
    source.may_answer.clear()
    asker = asyncio.create_task(cache.get_or_load("k", source, tags=["t"]))
    await _settle()
    source.value = "new"
    await cache.invalidate("t")
    source.may_answer.set()
    assert await asker == "old"
    assert cache.peek("k") is None
    assert await cache.get_or_load("k", source, tags=["t"]) == "new"


async def test_regression_who_asks_after_a_change_is_not_given_what_was_being_read_before() -> None:
    cache, source = MemoryCache(), Source("old")
    source.may_answer.clear()
    early = asyncio.create_task(cache.get_or_load("k", source, tags=["t"]))
    await _settle()
    source.value = "new"
    await cache.invalidate("t")
    late = asyncio.create_task(cache.get_or_load("k", source, tags=["t"]))
    await _settle()
    source.may_answer.set()
    assert (await early, await late) == ("old", "new")
    assert cache.peek("k") == "new"
    assert source.reads == 2


async def test_a_change_elsewhere_does_not_disturb_a_load() -> None:
    cache, source = MemoryCache(), Source()
    source.may_answer.clear()
    early = asyncio.create_task(cache.get_or_load("k", source, tags=["t"]))
    await _settle()
    await cache.invalidate("other")
    late = asyncio.create_task(cache.get_or_load("k", source, tags=["t"]))
    await _settle()
    source.may_answer.set()
    assert (await early, await late, source.reads) == ("value", "value", 1)
    assert cache.peek("k") == "value"


async def test_an_asker_who_gives_up_does_not_fail_the_others() -> None:
    cache, source = MemoryCache(), Source()
    source.may_answer.clear()
    first, second = (asyncio.create_task(cache.get_or_load("k", source)) for _ in range(2))
    await _settle()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    source.may_answer.set()
    assert await second == "value"
    assert source.reads == 1


async def test_what_nobody_waits_for_any_more_may_fail_in_silence() -> None:
    cache = MemoryCache()

    async def fail() -> object:
        await asyncio.sleep(0)
        raise LookupError

    asker = asyncio.create_task(cache.get_or_load("k", fail))
    await asyncio.sleep(0)
    asker.cancel()
    await _settle()
    assert asker.cancelled()


async def test_an_error_reaches_all_who_wait_and_is_not_kept() -> None:
    cache, reads = MemoryCache(), list[int]()

    async def fail() -> object:
        reads.append(1)
        await asyncio.sleep(0)
        raise LookupError("gone")

    results = await asyncio.gather(*(cache.get_or_load("k", fail) for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [LookupError] * 3
    assert len(reads) == 1
    assert await cache.get_or_load("k", Source()) == "value"


async def test_a_load_that_is_cancelled_when_the_process_stops_is_not_kept() -> None:
    cache = MemoryCache()

    async def stop() -> object:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await cache.get_or_load("k", stop)
    assert await cache.get_or_load("k", Source()) == "value"


async def test_a_value_that_is_read_again_under_other_tags_obeys_those() -> None:
    cache, old = MemoryCache(), Source("old")
    old.may_answer.clear()
    early = asyncio.create_task(cache.get_or_load("k", old, tags=["a"]))
    await _settle()
    await cache.invalidate("a")
    assert await cache.get_or_load("k", Source("new"), tags=["b"]) == "new"
    old.may_answer.set()
    assert await early == "old"
    await cache.invalidate("a")
    assert cache.peek("k") == "new"
    await cache.invalidate("b")
    assert cache.peek("k") is None


async def test_nothing_is_not_kept() -> None:
    cache, source = MemoryCache(), Source(None)
    assert await cache.get_or_load("k", source, tags=["t"]) is None
    assert await cache.get_or_load("k", source, tags=["t"]) is None
    assert source.reads == 2


async def test_hits_and_misses_are_counted() -> None:
    cache = MemoryCache()
    for _ in range(3):
        await cache.get_or_load("k", Source())
    stats = cache.stats()
    assert (stats.hits, stats.misses, stats.size) == (2, 1, 1)


async def test_three_clients_never_see_an_old_value() -> None:
    cache, truth, stale = MemoryCache(), dict.fromkeys("abc", 0), list[str]()
    dice = random.Random(20_150_513)  # noqa: S311 - the same run every time.

    async def pause() -> None:
        for _ in range(dice.randrange(4)):
            await asyncio.sleep(0)

    def reader(key: str) -> Callable[[], Awaitable[int]]:
        async def read() -> int:
            await pause()
            value = truth[key]
            await pause()
            return value + 1  # Zero would be told from nothing, but reads badly below.

        return read

    async def client() -> None:
        for _ in range(2_000):
            key = dice.choice("abc")
            if dice.random() < 0.3:
                truth[key] += 1
                await cache.invalidate(key)
            else:
                known = truth[key]
                if await cache.get_or_load(key, reader(key), tags=[key]) <= known:
                    stale.append(key)
            await pause()

    await asyncio.gather(*(client() for _ in range(3)))
    assert stale == []
    assert cache.stats().hits > 100
    for key, value in truth.items():
        assert await cache.get_or_load(key, reader(key), tags=[key]) == value + 1
