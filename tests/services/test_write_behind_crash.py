"""What a killed process loses of what it gathered, what a stopped one loses (nothing), and the server going away."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlmodel import col

from guildbase.core.errors import DatabaseUnavailable
from guildbase.database.manager import DatabaseManager
from guildbase.database.schema.migrate import upgrade
from guildbase.services.container import BotServices
from guildbase.services.write_behind.service import WriteBehind
from guildbase.testing.postgresql import DURABLE, NoServer, PostgresProcess
from tests.factories import new_id
from tests.services.gathered import CheckLog, GatheredBase, Place, Xp, make_tables, process, stored_xp
from tests.waiting import until

log = logging.getLogger(__name__)

ROOT = Path(__file__).parents[2]
# KILLS=400 looks longer for what seldom happens.
KILLS = int(os.environ.get("KILLS", "20"))
STOPS = KILLS // 2
INTERVAL = 0.05  # seconds
GUILDS = [new_id() for _ in range(KILLS)]
# One process loads the program and forks a child for each life, because to start Python anew takes a second.
NURSERY = """
import asyncio, os, secrets, signal, sys, time
from sqlalchemy.orm import configure_mappers
from tests.services.gathered import CheckLog, WriteBehind, process

async def live(guild_id, mouth):
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    services = process(url, write_behind_interval=interval)
    gathered, number = services.get(WriteBehind), 0
    await services.start()
    while not stop.is_set():
        for _ in range(5):
            gathered.append(CheckLog, guild_id=guild_id, rule="spam")
            number += 1
        stored = gathered.figures["check_log"][1].stored
        os.write(mouth, f"{guild_id} {number} {stored}\\n".encode())
        await asyncio.sleep(0.001)
    await services.close()

def live_and_end(guild_id):
    ear, mouth = os.pipe()
    child = os.fork()
    if not child:
        os.dup2(2, 1)  # What it logs on a slow machine is no answer of ours.
        asyncio.run(live(guild_id, mouth))
        os._exit(0)
    os.close(mouth)
    with os.fdopen(ear) as said:
        first = said.readline()
        time.sleep(dice.random() * 4 * interval)
        os.kill(child, sent)
        rest = said.read()
    assert os.waitpid(child, 0)[1] == (signal.SIGKILL if sent == signal.SIGKILL else 0)
    # A line that is cut off was not acknowledged.
    return [line for line in (first + rest).splitlines(keepends=True) if line.endswith("\\n")][-1]

url, interval, sent = sys.argv[1], float(sys.argv[2]), signal.Signals[sys.argv[3]]
dice = secrets.SystemRandom()
configure_mappers()
for guild_id in map(int, sys.argv[4:]):
    sys.stdout.write(live_and_end(guild_id))
