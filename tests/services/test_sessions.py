"""Web sessions: nobody is logged out by Redis, and what is ended stays ended: at once here, soon in all processes."""

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
from guildbase.services.pubsub import PubSub
from guildbase.services.redis import RedisConnection
from guildbase.services.sessions import Reading, SessionStore, SessionTruth, WebSession, copies
from guildbase.services.sessions.copies import SessionCopies, Ticket
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
        self.pubsub = self.services.get(PubSub)

    async def start(self) -> None:
        """Begin to hear the others."""
        await self.services.start()
        await until(lambda: self.pubsub.is_live)

    async def until_gone(self, *tokens: str) -> None:
        """Return when the process knows that the tokens open nothing any more, even for a look."""
        for token in tokens:

            async def is_gone(token: str = token) -> bool:
                return await self.store.get(token) is None

            await until(is_gone)


@pytest.fixture
async def processes(settings: Settings, registry: FeatureRegistry) -> AsyncIterator[list[Process]]:
    """Two processes on one database, which may have a Redis; SQLite has but one process at a time."""
    is_alone = settings.database_url.startswith("sqlite") and not settings.redis_url.get_secret_value()
    made = [Process(settings, registry) for _ in range(1 if is_alone else 2)]
    await made[0].rows.create_table()
    for process in made:
        await process.start()
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
    for process in made:
        await process.start()
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


def forget_copies(process: Process) -> None:
    """Do what passing time does to copies."""
    process.store._copies._held.clear()


async def test_a_session_lives_from_login_to_logout(backing: dict[str, Any], processes: list[Process]) -> None:
    here, there = processes
    user = new_id()
    token, session = await here.store.create(user)
    assert session.user_id == user
    assert await here.store.get(token) == session == await there.store.get(token)
    assert await here.store.of_user(user) == [session]
    assert await there.store.revoke(user, session.session_id) == 1
    assert await there.store.get(token) is None is await here.store.get(token, fresh=True)
    await here.until_gone(token)
    assert await here.store.of_user(user) == []
    assert await here.store.revoke(user, session.session_id) == 0


