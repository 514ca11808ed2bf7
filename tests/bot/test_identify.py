"""Starts of shards stay within Discord's limits, also when Discord keeps refusing them."""

from __future__ import annotations

import asyncio
import itertools
import time
from types import SimpleNamespace

import pytest
from structlog.typing import EventDict
from tests.waiting import until

from guildbase.bot import identify
from guildbase.bot.identify import IdentifyThrottle
from guildbase.simulator import GatewaySettings, Simulator
from guildbase.testing.running import RunningGuildbase, restored_target


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
    return IdentifyThrottle(max_concurrency=max_concurrency, starts_left=starts_left, reset_after=reset_after)


async def starts(limiter: IdentifyThrottle, clock: Clock, *shards: int) -> list[float]:
    """Return the seconds at which the shards may start, one after another; each becomes ready."""
    moments = []
    for shard_id in shards:
        await limiter.wait(shard_id)
        moments.append(clock.now - 1000)
        limiter.ready(shard_id)
    return moments


async def test_one_shard_starts_every_five_seconds(clock: Clock) -> None:
    assert await starts(throttle(), clock, 0, 1, 2) == [0, 5, 10]


async def test_shards_of_different_buckets_start_together(clock: Clock) -> None:
    assert await starts(throttle(max_concurrency=2), clock, 0, 1, 2, 3) == [0, 0, 5, 5]


async def test_a_late_start_does_not_wait_again(clock: Clock) -> None:
    limiter = throttle()
    await starts(limiter, clock, 0)
    clock.now += 60
    assert await starts(limiter, clock, 1) == [60]


async def test_a_shard_that_never_gets_ready_waits_longer_each_time_but_not_for_ever(clock: Clock) -> None:
    limiter, moments = throttle(), []
    for _ in range(10):
        await limiter.wait(0)
        moments.append(clock.now)
    pauses = [later - earlier for earlier, later in itertools.pairwise(moments)]
    assert pauses == [10, 20, 40, 80, 160, 300, 300, 300, 300]


async def test_getting_ready_ends_the_long_waits(clock: Clock) -> None:
    limiter = throttle()
    for _ in range(4):
        await limiter.wait(0)
    limiter.ready(0)
    before = clock.now
    await limiter.wait(0)
    assert clock.now - before == 5


async def test_the_last_starts_of_the_day_are_kept_for_the_operator(clock: Clock, logs: list[EventDict]) -> None:
    limiter = throttle(starts_left=7, reset_after=600)
    assert await starts(limiter, clock, 0, 1) == [0, 5]
    assert limiter.starts_left == identify.RESERVE
    assert await starts(limiter, clock, 2) == [600]
    assert limiter.starts_left == 999
    told = next(line for line in logs if line["event"] == "identify_allowance_used_up")
    assert told["log_level"] == "error"
    assert told["seconds"] == 595


async def test_a_concurrency_of_nothing_is_taken_as_one(clock: Clock) -> None:
    assert await starts(throttle(max_concurrency=0), clock, 0, 1) == [0, 5]


async def test_a_gateway_that_refuses_every_identify_gets_no_storm(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without our throttle discord.py identifies again at once, some fifty times in a second."""
    monkeypatch.setattr(identify, "WINDOW", 0.05)
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
