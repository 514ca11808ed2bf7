"""What it costs to promise a message and have it sent, against sending it; and to claim and mark, against asyncpg.

`sent` is the whole way: a promise is claimed by the executor, sent by discord.py and marked as done. The base sends the
same messages with the same client, fifty at a time, and forgets them if it is killed. `claimed` is the database's part
alone: batches of ten are claimed and each effect is marked. The base does the same with two statements of asyncpg.

Guards: Discord is a simulator in a process of its own, without limits; both sides send through one discord.py client
with the pace that the bot has, set so high that it never holds anything up. The messages that Discord got are counted
and compared on both sides; every effect is done in the end. Both databases are copies of one, with fsync. Gate is the
CPU time of this process.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import asyncpg  # type: ignore[import-untyped]
import discord
import orjson

from benchmarks.benchmark import Benchmark
from benchmarks.callers import drive
from benchmarks.harness import Aim, Case, Figure, Sample
from benchmarks.postgresql import POOL, durable_server, raw_pool
from benchmarks.verdicts import Comparison
from guildbase.bot.effects import EffectHandler, EffectRun
from guildbase.bot.executor import EffectExecutor
from guildbase.bot.places import AT_ONCE
from guildbase.bot.target import point_at
from guildbase.bot.traffic import DiscordTraffic
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.services.outbox import Outbox, Wanted

MESSAGES = 300  # of one sample
CLAIMED = 500
BATCH = 10
KIND = "test.send"
NO_LIMIT = 1_000_000
CLAIM = """
UPDATE outbox_effect SET state = 'running', worker = $1, lease_until = now() + interval '30 s', attempts = attempts + 1
WHERE effect_id IN (
    SELECT effect_id FROM outbox_effect WHERE state IN ('pending', 'running') AND due_at <= now() AND state = 'pending'
    ORDER BY priority, due_at, effect_id LIMIT $2 FOR UPDATE SKIP LOCKED
) RETURNING effect_id, kind, payload, attempts"""
MARK = """
UPDATE outbox_effect SET state = 'done', worker = NULL, lease_until = NULL, updated_at = now()
WHERE effect_id = ANY($1) AND worker = $2 AND state = 'running' RETURNING effect_id"""
INSERT = """
INSERT INTO outbox_effect (kind, payload, state, attempts, due_at, created_at, updated_at)
SELECT 'test.send', '{}', 'pending', 0, now(), now(), now() FROM generate_series(1, $1)"""


class Bot(discord.Client):
    """A bot that is logged in and not connected: all that effects need."""

    def __init__(self, services: BotServices, settings: Settings) -> None:
        self.services, self.settings, self.traffic = services, settings, DiscordTraffic(NO_LIMIT)
        super().__init__(intents=discord.Intents.none(), http_trace=self.traffic.trace())

    def report(self, error: BaseException, *_about: str, **_more: Any) -> str:
        """End the measurement: nothing may fail."""
        raise AssertionError("An effect failed.") from error


class Channel:
    """Where both sides write, and what arrived there."""

    def __init__(self, bot: Bot, channel_id: int) -> None:
        self._channel = bot.get_partial_messageable(channel_id)
        self._last = 0

    async def read(self) -> list[str]:
        """Return what was written since the last time."""
        after = discord.Object(self._last)
        found = [message async for message in self._channel.history(limit=None, after=after, oldest_first=True)]
        self._last = max(message.id for message in found)
        return [message.content for message in found]

    async def send(self, text: str, nonce: str) -> None:
        """Write one message."""
        await self._channel.send(text, nonce=nonce)

    async def check(self, texts: Sequence[str]) -> None:
        """Raise AssertionError unless exactly these messages have come since the last time."""
        found = await self.read()
        if sorted(found) != sorted(texts):
            raise AssertionError(f"{len(found)} messages arrived where {len(texts)} were sent.")


@asynccontextmanager
async def _simulator() -> AsyncIterator[dict[str, Any]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "guildbase.simulator", "--port", "0", "--json", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield orjson.loads(await process.stdout.readline())
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def _logged_in(
    services: BotServices, settings: Settings, far_side: dict[str, Any]
) -> AsyncIterator[tuple[Bot, Channel]]:
    bot = Bot(services, settings)
    await bot.login(far_side["token"])
    try:
        channel = Channel(bot, int(far_side["guilds"][0]["channels"]["general"]))
        await channel.read()
        yield bot, channel
    finally:
        await bot.close()


class Sending:
    """The messages of both sides."""

    def __init__(self, bot: Bot, channel: Channel) -> None:
        self._bot, self._channel = bot, channel
        self._outbox, self._database = bot.services.get(Outbox), bot.services.get(DatabaseManager)
        self._left, self._all_sent = 0, asyncio.Event()
        self._count = 0

    async def _run(self, run: EffectRun) -> None:
        await self._channel.send(run.payload["text"], run.nonce)

    def _texts(self) -> list[str]:
        self._count += 1
        return [f"{self._count}, {number}" for number in range(MESSAGES)]

    async def promised(self) -> Sample:
        """Promise all messages and wait until the executor has sent and marked them."""
        texts = self._texts()
        # What is duck-typed here is a client with services, settings and traffic.
        executor = EffectExecutor(cast("Any", self._bot), self._outbox)
        executor.handlers[KIND] = EffectHandler(KIND, self._run, None)
        executor.start()
        wall, cpu = time.perf_counter(), time.process_time()
        async with self._database.transaction() as work:
            last = [await self._outbox.promise(work, KIND, {"text": text}, guild_id=None) for text in texts][-1]
        await self._outbox.outcome(last, timeout=60)
        await executor.stop()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        await self._channel.check(texts)
        return {Figure.WALL: wall / MESSAGES, Figure.CPU: cpu / MESSAGES}

    async def bare(self) -> Sample:
        """Send all messages, as many at a time as the executor."""
        texts = self._texts()
        sample = await drive(texts, lambda text: self._channel.send(text, text), callers=AT_ONCE)
        await self._channel.check(texts)
        return sample


async def _claimed(outbox: Outbox, pool: asyncpg.Pool) -> Sample:
    await pool.execute(INSERT, CLAIMED)

    async def work_off(_batch: int) -> None:
        held = await outbox.claim("worker", Wanted(limit=BATCH))
        if not all(await asyncio.gather(*map(outbox.done, held))) or len(held) != BATCH:
            raise AssertionError("An effect was not claimed or not marked.")

    return await _checked(work_off, pool)


async def _claimed_bare(pool: asyncpg.Pool) -> Sample:
    await pool.execute(INSERT, CLAIMED)

    async def work_off(_batch: int) -> None:
        rows = await pool.fetch(CLAIM, "worker", BATCH)
        if len(await pool.fetch(MARK, [row["effect_id"] for row in rows], "worker")) != BATCH:
            raise AssertionError("An effect was not claimed or not marked.")

    return await _checked(work_off, pool)


async def _checked(work_off: Any, pool: asyncpg.Pool) -> Sample:
    sample = await drive(range(CLAIMED // BATCH), work_off, callers=1)
    if await pool.fetchval("SELECT count(*) FROM outbox_effect WHERE state <> 'done'"):
        raise AssertionError("Some effects are not done.")
    return sample


@asynccontextmanager
async def prepare() -> AsyncIterator[Sequence[Case]]:
    """Start a Discord, and a server with two equal databases."""
    async with durable_server() as server, _simulator() as far_side:
        ours_url, base_url = await server.database(), await server.database()
        settings = Settings(database_url=ours_url, discord_api_url=far_side["rest_url"], **POOL)
        point_at(settings)
        services = assemble(settings, FeatureRegistry.discover())
        try:
            async with (
                raw_pool(ours_url) as ours_pool,
                raw_pool(base_url) as base_pool,
                _logged_in(services, settings, far_side) as (bot, channel),
            ):
                sending = Sending(bot, channel)
                yield [
                    Case("promised", sending.promised),
                    Case("bare calls", sending.bare),
                    Case("claims", lambda: _claimed(services.get(Outbox), ours_pool)),
                    Case("asyncpg", lambda: _claimed_bare(base_pool)),
                ]
        finally:
            await services.close()


BENCHMARK = Benchmark(
    "outbox",
    prepare,
    (
        Comparison("promised and sent", "promised", "bare calls", Figure.CPU, Aim.SPEED, 0.1, 0.3),
        Comparison("claimed and marked", "claims", "asyncpg", Figure.CPU, Aim.SPEED, 0.04, 0.15),
    ),
    rounds=7,
)
