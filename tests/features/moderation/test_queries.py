"""The prebuilt statement of a case against the steps: the same rows, numbers and answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import DateTime, event, select
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core.logging import correlation
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.moderation.controller import ModerationController
from guildbase.features.moderation.events import CaseOpened
from guildbase.features.moderation.models import ModerationCase
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.services.tables import all_tables
from tests.factories import moderator, new_id, target

GIVEN_BY_THE_DATABASE = {"audit_id", "effect_id"}


@pytest.fixture
async def services(postgresql_url: str, registry: FeatureRegistry) -> AsyncIterator[BotServices]:
    """Only PostgreSQL runs the statement; on SQLite the steps are the only way."""
    # On a busy machine a hundred callers wait for their turn longer than a person would.
    settings = Settings(
        database_url=postgresql_url,
        default_prefix="?",
        database_pool_timeout=30,
        database_lock_timeout=30,
        database_statement_timeout=30,
    )
    assembled = assemble(settings, registry)
    yield assembled
    await assembled.close()


@pytest.fixture
def moderation(services: BotServices) -> ModerationController:
    return services.get(ModerationController)


async def _nothing(_event: CaseOpened, _work: UnitOfWork) -> None:
    """Have a say in the transaction, so that the case is opened in steps."""


def _take_steps(services: BotServices) -> None:
    services.get(DatabaseManager).events.inside(CaseOpened, _nothing)


async def _rows(services: BotServices, names: dict[int, str]) -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table that is about one of the ids, with the id's name instead of it."""
    found: dict[str, list[dict[str, Any]]] = {}
    async with services.get(DatabaseManager).read_session() as session:
        for table in all_tables(services.get(FeatureRegistry)):
            rows = [row._asdict() for row in await session.execute(select(table))]
            about = [row for row in rows if names.keys() & set(map(_hashable, row.values()))]
            volatile = {column.name for column in table.columns if isinstance(column.type, DateTime | UTCDateTime)}
            for row in about:
                for name in (volatile | GIVEN_BY_THE_DATABASE) & row.keys():
                    row[name] = row[name] is not None
            kept = [{name: names.get(_hashable(value), value) for name, value in row.items()} for row in about]
            found[table.name] = sorted(kept, key=repr)
    return {table: rows for table, rows in found.items() if rows}


def _hashable(value: Any) -> Any:
    return value if isinstance(value, int) else None


async def test_one_statement_writes_what_the_steps_write(
    services: BotServices, moderation: ModerationController
) -> None:
    written = []
    for way in ("statement", "steps"):
        if way == "steps":
            _take_steps(services)
        guild_id, other = new_id(), new_id()
        on, caller = target(name="t" * 101), moderator(guild_id, name="Mo")
        names = {guild_id: "guild", other: "other guild", on.user_id: "target", caller.user_id or 0: "moderator"}
        with correlation("from-a-command"):
            for number in range(3):
                request_id = new_id()
                names[request_id] = f"request {number}"
                await moderation.open_case(caller, guild_id, on, f" Spam {number} ", request_id=request_id)
            await moderation.open_case(caller, guild_id, on, "No request")
            await moderation.open_case(replace(caller, guild_id=other), other, on, "Elsewhere")
        written.append(await _rows(services, names))
    by_statement, by_steps = written
    assert by_statement == by_steps
    assert {table: len(rows) for table, rows in by_statement.items()} == {
        "guild": 2, "guild_config": 2, "guild_counter": 2, "discord_user": 1, "member": 2,
        "moderation_case": 5, "audit_entry": 5, "outbox_effect": 5,
    }  # fmt: skip


async def test_what_comes_back_is_what_is_stored_and_can_be_changed(
    services: BotServices, moderation: ModerationController
) -> None:
    guild_id = new_id()
    opened = await moderation.open_case(moderator(guild_id), guild_id, target(), "Spam", request_id=new_id())
    async with services.get(DatabaseManager).transaction() as work:
        stored = await ModerationCase.get_by_id(work.session, (guild_id, 1))
        assert stored == opened.case
        work.session.expunge_all()
        work.session.add(opened.case)
        await opened.case.update(work.session, reason="Scam")
    assert (await moderation.list_cases(moderator(guild_id), guild_id))[0].reason == "Scam"


async def test_one_round_trip_opens_a_case(services: BotServices, moderation: ModerationController) -> None:
    guild_id, statements = new_id(), []
    engine = services.get(DatabaseManager).engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    await moderation.open_case(moderator(guild_id), guild_id, target(), "Spam")
    # The driver ran the one statement itself, and SQLAlchemy none.
    assert statements == []
    _take_steps(services)
    await moderation.open_case(moderator(guild_id), guild_id, target(), "Spam")
    assert len(statements) > 5


@pytest.mark.parametrize("callers", [1, 16, 64])
async def test_numbers_are_gapless_in_one_guild_and_in_many(moderation: ModerationController, callers: int) -> None:
    busy, others = new_id(), [new_id() for _ in range(3)]
    jobs = iter([busy] * 64 + others * 16)
    numbers: dict[int, list[int]] = {guild_id: [] for guild_id in (busy, *others)}

    async def work() -> None:
        for guild_id in jobs:
            opened = await moderation.open_case(moderator(guild_id), guild_id, target(), "Spam")
            numbers[guild_id].append(opened.case.number)

    await asyncio.gather(*(work() for _ in range(callers)))
    assert {guild_id: sorted(given) for guild_id, given in numbers.items()} == {
        busy: list(range(1, 65)),
        **{guild_id: list(range(1, 17)) for guild_id in others},
    }


async def test_statement_and_steps_at_once_share_one_count_and_never_lock_each_other_out(
    services: BotServices, moderation: ModerationController, registry: FeatureRegistry
) -> None:
    # Two processes: in one of them another feature has a say. New guilds and people make every lock a real one.
    other = assemble(services.get(Settings), registry)
    _take_steps(other)
    slow = other.get(ModerationController)
    guilds, people = [new_id() for _ in range(4)], [target() for _ in range(3)]
    opening = [
        (moderation if number % 2 else slow).open_case(
            moderator(guilds[number % 4]), guilds[number % 4], people[number % 3], f"Spam {number}"
        )
        for number in range(120)
    ]
    opened = await asyncio.gather(*opening)
    for guild_id in guilds:
        given = sorted(one.case.number for one in opened if one.case.guild_id == guild_id)
        assert given == list(range(1, 31))
    await other.close()
