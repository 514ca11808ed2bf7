"""Several processes on one Redis: a change in one is seen by all, whatever the order of the steps."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

import pytest

from guildbase.services.cache import JsonCodec, MemoryCache
from guildbase.services.cache.service import Outcome
from guildbase.services.cache.shared import SharedCopies
from guildbase.services.redis import RedisConnection
from tests.services.cache.processes import CacheProcess, Source, cache_process
from tests.waiting import until

log = logging.getLogger(__name__)
CODEC = JsonCodec[object](str | int | None)


async def get(process: CacheProcess, source: Source, key: str = "k:1", *tags: str) -> object:
    return await process.cache.get_or_load(key, source, tags=tags or ("t",), codec=CODEC)


async def test_a_copy_serves_all_processes(one: CacheProcess, other: CacheProcess) -> None:
    source = Source()
    # From before its first look a process trusts nothing.
    await get(other, Source(), "first")
    assert [await get(process, source) for process in (one, other, one, other)] == ["value"] * 4
    assert source.reads == 1
    assert other.cache.stats().requests["k", Outcome.SHARED] == 1
    assert other.cache.stats().hits == 2


async def test_a_change_in_one_process_is_seen_in_the_other(one: CacheProcess, other: CacheProcess) -> None:
    source, numbers = Source("old"), other.cache.view("k")
    await get(one, source)
    await get(other, source)
    source.value = "new"
    await one.cache.invalidate("t")
    await until(lambda: not numbers)
    assert await get(other, source) == "new"
    assert await get(one, source) == "new"
    assert numbers == {1: "new"}


async def test_a_copy_that_was_read_before_a_change_and_stored_after_it_does_not_count(
    one: CacheProcess, other: CacheProcess
) -> None:
    """The race of every cache beside a database, in its exact order."""
    await get(one, Source(), "first")
    source = Source("old")
    source.may_answer.clear()
    slow = asyncio.create_task(get(other, source))
    await source.until_asked()
    await one.cache.invalidate("t")
    source.may_answer.set()
    assert await slow == "old"
    assert await get(one, Source("new")) == "new"
    assert await get(other, Source("new")) == "new"


async def test_what_a_process_is_changing_is_not_shared_until_it_is_done(
    one: CacheProcess, other: CacheProcess
) -> None:
    source = Source("old")
    await get(one, source)
    async with one.cache.changing("t"):
        assert await get(other, source) == "old"
        assert other.cache.peek("k:1") is None
        source.value = "new"
    await until(lambda: other.cache.stats().invalidations == 1)
    assert await get(other, source) == "new"
    assert other.cache.peek("k:1") == "new"


async def test_a_process_that_is_killed_between_commit_and_message_leaves_old_copies_for_a_moment_only(
    one: CacheProcess, other: CacheProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the word before the change the copy in Redis would last its whole time."""
    monkeypatch.setattr("guildbase.services.cache.shared.CHANGE_TTL", 0.05)
    source = Source("old")
    await get(one, source)
    await get(other, source)
    await one.cache.announce(("t",))
    source.value = "new"  # Committed; and here the process ends.
    other.cache._local.clear()  # What cache_local_ttl does.
    assert await get(other, source) == "new"


async def test_regression_who_is_done_first_does_not_speak_for_one_who_is_still_changing(
    one: CacheProcess, other: CacheProcess
) -> None:
    source = Source("old")
    async with one.cache.changing("t"):
        async with other.cache.changing("t"):
            pass
        assert await get(other, source) == "old"  # Read before the commit of the first one, and told to nobody.
        other.cache._local.clear()
        source.value = "new"
        # Were the first one killed now, nobody would say that the copy is old.
        assert await get(other, source) == "new"
        await one.cache.invalidate("t")  # Nor does this one, which announced nothing.
        assert await get(other, source) == "new"
        source.value = "newest"
        other.cache._local.clear()
        assert await get(other, source) == "newest"
    other.cache._local.clear()
    assert await get(other, source) == "newest"
    assert other.cache.peek("k:1") == "newest"


async def test_a_stampede_of_500_loads_once_in_each_process(one: CacheProcess, other: CacheProcess) -> None:
    loads = {one: Source(), other: Source()}
    asked = [get(process, source) for process, source in loads.items() for _ in range(500)]
    assert set(await asyncio.gather(*asked)) == {"value"}
    assert all(source.reads <= 1 for source in loads.values())


