"""No two processes ever run the same shard, and one that finds all shards taken waits for its turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from guildbase.core import clock
from guildbase.core.errors import ConfigurationError, DatabaseUnavailable
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.services import shard_ranges
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.services.leases import Leases
from guildbase.services.shard_ranges import HeldShards, ShardRange, ShardRanges, split

Process = Callable[..., BotServices]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shard_ranges, "LOOK_EVERY", 0.01)


@pytest.fixture
async def process(settings: Settings, registry: FeatureRegistry) -> AsyncIterator[Process]:
    """Make the services of another process on the same database."""
    async with AsyncExitStack() as stack:

        def make(**changes: object) -> BotServices:
            services = assemble(settings.model_copy(update=changes), registry)
            stack.push_async_callback(services.close)
            return services

        yield make


async def held_by(services: BotServices, recommended: int = 4) -> HeldShards:
    return await asyncio.wait_for(ShardRanges(services).wait(recommended), 10)


def test_shards_are_split_into_ranges_that_leave_none_out() -> None:
    assert list(split(4, None)) == [ShardRange(0, 3, 4)]
    assert list(split(5, 2)) == [ShardRange(0, 1, 5), ShardRange(2, 3, 5), ShardRange(4, 4, 5)]
    assert list(split(2, 9)) == [ShardRange(0, 1, 2)]


def test_the_name_of_a_range_tells_all_of_it() -> None:
    assert ShardRange.parse(ShardRange(2, 3, 5).name) == ShardRange(2, 3, 5)
    assert ShardRange.parse("shards:2-3") is None


async def test_many_processes_that_start_at_once_share_the_shards(process: Process) -> None:
    processes = [process(shards_per_process=1) for _ in range(4)]
    got = await asyncio.gather(*(held_by(services) for services in processes))
    assert sorted(shards.range.first for shards in got) == [0, 1, 2, 3]
    assert all(shards.lease.is_sure for shards in got)


async def test_a_process_too_many_stands_by_and_takes_over_what_is_given_back(process: Process) -> None:
    first, second = process(), process()
    shards = await held_by(first)
    waiting = asyncio.create_task(held_by(second))
    await asyncio.wait([waiting], timeout=0.1)
    assert not waiting.done()
    await first.get(Leases).release(shards.lease)
    taken = await waiting
    assert (taken.range, taken.lease.token) == (shards.range, 2)


async def test_what_is_not_renewed_is_taken_over(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    shards = await held_by(process())
    monkeypatch.setattr(clock, "ahead", timedelta(seconds=16))
    assert (await held_by(process())).range == shards.range


async def test_ranges_that_overlap_are_never_run_at_once(process: Process) -> None:
    first, second = process(shards_per_process=2), process(shards_per_process=2)
    half = await held_by(first)
    waiting = asyncio.create_task(held_by(process()))
    await asyncio.wait([waiting], timeout=0.1)
    assert not waiting.done()
    # The other half is free for whoever divides alike.
    other_half = await held_by(second)
    assert other_half.range == ShardRange(2, 3, 4)
    await first.get(Leases).release(half.lease)
    await asyncio.wait([waiting], timeout=0.1)
    assert not waiting.done()
    await second.get(Leases).release(other_half.lease)
    assert (await waiting).range == ShardRange(0, 3, 4)


async def test_another_number_of_shards_is_refused_while_a_process_lives_that_has_the_first(process: Process) -> None:
    first = process(shard_count=2, shards_per_process=1)
    await held_by(first)
    second = process(shard_count=4, shards_per_process=1, lease_ttl=0.05)
    with pytest.raises(
        ConfigurationError, match=r"is to run 4 shards, but the bot runs as 2 \(process \w+\)"
    ) as caught:
        await held_by(second)
    assert "GUILDBASE_SHARD_COUNT" in caught.value.hint


async def test_another_number_of_shards_is_taken_once_the_first_process_is_gone(process: Process) -> None:
    first = process(shard_count=2)
    shards = await held_by(first)
    waiting = asyncio.create_task(held_by(process(shard_count=4)))
    await asyncio.wait([waiting], timeout=0.05)
    await first.get(Leases).release(shards.lease)
    assert (await waiting).range == ShardRange(0, 3, 4)


async def test_what_discord_recommends_meanwhile_does_not_divide_the_bot_anew(process: Process) -> None:
    await held_by(process(shards_per_process=2), recommended=4)
    assert (await held_by(process(shards_per_process=2), recommended=9)).range == ShardRange(2, 3, 4)


async def test_a_database_that_is_away_is_waited_for(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    services = process()
    database, failures = services.get(DatabaseManager), list[int]()
    run = database.run

    async def flaky(*arguments: object) -> object:
        if len(failures) < 3:
            failures.append(1)
            raise DatabaseUnavailable("The database is away.")
        return await run(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(database, "run", flaky)
    assert (await held_by(services)).range == ShardRange(0, 3, 4)
    assert len(failures) == 3
