"""What it costs to open a case with all that belongs to it, against the same rows by asyncpg in a transaction.

Ours is `ModerationController.open_case`: rights, rank, validation, one prebuilt statement, events. The base judges
nothing: BEGIN, the counter's UPDATE with RETURNING, the INSERTs of case, audit row and effect, COMMIT, each prepared.
`uniform` spreads the cases over many guilds; `one guild` opens all of them in one, where its counter is the bottleneck.

Guards: each side has its own copy of one database on a server that syncs every commit, pools of the same size, the
base's without a reset of its connections. Guilds, members and counters are there beforehand, so both write the same
rows. Afterwards the numbers must be gapless in every guild, every case must have its audit row and its effect, and a
digest over guild, target, reason and request of all cases must be that of the requests, worked out without a database.
Gate is the CPU time of this process.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg  # type: ignore[import-untyped]

from benchmarks.benchmark import Benchmark
from benchmarks.callers import drive
from benchmarks.harness import Aim, Case, Figure, Sample
from benchmarks.postgresql import POOL, durable_server, raw_pool
from benchmarks.verdicts import Comparison
from guildbase.core.ports import Caller
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.core.snowflake import SnowflakeMaker
from guildbase.core.targets import Target
from guildbase.core.time_ids import new_time_id
from guildbase.features.moderation.controller import ModerationController
from guildbase.features.moderation.rules import MODERATE_MEMBERS
from guildbase.services.assembly import assemble

GUILDS = 64
MEMBERS = 500
FIRST = 1  # what every counter holds beforehand
JOBS = {1: 150, 16: 320, 64: 320}
UPDATE = "UPDATE guild_counter SET value = value + 1 WHERE guild_id = $1 AND kind = 'case' RETURNING value"
INSERT_CASE = """
INSERT INTO moderation_case (guild_id, number, case_type, state, notice, target_id, target_name, moderator_id,
    moderator_name, reason, request_id, created_at, updated_at)
VALUES ($1, $2, 'warn', 'open', 'pending', $3, $4, $5, $6, $7, $8, $9, $9)"""
INSERT_AUDIT = """
INSERT INTO audit_entry (guild_id, actor_id, actor_name, action, target_type, target_id, reason, details,
    correlation_id, created_at, audit_id)
