"""Web sessions: nobody is logged out by Redis, and what is ended stays ended, in all processes."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import delete, select

from guildbase.core.clock import utcnow
from guildbase.core.errors import NotAuthenticated
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.services.redis import RedisConnection
from guildbase.services.sessions import Reading, SessionStore, SessionTruth, WebSession, copies
from guildbase.services.sessions.copies import MemoryCopies, Ticket
from guildbase.services.sessions.shared_copies import SharedCopies
from guildbase.testing.valkey import ValkeyProcess
from tests.factories import new_id
from tests.services.session_rows import ROWS, SessionRows
from tests.waiting import until

log = logging.getLogger(__name__)


class Process:
    """One process with its store and its view of the rows."""

    def __init__(self, settings: Settings, registry: FeatureRegistry) -> None:
        self.services: BotServices = assemble(settings, registry)
        self.rows = SessionRows(self.services.get(DatabaseManager))
        self.services.add(SessionTruth, self.rows)
        self.store = self.services.get(SessionStore)


@pytest.fixture
async def processes(settings: Settings, registry: FeatureRegistry) -> AsyncIterator[list[Process]]:
    """Two processes on one database, which may have a Redis; SQLite has but one process at a time."""
    is_alone = settings.database_url.startswith("sqlite") and not settings.redis_url.get_secret_value()
    made = [Process(settings, registry) for _ in range(1 if is_alone else 2)]
    await made[0].rows.create_table()
    yield [made[0], made[-1]]
    for process in made:
        await process.services.close()


@pytest.fixture
async def own_redis(
    guildbase_valkey: ValkeyProcess, database_url: str, registry: FeatureRegistry
) -> AsyncIterator[list[Process]]:
    """Two processes with a Redis that is this test's own."""
    settings = Settings(database_url=database_url, redis_url=SecretStr(guildbase_valkey.url))
    made = [Process(settings, registry) for _ in range(2)]
    await made[0].rows.create_table()
    yield made
    for process in made:
        await process.services.close()


Forward = Callable[[float], None]


@pytest.fixture
def forward(monkeypatch: pytest.MonkeyPatch) -> Forward:
    """Put the database's clock forward by so many seconds, and let no copy of before be trusted."""
    passed = [0.0]

    def move(seconds: float) -> None:
        passed[0] += seconds
        monkeypatch.setattr("guildbase.core.clock.ahead", timedelta(seconds=passed[0]))

    return move


async def forget_copies(process: Process) -> None:
    """Do what passing time does to copies."""
    store = process.store
    async with process.services.get(DatabaseManager).read_session(fresh=True) as session:
        await store._forget(list((await session.execute(select(ROWS.c.digest))).scalars()))


async def test_a_session_lives_from_login_to_logout(backing: dict[str, Any], processes: list[Process]) -> None:
    here, there = processes
    user = new_id()
    token, session = await here.store.create(user)
    assert session.user_id == user
    assert await here.store.get(token) == session == await there.store.get(token)
    assert await here.store.of_user(user) == [session]
    assert await there.store.revoke(user, session.session_id) == 1
    assert await here.store.get(token) is None is await there.store.get(token)
    assert await here.store.of_user(user) == []
    assert await here.store.revoke(user, session.session_id) == 0


async def test_only_a_hash_of_the_token_is_stored_anywhere(
    redis_settings: dict[str, Any], processes: list[Process]
) -> None:
    here = processes[0]
    token, _ = await here.store.create(new_id())
    assert len(token) == 43  # 256 bits
    assert await here.store.get(token)
    async with here.services.get(DatabaseManager).read_session(fresh=True) as session:
        assert token not in str((await session.execute(select(ROWS))).all())
    if RedisConnection in here.services._instances:
        client = here.services.get(RedisConnection).client
        stored = [(key, await client.get(key)) for key in await client.keys("*session*")]
        assert stored
        assert token not in str(stored)


