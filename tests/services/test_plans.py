"""The queries that run often find their rows by an index, also when the tables are large."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert

from guildbase.core.clock import utcnow
from guildbase.core.ports import SYSTEM
from guildbase.database.manager import DatabaseManager
from guildbase.features.moderation.controller import ModerationController
from guildbase.features.moderation.controller.history import HistoryController
from guildbase.features.moderation.kinds import CaseSource, CaseState, CaseType, NoticeState
from guildbase.features.moderation.models import ModerationCase
from guildbase.features.moderation.search import CaseFilter
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.guilds.models import Guild, GuildConfig
from guildbase.services.container import BotServices
from guildbase.services.outbox import EffectState, Outbox, OutboxEffect, Priority, Wanted
from tests.factories import new_id

GUILDS = [new_id() for _ in range(400)]
PEOPLE = [new_id() for _ in range(200)]
MODERATORS = [new_id() for _ in range(25)]
CASES = 10_200
BUSY = GUILDS[0]
"""The guild with most of the cases, so that its own rows are too many to be read one by one."""

Plans = Callable[[Awaitable[object]], Awaitable[list[str]]]


def _case(number: int) -> dict[str, Any]:
    return {
        "guild_id": BUSY if number <= CASES * 3 // 4 else GUILDS[number % len(GUILDS)],
        "number": number,
        "case_type": CaseType.CUSTOM if number % 500 == 0 else CaseType.WARN,
        "custom_type": "scam" if number % 500 == 0 else None,
        "state": CaseState.FAILED if number % 300 == 0 else CaseState.CONFIRMED,
        "source": CaseSource.AUTOMOD if number % 20 == 0 else CaseSource.COMMAND,
        "notice": NoticeState.DELIVERED,
        "target_id": PEOPLE[number * 7 % len(PEOPLE)],
        "target_name": "Terry",
        "moderator_id": MODERATORS[number % len(MODERATORS)],
        "moderator_name": "Mo",
        "reason": "Spam",
        "request_id": None,
    }


def _effect(number: int) -> dict[str, Any]:
    state = EffectState.PENDING if number % 1000 == 0 else EffectState.DONE
    return {"kind": "test.nothing", "payload": {"number": number}, "state": state, "attempts": 0}


@pytest.fixture
async def plans(services: BotServices) -> Plans:
    """Fill the tables, and tell how the database goes about each statement of some work."""
    database = services.get(DatabaseManager)
    async with database.engine.begin() as connection:
        await connection.execute(insert(Guild), [{"guild_id": guild_id} for guild_id in GUILDS])
        configs = [{"guild_id": guild_id, "prefix": "!", "locale": "en-US"} for guild_id in GUILDS]
        await connection.execute(insert(GuildConfig), configs)
        await connection.execute(insert(ModerationCase), [_case(number) for number in range(1, CASES + 1)])
        await connection.execute(insert(OutboxEffect), [_effect(number) for number in range(CASES)])
        await connection.exec_driver_sql("ANALYZE")
    ran: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        ran.append((statement, parameters))

    async def explain(work: Awaitable[object]) -> list[str]:
        ran.clear()
        event.listen(database.engine.sync_engine, "before_cursor_execute", note)
        await work
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)
        verb = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
        async with database.engine.connect() as connection:
            asked = [one for one in ran if one[0].lstrip().startswith(("SELECT", "WITH", "UPDATE"))]
            found = [await connection.exec_driver_sql(f"{verb} {statement}", given) for statement, given in asked]
        return ["\n".join(str(row[-1]) for row in plan) for plan in found]

    return explain


def _reads_all(plan: str) -> bool:
    """Whether a whole table is read: SQLite says SCAN and the table, with an index or without."""
    tables = ("moderation_case", "outbox_effect", "guild_config")
    return any(f"Seq Scan on {table}" in plan or f"SCAN {table}" in plan for table in tables)


async def test_large_tables_are_read_by_their_indexes(services: BotServices, plans: Plans) -> None:
    moderation, guilds = services.get(ModerationController), services.get(GuildController)
    target, moderator = {"target_id": PEOPLE[3]}, {"moderator_id": MODERATORS[3]}
    for filters, index in (
        ({}, "moderation_case"),
        (target, "ix_moderation_case_target"),
        (moderator, "ix_moderation_case_moderator"),
    ):
        for page in ({}, {"before": 4_000}):
            [plan] = await plans(moderation.list_cases(SYSTEM, BUSY, **filters, **page))
            assert not _reads_all(plan), plan
            assert index in plan
            # Sorting would read all rows of the guild for each page.
            assert "Sort" not in plan
            assert "TEMP B-TREE" not in plan
    await _check_searches(services, plans)
    for work in (moderation.get_case(SYSTEM, BUSY, 700), guilds.require(BUSY)):
        for plan in await plans(work):
            assert not _reads_all(plan), plan
    for wanted in (Wanted(), Wanted(oldest_first=True), Wanted(last=Priority.MODERATION), Wanted(busy_guilds={BUSY})):
        claiming = await plans(services.get(Outbox).claim("worker", wanted))
        assert any("ix_outbox_effect_" in plan for plan in claiming)
        for plan in claiming:
            # SQLite goes through a small index from its begin.
            for index in ("ix_outbox_effect_turn", "ix_outbox_effect_waiting"):
                plan = plan.replace(f"SCAN outbox_effect USING INDEX {index}", "")
            assert not _reads_all(plan), plan


async def _check_searches(services: BotServices, plans: Plans) -> None:
    history, now = services.get(HistoryController), utcnow()
    by_moderator = {"moderator_id": MODERATORS[3]}
    for filters, index in (
        ({}, "moderation_case"),
        ({"target_id": PEOPLE[3], "words": "spam"}, "ix_moderation_case_target"),
        (by_moderator, "ix_moderation_case_moderator"),
        (by_moderator | {"state": CaseState.CONFIRMED, "words": "needle"}, "ix_moderation_case_moderator"),
        ({"case_type": CaseType.CUSTOM}, "ix_moderation_case_type"),
        ({"custom_type": "scam"}, "ix_moderation_case_custom"),
        ({"state": CaseState.FAILED}, "ix_moderation_case_state"),
        ({"source": CaseSource.AUTOMOD}, "ix_moderation_case_source"),
        ({"since": now - timedelta(days=9), "until": now}, "ix_moderation_case_created"),
    ):
        for page in ({}, {"before": 4_000}):
            found = await plans(history.search(SYSTEM, BUSY, CaseFilter(**filters), **page))
            assert any(index in plan for plan in found), found
            assert not any(map(_reads_all, found)), found
            # Where the look ends is asked of 10,000 entries at most; few of them, or few rows, PostgreSQL may sort.
            assert "TEMP B-TREE" not in found[-1]
            assert "Sort" not in found[-1] or filters.keys() & {"state", "source"}
