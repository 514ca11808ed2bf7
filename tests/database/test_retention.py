"""Terms of tables: declared where the table is, kept by a job, a failure of one harming no other."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.database.upkeep import retention
from guildbase.database.upkeep.retention import Retention, kept_for, remove_old_rows, terms_of
from guildbase.platform.guilds.models import Guild
from guildbase.platform.telemetry.models import AuditDay, AuditEntry, ErrorEvent
from guildbase.services.container import BotServices
from guildbase.services.data_statement import data_statement
from guildbase.services.due_work.recurring import Jobs
from guildbase.services.outbox import EffectState, OutboxEffect
from guildbase.services.tables import all_tables
from tests.database.test_partitions import add
from tests.factories import new_id

OUTBOX = OutboxEffect.__table__
[RULE] = terms_of(OUTBOX)


async def promise(database: DatabaseManager, *states: EffectState, days_ago: int = 8, times: int = 1) -> None:
    old = utcnow() - timedelta(days=days_ago)
    async with database.transaction() as work:
        for state in states * times:
            effect = OutboxEffect(kind="test.x", payload={}, state=state, updated_at=old)
            work.session.add(effect)


async def states(database: DatabaseManager) -> list[str]:
    async with database.read_session() as session:
        return sorted(state.value for state in (await session.execute(select(col(OutboxEffect.state)))).scalars())


def test_a_table_says_how_long_its_rows_are_kept() -> None:
    assert terms_of(AuditEntry.__table__) == (Retention("audit_retention_days", "created_at"),)
    assert terms_of(Guild.__table__) == ()
    assert kept_for(3, by="made_at")["retention"][0].before(Settings(), utcnow()) - utcnow() > timedelta(days=-4)


def test_every_term_names_a_column_and_a_setting(registry: FeatureRegistry) -> None:
    rules = [(table, rule) for table in all_tables(registry) for rule in terms_of(table)]
    names = {table.name for table, _ in rules}
    assert {"audit_entry", "audit_day", "error_event", "outbox_effect", "due_work"} <= names
    for table, rule in rules:
        assert rule.by in table.c, table.name
        assert rule.before(Settings(), utcnow()) < utcnow()


async def test_finished_effects_go_after_their_time_and_waiting_ones_never(database: DatabaseManager) -> None:
    everything = (EffectState.PENDING, EffectState.RUNNING, EffectState.DONE, EffectState.FAILED)
    await promise(database, *everything)
    await promise(database, *everything, days_ago=6)
    before = RULE.before(Settings(), utcnow())
    assert await remove_old_rows(database, OUTBOX, RULE, before) == 2
    assert await states(database) == ["done", "failed", *["pending"] * 2, *["running"] * 2]


async def test_many_rows_go_in_batches(database: DatabaseManager, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 10)
    await promise(database, EffectState.DONE, times=25)
    assert await remove_old_rows(database, OUTBOX, RULE, utcnow()) == 25
    assert await states(database) == []


async def test_keys_of_several_columns_and_days_without_a_time(database: DatabaseManager) -> None:
    today = utcnow().date()
    async with database.transaction() as work:
        for day in range(5):
            row = AuditDay(guild_id=new_id(), day=today - timedelta(days=day), action="test.a", entries=1)
            work.session.add(row)
    rule = Retention(2, "day")
    assert await remove_old_rows(database, AuditDay.__table__, rule, rule.before(Settings(), utcnow())) == 2


async def test_the_retention_job_keeps_the_terms_of_all_tables(services: BotServices) -> None:
    database, now = services.get(DatabaseManager), utcnow()
    await add(database, now, now - timedelta(days=400), now - timedelta(days=800))
    await promise(database, EffectState.DONE, EffectState.PENDING)
    jobs = Jobs(services)
    outcomes = await jobs.run_now(["telemetry.partitions", "telemetry.retention"])
    result = dict(outcomes[1].result or {})
    gone = result["audit_entry_partitions"], result["audit_entry"]
    assert gone == ((0, 2) if database.is_sqlite else (2, 0))
    assert result["outbox_effect"] == 1
    async with database.read_session() as session:
        assert (await session.execute(select(func.count()).select_from(AuditEntry))).scalar_one() == 1
    assert await states(database) == ["pending"]


async def test_a_table_where_it_fails_keeps_no_other_from_it(services: BotServices) -> None:
    database = services.get(DatabaseManager)
    await promise(database, EffectState.DONE)
    async with database.transaction() as work:
        await work.session.execute(text("ALTER TABLE error_event RENAME TO moved_away"))
    [outcome] = await Jobs(services).run_now(["telemetry.retention"])
    assert outcome.error == "ExceptionGroup"
    assert await states(database) == []


async def test_a_changed_setting_changes_the_term(services: BotServices) -> None:
    database = services.get(DatabaseManager)
    services.add(Settings, Settings(outbox_retention_days=30))
    await promise(database, EffectState.DONE)
    await Jobs(services).run_now(["telemetry.retention"])
    assert await states(database) == ["done"]
    async with database.transaction() as work:
        await work.session.execute(update(OutboxEffect).values(updated_at=utcnow() - timedelta(days=31)))
    await Jobs(services).run_now(["telemetry.retention"])
    assert await states(database) == []


def test_regression_the_statement_says_that_logs_go_by_whole_months(registry: FeatureRegistry) -> None:
    statement = data_statement(registry)
    whole = "Rows are removed by whole months, each when all of it is older than `{}_retention_days` (a setting) days."
    assert whole.format("audit") in statement
    assert whole.format("error") in statement
    assert "are removed when they are older than `outbox_retention_days` (a setting) days." in statement


def test_errors_have_a_term_of_their_own() -> None:
    assert terms_of(ErrorEvent.__table__) == (Retention("error_retention_days", "created_at"),)