async def test_what_is_no_token_opens_nothing(backing: dict[str, Any], processes: list[Process]) -> None:
    for token in ("", "x", "x" * 43, "x" * 1_000_000, "../../../../etc/passwd", "é" * 43, "x" * 42 + "\n"):
        assert await processes[0].store.get(token) is None
        with pytest.raises(NotAuthenticated):
            await processes[0].store.rotate(token)


async def test_a_second_look_needs_no_database(backing: dict[str, Any], processes: list[Process]) -> None:
    here, there = processes
    token, session = await here.store.create(new_id())
    for _ in range(5):
        assert await here.store.get(token) == session
        assert await there.store.get(token) == session
    # Without Redis, processes that share a database could not tell each other of a logout, so they keep no copies.
    has_copies = here.store._copies is not None
    assert here.rows.reads + (there.rows.reads if there is not here else 0) == (1 if has_copies else 10)
    assert has_copies is (bool(backing) or here is there)


async def test_a_session_that_is_not_used_ends_and_one_that_is_used_goes_on(
    backing: dict[str, Any], processes: list[Process], forward: Forward
) -> None:
    here = processes[0]
    used, _ = await here.store.create(new_id())
    unused, session = await here.store.create(new_id())
    for _ in range(3):
        forward(40_000)
        await forget_copies(here)
        assert await here.store.get(used)
    assert await here.store.get(unused) is None
    assert await here.store.of_user(session.user_id) == []
    with pytest.raises(NotAuthenticated):
        await here.store.rotate(unused)


async def test_a_session_ends_with_its_greatest_age_however_much_it_is_used(
    backing: dict[str, Any], processes: list[Process], forward: Forward
) -> None:
    here = processes[0]
    token, _ = await here.store.create(new_id())
    for _ in range(59):
        forward(2_592_000 / 60)
        await forget_copies(here)
        assert await here.store.get(token)
    token = await here.store.rotate(token)  # A new token makes the session no younger.
    assert await here.store.get(token)
    forward(2_592_000 / 60)
    await forget_copies(here)
    assert await here.store.get(token) is None


async def test_a_copy_does_not_outlive_its_session(
    backing: dict[str, Any], processes: list[Process], forward: Forward
) -> None:
    here = processes[0]
    token, session = await here.store.create(new_id())
    forward(86_400 - 0.5)
    assert await here.store.get(token)
    async with here.services.get(DatabaseManager).transaction() as work:
        await work.session.execute(delete(ROWS).where(ROWS.c.user_id == session.user_id))

    async def is_gone() -> bool:
        return await here.store.get(token) is None

    # Nobody removed the copy, and it would be trusted for ten seconds if its session had as many.
    began = time.monotonic()
    await until(is_gone)
    assert time.monotonic() - began < copies.TRUST


async def test_being_seen_is_written_once_a_minute(
    backing: dict[str, Any], processes: list[Process], forward: Forward
) -> None:
    here, there = processes
    token, session = await here.store.create(new_id())
    for _ in range(6):
        await forget_copies(here)
        await asyncio.gather(*(process.store.get(token) for process in (here, there) * 10))
        forward(30)
    writes = here.rows.writes + (there.rows.writes if there is not here else 0)
    assert writes == 2
    [seen] = await here.store.of_user(session.user_id)
    assert seen.seen_at - session.created_at >= timedelta(seconds=120)


async def test_a_new_token_kills_the_old_one_at_once_everywhere(
    backing: dict[str, Any], processes: list[Process]
) -> None:
    here, there = processes
    old, session = await here.store.create(new_id())
    assert await there.store.get(old)
    results = await asyncio.gather(
        *(process.store.rotate(old) for process in (here, there) * 10), return_exceptions=True
    )
    new = [result for result in results if isinstance(result, str)]
    assert len(new) == 1
    assert sum(isinstance(result, NotAuthenticated) for result in results) == 19
    for process in processes:
        assert await process.store.get(old) is None
        found = await process.store.get(new[0])
        assert found is not None
        assert (found.session_id, found.created_at) == (session.session_id, session.created_at)


