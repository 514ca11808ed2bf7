"""The prebuilt statement of a change against the steps: the same rows, versions and answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from sqlalchemy import DateTime, event, select
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core.logging import correlation
from guildbase.core.ports import SYSTEM, Caller
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.database.rows.validation import InvalidRow
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.configuration.controller import ConfigurationController, SettingsChanged
from guildbase.platform.configuration.events import ConfigurationChanged
from guildbase.platform.configuration.models import ConfigurationHistory, GuildSettings
from guildbase.platform.configuration.rules import NewSettings
from guildbase.platform.guilds.controller import GuildController, GuildNotFound
from guildbase.platform.guilds.models import GuildConfig
from guildbase.platform.guilds.rules import MANAGE_GUILD
from guildbase.platform.telemetry.models import AuditEntry
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.services.validation import ValidationService
from tests.factories import member, new_id

CHANNEL, ROLE = str(2**40 + 1), str(2**40 + 2)
TABLES = (GuildConfig, GuildSettings, ConfigurationHistory, AuditEntry)


@pytest.fixture
def settings(postgresql_url: str) -> Settings:
    """Only PostgreSQL runs the statement; on SQLite the steps are the only way."""
    return Settings(database_url=postgresql_url, database_pool_timeout=30, database_lock_timeout=30)


@pytest.fixture
def admin(guild_id: int) -> Caller:
    return member(guild_id, name="Ada Admin", permissions=MANAGE_GUILD)


@pytest.fixture
async def slow(settings: Settings, registry: FeatureRegistry) -> AsyncIterator[BotServices]:
    """Another process, where a feature has a say in the transaction, so that it takes the steps."""
    other = assemble(settings, registry)
    other.get(DatabaseManager).events.inside(ConfigurationChanged, _nothing)
    yield other
    await other.close()


async def _nothing(_event: ConfigurationChanged, _work: UnitOfWork) -> None:
    """Have a say."""


async def _rows(services: BotServices, names: dict[int | None, str]) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of the server of that id, with names instead of ids, and without moments."""
    found = {}
    async with services.get(DatabaseManager).read_session() as session:
        for table in (model.__table__ for model in TABLES):
            volatile = {it.name for it in table.columns if isinstance(it.type, DateTime | UTCDateTime)} | {"audit_id"}
            rows = await session.execute(select(table).where(table.c.guild_id.in_(names)))
            kept = [{k: v is not None if k in volatile else v for k, v in row._asdict().items()} for row in rows]
            named = [{k: names.get(v, v) if isinstance(v, int) else v for k, v in row.items()} for row in kept]
            found[table.name] = sorted(named, key=repr)
    return found


async def test_one_statement_writes_what_the_steps_write(services: BotServices, slow: BotServices) -> None:
    written, answers = [], []
    for process in (services, slow):
        guild_id, controller = new_id(), process.get(ConfigurationController)
        await process.get(GuildController).join(guild_id)
        admin = member(guild_id, name="A" * 101, permissions=MANAGE_GUILD)
        change = partial(controller.change, admin, guild_id)
        with correlation("from-a-page"):
            made = [
                await change("greeter", {"text": "Hej 👋", "words": {"a": [1, 0.5, None]}}, reason=" First "),
                await change("greeter", {"low": 2}, expected_version=1),
                await change("greeter", {"low": 2}),
                await controller.change(SYSTEM, guild_id, "greeter", {"is_loud": True}),
                await controller.reset(admin, guild_id, "greeter", ["text"], reason="Enough"),
                await controller.rollback(admin, guild_id, "greeter", 1),
                await controller.reset(admin, guild_id, "greeter"),
                await change("guilds", {"prefix": "?", "mod_log_channel": CHANNEL, "level_3_role": ROLE}),
                await controller.change(SYSTEM, guild_id, "guilds", {"prefix": "!", "level_3_role": None}),
                await change("configuration", {"features_off": {"greeter": "Too loud"}}),
            ]
        answers.append([(it.version, it.differences, it.settings) for it in made])
        written.append(await _rows(services, {guild_id: "server", admin.user_id: "admin"}))
    assert answers[0] == answers[1]
    by_statement, by_steps = written
    assert by_statement == by_steps
    assert {table: len(rows) for table, rows in by_statement.items()} == {
        "guild_config": 1, "guild_settings": 2, "configuration_history": 9, "audit_entry": 10,
    }  # fmt: skip


async def test_sqlalchemy_runs_none_of_it(services: BotServices, controller: ConfigurationController) -> None:
    guild_id, statements = new_id(), []
    await services.get(GuildController).join(guild_id)
    await controller.change(SYSTEM, guild_id, "greeter", {"low": 2})
    engine = services.get(DatabaseManager).engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    await controller.change(SYSTEM, guild_id, "greeter", {"low": 3})
    await controller.change(SYSTEM, guild_id, "guilds", {"prefix": "?"})
    assert statements == []


@pytest.mark.parametrize(
    ("feature", "mine", "others"),
    [
        ("greeter", {"low": 2}, [{"text": "Hi"}, {"text": "Ho"}]),
        ("guilds", {"prefix": "?"}, [{"locale": "de"}, {"locale": "fr"}]),
    ],
)
async def test_what_changes_between_reading_and_writing_is_not_lost(
    services: BotServices,
    slow: BotServices,
    guild_id: int,
    admin: Caller,
    feature: str,
    mine: dict[str, Any],
    others: list[dict[str, Any]],
) -> None:
    controller, other, waiting = services.get(ConfigurationController), slow.get(ConfigurationController), others[:1]

    async def interfere(_new: NewSettings) -> None:
        if waiting:
            await other.change(SYSTEM, guild_id, feature, waiting.pop())

    services.get(ValidationService).add(NewSettings, interfere)
    changed = await controller.change(admin, guild_id, feature, mine)
    assert changed.version == 2
    assert dict((await controller.current(guild_id, feature)).document) == mine | others[0]
    waiting.append(others[1])
    with pytest.raises(SettingsChanged, match="system changed"):
        await controller.reset(admin, guild_id, feature, expected_version=2)
    assert dict((await controller.current(guild_id, feature)).document) == mine | others[1]


async def test_statement_and_steps_at_once_lose_nothing(
    controller: ConfigurationController, slow: BotServices, guild_id: int, admin: Caller
) -> None:
    processes = (controller, slow.get(ConfigurationController))
    wanted = {f"key_{number}": number + 1 for number in range(20)}
    made = await asyncio.gather(
        *(processes[number % 2].change(admin, guild_id, "many", {f"key_{number}": number + 1}) for number in range(20))
    )
    assert sorted(it.version for it in made) == list(range(1, 21))
    assert dict((await controller.current(guild_id, "many")).document) == wanted
    page = await controller.history(admin, guild_id, "many", limit=50)
    assert all(len(entry.document) == entry.version for entry in page.entries)


async def test_what_the_server_refuses_is_told_as_the_steps_tell_it(
    services: BotServices, controller: ConfigurationController, guild_id: int, admin: Caller
) -> None:
    before = await _rows(services, {guild_id: "server"})
    with pytest.raises(InvalidRow, match="author_name"):
        await controller.change(replace(admin, name="A\x00da"), guild_id, "greeter", {"low": 2})
    with pytest.raises(GuildNotFound):
        await controller.change(SYSTEM, new_id(), "greeter", {"low": 2})
    assert await _rows(services, {guild_id: "server"}) == before