async def test_nobody_gathers_sessions_without_end(
    processes: list[Process], forward: Forward, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guildbase.services.sessions.store.MOST", 3)
    here, user = processes[0], new_id()
    stranger, _ = await here.store.create(new_id())
    tokens = []
    for _ in range(3):
        tokens.append((await here.store.create(user))[0])
        forward(61)
    forget_copies(here)
    assert await here.store.get(tokens[0])  # It is used, so the second was used longest ago.
    tokens.append((await here.store.create(user))[0])
    assert len(await here.store.of_user(user)) == 3
    assert [await here.store.get(token) is not None for token in tokens] == [True, False, True, True]
    assert await here.store.get(stranger)


async def test_only_a_hash_of_the_token_is_stored_anywhere(
    redis_settings: dict[str, Any], processes: list[Process]
) -> None:
    here = processes[0]
    token, session = await here.store.create(new_id())
    assert len(token) == 43  # 256 bits
    assert await here.store.get(token)
    async with here.services.get(DatabaseManager).read_session(fresh=True) as reading:
        assert token not in str((await reading.execute(select(ROWS))).all())
    if RedisConnection in here.services._instances:
        heard: list[str] = []
        here.pubsub.subscribe(copies.SESSIONS_ENDED, lambda message: heard.extend(message.digests))
        await here.store.revoke(session.user_id)
        assert heard
        assert token not in heard


async def test_what_is_no_token_opens_nothing(backing: dict[str, Any], processes: list[Process]) -> None:
    for token in ("", "x", "x" * 43, "x" * 1_000_000, "../../../../etc/passwd", "é" * 43, "x" * 42 + "\n"):
        assert await processes[0].store.get(token) is None
        with pytest.raises(NotAuthenticated):
            await processes[0].store.rotate(token)


async def test_a_second_look_needs_no_database(backing: dict[str, Any], processes: list[Process]) -> None:
    here, there = processes
    token, session = await here.store.create(new_id())
    here.rows.reads = 0
    for _ in range(5):
        assert await here.store.get(token) == session
        assert await there.store.get(token) == session
    assert [here.rows.reads, there.rows.reads] == [1, 1]
    # What may change something goes by the row.
    assert await here.store.get(token, fresh=True) == session
    assert here.rows.reads == 2


async def test_a_session_that_is_not_used_ends_and_one_that_is_used_goes_on(
    backing: dict[str, Any], processes: list[Process], forward: Forward
) -> None:
    here = processes[0]
    used, _ = await here.store.create(new_id())
    unused, session = await here.store.create(new_id())
    for _ in range(3):
        forward(40_000)
        forget_copies(here)
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
        forget_copies(here)
        assert await here.store.get(token)
    token = await here.store.rotate(token)  # A new token makes the session no younger.
    assert await here.store.get(token)
    forward(2_592_000 / 60)
    forget_copies(here)
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

    # Nobody removed the copy, and it would be trusted for two seconds if its session had as many.
    began = time.monotonic()
    await until(is_gone)
    assert time.monotonic() - began < copies.TRUST


async def test_being_seen_is_written_once_a_minute(
    backing: dict[str, Any], processes: list[Process], forward: Forward
) -> None:
    here, there = processes
    token, session = await here.store.create(new_id())
    for _ in range(6):
        forget_copies(here)
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
        assert await process.store.get(old, fresh=True) is None
        await process.until_gone(old)
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
    assert [await here.store.get(token) for token in tokens] == [None] * 3
    assert [await there.store.get(token, fresh=True) for token in tokens] == [None] * 3
    await there.until_gone(*tokens)
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
        revived += await here.store.get(token) is not None
        if here.pubsub.is_shared:
            await there.until_gone(token)
        is_over.set()
        await asyncio.gather(*readers)
        revived += await here.store.get(token) is not None
        if here.pubsub.is_shared:
            revived += await there.store.get(token) is not None
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
    reader_of = there if here.pubsub.is_shared else here
    token, session = await here.store.create(new_id())
    slow = SlowRows(reader_of.services.get(DatabaseManager))
    reader_of.store._truth = slow
    reader = asyncio.create_task(reader_of.store.get(token))
    await slow.has_read.wait()
    reader_of.store._truth = reader_of.rows
    await here.store.revoke(session.user_id)
    await until(lambda: not reader_of.store._copies._held)
    slow.may_go_on.set()
    assert await reader == session  # It had asked before.
    assert await here.store.get(token) is None is await reader_of.store.get(token)


async def test_a_login_that_is_ended_elsewhere_is_refused_when_the_message_arrives(
    own_redis: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "TRUST", 600.0)
    here, there = own_redis
    token, session = await here.store.create(new_id())
    assert await there.store.get(token) == session == await there.store.get(token)
    assert there.rows.reads == 1
    await here.store.revoke(session.user_id)
    assert await here.store.get(token) is None is await there.store.get(token, fresh=True)
    await there.until_gone(token)


async def test_a_login_whose_end_nobody_heard_of_is_refused_after_the_short_life_of_copies(
    backing: dict[str, Any], processes: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "TRUST", 0.3)
    here, there = processes
    token, session = await here.store.create(new_id())
    assert await there.store.get(token) == session
    await here.rows.remove(session.user_id)  # And no message.
    assert await there.store.get(token) == session
    # What may change something is refused at once.
    assert await there.store.get(token, fresh=True) is None
    await there.until_gone(token)


async def test_a_process_that_may_have_missed_a_message_forgets_its_copies_and_keeps_none_while_it_hears_nothing(
    own_redis: list[Process], guildbase_valkey: ValkeyProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "TRUST", 600.0)
    here, there = own_redis
    token, session = await here.store.create(new_id())
    assert await there.store.get(token) == session
    guildbase_valkey.kill()
    await until(lambda: not there.pubsub.is_live)
    reads = there.rows.reads
    assert [await there.store.get(token) for _ in range(3)] == [session] * 3
    assert there.rows.reads == reads + 3
    await here.store.revoke(session.user_id)
    assert await there.store.get(token) is None


async def test_killing_and_hanging_redis_logs_nobody_out(
    own_redis: list[Process], guildbase_valkey: ValkeyProcess
) -> None:
    here, there = own_redis
    tokens = [(await here.store.create(new_id()))[0] for _ in range(20)]

    async def logged_out() -> int:
        for process in own_redis:
            forget_copies(process)
        return sum([await process.store.get(token) is None for token in tokens for process in own_redis])

    assert await logged_out() == 0
    guildbase_valkey.kill()
    assert await logged_out() == 0
    guildbase_valkey.start()
    await until(lambda: here.pubsub.is_live and there.pubsub.is_live)
    assert await logged_out() == 0
    with guildbase_valkey.suspended():
        assert await logged_out() == 0


async def test_copies_in_the_process_are_few_and_die_in_time(
    services: BotServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "MOST", 100)
    now = [0.0]
    held = SessionCopies(services.get(PubSub), lambda: now[0])
    session = WebSession(uuid4(), 1, utcnow(), utcnow())
    for number in range(1000):
        ticket = held.find(str(number))
        assert isinstance(ticket, Ticket)
        assert held.find(str(number)) is None
        held.keep(str(number), ticket, session, 60)
        held.keep(str(number), Ticket(), session, 60)
    assert len(held._held) == 100
    assert held.find("999") == session
    now[0] += copies.TRUST
    assert isinstance(held.find("999"), Ticket)


async def test_the_end_of_many_logins_takes_several_messages(services: BotServices) -> None:
    held, heard = SessionCopies(services.get(PubSub)), list[int]()
    services.get(PubSub).subscribe(copies.SESSIONS_ENDED, lambda message: heard.append(len(message.digests)))
    held.forget([str(number) for number in range(250)])
    assert heard == [100, 100, 50]