async def test_all_sessions_of_a_person_end_together_and_nobody_elses(
    backing: dict[str, Any], processes: list[Process]
) -> None:
    here, there = processes
    user = new_id()
    tokens = [(await here.store.create(user))[0] for _ in range(3)]
    other, session = await here.store.create(new_id())
    for token in (*tokens, other):
        assert await there.store.get(token)
    # Another's session cannot be ended by naming it.
    assert await here.store.revoke(user, session.session_id) == 0
    assert await here.store.revoke(user) == 3
    assert [await there.store.get(token) for token in tokens] == [None] * 3
    assert await there.store.get(other) == session


async def test_no_reader_brings_an_ended_session_back(backing: dict[str, Any], processes: list[Process]) -> None:
    here, there = processes
    revived = 0
    for _ in range(40):
        token, session = await here.store.create(new_id())
        is_over = asyncio.Event()

        async def read(process: Process, token: str = token, is_over: asyncio.Event = is_over) -> None:
            while not is_over.is_set():
                await process.store.get(token)
                await asyncio.sleep(0)  # A copy in the process is found without waiting.

        readers = [asyncio.create_task(read(process)) for process in (here, there) * 2]
        await there.store.get(token)
        await here.store.revoke(session.user_id)
        revived += sum([await process.store.get(token) is not None for process in processes])
        is_over.set()
        await asyncio.gather(*readers)
        revived += sum([await process.store.get(token) is not None for process in processes])
    log.info("40 logouts among readers: %d revived", revived)
    assert revived == 0


class SlowRows(SessionRows):
    """Rows whose readers can be held between the row and the copy."""

    def __init__(self, database: DatabaseManager) -> None:
        super().__init__(database)
        self.has_read = asyncio.Event()
        self.may_go_on = asyncio.Event()

    async def find(self, digest: str) -> Reading | None:
        """Return the session of the digest, when that is allowed."""
        found = await super().find(digest)
        self.has_read.set()
        await self.may_go_on.wait()
        return found


async def test_a_reader_that_was_overtaken_stores_nothing(backing: dict[str, Any], processes: list[Process]) -> None:
    here, there = processes
    token, session = await here.store.create(new_id())
    slow = SlowRows(there.services.get(DatabaseManager))
    there.store._truth = slow
    reader = asyncio.create_task(there.store.get(token))
    await slow.has_read.wait()
    there.store._truth = there.rows
    await here.store.revoke(session.user_id)
    slow.may_go_on.set()
    assert await reader == session  # It had asked before.
    assert await here.store.get(token) is None is await there.store.get(token)


async def test_neither_flushing_nor_killing_redis_logs_anybody_out(
    own_redis: list[Process], guildbase_valkey: ValkeyProcess
) -> None:
    here, there = own_redis
    redis = [process.services.get(RedisConnection) for process in own_redis]
    tokens = [(await here.store.create(new_id()))[0] for _ in range(20)]

    async def logged_out() -> int:
        return sum([await process.store.get(token) is None for token in tokens for process in own_redis])

    assert await logged_out() == 0
    await redis[0].client.flushall()
    assert await logged_out() == 0
    guildbase_valkey.kill()
    assert await logged_out() == 0
    began = time.perf_counter()
    await here.store.get(tokens[0])
    assert time.perf_counter() - began < 2  # A hanging client would take for ever.
    guildbase_valkey.start()
    await until(lambda: all(one.is_available for one in redis))
    assert await logged_out() == 0
    with guildbase_valkey.suspended():
        assert await logged_out() == 0
    await until(lambda: all(one.is_available for one in redis))
    await redis[0].client.config_set("maxmemory", "1")
    await redis[0].client.flushall()
    assert await logged_out() == 0
    assert there.rows.reads > 0


