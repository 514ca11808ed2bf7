"""Redis is lost, hangs, is emptied, is full or holds rubbish: that costs time, and gives no old or wrong value."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable
from typing import cast

import pytest
import structlog

from guildbase.services.redis import RedisAway, RedisConnection
from guildbase.testing.valkey import ValkeyProcess
from tests.services.cache.processes import CacheProcess, Source, cache_process
from tests.services.cache.test_processes import KEYS, Truth, get
from tests.waiting import until

log = logging.getLogger(__name__)
Pair = tuple[CacheProcess, CacheProcess]


async def until_both(pair: Pair) -> None:
    await asyncio.gather(*(process.until_live() for process in pair))


async def test_values_come_from_the_database_while_redis_is_down(pair: Pair, guildbase_valkey: ValkeyProcess) -> None:
    one, _ = pair
    source = Source()
    await get(one, source)
    guildbase_valkey.kill()
    await until(lambda: not one.pubsub.is_live)
    assert one.cache.peek("k:1") is None
    with pytest.raises(RedisAway):
        await one.redis.ping()
    began = time.perf_counter()
    for _ in range(100):
        source.value = object()
        assert await get(one, source) is source.value
    added = (time.perf_counter() - began) / 100
    log.info("added latency while Redis is down: %.3f ms", added * 1000)
    assert added < 0.05


async def test_a_process_that_starts_without_redis_works(guildbase_valkey: ValkeyProcess, pair: Pair) -> None:
    one, _ = pair
    guildbase_valkey.kill()
    await until(lambda: not one.pubsub.is_live)
    assert [await get(one, Source(value)) for value in "abc"] == ["a", "b", "c"]
    async with one.cache.changing("t"):
        pass
    guildbase_valkey.start()
    await until_both(pair)
    assert [await get(one, Source(value)) for value in "abc"] == ["a", "a", "a"]


async def test_redis_that_hangs_delays_a_request_once_and_fails_none(
    pair: Pair, guildbase_valkey: ValkeyProcess
) -> None:
    one, other = pair
    source = Source("old")
    for process in pair:
        await get(process, source)
    with guildbase_valkey.suspended():
        waits = list[float]()
        for number in range(20):
            source.value = f"new {number}"
            began = time.perf_counter()
            await one.cache.invalidate("t")
            assert await get(one, source) == source.value
            waits.append(time.perf_counter() - began)
    log.info("Redis hangs: first %.0f ms, then at most %.1f ms", waits[0] * 1000, max(waits[1:]) * 1000)
    assert sum(wait > 0.2 for wait in waits) <= 2
    await until_both(pair)
    await until(lambda: one.cache.stats().unsent == 0)
    await until(lambda: other.cache.peek("k:1") is None)
    assert [await get(process, source) for process in pair] == ["new 19"] * 2


async def test_a_change_during_an_outage_is_not_undone_by_the_copies_that_redis_kept(
    pair: Pair, guildbase_valkey: ValkeyProcess
) -> None:
    """A Redis that hung still has them; whoever noticed trusts none of them, and the change is told afterwards."""
    one, other = pair
    source = Source("old")
    for process in pair:
        await get(process, source)
    with guildbase_valkey.suspended():
        await until(lambda: not one.pubsub.is_live and not other.pubsub.is_live)
        source.value = "new"
        await one.cache.invalidate("t")
        assert one.cache.stats().unsent == 1
    await until_both(pair)
    # Whether or not the one has told it yet.
    assert await get(other, source) == "new"
    assert await get(one, source) == "new"
    await until(lambda: one.cache.stats().unsent == 0)


async def test_a_process_that_dies_in_an_outage_leaves_nothing_old_to_those_that_noticed_it(
    pair: Pair, guildbase_valkey: ValkeyProcess
) -> None:
    one, other = pair
    source = Source("old")
    for process in pair:
        await get(process, source)
    with guildbase_valkey.suspended():
        await until(lambda: not other.pubsub.is_live)
        source.value = "new"
        await one.cache.invalidate("t")
        one.cache._unsent.clear()  # What a kill does to it.
    await until_both(pair)
    assert await get(other, source) == "new"
    async with cache_process(guildbase_valkey.url, "pair") as successor:
        assert await get(successor, source) == "new"


async def test_a_tag_that_changes_while_it_is_being_told_is_told_again(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = pair
    told = list[tuple[str, ...]]()

    async def drop(tags: tuple[str, ...]) -> None:
        told.append(tuple(tags))
        if len(told) == 1:
            one.cache._unsent["t"] = None  # Another change of it could not be told just now.
        if len(told) == 2:
            raise RedisAway

    monkeypatch.setattr(one.cache, "_drop", drop)
    one.cache._unsent["t"] = None
    one.cache._retry()
    one.cache._retry()
    await until(lambda: len(told) == 3)
    assert one.cache.stats().unsent == 0


async def test_what_could_not_be_told_is_told_as_the_process_ends(
    pair: Pair, guildbase_valkey: ValkeyProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guildbase.services.cache.redis.RETRY_PAUSE", 60)
    one, other = pair
    source = Source("old")
    await get(other, source)
    guildbase_valkey.kill()
    await one.cache.invalidate("t")
    assert one.cache.stats().unsent == 1
    guildbase_valkey.start()
    await until_both(pair)
    await get(other, source)
    source.value = "new"
    await one.cache.close()
    assert one.cache.stats().unsent == 0
    await until(lambda: other.cache.peek("k:1") is None)
    assert await get(other, source) == "new"


async def test_regression_what_is_being_told_as_the_process_ends_is_not_lost(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guildbase.services.cache.redis.RETRY_PAUSE", 0)
    one, _ = pair
    drop, is_under_way, told = one.cache._drop, asyncio.Event(), list[tuple[str, ...]]()

    async def slow_at_first(tags: tuple[str, ...]) -> None:
        if not is_under_way.is_set():
            is_under_way.set()
            await asyncio.Event().wait()
        told.append(tuple(tags))
        await drop(tags)

    monkeypatch.setattr(one.cache, "_drop", slow_at_first)
    one.cache._unsent["t"] = None
    one.cache._retry()
    await is_under_way.wait()
    await one.cache.close()
    assert (told, one.cache.stats().unsent) == ([("t",)], 0)


async def test_regression_a_redis_that_refuses_is_told_of_once(pair: Pair, operator: RedisConnection) -> None:
    one, _ = pair
    await get(one, Source())  # Now its tag is known, and only the copies are refused.
    await operator.client.config_set("maxmemory", 1)
    with structlog.testing.capture_logs() as logs:
        for number in range(20):
            await get(one, Source(), f"k:{number + 2}")
    assert [line["event"] for line in logs if line["log_level"] == "warning"] == ["cache_refused"]


async def test_a_kill_and_a_restart_lose_nothing_but_time(pair: Pair, guildbase_valkey: ValkeyProcess) -> None:
    truth = Truth(1)
    working = [asyncio.create_task(truth.work(process, 150)) for process in pair for _ in range(2)]
    for _ in range(3):
        await asyncio.sleep(0.05)
        guildbase_valkey.kill()
        await asyncio.sleep(0.05)
        guildbase_valkey.start()
        await until_both(pair)
    await asyncio.gather(*working)
    await until(lambda: all(process.cache.stats().unsent == 0 for process in pair))
    await settle(pair)
    stale = await truth.stale(list(pair))
    log.info("stale after 3 kills: %d of %d", len(stale), 2 * len(KEYS))
    assert stale == []


async def test_emptying_redis_under_load_gives_no_wrong_answer(pair: Pair, operator: RedisConnection) -> None:
    truth, asked, wrong = Truth(2), 0, list[str]()
    is_over = asyncio.Event()

    async def ask(process: CacheProcess) -> None:
        nonlocal asked
        while not is_over.is_set():
            key = truth.dice.choice(KEYS)
            asked += 1
            if not 0 <= await truth.read(process, key) <= truth.values[key]:
                wrong.append(key)

    working = [asyncio.create_task(truth.work(process, 100)) for process in pair]
    asking = [asyncio.create_task(ask(process)) for process in pair for _ in range(2)]
    while not all(task.done() for task in working):
        await operator.client.flushall()
        await asyncio.sleep(0.003)
    is_over.set()
    await asyncio.gather(*working, *asking)
    await settle(pair)
    stale = await truth.stale(list(pair))
    log.info("FLUSHALL under load: %d of %d answers wrong, %d stale afterwards", len(wrong), asked, len(stale))
    assert (wrong, stale) == ([], [])
    assert asked > 100


async def test_a_redis_that_evicts_gives_no_old_value(pair: Pair, operator: RedisConnection) -> None:
    await operator.client.config_set("maxmemory-policy", "allkeys-random")
    used = (await operator.client.info("memory"))["used_memory"]
    await operator.client.config_set("maxmemory", used + 300_000)
    truth = Truth(3)

    async def fill(process: CacheProcess) -> None:
        for number in range(300):
            await get(process, Source("x" * 5_000), f"big:{random.random()}-{number}", f"big:{number}")  # noqa: S311

    await asyncio.gather(*(truth.work(process, 150) for process in pair for _ in range(2)), *map(fill, pair))
    evicted = (await operator.client.info("stats"))["evicted_keys"]
    await settle(pair)
    stale = await truth.stale(list(pair))
    log.info("%d keys evicted, %d of %d stale", evicted, len(stale), 2 * len(KEYS))
    assert evicted > 0
    assert stale == []


async def test_a_redis_that_is_full_is_done_without(pair: Pair, operator: RedisConnection) -> None:
    one, other = pair
    source = Source("old")
    for process in pair:
        await get(process, source)
    await operator.client.config_set("maxmemory", 1)
    source.value = "new"
    # Nothing can be stored, but changes are told: to drop something needs no room.
    async with one.cache.changing("t"):
        pass
    await until(lambda: other.cache.peek("k:1") is None)
    assert [await get(process, source) for process in pair] == ["new"] * 2
    assert one.cache.stats().unsent == 0


async def test_a_redis_that_refuses_changes_is_told_until_it_takes_them(pair: Pair, operator: RedisConnection) -> None:
    one, other = pair
    source = Source("old")
    for process in pair:
        await get(process, source)
    source.value = "new"
    await operator.client.config_set("min-replicas-to-write", 1)
    await one.cache.invalidate("t")
    assert one.cache.stats().unsent == 1
    assert await get(one, source) == "new"
    await operator.client.config_set("min-replicas-to-write", 0)
    await until(lambda: one.cache.stats().unsent == 0)
    await until(lambda: other.cache.peek("k:1") is None)
    assert await get(other, source) == "new"


RUBBISH: tuple[Callable[[RedisConnection, str], object], ...] = (
    lambda redis, key: redis.client.set(key, b"\x00\xff rubbish"),
    lambda redis, key: redis.client.set(key, b""),
    lambda redis, key: redis.client.set(key, b"9" * 40 + b" x\n{"),
    lambda redis, key: redis.client.rpush(key, "a", "b"),
    lambda redis, key: redis.client.hset(key, "a", "b"),
    lambda redis, key: redis.client.sadd(key, "not a key"),
)


@pytest.mark.parametrize("number", range(len(RUBBISH)))
async def test_rubbish_in_any_key_is_as_good_as_nothing(pair: Pair, operator: RedisConnection, number: int) -> None:
    one, other = pair
    source = Source("old")
    for process in pair:
        await get(process, source)
    names = [key.decode() async for key in operator.client.scan_iter(operator.key("cache*"))]
    kinds = {name.split(":")[1] for name in names}
    assert kinds == {"cache", "cache-generation", "cache-keys"}
    for name in names:
        await operator.client.delete(name)
        await RUBBISH[number](operator, name)  # type: ignore[misc]
        for process in pair:
            process.cache._local.clear()
            assert await get(process, source) == "old"
        source.value = "new"
        await one.cache.invalidate("t")
        await until(lambda: other.cache.peek("k:1") is None)
        assert [await get(process, source) for process in pair] == ["new"] * 2
        source.value = "old"
        await one.cache.invalidate("t")
        await until(lambda: other.cache.peek("k:1") is None)


async def test_a_copy_that_does_not_fit_its_type_is_read_anew(pair: Pair, operator: RedisConnection) -> None:
    one, _ = pair
    await get(one, Source())
    [name] = [key async for key in operator.client.scan_iter(operator.key("cache", "*"))]
    stamp, _, _ = cast("bytes", await operator.client.get(name)).partition(b"\n")
    for rubbish in (b"{", b"[1]", b'{"a": 1}', b"\xff", b"[" * 100_000):
        await operator.client.set(name, stamp + b"\n" + rubbish)
        one.cache._local.clear()
        assert await get(one, Source()) == "value"


async def test_what_is_published_by_others_harms_nobody(pair: Pair, operator: RedisConnection) -> None:
    one, _ = pair
    await get(one, Source())
    channel = operator.key("topic", "cache-invalidated")
    for rubbish in ("", "{", "[]", '{"from": "x", "message": {"tags": "t"}}', '{"message": null}'):
        await operator.client.publish(channel, rubbish)
    await operator.client.publish(channel, '{"from": "x", "message": {"tags": ["t"]}}')
    await until(lambda: one.cache.peek("k:1") is None)


async def test_a_cut_subscriber_forgets_what_it_may_have_missed(pair: Pair, operator: RedisConnection) -> None:
    """Changes go on while the sockets are cut again and again, and none is missed for good."""
    truth = Truth(4)
    working = [asyncio.create_task(truth.work(process, 150)) for process in pair for _ in range(2)]
    cuts = 0
    while not all(task.done() for task in working):
        cuts += await operator.client.client_kill_filter(_type="pubsub")
        await asyncio.sleep(0.02)
    await asyncio.gather(*working)
    await until_both(pair)
    stale = await truth.stale(list(pair))
    log.info("%d subscriptions cut, stale for good: %d of %d", cuts, len(stale), 2 * len(KEYS))
    assert cuts >= 2
    assert stale == []


async def settle(pair: Pair) -> None:
    """Return when all messages on their way have arrived."""
    await until_both(pair)
    for sender, hearer in (pair, pair[::-1]):
        before = hearer.cache.stats().invalidations
        await sender.cache.invalidate("last")
        await until(lambda hearer=hearer, before=before: hearer.cache.stats().invalidations > before)  # type: ignore[misc]
