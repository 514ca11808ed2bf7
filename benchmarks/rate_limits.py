"""What it costs to ask whether something may be done now: in the process, and shared by all processes.

In the process: `RateLimits.hit` with a policy of this process against `limits` (its asyncio form, moving window in
memory), which is as exact. 5,000 people do ten things each, all of which are allowed; each side is given names that
are text already.

Shared: `RateLimits.hit` with a policy of Redis against one PING of the same client to the same server, which is the
least that any shared limit can cost. 16 callers at once.

Guards: every answer is checked, and after each sample 16 callers ask 50 times for the same subject: exactly ten may be
let through. Gate is the CPU time of this process; the server's work is in the wall time alone.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from pydantic import SecretStr

from benchmarks.benchmark import Benchmark
from benchmarks.callers import drive
from benchmarks.harness import Aim, Case, Figure, Sample
from benchmarks.verdicts import Comparison
from guildbase.core.errors import RateLimited
from guildbase.core.settings import Settings
from guildbase.services.container import BotServices
from guildbase.services.rate_limits import FREE, Policy, RateLimits, Where
from guildbase.services.redis import RedisConnection
from guildbase.testing.valkey import ValkeyProcess

LIMIT = 10
PEOPLE = 5_000
SHARED_PEOPLE = 2_000
BURST = 50  # requests of each of 16 callers for one subject
LOCAL = Policy("local", {FREE: LIMIT}, 60, Where.PROCESS)
SHARED = Policy("shared", {FREE: LIMIT}, 60, Where.SHARED)


class Names:
    """Names that no sample before has used."""

    def __init__(self) -> None:
        self._sample = itertools.count()

    def new(self, count: int) -> list[str]:
        """Return so many."""
        sample = next(self._sample)
        return [f"{sample}:{person}" for person in range(count)]


@asynccontextmanager
async def prepare() -> AsyncIterator[Sequence[Case]]:
    """Start a server and make limits with it."""
    server = await asyncio.to_thread(ValkeyProcess)
    services, names = BotServices(), Names()
    services.add(Settings, Settings(redis_url=SecretStr(server.url), redis_timeout=10))
    redis = services.add(RedisConnection, RedisConnection(server.url))
    item = RateLimitItemPerMinute(LIMIT)

    async def ours_local() -> Sample:
        limits, people = RateLimits(services), names.new(PEOPLE)
        sample = await drive(people * LIMIT, partial(limits.hit, LOCAL), callers=1)
        await _check(partial(limits.hit, LOCAL), names)
        if any([await limits.remaining(LOCAL, name) for name in people]):
            raise AssertionError("Not everything was counted.")
        return sample

    async def base_local() -> Sample:
        limiter, people = MovingWindowRateLimiter(MemoryStorage()), names.new(PEOPLE)
        sample = await drive(people * LIMIT, partial(limiter.hit, item), callers=1)
        if any([await limiter.test(item, name) for name in people]):
            raise AssertionError("Not everything was counted.")
        return sample

    async def ours_shared() -> Sample:
        limits, people = RateLimits(services), names.new(SHARED_PEOPLE)
        sample = await drive(people, partial(limits.hit, SHARED), callers=16)
        await _check(partial(limits.hit, SHARED), names)
        counted = [await limits.remaining(SHARED, name) for name in people]
        if set(counted) != {LIMIT - 1} or limits.errors:
            raise AssertionError("Not everything was counted by Redis.")
        await redis.client.flushdb()
        return sample

    async def base_shared() -> Sample:
        return await drive(range(SHARED_PEOPLE), lambda _: redis.client.ping(), callers=16)

    try:
        yield [
            Case("guildbase, in the process", ours_local),
            Case("limits, memory", base_local),
            Case("guildbase, shared", ours_shared),
            Case("PING", base_shared),
        ]
    finally:
        await redis.close()
        server.stop()


async def _check(hit: Callable[[str], Awaitable[int]], names: Names) -> None:
    [subject] = names.new(1)
    admitted = 0

    async def knock(_number: int) -> None:
        nonlocal admitted
        try:
            await hit(subject)
        except RateLimited:
            return
        admitted += 1

    await drive(range(16 * BURST), knock, callers=16)
    if admitted != LIMIT:
        raise AssertionError(f"{admitted} of {LIMIT} were let through.")


BENCHMARK = Benchmark(
    "rate-limits",
    prepare,
    (
        Comparison("limit in the process", "guildbase, in the process", "limits, memory", Figure.CPU, Aim.SPEED, 5, 10),
        Comparison("shared limit", "guildbase, shared", "PING", Figure.CPU, Aim.SPEED, 0.55, 0.75),
    ),
    rounds=9,
)