async def test_a_reader_whose_redis_goes_away_meanwhile_is_answered(
    own_redis: list[Process], guildbase_valkey: ValkeyProcess
) -> None:
    here, there = own_redis
    token, session = await here.store.create(new_id())
    slow = SlowRows(there.services.get(DatabaseManager))
    there.store._truth = slow
    reader = asyncio.create_task(there.store.get(token))
    await slow.has_read.wait()
    guildbase_valkey.kill()
    slow.may_go_on.set()
    assert await reader == session


async def test_garbage_in_a_copy_costs_a_read_and_nothing_else(own_redis: list[Process]) -> None:
    here, _ = own_redis
    token, session = await here.store.create(new_id())
    redis = here.services.get(RedisConnection)
    await here.store.get(token)
    [key] = await redis.client.keys("*session*")
    for garbage in (b"", b"\xff", b"{}", b"[]", b"null", b'{"session_id":1,"user_id":"x"}'):
        await redis.client.set(key, garbage)
        assert await here.store.get(token) == session
    await redis.client.delete(key)
    await redis.client.lpush(key, "x")
    assert await here.store.get(token) == session
    await here.store.revoke(session.user_id)
    assert await here.store.get(token) is None


@pytest.mark.parametrize("change", ["revoke", "rotate"])
async def test_what_is_ended_while_redis_hangs_is_not_revived_by_its_copy(
    own_redis: list[Process], guildbase_valkey: ValkeyProcess, change: str
) -> None:
    here, there = own_redis
    token, session = await here.store.create(new_id())
    assert await there.store.get(token)
    with guildbase_valkey.suspended():
        ending = asyncio.create_task(
            here.store.revoke(session.user_id) if change == "revoke" else here.store.rotate(token)
        )
        await until(lambda: here.services.get(RedisConnection).failures > 0)
        assert not ending.done()
        # The row is gone, and who notices that Redis is away reads it.
        assert await here.store.get(token) is None
    # The copy is there again with Redis itself, until the one who ended the session has removed it.
    await ending
    assert await there.store.get(token) is None is await here.store.get(token)


async def test_what_cannot_be_removed_is_outlived(
    own_redis: list[Process], guildbase_valkey: ValkeyProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = own_redis
    for process in own_redis:
        process.store._copies = SharedCopies(process.services.get(RedisConnection), trust=0.5)
    token, session = await here.store.create(new_id())
    assert await there.store.get(token)
    began = time.monotonic()
    with guildbase_valkey.suspended():
        await here.store.revoke(session.user_id)
        assert time.monotonic() - began >= 0.5
    assert await there.store.get(token) is None


async def test_regression_one_process_that_lost_redis_long_ago_outlives_the_copies_of_the_others(
    own_redis: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = own_redis
    for process in own_redis:
        process.store._copies = SharedCopies(process.services.get(RedisConnection), trust=0.5)
    cut_off = here.services.get(RedisConnection)
    monkeypatch.setattr(cut_off, "is_available", False)
    assert await here.store.get("x" * 43) is None
    await asyncio.sleep(0.6)  # It has been away for longer than any copy is trusted, but not for the others.
    token, session = await there.store.create(new_id())
    assert await there.store.get(token) == session == await there.store.get(token)
    await here.store.revoke(session.user_id)
    assert await there.store.get(token) is None


async def test_copies_in_the_process_are_few_and_die_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "MOST", 100)
    now = [0.0]
    held = MemoryCopies(lambda: now[0])
    session = WebSession(uuid4(), 1, utcnow(), utcnow())
    for number in range(1000):
        ticket = await held.find(str(number))
        assert isinstance(ticket, Ticket)
        assert await held.find(str(number)) is None
        await held.keep(str(number), ticket, session, 60)
        await held.keep(str(number), Ticket.new(), session, 60)
    assert len(held._held) == 100
    assert await held.find("999") == session
    now[0] += copies.TRUST
    assert isinstance(await held.find("999"), Ticket)
