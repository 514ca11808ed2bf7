"""Both forms of the cache: it may forget at any time, and never gives an old value after it was told of a change."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest

from guildbase.services.cache import CacheService, JsonCodec
from guildbase.services.cache.memory import NOTHING_TTL
from guildbase.services.cache.service import Outcome
from tests.services.cache.processes import Source
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("cache")
CODEC = JsonCodec[object](str | int | None)


async def test_100_askers_at_once_cause_one_load(cache: CacheService) -> None:
    source = Source()
    asked = (cache.get_or_load("a:1", source, codec=CODEC) for _ in range(100))
    assert await asyncio.gather(*asked) == ["value"] * 100
    assert await cache.get_or_load("a:1", source, codec=CODEC) == "value"
    assert source.reads == 1
    requests = cache.stats().requests
    assert requests == {("a", Outcome.MISS): 1, ("a", Outcome.JOINED): 99, ("a", Outcome.HIT): 1}


async def test_keys_do_not_share_a_load(cache: CacheService) -> None:
    askers = [cache.get_or_load("a", Source(1), codec=CODEC), cache.get_or_load("b", Source(2), codec=CODEC)]
    assert await asyncio.gather(*askers) == [1, 2]
    assert (cache.peek("a"), cache.peek("b"), cache.peek("c")) == (1, 2, None)


async def test_a_value_ends_in_time(cache: CacheService) -> None:
    source, numbers = Source(), cache.view("a")
    await cache.get_or_load("a:1", source, tags=("t",), ttl=0.05, codec=CODEC)
    assert (cache.peek("a:1"), numbers) == ("value", {1: "value"})
    source.value = "new"
    await until(lambda: cache.peek("a:1") is None)
    assert (cache.stats().size, numbers) == (0, {})
    # The copy in Redis, which lasts as long, was stored a moment later.

    async def is_new() -> bool:
        return await cache.get_or_load("a:1", source, tags=("t",), ttl=0.05, codec=CODEC) == "new"

    await until(is_new)


async def test_a_tag_takes_all_its_values_and_no_others(cache: CacheService) -> None:
    await cache.get_or_load("a", Source(1), tags=("guild:1", "user:1"), codec=CODEC)
    await cache.get_or_load("b", Source(2), tags=("guild:1",), codec=CODEC)
    await cache.get_or_load("c", Source(3), tags=("user:1", "guild:2"), codec=CODEC)
    await cache.get_or_load("d", Source(4), codec=CODEC)
    await cache.invalidate("guild:1", "guild:unknown")
    assert [cache.peek(key) for key in "abcd"] == [None, None, 3, 4]
    await cache.invalidate("user:1")
    assert [cache.peek(key) for key in "abcd"] == [None, None, None, 4]
    assert await cache.get_or_load("a", Source(5), tags=("guild:1", "user:1"), codec=CODEC) == 5
    assert await cache.get_or_load("c", Source(6), tags=("user:1", "guild:2"), codec=CODEC) == 6


async def test_a_value_read_while_its_tag_is_invalidated_is_not_kept(cache: CacheService) -> None:
    source = Source("old")
    source.may_answer.clear()
    asker = asyncio.create_task(cache.get_or_load("k", source, tags=("t",), codec=CODEC))
    await source.until_asked()
    source.value = "new"
    await cache.invalidate("t")
    source.may_answer.set()
    assert await asker == "old"
    assert cache.peek("k") is None
    assert cache.stats().races == 1
    assert await cache.get_or_load("k", source, tags=("t",), codec=CODEC) == "new"


async def test_who_asks_after_a_change_is_not_given_what_was_being_read_before(cache: CacheService) -> None:
    source = Source("old")
    source.may_answer.clear()
    early = asyncio.create_task(cache.get_or_load("k", source, tags=("t",), codec=CODEC))
    await source.until_asked()
    source.value = "new"
    await cache.invalidate("t")
    late = asyncio.create_task(cache.get_or_load("k", source, tags=("t",), codec=CODEC))
    await source.until_asked(2)
    source.may_answer.set()
    assert (await early, await late) == ("old", "new")
    assert cache.peek("k") == "new"
    assert source.reads == 2


async def test_a_change_elsewhere_does_not_disturb_a_load(cache: CacheService) -> None:
    source = Source()
    source.may_answer.clear()
    early = asyncio.create_task(cache.get_or_load("k", source, tags=("t",), codec=CODEC))
    await source.until_asked()
    await cache.invalidate("other")
    late = asyncio.create_task(cache.get_or_load("k", source, tags=("t",), codec=CODEC))
    await asyncio.sleep(0)
    source.may_answer.set()
    assert (await early, await late, source.reads) == ("value", "value", 1)
    assert cache.peek("k") == "value"


async def test_a_change_invalidates_however_it_ends(cache: CacheService) -> None:
    source = Source("old")
    await cache.get_or_load("k", source, tags=("t",), codec=CODEC)
    with pytest.raises(LookupError):
        async with cache.changing("t"):
            source.value = "new"
            raise LookupError
    assert await cache.get_or_load("k", source, tags=("t",), codec=CODEC) == "new"


async def test_an_asker_who_gives_up_does_not_fail_the_others(cache: CacheService) -> None:
    source = Source()
    source.may_answer.clear()
    first, second = (asyncio.create_task(cache.get_or_load("k", source, codec=CODEC)) for _ in range(2))
    await source.until_asked()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    source.may_answer.set()
    assert await second == "value"
    assert source.reads == 1


async def test_an_error_reaches_all_who_wait_and_is_not_kept(cache: CacheService) -> None:
    reads = list[int]()

    async def fail() -> object:
        reads.append(1)
        await asyncio.sleep(0)
        raise LookupError("gone")

    asked = (cache.get_or_load("k", fail, codec=CODEC) for _ in range(3))
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(result) for result in results] == [LookupError] * 3
    assert len(reads) == 1
    assert await cache.get_or_load("k", Source(), codec=CODEC) == "value"


async def test_a_load_that_is_cancelled_when_the_process_stops_is_not_kept(cache: CacheService) -> None:
    async def stop() -> object:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await cache.get_or_load("k", stop, codec=CODEC)
    assert await cache.get_or_load("k", Source(), codec=CODEC) == "value"


async def test_a_value_that_is_read_again_under_other_tags_obeys_those(cache: CacheService) -> None:
    old = Source("old")
    old.may_answer.clear()
    early = asyncio.create_task(cache.get_or_load("k", old, tags=("a",), codec=CODEC))
    await old.until_asked()
    await cache.invalidate("a")
    assert await cache.get_or_load("k", Source("new"), tags=("b",), codec=CODEC) == "new"
    old.may_answer.set()
    assert await early == "old"
    await cache.invalidate("a")
    assert cache.peek("k") == "new"
    await cache.invalidate("b")
    assert cache.peek("k") is None


async def test_that_there_is_nothing_is_kept_too_until_there_is_something(
    cache: CacheService, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, numbers = Source(None), cache.view("k")
    for _ in range(3):
        assert await cache.get_or_load("k:1", source, tags=("t",), codec=CODEC) is None
    assert (source.reads, cache.stats().hits, cache.peek("k:1"), numbers) == (1, 2, None, {})
    source.value = "value"
    await cache.invalidate("t")
    assert await cache.get_or_load("k:1", source, tags=("t",), codec=CODEC) == "value"
    # Of itself it ends after seconds, whatever the time of the values is.
    assert NOTHING_TTL <= 10
    monkeypatch.setattr("guildbase.services.cache.memory.NOTHING_TTL", 0.01)
    monkeypatch.setattr("guildbase.services.cache.redis.NOTHING_TTL", 0.01)
    assert await cache.get_or_load("k:2", Source(None), codec=CODEC) is None
    await until(lambda: cache.stats().size == 1)


async def test_a_view_is_in_step_with_the_cache(cache: CacheService) -> None:
    await cache.get_or_load("early:1", Source(1), codec=CODEC)
    numbers = cache.view("k")
    await cache.get_or_load("k:1", Source(1), tags=("t",), codec=CODEC)
    await cache.get_or_load("k:2", Source(2), codec=CODEC)
    await cache.get_or_load("other:3", Source(3), codec=CODEC)
    assert numbers == {1: 1, 2: 2}
    assert cache.view("k") is numbers
    await cache.invalidate("t")
    assert numbers == {2: 2}


async def test_many_values_are_loaded_at_once(cache: CacheService) -> None:
    source, numbers = Source({f"k:{number}": number for number in range(100)}), cache.view("k")
    tags = {f"k:{number}": (f"t:{number}",) for number in range(100)}
    await cache.fill(tags, source, ttl=60)  # type: ignore[arg-type]
    assert (numbers, source.reads) == ({number: number for number in range(100)}, 1)
    await cache.invalidate("t:7")
    assert 7 not in numbers
    assert len(numbers) == 99


async def test_of_many_values_those_that_change_meanwhile_are_not_kept(cache: CacheService) -> None:
    source, numbers = Source({"k:1": "old", "k:2": "same"}), cache.view("k")
    source.may_answer.clear()
    filling = asyncio.create_task(cache.fill({"k:1": ("a",), "k:2": ("b",)}, source, ttl=60))  # type: ignore[arg-type]
    await source.until_asked()
    await cache.invalidate("a")
    source.may_answer.set()
    await filling
    assert numbers == {2: "same"}


async def test_what_no_other_process_can_read_is_kept_here_alone(cache: CacheService) -> None:
    source = Source(object())
    assert await cache.get_or_load("k", source, tags=("t",)) is source.value
    assert cache.peek("k") is source.value
    await cache.invalidate("t")
    assert cache.peek("k") is None


async def test_three_clients_never_see_an_old_value(cache: CacheService) -> None:
    truth, told, stale = dict.fromkeys("abc", 0), dict.fromkeys("abc", 0), list[str]()
    dice = random.Random(20_150_513)  # noqa: S311 - the same run every time.

    async def pause() -> None:
        for _ in range(dice.randrange(4)):
            await asyncio.sleep(0)

    def reader(key: str) -> Callable[[], Awaitable[int]]:
        async def read() -> int:
            await pause()
            value = truth[key]
            await pause()
            return value

        return read

    async def client() -> None:
        for _ in range(500):
            key = dice.choice("abc")
            if dice.random() < 0.3:
                truth[key] += 1
                change = truth[key]
                await cache.invalidate(key)
                told[key] = max(told[key], change)
            else:
                known = told[key]
                if await cache.get_or_load(key, reader(key), tags=(key,), codec=JsonCodec[int](int)) < known:
                    stale.append(key)
            await pause()

    await asyncio.gather(*(client() for _ in range(3)))
    assert stale == []
    assert cache.stats().hits > 25
    for key, value in truth.items():
        assert await cache.get_or_load(key, reader(key), tags=(key,), codec=JsonCodec[int](int)) == value
