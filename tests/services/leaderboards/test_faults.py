"""Redis may be flushed, killed, suspended, full or filled with rubbish: no answer is wrong, and none fails."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any

import pytest

from guildbase.database.manager import DatabaseManager
from guildbase.services.leaderboards import Leaderboards, Page, Place, sorted_sets
from guildbase.services.leaderboards.sorted_sets import SortedSetCopies
from guildbase.services.redis import RedisConnection
from guildbase.testing.valkey import ValkeyProcess
from tests.factories import new_id
from tests.services.leaderboards.ranking import XP, Ranking, create
from tests.waiting import until

log = logging.getLogger(__name__)
A, B = sorted((new_id(), new_id()))


@asynccontextmanager
async def _process(database: DatabaseManager, server: ValkeyProcess) -> AsyncIterator[Ranking]:
    """What one process has of its own: a connection to Redis."""
    redis = RedisConnection(server.url)
    ranking = Ranking(database, Leaderboards(database, SortedSetCopies(redis, 3_600)))
    try:
        yield ranking
    finally:
        await ranking.boards.close()
        await redis.close()


@pytest.fixture
async def ranking(database: DatabaseManager, guildbase_valkey: ValkeyProcess) -> AsyncIterator[Ranking]:
    await create(database)
    async with _process(database, guildbase_valkey) as found:
        yield found


@pytest.fixture
async def other(ranking: Ranking, guildbase_valkey: ValkeyProcess) -> AsyncIterator[Ranking]:
    async with _process(ranking.database, guildbase_valkey) as found:
        yield found


def _redis(ranking: Ranking) -> RedisConnection:
    return ranking.boards._copies._redis  # type: ignore[attr-defined, no-any-return]


async def _flush(ranking: Ranking) -> None:
    await _redis(ranking).run(lambda client: client.flushall())


async def _is_copied(ranking: Ranking, guild: int) -> bool:
    before = ranking.boards.counts["copy"]
    await ranking.boards.page(XP, guild)
    return ranking.boards.counts["copy"] > before


@pytest.mark.databases("postgresql")
async def test_flushing_a_leaderboard_of_10_000_under_load_gives_no_wrong_answer(ranking: Ranking) -> None:
    guild, dice, wrong, answers = new_id(), random.Random(19), list[str](), 0  # noqa: S311
    members = [A + index for index in range(10_000)]
    told = {member: index // 3 for index, member in enumerate(members)}
    await ranking.set(guild, dict(told))
    is_over = asyncio.Event()

    async def read() -> None:
        nonlocal answers
        while not is_over.is_set():
            member = dice.choice(members)
            known = told[member]
            around = await ranking.boards.around(XP, guild, member, each_side=3)
            answers += 1
            mine = next((place for place in around.places if place.member_id == member), None)
            in_order = [(-place.score, place.member_id) for place in around.places]
            if mine is None or mine.score < known or around.size != len(members) or in_order != sorted(in_order):
                wrong.append(f"{around} for {member} with {known}")

    async def write() -> None:
        while not is_over.is_set():
            changed = {member: told[member] + dice.randrange(1, 50) for member in dice.sample(members, 20)}
            await ranking.set(guild, dict(changed))
            told.update(changed)

    load = [asyncio.create_task(read()) for _ in range(3)] + [asyncio.create_task(write())]
    seconds = []
    for _ in range(5):
        await until(lambda: _is_copied(ranking, guild))
        await _flush(ranking)  # The readers may have a new copy made before anybody could look.
        began = time.perf_counter()
        await until(lambda: _is_copied(ranking, guild), timeout=60)
        seconds.append(time.perf_counter() - began)
    is_over.set()
    await asyncio.gather(*load)
    log.info("%d answers, %d wrong; rebuilt in %.2f s at most", answers, len(wrong), max(seconds))
    assert wrong == []
    assert (await ranking.boards.page(XP, guild, count=1_000)).places == (await ranking.truth(guild))[:1_000]


async def test_a_killed_redis_costs_nothing_but_the_copies(ranking: Ranking, guildbase_valkey: ValkeyProcess) -> None:
    guild = new_id()
    await ranking.set(guild, {A: 1, B: 2})
    assert await ranking.boards.build(XP, guild)
    guildbase_valkey.kill()
    assert await ranking.boards.rank(XP, guild, A) == 2
    await ranking.set(guild, {A: 3})
    assert await ranking.boards.rank(XP, guild, A) == 1
    assert not await ranking.boards.build(XP, guild)
    await ranking.boards.drop(guild)
    await ranking.boards.forget_member(A)
    guildbase_valkey.start()
    await until(lambda: _is_copied(ranking, guild))
    assert await ranking.boards.page(XP, guild) == Page([Place(1, A, 3), Place(2, B, 2)], 2)


async def test_a_change_that_redis_did_not_hear_of_is_not_lost_on_anybody(
    ranking: Ranking, other: Ranking, guildbase_valkey: ValkeyProcess
) -> None:
    guild = new_id()
    await ranking.set(guild, {A: 1, B: 2})
    assert await ranking.boards.build(XP, guild)
    assert await other.boards.rank(XP, guild, A) == 2
    with guildbase_valkey.suspended():
        await ranking.set(guild, {A: 3})
        assert await ranking.boards.rank(XP, guild, A) == 1
    await until(lambda: _redis(ranking).is_available)
    assert await ranking.boards.rank(XP, guild, A) == 1
    # The other process learns it from Redis, where nothing is left that does not know.
    await until(lambda: _gives(other, guild, 1))
    assert other.boards.counts["failed"] == 0


async def _gives(ranking: Ranking, guild: int, rank: int) -> bool:
    return await ranking.boards.rank(XP, guild, A) == rank


async def test_a_task_that_is_cancelled_while_it_tells_of_a_change_leaves_no_old_copy(
    ranking: Ranking, guildbase_valkey: ValkeyProcess
) -> None:
    guild = new_id()
    await ranking.set(guild, {A: 1, B: 2})
    assert await ranking.boards.build(XP, guild)
    await ranking.store(guild, {A: 3})
    with guildbase_valkey.suspended():
        telling = asyncio.create_task(ranking.boards.changed(XP, guild, A))
        for _ in range(50):
            await asyncio.sleep(0)
        telling.cancel()
        assert isinstance((await asyncio.gather(telling, return_exceptions=True))[0], asyncio.CancelledError)
    assert await ranking.boards.rank(XP, guild, A) == 1


async def _miss_a_change(ranking: Ranking, guild: int) -> None:
    """Leave a copy in Redis in which the last change is missing."""
    redis = _redis(ranking)
    await ranking.set(guild, {A: 1, B: 2})
    assert await ranking.boards.build(XP, guild)
    # So that no connection must be made first and no script sent.
    await asyncio.gather(*(ranking.boards.rank(XP, guild, A) for _ in range(5)))
    redis.is_available = False
    await ranking.set(guild, {A: 3})
    redis.is_available = True


async def test_regression_nobody_sees_an_old_copy_while_another_one_clears_it_away(ranking: Ranking) -> None:
    guild = new_id()
    await _miss_a_change(ranking, guild)
    ranks = await asyncio.gather(*(ranking.boards.rank(XP, guild, A) for _ in range(5)))
    assert ranks == [1] * 5


async def test_regression_a_clearing_away_that_is_cancelled_is_done_by_the_next(
    ranking: Ranking, guildbase_valkey: ValkeyProcess
) -> None:
    guild = new_id()
    await _miss_a_change(ranking, guild)
    with guildbase_valkey.suspended():
        asking = asyncio.create_task(ranking.boards.rank(XP, guild, A))
        for _ in range(50):
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    assert await ranking.boards.rank(XP, guild, A) == 1


async def test_regression_a_member_whom_redis_could_not_forget_at_once_is_forgotten_when_it_is_back(
    ranking: Ranking, guildbase_valkey: ValkeyProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    guild, redis = new_id(), _redis(ranking)
    await ranking.set(guild, {A: 1})
    assert await ranking.boards.build(XP, guild)
    keys = SortedSetCopies._keys

    async def and_then_gone(self: SortedSetCopies, pattern: str) -> AsyncIterator[str]:
        async for key in keys(self, pattern):
            if redis.failures == 0:
                guildbase_valkey.kill()
            yield key

    monkeypatch.setattr(SortedSetCopies, "_keys", and_then_gone)
    await ranking.boards.forget_member(A)
    assert ranking.boards._copies._missed  # type: ignore[attr-defined]


async def test_redis_that_goes_again_while_copies_are_cleared_away_is_cleared_when_it_is_back(
    ranking: Ranking, other: Ranking, guildbase_valkey: ValkeyProcess
) -> None:
    guild, redis = new_id(), _redis(ranking)
    await ranking.set(guild, {A: 1, B: 2})
    assert await ranking.boards.build(XP, guild)
    await ranking.store(guild, {A: 3})
    copies = ranking.boards._copies
    assert isinstance(copies, SortedSetCopies)
    with guildbase_valkey.suspended():
        await ranking.boards.changed(XP, guild, A)
        # As if it had been back for a moment, each time.
        redis.is_available = True
        assert await ranking.boards.rank(XP, guild, A) == 1
        assert redis.is_available is False
        redis.is_available = True
        copies._on_return()
        assert copies._discarding is not None
        await copies._discarding
        assert redis.is_available is False
    await until(lambda: _gives(other, guild, 1))


async def test_rubbish_that_cannot_be_removed_is_removed_when_redis_is_back(
    ranking: Ranking, other: Ranking, guildbase_valkey: ValkeyProcess
) -> None:
    guild = new_id()
    await ranking.set(guild, {A: 1, B: 2})
    assert await ranking.boards.build(XP, guild)
    copies = ranking.boards._copies
    assert isinstance(copies, SortedSetCopies)
    with guildbase_valkey.suspended():
        await copies._remove_unusable(ValueError("as if this were rubbish"), f"xp:{guild}")
    await until(lambda: _redis(ranking).is_available)
    await until(lambda: _is_empty(_redis(ranking)))


async def _is_empty(redis: RedisConnection) -> bool:
    return not await redis.run(lambda client: client.dbsize())


async def test_a_redis_that_was_away_while_nothing_changed_keeps_its_copies(
    ranking: Ranking, guildbase_valkey: ValkeyProcess
) -> None:
    guild = new_id()
    await ranking.set(guild, {A: 1, B: 2})
    assert await ranking.boards.build(XP, guild)
    with guildbase_valkey.suspended():
        assert await ranking.boards.rank(XP, guild, A) == 2
    await until(lambda: _redis(ranking).is_available)
    assert await _is_copied(ranking, guild)


async def test_a_copy_is_found_among_thousands_of_other_keys(ranking: Ranking) -> None:
    guild = new_id()
    await ranking.set(guild, {A: 1})
    assert await ranking.boards.build(XP, guild)
    await _redis(ranking).run(lambda client: client.mset({f"key-{number}": 1 for number in range(3_000)}))
    await ranking.boards.forget_member(A)
    assert await _redis(ranking).run(lambda client: client.dbsize()) == 3_000


RUBBISH: dict[str, Callable[[Any, str], Awaitable[object]]] = {
    "text": lambda client, key: client.set(key, b"\xff"),
    "a hash": lambda client, key: client.hset(key, "a", "b"),
    "no member": lambda client, key: client.zadd(key, {"!": float("-inf"), "?": 1}),
    "no score": lambda client, key: client.zadd(key, {"!": float("-inf"), f"{A:020d}": float("-inf")}),
    "no mark": lambda client, key: client.zadd(key, {"!": float("-inf"), "~?": float("inf")}),
}


@pytest.mark.parametrize("kind", RUBBISH)
async def test_rubbish_in_the_place_of_a_copy_is_removed(ranking: Ranking, kind: str) -> None:
    guild, redis = new_id(), _redis(ranking)
    await ranking.set(guild, {A: 1, B: 2})
    key = redis.key("leaderboard", "xp", guild)
    await redis.run(lambda client: RUBBISH[kind](client, key))
    assert await ranking.boards.page(XP, guild) == Page([Place(1, B, 2), Place(2, A, 1)], 2)
    await until(lambda: _is_copied(ranking, guild))
    assert await ranking.boards.page(XP, guild) == Page([Place(1, B, 2), Place(2, A, 1)], 2)


@pytest.mark.parametrize("kind", RUBBISH)
async def test_rubbish_in_the_place_of_a_copy_that_is_made_is_removed(ranking: Ranking, kind: str) -> None:
    guild, redis = new_id(), _redis(ranking)
    await ranking.set(guild, {A: 1, B: 2})
    assert await ranking.boards.build(XP, guild)
    token = str(await ranking.boards._copies.begin(f"xp:{guild}"))
    key = redis.key("leaderboard", "xp", guild, "build")
    await redis.run(lambda client: client.delete(key))
    await redis.run(lambda client: RUBBISH[kind](client, key))
    await ranking.set(guild, {A: 3})
    assert await ranking.boards.page(XP, guild) == Page([Place(1, A, 3), Place(2, B, 2)], 2)
    assert not await ranking.boards._copies.add(f"xp:{guild}", token, [(A, 1)])
    assert not await ranking.boards._copies.finish(f"xp:{guild}", token)
    await ranking.boards.forget_member(B)
    await until(lambda: ranking.boards.build(XP, guild))


async def test_a_flushed_script_is_sent_again(ranking: Ranking) -> None:
    guild = new_id()
    await ranking.set(guild, {A: 1})
    assert await ranking.boards.build(XP, guild)
    await _redis(ranking).run(lambda client: client.script_flush())
    assert await ranking.boards.rank(XP, guild, A) == 1
    assert ranking.boards.counts["copy"] == 1


@contextmanager
def _server(*settings: str) -> Iterator[ValkeyProcess]:
    server = ValkeyProcess(*settings)
    try:
        yield server
    finally:
        server.stop()


async def test_a_redis_that_evicts_never_shows_half_a_leaderboard(database: DatabaseManager) -> None:
    await create(database)
    guilds = [new_id() for _ in range(12)]
    scores: dict[int, int | None] = {A + index: index % 100 for index in range(2_000)}
    async with AsyncExitStack() as stack:
        # Room for three or four of the twelve.
        server = stack.enter_context(_server("--maxmemory", "3mb", "--maxmemory-policy", "allkeys-lru"))
        ranking = await stack.enter_async_context(_process(database, server))
        for guild in guilds:
            await ranking.set(guild, scores)
        truth = await ranking.truth(guilds[0])
        for _ in range(2):
            for guild in guilds:
                await ranking.boards.build(XP, guild)
                assert await ranking.boards.page(XP, guild, start=500, count=5) == Page(truth[500:505], 2_000)
        evicted = (await _redis(ranking).run(lambda client: client.info("stats")))["evicted_keys"]
        log.info("%d keys evicted, no wrong page", evicted)
        assert evicted > 0


async def test_a_redis_that_is_full_and_refuses_writes_keeps_no_old_copy(database: DatabaseManager) -> None:
    await create(database)
    guild = new_id()
    async with AsyncExitStack() as stack:
        server = stack.enter_context(_server("--maxmemory", "0"))
        ranking = await stack.enter_async_context(_process(database, server))
        await ranking.set(guild, {A: 1, B: 2})
        assert await ranking.boards.build(XP, guild)
        await _redis(ranking).run(lambda client: client.config_set("maxmemory", "1"))
        await ranking.set(guild, {A: 3})
        assert await ranking.boards.rank(XP, guild, A) == 1
        assert not await ranking.boards.build(XP, guild)


async def test_a_process_that_dies_while_it_makes_a_copy_is_in_nobodys_way_for_long(
    ranking: Ranking, other: Ranking, monkeypatch: pytest.MonkeyPatch
) -> None:
    guild = new_id()
    await ranking.set(guild, {A: 1})
    monkeypatch.setattr(sorted_sets, "BUILD_PATIENCE", 20)
    copies = ranking.boards._copies
    token = str(await copies.begin(f"xp:{guild}"))
    monkeypatch.setattr(sorted_sets, "BUILD_PATIENCE", 10_000)
    await until(lambda: other.boards.build(XP, guild))
    assert not await copies.add(f"xp:{guild}", token, [(A, 7), (B, 7)])
    assert not await copies.finish(f"xp:{guild}", token)
    assert await other.boards.page(XP, guild) == Page([Place(1, A, 1)], 1)
    assert other.boards.counts["copy"] == 1


async def test_a_process_that_stops_gives_up_what_it_does(
    database: DatabaseManager, guildbase_valkey: ValkeyProcess
) -> None:
    await create(database)
    async with _process(database, guildbase_valkey) as ranking:
        await ranking.set(new_id(), {A: 1})
        making = asyncio.create_task(ranking.boards.build(XP, new_id()))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert isinstance((await asyncio.gather(making, return_exceptions=True))[0], (bool, asyncio.CancelledError))


async def test_a_database_that_goes_ends_the_copy_and_nothing_else(ranking: Ranking) -> None:
    guild = new_id()
    async with ranking.database.engine.begin() as connection:
        await connection.exec_driver_sql("DROP TABLE level")
    assert not await ranking.boards.build(XP, guild)
    assert ranking.boards.counts["failed"] == 1
    assert not await _redis(ranking).run(lambda client: client.exists(_redis(ranking).key("leaderboard", "xp", guild)))


async def test_rows_for_a_copy_are_offered_some_times_and_then_given_up(
    ranking: Ranking, guildbase_valkey: ValkeyProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sorted_sets, "ADD_PAUSE", 0.0)
    copies, guild = ranking.boards._copies, new_id()
    token = str(await copies.begin(f"xp:{guild}"))
    guildbase_valkey.kill()
    assert not await copies.add(f"xp:{guild}", token, [(A, 1)])


async def test_copies_that_may_be_old_are_removed_once_whoever_asks(
    ranking: Ranking, guildbase_valkey: ValkeyProcess
) -> None:
    guild = new_id()
    await ranking.set(guild, {A: 1, B: 2})
    assert await ranking.boards.build(XP, guild)
    copies = ranking.boards._copies
    assert isinstance(copies, SortedSetCopies)
    copies._missed = 1
    await asyncio.gather(copies._discard(), copies._discard())
    assert not await _is_copied(ranking, guild)
    copies._missed = 1
    pages = await asyncio.gather(*(ranking.boards.page(XP, guild) for _ in range(5)))
    assert [page.size for page in pages] == [2] * 5
    assert copies._missed == 0


async def test_rubbish_in_the_place_of_a_copy_does_not_keep_a_member_from_being_forgotten(ranking: Ranking) -> None:
    guild, redis = new_id(), _redis(ranking)
    await ranking.set(guild, {A: 1})
    assert await ranking.boards.build(XP, guild)
    await redis.run(lambda client: client.set(redis.key("leaderboard", "xp", new_id()), "rubbish"))
    await ranking.boards.forget_member(A)
    assert await redis.run(lambda client: client.keys(redis.key("leaderboard", "*"))) == []
