"""What it costs to read a guild's settings that are not in memory, against the quickest way to the same row.

Ours is `GuildController.load`, from the miss in the cache to the snapshot in the cache. The base is asyncpg alone: a
prepared SELECT of the same columns by primary key, on a connection of its own pool, and a plain snapshot made of it.

Guards: both have pools of the same size; the base's pool does not reset its connections, which would add a round trip
to each read and flatter us. Every read is of another guild, and every snapshot is compared with what was stored. Gate
is the CPU time of this process; the server's work is the same on both sides and only in the wall time.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg  # type: ignore[import-untyped]

from benchmarks.benchmark import Benchmark
from benchmarks.callers import drive
from benchmarks.harness import Aim, Case, Figure, Sample
from benchmarks.postgresql import POOL, durable_server, raw_pool
from benchmarks.verdicts import Comparison
from guildbase.core.ports import GuildSnapshot
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.assembly import assemble
from guildbase.services.cache import CacheService

GUILDS = 2_000
READS = 1_000  # of one sample
COLUMNS = ["prefix", "locale", "version", *(f"perm_level_{level}_role_id" for level in range(8))]
SELECT = f"SELECT {', '.join(COLUMNS)} FROM guild_config WHERE guild_id = $1"  # noqa: S608 - the names are ours.


class Reader:
    """The same guilds for both sides, and the snapshots that must come out."""

    def __init__(self) -> None:
        self.expected = {
            (number << 22) + 1: GuildSnapshot(
                (number << 22) + 1, f"p{number}", "en-US", {(number << 22) + 2: 3}, version=1
            )
            for number in range(1, GUILDS + 1)
        }
        self._next = 0

    async def store(self, pool: asyncpg.Pool) -> None:
        """Write the guilds and their settings."""
        await pool.executemany(
            "INSERT INTO guild (guild_id, joined_at) VALUES ($1, now())", [(g,) for g in self.expected]
        )
        insert = "INSERT INTO guild_config (guild_id, prefix, locale, perm_level_3_role_id) VALUES ($1, $2, $3, $4)"
        rows = [(g, found.prefix, found.locale, next(iter(found.level_roles))) for g, found in self.expected.items()]
        await pool.executemany(insert, rows)
        await pool.execute("ANALYZE")

    def guilds(self) -> list[int]:
        """Return guilds to read, going round through all of them."""
        ids = list(self.expected)
        self._next = (self._next + READS) % GUILDS
        return [*ids[self._next :], *ids[: self._next]][:READS]


@asynccontextmanager
async def prepare() -> AsyncIterator[Sequence[Case]]:
    """Start a server with two thousand guilds."""
    async with durable_server() as server:
        url, reader = await server.database(), Reader()
        settings = Settings(database_url=url, **POOL)
        services = assemble(settings, FeatureRegistry.discover())
        controller, cache = services.get(GuildController), services.get(CacheService)
        try:
            async with raw_pool(url) as pool:
                await reader.store(pool)

                async def ours(callers: int) -> Sample:
                    guilds = reader.guilds()
                    await cache.invalidate(*(f"guild:{guild}" for guild in reader.expected))
                    misses = cache.stats().misses
                    found: dict[int, GuildSnapshot] = {}

                    async def read(guild: int) -> None:
                        found[guild] = await controller.load(guild)

                    sample = await drive(guilds, read, callers=callers)
                    if cache.stats().misses - misses != READS:
                        raise AssertionError("Some snapshots were in memory.")
                    _check(reader, found)
                    return sample

                async def raw(callers: int) -> Sample:
                    found: dict[int, GuildSnapshot] = {}

                    async def read(guild: int) -> None:
                        async with pool.acquire() as connection:
                            prefix, locale, version, *roles = await connection.fetchrow(SELECT, guild)
                        levels = {role: level for level, role in enumerate(roles) if role is not None}
                        found[guild] = GuildSnapshot(guild, prefix, locale, levels, version=version)

                    sample = await drive(reader.guilds(), read, callers=callers)
                    _check(reader, found)
                    return sample

                yield [
                    Case("guildbase, 1", lambda: ours(1)),
                    Case("asyncpg, 1", lambda: raw(1)),
                    Case("guildbase, 16", lambda: ours(16)),
                    Case("asyncpg, 16", lambda: raw(16)),
                ]
        finally:
            await services.close()


def _check(reader: Reader, found: dict[int, GuildSnapshot]) -> None:
    if len(found) != READS or any(reader.expected[guild] != snapshot for guild, snapshot in found.items()):
        raise AssertionError("A snapshot is not what was stored.")


BENCHMARK = Benchmark(
    "cold-read",
    prepare,
    (
        Comparison("cold settings, 1 caller", "guildbase, 1", "asyncpg, 1", Figure.CPU, Aim.SPEED, 0.35, 0.55),
        Comparison("cold settings, 16 callers", "guildbase, 16", "asyncpg, 16", Figure.CPU, Aim.SPEED, 0.3, 0.55),
    ),
    rounds=9,
)