async def test_a_process_that_does_not_hear_of_changes_keeps_nothing(
    guildbase_redis_url: str, guildbase_redis_namespace: str
) -> None:
    async with cache_process(guildbase_redis_url, guildbase_redis_namespace, timeout=10) as deaf:
        await deaf.pubsub.close()
        source = Source()
        assert [await get(deaf, source) for _ in range(3)] == ["value"] * 3
        assert deaf.cache.peek("k:1") is None
        # The copies in Redis serve it all the same.
        assert deaf.cache.stats().requests == {("k", Outcome.MISS): 1, ("k", Outcome.SHARED): 2}
        await deaf.cache.fill({"k:2": ()}, Source({"k:2": 2}), ttl=60)  # type: ignore[arg-type]
        assert deaf.cache.stats().size == 0


async def test_a_process_trusts_its_own_copy_for_a_moment_only(
    guildbase_redis_url: str, guildbase_redis_namespace: str
) -> None:
    async with cache_process(guildbase_redis_url, guildbase_redis_namespace, local_ttl=0.05, timeout=10) as process:
        await get(process, Source())
        assert process.cache.peek("k:1") == "value"
        await until(lambda: process.cache.peek("k:1") is None)
        assert await get(process, Source("new")) == "value"


async def test_releases_with_other_shapes_do_not_read_each_others_copies(
    one: CacheProcess, other: CacheProcess
) -> None:
    @dataclass(frozen=True, slots=True)
    class Before:
        name: str

    @dataclass(frozen=True, slots=True)
    class After:
        name: str
        colour: str = "red"

    async def read(process: CacheProcess, value: object) -> object:
        codec = JsonCodec[object](type(value))

        async def load() -> object:
            return value

        return await process.cache.get_or_load("k", load, tags=("t",), codec=codec)

    await get(other, Source(), "first")
    assert await read(one, Before("ash")) == Before("ash")
    assert await read(other, After("ash", "blue")) == After("ash", "blue")
    assert JsonCodec[Before](Before).version != JsonCodec[After](After).version


async def test_an_asker_who_gives_up_during_an_invalidation_does_not_stop_it(
    one: CacheProcess, other: CacheProcess
) -> None:
    source = Source("old")
    await get(other, source)
    source.value = "new"
    telling = asyncio.create_task(one.cache.invalidate("t"))
    await asyncio.sleep(0)
    telling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await telling
    await until(lambda: other.cache.peek("k:1") is None)
    assert await get(other, source) == "new"


async def test_many_tags_are_told_at_once(one: CacheProcess, other: CacheProcess) -> None:
    tags = [f"tag-with-a-long-name-that-fills-messages:{number}" for number in range(2_000)]
    for number in range(0, 2_000, 100):
        await get(other, Source(), f"k:{number}", tags[number])
    await one.cache.invalidate(*tags)
    await until(lambda: other.cache.stats().size == 0)
    assert await get(other, Source("new"), "k:100", tags[100]) == "new"


async def test_what_is_erased_is_gone_from_redis_too(
    one: CacheProcess, guildbase_redis_url: str, guildbase_redis_namespace: str
) -> None:
    await get(one, Source("canary"), "k:1", "user:1", "guild:2")
    await get(one, Source("other"), "k:2", "guild:2")
    assert b"canary" in await everything(one.redis)
    await one.cache.invalidate("user:1")
    found = await everything(one.redis)
    assert b"canary" not in found
    assert b"other" in found


async def test_all_that_is_in_redis_ends_by_itself(one: CacheProcess) -> None:
    await get(one, Source(), "k:1", "a", "b")
    await one.cache.announce(("c",))
    async for key in one.redis.client.scan_iter(one.redis.key("cache*")):
        assert await one.redis.client.ttl(key) > 0


async def everything(redis: RedisConnection) -> bytes:
    """Return all text values of the namespace."""
    found = b""
    async for key in redis.client.scan_iter(redis.key("*")):
        if await redis.client.type(key) == b"string":
            found += cast("bytes | None", await redis.client.get(key)) or b""
    return found


KEYS = tuple(f"k:{number}" for number in range(20))


