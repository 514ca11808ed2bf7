"""How the shards of all processes fare, with Redis and without, and which process has a guild."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from guildbase.core import clock
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.core.snowflake import SMALLEST
from guildbase.services import shards as module
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.services.leases import Leases
from guildbase.services.process import ProcessIdentity
from guildbase.services.redis import RedisConnection
from guildbase.services.shard_ranges import ShardRanges
from guildbase.services.shards import ShardReport, Shards
from guildbase.testing.valkey import ValkeyProcess
from tests.waiting import until


def report_of(services: BotServices, shard_id: int, **changes: Any) -> ShardReport:
    process = services.get(ProcessIdentity).id
    report = ShardReport(shard_id, process, "1.0", "ready", 7, 0.04, (0.05, 0.04), 1.5)
    return replace(report, **changes)


@pytest.fixture
async def bot(backing: dict[str, Any], settings: Settings, registry: FeatureRegistry) -> AsyncIterator[BotServices]:
    """A process that runs the first of two shards."""
    services = assemble(settings.model_copy(update={"shards_per_process": 1}), registry)
    await ShardRanges(services).wait(2)
    yield services
    await services.close()


async def test_a_shard_is_shown_as_its_process_reported_it(bot: BotServices) -> None:
    shards = bot.get(Shards)
    await shards.report([report_of(bot, 0)])
    first, second = await shards.all()
    assert (first.state, first.owner, first.is_stale) == ("ready", bot.get(ProcessIdentity).id, False)
    assert first.report == report_of(bot, 0)
    assert (second.state, second.owner, second.report, second.is_stale) == ("gone", None, None, False)


async def test_a_report_takes_the_place_of_the_one_before(bot: BotServices) -> None:
    shards = bot.get(Shards)
    await shards.report([report_of(bot, 0)])
    await shards.report([report_of(bot, 0, state="reconnecting", guilds=8)])
    first = (await shards.all())[0]
    assert first.report is not None
    assert (first.state, first.report.guilds) == ("reconnecting", 8)


async def test_a_report_that_is_not_renewed_goes_stale(bot: BotServices, monkeypatch: pytest.MonkeyPatch) -> None:
    shards = bot.get(Shards)
    await shards.report([report_of(bot, 0)])
    monkeypatch.setattr(module, "STALE_AFTER", 0.01)

    async def is_stale() -> bool:
        return (await shards.all())[0].is_stale

    await until(is_stale)
    first = (await shards.all())[0]
    assert first.age > 0.01
    assert first.state == "ready"


async def test_the_shards_of_a_process_whose_lease_ran_out_are_gone(
    bot: BotServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    shards = bot.get(Shards)
    await shards.report([report_of(bot, 0)])
    monkeypatch.setattr(clock, "ahead", timedelta(seconds=bot.get(Leases).ttl + 1))
    assert [shard.state for shard in await shards.all()] == ["gone", "gone"]
    assert await shards.owner_of(SMALLEST) is None


async def test_a_shard_that_nobody_reported_yet_is_unknown(bot: BotServices) -> None:
    first = (await bot.get(Shards).all())[0]
    assert (first.state, first.is_stale) == ("unknown", True)


async def test_what_a_former_owner_reported_is_not_shown_as_the_new_ones(bot: BotServices) -> None:
    await bot.get(Shards).report([report_of(bot, 0, process="somebody")])
    assert (await bot.get(Shards).all())[0].state == "unknown"


async def test_the_owner_of_a_guild_is_the_process_that_runs_its_shard(bot: BotServices) -> None:
    shards = bot.get(Shards)
    on_first, on_second = (next(it << 22 for it in range(SMALLEST >> 22, 1 << 60) if it % 2 == n) for n in (0, 1))
    assert await shards.owner_of(on_first) == bot.get(ProcessIdentity).id
    assert await shards.owner_of(on_second) is None


async def test_before_the_first_bot_there_are_no_shards(services: BotServices) -> None:
    assert await services.get(Shards).all() == []
    assert await services.get(Shards).owner_of(SMALLEST) is None


@pytest.fixture
async def other(
    redis_settings: dict[str, Any], settings: Settings, registry: FeatureRegistry
) -> AsyncIterator[BotServices]:
    """Another process with the same Redis."""
    services = assemble(Settings(database_url=settings.database_url, **redis_settings), registry)
    yield services
    await services.close()


@pytest.mark.parametrize("backing", ["redis"], indirect=True)
async def test_other_processes_see_the_report_by_redis(bot: BotServices, other: BotServices) -> None:
    await bot.get(Shards).report([report_of(bot, 0)])
    first = (await other.get(Shards).all())[0]
    assert first.report == report_of(bot, 0)
    assert 0 <= first.age < 60
    assert await other.get(Shards).owner_of(2 << 60) == bot.get(ProcessIdentity).id


@pytest.mark.parametrize("garbage", [b"\xff\x00", b"{}", b"[1]", b'{"shard_id": "x"}'])
@pytest.mark.parametrize("backing", ["redis"], indirect=True)
async def test_garbage_in_redis_is_no_report(bot: BotServices, other: BotServices, garbage: bytes) -> None:
    redis = other.get(RedisConnection)
    await redis.run(lambda client: client.set(redis.key("shard", 0), garbage))
    assert (await other.get(Shards).all())[0].state == "unknown"


@pytest.mark.parametrize("backing", ["redis"], indirect=True)
async def test_a_key_of_another_kind_is_no_report(bot: BotServices, other: BotServices) -> None:
    redis = other.get(RedisConnection)
    await redis.run(lambda client: client.lpush(redis.key("shard", 0), "x"))
    assert (await other.get(Shards).all())[0].state == "unknown"


async def test_without_redis_the_owners_and_the_own_shards_are_still_known(
    guildbase_valkey: ValkeyProcess, sqlite_url: str, registry: FeatureRegistry
) -> None:
    services = assemble(Settings(database_url=sqlite_url, redis_url=SecretStr(guildbase_valkey.url)), registry)
    await ShardRanges(services).wait(1)
    shards = services.get(Shards)
    await shards.report([report_of(services, 0)])
    guildbase_valkey.kill()
    for _ in range(3):
        await shards.report([report_of(services, 0)])
        (only,) = await asyncio.wait_for(shards.all(), 5)
        assert only.state == "ready"
    assert await shards.owner_of(SMALLEST) == services.get(ProcessIdentity).id
    await services.close()


async def test_a_redis_without_memory_left_costs_the_reports_and_nothing_else(
    guildbase_valkey: ValkeyProcess, sqlite_url: str, registry: FeatureRegistry
) -> None:
    services = assemble(Settings(database_url=sqlite_url, redis_url=SecretStr(guildbase_valkey.url)), registry)
    redis = services.get(RedisConnection)
    await redis.run(lambda client: client.config_set("maxmemory-policy", "noeviction"))
    await redis.run(lambda client: client.config_set("maxmemory", "1"))
    await ShardRanges(services).wait(1)
    await services.get(Shards).report([report_of(services, 0)])
    assert await redis.run(lambda client: client.get(redis.key("shard", 0))) is None
    assert [shard.state for shard in await services.get(Shards).all()] == ["ready"]
    await services.close()
