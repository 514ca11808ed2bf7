"""The databases of `guildbase.testing`: each test begins with the same rows, whatever the one before committed."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from guildbase.core.ports import SYSTEM
from guildbase.database.manager import DatabaseManager
from guildbase.features.moderation.controller import ModerationController
from guildbase.features.moderation.models import ModerationCase
from guildbase.platform.guilds.models import Guild
from guildbase.services.container import BotServices
from guildbase.testing.database_fixtures import Make
from guildbase.testing.databases import Databases, SharedServer, ask_controller
from guildbase.testing.factories import Factory
from guildbase.testing.postgresql import NoServer, PostgresProcess
from tests.factories import moderator, new_id, target


async def _guilds(database: DatabaseManager) -> int:
    async with database.read_session() as session:
        return await Guild.count(session)


@pytest.mark.parametrize("turn", [1, 2])
async def test_what_a_test_commits_is_gone_in_the_next(
    guildbase_rolled_back_database: DatabaseManager, turn: int
) -> None:
    database = guildbase_rolled_back_database
    assert await _guilds(database) == 0
    async with database.transaction() as work:
        await Guild.create(work.session, guild_id=new_id())
    assert await _guilds(database) == 1


async def test_a_failed_transaction_loses_only_its_own_rows(guildbase_rolled_back_database: DatabaseManager) -> None:
    database = guildbase_rolled_back_database
    kept, lost = new_id(), new_id()
    zero = text("INSERT INTO guild_counter VALUES (:guild_id, 'case', 0)")  # The table checks that it is more.
    async with database.transaction() as work:
        await Guild.create(work.session, guild_id=kept)
    with pytest.raises(IntegrityError):
        async with database.transaction() as work:
            await Guild.create(work.session, guild_id=lost)
            await work.session.execute(zero, {"guild_id": lost})
    with pytest.raises(IntegrityError):
        async with database.statement() as connection:
            await connection.execute(zero, {"guild_id": kept})
    async with database.read_session() as session:
        assert [guild.guild_id for guild in await Guild.get_multi(session)] == [kept]


async def test_a_statement_commits_by_itself_there_too(guildbase_rolled_back_database: DatabaseManager) -> None:
    database = guildbase_rolled_back_database
    async with database.statement() as connection:
        await connection.execute(Guild.__table__.insert().values(guild_id=new_id()))
    assert await _guilds(database) == 1


async def test_tasks_take_turns_and_lose_nothing(guildbase_services: BotServices, guildbase_make: Make) -> None:
    guild = await guildbase_make(Guild)
    controller = guildbase_services.get(ModerationController)
    caller = moderator(guild.guild_id)
    await asyncio.gather(*(controller.open_case(caller, guild.guild_id, target(), "spam") for _ in range(20)))
    cases = await controller.list_cases(caller, guild.guild_id, limit=50)
    assert [case.number for case in cases] == list(range(20, 0, -1))


async def test_a_task_may_read_while_it_writes(guildbase_rolled_back_database: DatabaseManager) -> None:
    database = guildbase_rolled_back_database
    async with database.transaction(SYSTEM) as work:
        await Guild.create(work.session, guild_id=new_id())
        async with database.read_session() as session:
            await session.execute(text("SELECT 1"))
    assert await _guilds(database) == 1


async def test_rows_are_made_for_the_code_under_test(guildbase_services: BotServices, guildbase_make: Make) -> None:
    case = await guildbase_make(ModerationCase, reason="spam")
    controller = guildbase_services.get(ModerationController)
    found = await controller.get_case(moderator(case.guild_id), case.guild_id, case.number)
    assert (found.reason, found.target_id) == ("spam", case.target_id)


@pytest.mark.parametrize("turn", [1, 2])
async def test_a_session_is_rolled_back(guildbase_session: AsyncSession, turn: int) -> None:
    assert await Guild.count(guildbase_session) == 0
    await Factory(guildbase_session).make(ModerationCase, number=1)
    assert await Guild.count(guildbase_session) == 1


@pytest.mark.parametrize("turn", [1, 2])
async def test_a_database_of_its_own_begins_empty_and_really_commits(
    guildbase_database: DatabaseManager, turn: int
) -> None:
    assert await _guilds(guildbase_database) == 0
    async with guildbase_database.transaction() as work:
        await Guild.create(work.session, guild_id=new_id())
    again = DatabaseManager(guildbase_database.url.render_as_string(hide_password=False))
    assert await _guilds(again) == 1
    await again.close()


@pytest.mark.databases("postgresql")
async def test_who_waits_for_a_held_connection_is_told(
    guildbase_session: AsyncSession,
    guildbase_rolled_back_database: DatabaseManager,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("guildbase.testing.rollback.TURN_WITHIN", 0.05)
    with pytest.raises(RuntimeError, match="Use guildbase_database"):
        await _guilds(guildbase_rolled_back_database)


@pytest.mark.databases("sqlite")
def test_a_mark_chooses_the_database(guildbase_backend: str, guildbase_database_url: str) -> None:
    assert guildbase_backend == "sqlite"
    assert guildbase_database_url.startswith("sqlite:///")


def test_a_named_server_that_does_not_answer_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("TEST_DATABASE_URL", f"postgresql://nobody@127.0.0.1:{closed.getsockname()[1]}/none")
        server = SharedServer()
        with pytest.raises(NoServer, match=r"TEST_DATABASE_URL: .*refused"):
            server.databases()
        server.stop()
    assert not server.folder.exists()


def test_the_files_of_the_server_lie_in_the_named_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    with TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        monkeypatch.setenv("TEST_PG_DATA", name)
        server = PostgresProcess()
        assert server.folder.parent == place
        server.stop()
        assert list(place.iterdir()) == []
    with pytest.raises(NoServer, match=f"TEST_PG_DATA: there is no folder {name}"):
        PostgresProcess()


def test_a_worker_hears_why_there_is_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_DATABASE_URL", "")
    monkeypatch.setenv("TEST_PG_BIN", "/nowhere")
    server = SharedServer()
    server.serve_workers()
    with pytest.raises(NoServer, match="there is no initdb in /nowhere"):
        ask_controller(server.folder)
    server.stop()


def test_regression_a_template_that_cannot_be_migrated_says_why_every_time(guildbase_postgresql: Databases) -> None:
    def fail(_url: str) -> None:
        raise ValueError("the reason")

    for _ in range(2):
        with pytest.raises(ValueError, match="the reason"):
            guildbase_postgresql.template("broken", fail)