class Truth:
    """What the database would hold, with reads and writes that take a moment."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - printed, so that a run can be had again.
        self.values = dict.fromkeys(KEYS, 0)

    def reader(self, key: str) -> Callable[[], Awaitable[int]]:
        async def read() -> int:
            await self.pause()
            value = self.values[key]
            await self.pause()
            return value

        return read

    async def pause(self) -> None:
        await asyncio.sleep(self.dice.random() * 0.002)

    async def work(self, process: CacheProcess, rounds: int) -> None:
        for _ in range(rounds):
            key = self.dice.choice(KEYS)
            if self.dice.random() < 0.3:
                async with process.cache.changing(key):
                    self.values[key] += 1
                    await self.pause()
            else:
                await self.read(process, key)

    async def read(self, process: CacheProcess, key: str) -> int:
        return await process.cache.get_or_load(key, self.reader(key), tags=(key,), codec=JsonCodec[int](int))

    async def stale(self, processes: list[CacheProcess]) -> list[tuple[int, str]]:
        """Return what differs from the truth, by process and key."""
        found = list[tuple[int, str]]()
        for number, process in enumerate(processes):
            found += [(number, key) for key in KEYS if await self.read(process, key) != self.values[key]]
        return found


async def test_three_processes_under_stress_hold_nothing_old_when_it_is_quiet(
    one: CacheProcess, other: CacheProcess, guildbase_redis_url: str, guildbase_redis_namespace: str
) -> None:
    """Where the generations are not compared, all 60 are old for good."""
    seed = random.SystemRandom().randrange(2**32)
    log.info("seed %d", seed)
    truth = Truth(seed)
    async with cache_process(guildbase_redis_url, guildbase_redis_namespace, timeout=10) as third:
        processes = [one, other, third]
        await asyncio.gather(*(truth.work(process, 150) for process in processes for _ in range(4)))
        # Quiet is when every message has arrived: one more change of each key, heard by all.
        heard = [process.cache.stats().invalidations for process in processes]
        await one.cache.invalidate("last")
        await until(lambda: all(p.cache.stats().invalidations > n for p, n in zip(processes, heard, strict=True)))
        stale = await truth.stale(processes)
        counts = [dict(process.cache.stats().requests) for process in processes]
    log.info("stale after quiet: %d of %d; %s", len(stale), 3 * len(KEYS), counts)
    assert stale == []
    assert all(process.cache.stats().races for process in processes)


async def test_without_its_guards_the_cache_would_keep_what_is_old(
    one: CacheProcess, other: CacheProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same steps as in the race above, so that the tests are known to bite."""

    def trusting(_self: SharedCopies, raw: bytes | None, _generations: bytes) -> bytes | None:
        return raw.partition(b"\n")[2] if raw else None

    leave_out_guards(monkeypatch)
    monkeypatch.setattr(SharedCopies, "_counted", trusting)
    source = Source("old")
    source.may_answer.clear()
    slow = asyncio.create_task(get(other, source))
    await source.until_asked()
    await one.cache.invalidate("t")
    source.may_answer.set()
    assert await slow == "old"
    assert await get(one, Source("new")) == "old"


def leave_out_guards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let loads keep and store what changed while they ran."""
    monkeypatch.setattr(MemoryCache, "_outdate", lambda *_: None)
    monkeypatch.setattr("guildbase.services.cache.scripts.STORE", "redis.call('SET', KEYS[1], ARGV[2]) return 1")


async def test_who_was_told_of_a_change_reads_the_database_without_looking_in_redis_first(
    one: CacheProcess, other: CacheProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guildbase.services.cache.redis.MOST_TOLD", 2)
    source = Source("old")
    for number in range(4):
        await get(other, source, f"k:{number}")
    source.value = "new"
    await one.cache.invalidate("t")
    await until(lambda: other.cache.peek("k:3") is None)
    assert len(other.cache._told) == 2  # The rest is read as usual.
    seen = list[str]()
    look = other.cache._shared.read

    async def count(key: str, *rest: Any) -> Any:
        seen.append(key)
        return await look(key, *rest)

    monkeypatch.setattr(other.cache._shared, "read", count)
    assert [await get(other, source, f"k:{number}") for number in range(4)] == ["new"] * 4
    assert len(seen) == 2
    assert other.cache._told == {}
    # Once only: then it is looked for in Redis again.
    other.cache._local.clear()
    assert [await get(other, source, f"k:{number}") for number in range(4)] == ["new"] * 4
    assert len(seen) == 6
