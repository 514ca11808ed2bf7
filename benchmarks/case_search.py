"""Whether finding cases stays quick in a guild of millions: the same pages there and in a guild of 10,000.

Both guilds are in one database, with as many cases for each person; who opened them, types, states and sources have
the same shares. A sample reads 200 pages through `HistoryController.search`, our Python included, newest ones and ones
somewhere in the past, each with another filter: by person, moderator, type, state, source and time, by words that most
cases or none have, and by several of these. Gate is the 99th of a hundred wall times, since a median would hide the
one filter that has to go far.

Guards: every page is in order and of the guild, and full where enough cases fit it.
BENCHMARK_CASES sets the number of cases (5,000,000).
"""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from random import Random

import asyncpg  # type: ignore[import-untyped]

from benchmarks.benchmark import Benchmark
from benchmarks.bulk_rows import without_indexes
from benchmarks.case_rows import A_PERSON, BEGIN, DAYS, MODERATORS, CaseRows, store
from benchmarks.harness import Aim, Case, Figure, Sample
from benchmarks.postgresql import durable_server
from benchmarks.verdicts import Comparison
from guildbase.core.ports import SYSTEM
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.core.snowflake import SnowflakeMaker
from guildbase.features.moderation.controller.history import HistoryController
from guildbase.features.moderation.kinds import CaseSource, CaseState, CaseType
from guildbase.features.moderation.search import CaseFilter
from guildbase.services.assembly import assemble

SMALL = 10_000
LARGE = int(os.environ.get("BENCHMARK_CASES", "5000000"))
PAGES = 200  # of one sample
PAGE = 20
FIRST_PERSON, FIRST_MODERATOR = 8 << 50, 9 << 50


def filters(random: Random, cases: int) -> list[CaseFilter]:
    """Return one filter of each kind."""
    person = FIRST_PERSON + random.randrange(cases // A_PERSON)
    moderator = FIRST_MODERATOR + random.randrange(MODERATORS)
    day = BEGIN + timedelta(days=random.randrange(DAYS - 7))
    return [
        CaseFilter(),
        CaseFilter(target_id=person),
        CaseFilter(moderator_id=moderator),
        CaseFilter(case_type=CaseType.TIMEOUT),
        CaseFilter(custom_type="scam"),
        CaseFilter(state=CaseState.FAILED),
        CaseFilter(source=CaseSource.AUTOMOD, moderator_id=moderator),
        CaseFilter(since=day, until=day + timedelta(days=7), moderator_id=moderator),
        CaseFilter(words="channel 7"),
        CaseFilter(words="nobody wrote this", case_type=CaseType.WARN),
    ]


class Guild:
    """One of the two."""

    def __init__(self, history: HistoryController, guild_id: int, cases: int) -> None:
        self._history, self._guild_id, self._cases = history, guild_id, cases
        self._random = Random(7)

    async def sample(self) -> Sample:
        """Read many pages; return the 99th of a hundred wall times."""
        times: list[float] = []
        while len(times) < PAGES:
            for wanted in filters(self._random, self._cases):
                before = self._random.choice([None, self._random.randrange(self._cases // 2, self._cases)])
                began = time.perf_counter()
                found = await self._history.search(SYSTEM, self._guild_id, wanted, before=before, limit=PAGE)
                times.append(time.perf_counter() - began)
                numbers = [case.number for case in found.cases]
                if numbers != sorted(numbers, reverse=True) or (wanted == CaseFilter() and len(numbers) != PAGE):
                    raise AssertionError("That is no page.")
        return {Figure.WALL: sorted(times)[len(times) * 99 // 100]}


async def fill(url: str, guilds: Mapping[int, int]) -> None:
    """Store guilds, each with so many cases."""
    connection = await asyncpg.connect(url)
    try:
        async with without_indexes(connection, "moderation_case"):
            for guild_id, cases in guilds.items():
                await connection.execute("INSERT INTO guild (guild_id, joined_at) VALUES ($1, now())", guild_id)
                await store(connection, CaseRows(guild_id, cases, FIRST_PERSON, FIRST_MODERATOR))
    finally:
        await connection.close()


@asynccontextmanager
async def prepare() -> AsyncIterator[Sequence[Case]]:
    """Start a server with both guilds."""
    async with durable_server() as server:
        url, new_id = await server.database(), SnowflakeMaker()
        guilds = {new_id(): SMALL, new_id(): LARGE}
        await fill(url, guilds)
        services = assemble(Settings(database_url=url, database_pool_size=2), FeatureRegistry.discover())
        try:
            history = services.get(HistoryController)
            small, large = (Guild(history, guild_id, cases) for guild_id, cases in guilds.items())
            await large.sample()  # What was just written is read into memory, as it is in a server that runs.
            yield [Case(SMALL_PAGE, small.sample), Case(LARGE_PAGE, large.sample)]
        finally:
            await services.close()


SMALL_PAGE, LARGE_PAGE = "p99 of a page, 10k", "p99 of a page, millions"
BENCHMARK = Benchmark(
    "case-search",
    prepare,
    (Comparison("page of cases in millions", LARGE_PAGE, SMALL_PAGE, Figure.WALL, Aim.COST, 3.0, 1.5),),
    rounds=7,
)