"""


def _lives(url: str, signal_name: str, guilds: list[int]) -> list[tuple[int, int, int]]:
    """Let processes gather rows and end them; return the guild, the rows gathered and those known as stored."""
    command = [sys.executable, "-c", NURSERY, url, str(INTERVAL), signal_name, *map(str, guilds)]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout
    return [(int(guild), int(gathered), int(stored)) for guild, gathered, stored in map(str.split, said.splitlines())]


async def _stored_logs(url: str) -> dict[int, int]:
    database = DatabaseManager(url)
    counted = select(col(CheckLog.guild_id), func.count()).group_by(col(CheckLog.guild_id))
    async with database.read_session() as session:
        found: dict[int, int] = {guild: rows for guild, rows in await session.execute(counted)}  # noqa: C416 - mypy knows a row as no pair.
    await database.close()
    return found


@pytest.fixture
async def url(database_url: str) -> str:
    database = DatabaseManager(database_url)
    await make_tables(database, GUILDS)
    await database.close()
    return database_url


@pytest.mark.timeout(300)
async def test_a_killed_process_loses_at_most_what_it_had_not_flushed(url: str) -> None:
    lives = await asyncio.to_thread(_lives, url, "SIGKILL", GUILDS[:KILLS])
    stored = await _stored_logs(url)
    gathered = sum(rows for _, rows, _ in lives)
    lost = [max(0, rows - stored.get(guild, 0)) for guild, rows, _ in lives]
    log.info(
        "%d kills, %d rows gathered, %d lost, at most %d of one process (flushed each %.0f ms)",
        KILLS, gathered, sum(lost), max(lost), INTERVAL * 1000,
    )  # fmt: skip
    assert len(lives) == KILLS
    # What the process knew to be stored is stored, and nothing is stored that it did not gather.
    assert all(known <= stored.get(guild, 0) <= rows + 5 for guild, rows, known in lives)
    assert 0 < sum(lost) < gathered


@pytest.mark.timeout(300)
async def test_a_stopped_process_loses_nothing(url: str) -> None:
    lives = await asyncio.to_thread(_lives, url, "SIGTERM", GUILDS[:STOPS])
    gathered = {guild: rows for guild, rows, _ in lives}
    log.info("%d stops, %d rows gathered", STOPS, sum(gathered.values()))
    assert len(gathered) == STOPS
    assert await _stored_logs(url) == gathered


@pytest.fixture(scope="module")
def own_server() -> Iterator[PostgresProcess]:
    """A server that a test may kill."""
    try:
        server = PostgresProcess(DURABLE)
    except NoServer as reason:
        if os.environ.get("CI") == "true":
            pytest.fail(f"PostgreSQL must be tested in CI: {reason}", pytrace=False)
        pytest.skip(f"no PostgreSQL of our own: {reason}")
    yield server
    server.stop()


async def test_a_server_that_is_killed_and_restarted_under_load_costs_no_row_and_doubles_none(
    own_server: PostgresProcess,
) -> None:
    await asyncio.to_thread(upgrade, own_server.url)
    guild_id, people = new_id(), [new_id() for _ in range(20)]
    services = process(own_server.url, write_behind_interval=0.005, database_pool_timeout=0.5)
    await make_tables(services.get(DatabaseManager), [guild_id])
    await services.start()
    gathered, expected, is_over = services.get(WriteBehind), Counter[int](), asyncio.Event()

    async def play() -> None:
        while not is_over.is_set():
            for person in people:
                gathered.add(Xp, (guild_id, person), xp=1)
                expected[person] += 1
            await asyncio.sleep(0.001)

    players = asyncio.create_task(play())
    for kill in range(6):
        await until(partial(_has_stored_more, gathered, _stored(gathered)), timeout=60)
        await asyncio.to_thread(own_server.kill if kill % 2 else own_server.halt)
        await asyncio.to_thread(own_server.start)
    is_over.set()
    await players
    await until(lambda: _has_flushed(gathered), timeout=60)
    log.info("6 restarts, %d deltas added", sum(expected.values()))
    stored = await stored_xp(services.get(DatabaseManager))
    assert {person: xp for (_, person), (xp, _) in stored.items()} == dict(expected)
    assert gathered.figures["xp"][1].lost == 0
    await services.close()


def _stored(gathered: WriteBehind) -> int:
    return sum(figures.stored for _, figures in gathered.figures.values())


def _has_stored_more(gathered: WriteBehind, before: int) -> bool:
    return _stored(gathered) > before


async def test_a_server_that_says_nothing_holds_rows_up_and_loses_none(own_server: PostgresProcess) -> None:
    await asyncio.to_thread(upgrade, own_server.url)
    services = process(own_server.url, database_statement_timeout=1, write_behind_interval=0.01)
    database, gathered = services.get(DatabaseManager), services.get(WriteBehind)
    async with database.engine.begin() as connection:
        await connection.run_sync(GatheredBase.metadata.create_all)
    async with database.transaction() as locking:
        # The batch is at its COPY when the server falls silent.
        await locking.session.execute(text("LOCK TABLE check_log"))
        guild_id = new_id()
        gathered.append(CheckLog, guild_id=guild_id, rule="spam")
        flush = asyncio.create_task(gathered.flush())
        await until(lambda: _copies(database), timeout=60)
        with own_server.suspended(), pytest.raises(DatabaseUnavailable):
            await flush
    await services.start()
    await until(lambda: gathered.figures["check_log"][1].stored == 1, timeout=60)
    await services.close()
    assert (await _stored_logs(own_server.url))[guild_id] == 1


async def _copies(database: DatabaseManager) -> bool:
    async with database.read_session(fresh=True) as session:
        asked = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ 'check_log'")
        return bool((await session.execute(asked)).scalar_one())


async def _has_flushed(gathered: WriteBehind) -> bool:
    try:
        await gathered.flush()
    except DatabaseUnavailable:
        return False
    return True


class Faults:
    """Ends transactions at random: before their work, after it and before the commit, or after the commit."""

    def __init__(self, services: BotServices, seed: int) -> None:
        self._database = services.get(DatabaseManager)
        self._run = self._database.run
        self._dice = Random(seed)  # noqa: S311 - for reproducible faults.

    async def run(self, action: Any) -> Any:
        """Do the action in a transaction, or not."""
        moment = self._dice.choice(["before", "inside", "after", "never", "never"])

        async def attempt(work: Any) -> Any:
            if moment == "before":
                raise DatabaseUnavailable("The database is away.")
            result = await action(work)
            if moment == "inside":
                raise DatabaseUnavailable("The connection was lost before the commit.")
            return result

        result = await self._run(attempt)
        if moment == "after":
            raise DatabaseUnavailable("The answer to the commit was lost.")
        return result


ADDS = st.tuples(st.integers(0, 5), st.integers(-50, 50))
ACTS = st.lists(st.one_of(ADDS, st.just("flush")), max_size=60)
PEOPLE = [new_id() for _ in range(6)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS, seed=st.integers(0, 1 << 32))
async def test_what_is_stored_is_the_sum_of_what_was_added_whatever_fails(url: str, acts: list[Any], seed: int) -> None:
    services, guild_id = process(url), new_id()
    database, gathered = services.get(DatabaseManager), services.get(WriteBehind)
    async with database.engine.begin() as connection:
        await connection.execute(Place.__table__.insert().values(guild_id=guild_id))
    expected: Counter[int] = Counter()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "run", Faults(services, seed).run)
        for act in acts:
            if act == "flush":
                await _has_flushed(gathered)
            else:
                expected[PEOPLE[act[0]]] += act[1]
                gathered.add(Xp, (guild_id, PEOPLE[act[0]]), xp=act[1])
    await gathered.flush()
    stored = {person: xp for (guild, person), (xp, _) in (await stored_xp(database)).items() if guild == guild_id}
    await services.close()
    assert stored == dict(expected)