VALUES ($1, $2, $3, 'moderation.warn', 'user', $4, $5, $6, NULL, $7, $8)"""
INSERT_EFFECT = """
INSERT INTO outbox_effect (guild_id, kind, payload, state, attempts, due_at, created_at, updated_at)
VALUES ($1, 'moderation.tell_target', $2, 'pending', 0, $3, $3, $3) RETURNING effect_id"""


@dataclass(frozen=True, slots=True)
class Request:
    """One case that is to be opened."""

    guild_id: int
    target: Target
    reason: str
    request_id: int


class People:
    """The guilds, members and moderators of both sides, and the requests that were made of each."""

    def __init__(self) -> None:
        new_id = SnowflakeMaker()
        self.guilds = [new_id() for _ in range(GUILDS)]
        self.targets = [Target(new_id(), f"Member {number}", top_role=1) for number in range(MEMBERS)]
        moderator = new_id()
        self.moderators = {
            guild: Caller(moderator, guild, "Mo Moderator", permissions=MODERATE_MEMBERS, top_role=5)
            for guild in self.guilds
        }
        self._new_id = new_id
        self._count = 0

    def requests(self, count: int, guilds: Sequence[int]) -> list[Request]:
        """Return new requests, spread evenly over the guilds."""
        self._count += count
        numbers = range(self._count - count, self._count)
        return [
            Request(guilds[n % len(guilds)], self.targets[n % MEMBERS], f"Spam in channel {n}", self._new_id())
            for n in numbers
        ]

    async def store(self, pool: asyncpg.Pool) -> None:
        """Write everybody, and the counters."""
        guilds = [(guild,) for guild in self.guilds]
        await pool.executemany("INSERT INTO guild (guild_id, joined_at) VALUES ($1, now())", guilds)
        config = "INSERT INTO guild_config (guild_id, prefix, locale) VALUES ($1, '!', 'en-US')"
        await pool.executemany(config, guilds)
        counter = f"INSERT INTO guild_counter (guild_id, kind, value) VALUES ($1, 'case', {FIRST})"  # noqa: S608
        await pool.executemany(counter, guilds)
        users = [(target.user_id,) for target in self.targets]
        await pool.executemany("INSERT INTO discord_user (user_id) VALUES ($1)", users)
        members = [(guild, user) for (guild,) in guilds for (user,) in users]
        await pool.executemany("INSERT INTO member (guild_id, user_id) VALUES ($1, $2)", members)
        await pool.execute("ANALYZE")


class Side:
    """One of the two, with its database and what was asked of it."""

    def __init__(self, pool: asyncpg.Pool, people: People) -> None:
        self.pool = pool
        self.people = people
        self.asked: list[Request] = []

    async def open(self, request: Request) -> object:
        """Open one case: by asyncpg alone."""
        moderator, now = self.people.moderators[request.guild_id], datetime.now(UTC)
        guild_id, target = request.guild_id, request.target
        async with self.pool.acquire() as connection, connection.transaction():
            number = await connection.fetchval(UPDATE, guild_id)
            await connection.execute(
                INSERT_CASE, guild_id, number, target.user_id, target.name, moderator.user_id, moderator.name,
                request.reason, request.request_id, now,
            )  # fmt: skip
            details = f'{{"case": {number}}}'
            await connection.execute(
                INSERT_AUDIT, guild_id, moderator.user_id, moderator.name, target.user_id, request.reason, details, now,
                new_time_id(),
            )  # fmt: skip
            return await connection.fetchval(INSERT_EFFECT, guild_id, f'{{"number": {number}}}', now)

    async def sample(self, callers: int, *, is_hot: bool) -> Sample:
        """Open cases with so many callers, in all guilds or in one."""
        guilds = self.people.guilds[:1] if is_hot else self.people.guilds
        requests = self.people.requests(JOBS[callers], guilds)
        self.asked += requests
        return await drive(requests, self.open, callers=callers)

    async def check(self) -> None:
        """Raise AssertionError unless everything that was asked for is stored, once and whole."""
        rows = await self.pool.fetch("SELECT guild_id, target_id, reason, request_id FROM moderation_case")
        asked = ((one.guild_id, one.target.user_id, one.reason, one.request_id) for one in self.asked)
        if _digest(tuple(row) for row in rows) != _digest(asked):
            raise AssertionError("The cases are not those that were asked for.")
        gaps = await self.pool.fetchval(
            "SELECT count(*) FROM (SELECT guild_id FROM moderation_case GROUP BY guild_id"
            " HAVING min(number) <> $1 OR max(number) <> $1 + count(*) - 1) AS gap", FIRST + 1,
        )  # fmt: skip
        if gaps:
            raise AssertionError(f"In {gaps} guilds the numbers have gaps.")
        for table, document in (("audit_entry", "other.details ->> 'case'"), ("outbox_effect", "payload ->> 'number'")):
            whole = await self.pool.fetchval(
                f"SELECT count(*) FROM moderation_case JOIN {table} AS other"  # noqa: S608 - the names are ours.
                f" ON other.guild_id = moderation_case.guild_id AND ({document})::int = number"
            )
            if whole != len(self.asked):
                raise AssertionError(f"{len(self.asked)} cases have {whole} rows in {table}.")


class Guildbase(Side):
    """Ours."""

    def __init__(self, pool: asyncpg.Pool, people: People, moderation: ModerationController) -> None:
        super().__init__(pool, people)
        self._moderation = moderation

    async def open(self, request: Request) -> object:
        """Open one case: by the controller."""
        moderator = self.people.moderators[request.guild_id]
        return await self._moderation.open_case(
            moderator, request.guild_id, request.target, request.reason, request_id=request.request_id
        )


def _digest(rows: Any) -> str:
    return hashlib.sha256(repr(sorted(rows)).encode()).hexdigest()


@asynccontextmanager
async def prepare() -> AsyncIterator[Sequence[Case]]:
    """Start a server with two equal databases."""
    people = People()
    async with durable_server() as server:
        ours_url, base_url = await server.database(), await server.database()
        settings = Settings(database_url=ours_url, **POOL)
        services = assemble(settings, FeatureRegistry.discover())
        try:
            async with raw_pool(ours_url) as ours_pool, raw_pool(base_url) as base_pool:
                ours = Guildbase(ours_pool, people, services.get(ModerationController))
                base = Side(base_pool, people)
                for side in (ours, base):
                    await people.store(side.pool)
                yield [
                    _case(name, side, callers, is_hot=is_hot)
                    for callers, is_hot in ((1, False), (16, False), (64, False), (16, True))
                    for name, side in (("guildbase", ours), ("asyncpg", base))
                ]
                for side in (ours, base):
                    await side.check()
        finally:
            await services.close()


def _case(name: str, side: Side, callers: int, *, is_hot: bool) -> Case:
    place = "one guild" if is_hot else "uniform"
    return Case(f"{name}, {callers}, {place}", lambda: side.sample(callers, is_hot=is_hot))


def _comparison(callers: int, place: str, floor: float, ambition: float) -> Comparison:
    name = "a case, 1 caller" if callers == 1 else f"a case, {callers} callers, {place}"
    ours, base = f"guildbase, {callers}, {place}", f"asyncpg, {callers}, {place}"
    return Comparison(name, ours, base, Figure.CPU, Aim.SPEED, floor, ambition)


BENCHMARK = Benchmark(
    "cases",
    prepare,
    (
        _comparison(1, "uniform", 0.7, 1.2),
        _comparison(16, "uniform", 0.7, 1.0),
        _comparison(64, "uniform", 0.7, 1.0),
        _comparison(16, "one guild", 0.5, 1.0),
    ),
    rounds=7,
)
