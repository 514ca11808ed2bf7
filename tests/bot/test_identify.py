"""Starts of shards stay within Discord's limits, also when Discord keeps refusing them."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from structlog.typing import EventDict

from guildbase.bot import identify
from guildbase.bot.identify import WINDOW, IdentifyThrottle
from guildbase.core.errors import DatabaseUnavailable
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.services.leases import Leases
from guildbase.simulator import GatewaySettings, Simulator
from guildbase.testing.running import RunningGuildbase
from guildbase.testing.target import restored_target
from tests.waiting import until


class Clock:
    """A clock that nobody has to wait for: sleeping moves it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(identify, "time", made)
    monkeypatch.setattr(identify, "asyncio", SimpleNamespace(Lock=asyncio.Lock, sleep=made.sleep))
    return made


def throttle(*, max_concurrency: int = 1, starts_left: int = 1000, reset_after: float = 600) -> IdentifyThrottle:
    return IdentifyThrottle(
        max_concurrency=max_concurrency, starts_left=starts_left, starts_total=1000, reset_after=reset_after
    )


async def starts(limiter: IdentifyThrottle, clock: Clock, *shards: int) -> list[float]:
    """Return the seconds at which the shards may start, one after another; each becomes ready."""
    moments = []
    for shard_id in shards:
        await limiter.wait(shard_id)
        moments.append(clock.now - 1000)
        limiter.ready(shard_id)
    return moments


async def test_one_shard_starts_in_every_window(clock: Clock) -> None:
    assert await starts(throttle(), clock, 0, 1, 2) == [0, WINDOW, 2 * WINDOW]


def test_the_window_is_no_shorter_than_discords() -> None:
    assert WINDOW >= 5


async def test_shards_of_different_buckets_start_together(clock: Clock) -> None:
    assert await starts(throttle(max_concurrency=2), clock, 0, 1, 2, 3) == [0, 0, WINDOW, WINDOW]


async def test_a_late_start_does_not_wait_again(clock: Clock) -> None:
    limiter = throttle()
    await starts(limiter, clock, 0)
    clock.now += 60
    assert await starts(limiter, clock, 1) == [60]


async def test_a_shard_that_never_gets_ready_waits_longer_each_time_but_not_for_ever(clock: Clock) -> None:
    limiter, moments = throttle(), []
    for _ in range(8):
        await limiter.wait(0)
        moments.append(clock.now)
    pauses = [later - earlier for earlier, later in itertools.pairwise(moments)]
    assert pauses[:2] == [WINDOW, 2 * WINDOW]
    assert pauses[2:] == [identify.LONGEST_WAIT] * 5


async def test_getting_ready_ends_the_long_waits(clock: Clock) -> None:
    limiter = throttle()
    for _ in range(4):
        await limiter.wait(0)
    limiter.ready(0)
    before = clock.now
    await limiter.wait(0)
    assert clock.now - before == WINDOW


async def test_a_refused_shard_does_not_hold_up_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identify, "WINDOW", 0.02)
    limiter = throttle()
    for _ in range(5):
        await limiter.wait(1)
    refused = asyncio.create_task(limiter.wait(1))
    await asyncio.sleep(0)
    await limiter.wait(0)
    assert not refused.done()
    await refused


async def test_when_the_starts_of_the_day_are_used_up_the_rest_waits_for_the_next(
    clock: Clock, logs: list[EventDict]
) -> None:
    limiter = throttle(max_concurrency=2, starts_left=2, reset_after=600)
    assert await starts(limiter, clock, 0, 1) == [0, 0]
    assert limiter.starts_left == 0
    assert await starts(limiter, clock, 2) == [600]
    assert limiter.starts_left == 999
    told = next(line for line in logs if line["event"] == "identify_allowance_used_up")
    assert (told["log_level"], told["starts_left"], told["seconds"]) == ("error", 0, 600)


async def test_a_bot_does_not_begin_a_start_that_it_could_not_finish(clock: Clock) -> None:
    limiter = throttle(starts_left=15, reset_after=600)
    await limiter.allowance(15)
    assert clock.now == 1000
    await limiter.allowance(16)
    assert clock.now == 1600
    # A bot with more shards than starts a day is not kept waiting for ever.
    await limiter.allowance(2000)
    assert clock.now == 1600


async def test_a_concurrency_of_nothing_is_taken_as_one(clock: Clock) -> None:
    assert await starts(throttle(max_concurrency=0), clock, 0, 1) == [0, WINDOW]


@pytest.fixture
async def far_leases(settings: Settings, registry: FeatureRegistry) -> AsyncIterator[Leases]:
    """The leases of another process."""
    services = assemble(settings, registry)
    yield services.get(Leases)
    await services.close()


async def test_processes_take_turns_at_the_starts_of_a_bucket(
    services: BotServices, far_leases: Leases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identify, "WINDOW", 0.3)
    monkeypatch.setattr(identify, "LOOK_EVERY", 0.01)
    limits: dict[str, Any] = {"max_concurrency": 2, "starts_left": 9, "starts_total": 9, "reset_after": 600}
    first = IdentifyThrottle(**limits, leases=services.get(Leases))
    second = IdentifyThrottle(**limits, leases=far_leases)
    began = time.monotonic()
    await first.wait(0)
    # The other bucket is free.
    await asyncio.wait_for(second.wait(1), 10)
    await second.wait(2)
    assert time.monotonic() - began > 0.29


async def test_without_the_database_a_shard_starts_without_its_turn(
    services: BotServices, monkeypatch: pytest.MonkeyPatch, logs: list[EventDict]
) -> None:
    async def away(*_: object) -> None:
        raise DatabaseUnavailable("The database is away.")

    monkeypatch.setattr(services.get(DatabaseManager), "run", away)
    limits: dict[str, Any] = {"max_concurrency": 1, "starts_left": 9, "starts_total": 9, "reset_after": 600}
    await IdentifyThrottle(**limits, leases=services.get(Leases)).wait(0)
    assert any(line["event"] == "identify_without_turn" for line in logs)


async def test_a_gateway_that_refuses_every_identify_gets_no_storm(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without our throttle discord.py identifies again at once, some fifty times in a second."""
    monkeypatch.setattr(identify, "WINDOW", 0.1)
    # One bucket, in which no second start is ever allowed: shard 1 is refused again and again.
    strict = GatewaySettings(max_concurrency=1, identify_interval=3600)
    async with Simulator(shards=2, gateway=strict) as discord:
        with restored_target():
            began = time.monotonic()
            running = RunningGuildbase(discord, {"database_url": sqlite_url})
            try:
                await until(lambda: discord.stats.refused_identifies >= 4)
                assert discord.stats.identifies == 1
                # The pauses before the second, third and fourth refused start: 0.1, 0.2 and 0.4 s.
                assert time.monotonic() - began > 0.7
                assert not running.bot.all_shards_ready
            finally:
                await running.stop()
    assert discord.stats.refused_identifies <= 5
