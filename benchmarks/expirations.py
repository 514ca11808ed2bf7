"""What it costs to end temporary bans that are all due at once, against the same rows by asyncpg in transactions.

Ours is the `DueWorker` with moderation's own handler: it claims, and ends each case by one prebuilt statement, which
looks whether that case still governs. The base judges nothing: it claims as many rows by the same statement as the
benchmark of due work, and for each there is BEGIN, the lock on the punishment, the UPDATEs of work, case and
punishment, the INSERTs of audit row and effect, COMMIT, each prepared.

Guards: each side has its own copy of one database on a server that syncs every commit, and pools of the same size.
Afterwards every case must be expired, and have its audit row and its effect. Gate is the CPU time of this process.
Once, 10,000 that are due at the same moment are ended, and the time that this takes is told.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import asyncpg  # type: ignore[import-untyped]
from rich.console import Console

from benchmarks.benchmark import Benchmark
from benchmarks.due_work import CLAIM
from benchmarks.harness import Aim, Case, Figure, Sample
from benchmarks.postgresql import POOL, durable_server, raw_pool
from benchmarks.verdicts import Comparison
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.core.snowflake import SnowflakeMaker
from guildbase.core.time_ids import new_time_id
from guildbase.features.moderation.jobs.expiry import expire
from guildbase.features.moderation.kinds import EXPIRE
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.services.due_work.worker import OF_ONE_KIND, DueWorker

PIECES = 200  # of one sample
ALL_AT_ONCE = 10_000
GUILDS = 50
FILL = """
WITH numbers AS (SELECT n, ($3::bigint[])[1 + n % $4::int] AS guild_id FROM generate_series(1, $2::int) AS n),
cases AS (
    INSERT INTO moderation_case (guild_id, number, case_type, state, notice, target_id, target_name, moderator_id,
        moderator_name, reason, expires_at, created_at, updated_at)
    SELECT guild_id, n, 'tempban', 'confirmed', 'none', $5::bigint + n, 'Terry', $5::bigint, 'Mo', 'Spam',
        now() - interval '1 second', now(), now() FROM numbers
), work AS (
    INSERT INTO due_work (kind, payload, guild_id, state, due_at, attempts, version, created_at, unique_key)
    SELECT $1::varchar, jsonb_build_object('number', n), guild_id, 'pending', now() - interval '1 second', 0, 0, now(),
        $1::varchar || ':' || guild_id || ':' || n FROM numbers
)
SELECT count(*) FROM numbers"""
PUNISH = """
INSERT INTO punishment (guild_id, user_id, kind, number, expires_at, is_lifting)
SELECT guild_id, target_id, 'ban', number, expires_at, false FROM moderation_case"""
LOCK = "SELECT user_id FROM punishment WHERE guild_id = $1 AND number = $2 FOR UPDATE"
DONE = """
UPDATE due_work SET state = 'done', worker = NULL, lease_until = NULL, finished_at = now()
WHERE work_id = $1 AND version = $2 AND state = 'running' RETURNING guild_id"""
END = "UPDATE moderation_case SET state = 'expired', ended_at = now() WHERE guild_id = $1 AND number = $2"
LIFT = "UPDATE punishment SET is_lifting = true WHERE guild_id = $1 AND number = $2"
AUDIT = """
INSERT INTO audit_entry (audit_id, guild_id, actor_name, action, target_type, target_id, reason, details, created_at)
VALUES ($1, $2, 'system', 'moderation.expire', 'user', $3, '', $4, now())"""
PROMISE = """
INSERT INTO outbox_effect (guild_id, kind, payload, state, attempts, due_at, created_at, updated_at, priority)
VALUES ($1, 'moderation.enforce', $2, 'pending', 0, now(), now(), now(), 0) RETURNING effect_id"""
LEFT = "SELECT EXISTS (SELECT FROM due_work WHERE state <> 'done')"
TABLES = "moderation_case, punishment, due_work, audit_entry, outbox_effect"
WHOLE = """
SELECT count(*) FROM moderation_case AS it
JOIN audit_entry AS told ON told.guild_id = it.guild_id AND (told.details ->> 'case')::int = it.number
JOIN outbox_effect AS effect ON effect.guild_id = it.guild_id AND (effect.payload ->> 'number')::int = it.number
WHERE it.state = 'expired' AND it.ended_at IS NOT NULL"""


class People:
    """The servers of both sides, and one id to count from."""

    def __init__(self) -> None:
        new_id = SnowflakeMaker()
        self.guilds = [new_id() for _ in range(GUILDS)]
        self.first = new_id()

    async def store(self, pool: asyncpg.Pool) -> None:
        """Write the servers."""
        guilds = [(guild,) for guild in self.guilds]
        await pool.executemany("INSERT INTO guild (guild_id, joined_at) VALUES ($1, now())", guilds)

    async def punish(self, pool: asyncpg.Pool, count: int) -> None:
        """Store so many bans whose time is over, in otherwise empty tables."""
        await pool.execute(f"TRUNCATE {TABLES} CASCADE")
        await pool.fetchval(FILL, EXPIRE, count, self.guilds, GUILDS, self.first)
        await pool.execute(PUNISH)
        await pool.execute(f"ANALYZE {TABLES}")


async def ours(services: BotServices, pool: asyncpg.Pool, people: People, count: int) -> Sample:
    """Let the worker of one process end them."""
    await people.punish(pool, count)

    async def work() -> None:
        worker = DueWorker(services)
        worker.handlers = {EXPIRE: expire}
        running = asyncio.create_task(worker.run())
        while await pool.fetchval(LEFT):  # noqa: ASYNC110 - the rows tell, and no event.
            await asyncio.sleep(0.1)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    return await measured(work, pool, count)


async def raw(pool: asyncpg.Pool, people: People, count: int) -> Sample:
    """Claim and end as many at once as ours does."""
    await people.punish(pool, count)

    async def end(work_id: int, version: int, number: int) -> None:
        async with pool.acquire() as connection, connection.transaction():
            guild_id = await connection.fetchval(DONE, work_id, version)
            user_id = await connection.fetchval(LOCK, guild_id, number)
            await connection.execute(END, guild_id, number)
            await connection.execute(LIFT, guild_id, number)
            await connection.execute(AUDIT, new_time_id(), guild_id, user_id, f'{{"case": {number}}}')
            await connection.fetchval(PROMISE, guild_id, f'{{"number": {number}}}')

    async def work() -> None:
        while taken := await pool.fetch(CLAIM, EXPIRE, OF_ONE_KIND, "raw"):
            numbers = [int(row["payload"].partition(":")[2].strip(" }")) for row in taken]
            each = zip(taken, numbers, strict=True)
            await asyncio.gather(*(end(row["work_id"], row["version"], number) for row, number in each))

    return await measured(work, pool, count)


async def measured(work: Callable[[], Awaitable[None]], pool: asyncpg.Pool, count: int) -> Sample:
    """Return what one end cost, when each was stored once and whole."""
    wall, cpu = time.perf_counter(), time.process_time()
    await work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if (whole := await pool.fetchval(WHOLE)) != count:
        raise AssertionError(f"{whole} of {count} bans have ended whole.")
    return {Figure.WALL: wall / count, Figure.CPU: cpu / count}


@asynccontextmanager
async def prepare() -> AsyncIterator[Sequence[Case]]:
    """Start a server with one database for each side."""
    people = People()
    async with durable_server() as server:
        url, other = await server.database(), await server.database()
        settings = Settings(database_url=url, **POOL)
        services = assemble(settings, FeatureRegistry.discover())
        try:
            async with raw_pool(url) as observer, raw_pool(other) as base:
                for pool in (observer, base):
                    await people.store(pool)
                each = (await ours(services, observer, people, ALL_AT_ONCE))[Figure.WALL]
                told = f"{ALL_AT_ONCE} bans due at once: ended in {each * ALL_AT_ONCE:.1f} s, {1 / each:.0f} a second"
                Console().print(told, highlight=False)
                yield [
                    Case("guildbase", lambda: ours(services, observer, people, PIECES)),
                    Case("asyncpg", lambda: raw(base, people, PIECES)),
                ]
        finally:
            await services.close()


BENCHMARK = Benchmark(
    "expirations",
    prepare,
    (Comparison("the end of a ban", "guildbase", "asyncpg", Figure.CPU, Aim.SPEED, 0.25, 0.4),),
    rounds=7,
)
