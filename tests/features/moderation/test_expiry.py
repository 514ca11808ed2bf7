"""The prebuilt statement that ends a case against the steps, and what it leaves to them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from guildbase.core import clock
from guildbase.core.ports import ADMINISTRATOR, Caller
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.database.rows.upsert import insert_rows
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.moderation.controller import ActionController
from guildbase.features.moderation.events import CaseSettled
from guildbase.features.moderation.jobs.expiry import expire
from guildbase.features.moderation.kinds import EXPIRE, LOG_CASE, CaseState, CaseType, PunishmentKind
from guildbase.features.moderation.models import CaseLogMessage, ModerationCase, Punishment
from guildbase.features.moderation.rules import NewAction
from guildbase.platform.telemetry.models import AuditEntry
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.services.due_work import DueItem, DueState, DueWork
from guildbase.services.due_work.attempts import Ending, attempt
from guildbase.services.due_work.claims import Claims
from guildbase.services.due_work.settlement import Claim
from guildbase.services.outbox import OutboxEffect
from tests.factories import moderator, new_id, target

HOUR = timedelta(hours=1)


class Jail:
    """One person of one server, whose time is over soon."""

    def __init__(self, services: BotServices) -> None:
        self.services, self.database = services, services.get(DatabaseManager)
        self.actions, self.claims = services.get(ActionController), Claims(services.get(DatabaseManager), "worker")
        self.guild_id, self.on = new_id(), target()
        self.caller: Caller = moderator(self.guild_id, permissions=ADMINISTRATOR)

    async def acts(self, case_type: CaseType = CaseType.TEMPBAN, duration: timedelta | None = HOUR) -> None:
        new = NewAction(case_type, self.on, "Spam", duration=duration)
        await self.actions.act(self.caller, self.guild_id, new)

    async def claim(self) -> list[Claim]:
        return await self.claims.claim([EXPIRE], 20)

    async def end(self) -> list[Ending]:
        return [(await attempt(self.services, self.claims, it, expire)).ending for it in await self.claim()]

    async def rows(self, model: Any) -> list[dict[str, Any]]:
        """Return the rows of this server, with whether there is a value instead of ids and moments."""
        table = model.__table__
        known = {self.guild_id: "guild", self.on.user_id: "target", self.caller.user_id: "moderator"}
        async with self.database.read_session(fresh=True) as session:
            found = await session.execute(select(table).where(table.c.guild_id == self.guild_id))
            rows = [row._asdict() for row in found]
        for row in rows:
            for name in row.keys() & {"audit_id", "effect_id", "work_id", "correlation_id", "unique_key"}:
                row[name] = row[name] is not None
            for name in [name for name in row if name.endswith(("_at", "_until"))]:
                row[name] = row[name] is not None
            row |= {name: known[value] for name, value in row.items() if isinstance(value, int) and value in known}
        return sorted(rows, key=repr)


@pytest.fixture
async def services(postgresql_url: str, registry: FeatureRegistry) -> AsyncIterator[BotServices]:
    """Only PostgreSQL runs the statement; on SQLite the steps are the only way."""
    assembled = assemble(Settings(database_url=postgresql_url), registry)
    yield assembled
    await assembled.close()


@pytest.fixture
def jail(services: BotServices) -> Jail:
    return Jail(services)


async def _nothing(_event: CaseSettled, _work: UnitOfWork) -> None:
    """Have a say in the transaction, so that the case is ended in steps."""


async def _show(jail: Jail, *numbers: int) -> None:
    """Have the mod-log show the cases."""
    rows = [{"guild_id": jail.guild_id, "number": it, "channel_id": new_id(), "message_id": new_id()} for it in numbers]
    async with jail.database.transaction() as work:
        await insert_rows(work.session, CaseLogMessage, rows)


async def test_one_statement_writes_what_the_steps_write(
    services: BotServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[CaseSettled] = []

    async def hear(event: CaseSettled) -> None:
        heard.append(event)

    bus = services.get(DatabaseManager).events
    bus.after_commit(CaseSettled, hear)
    written = []
    for way in ("statement", "steps"):
        if way == "steps":
            bus.inside(CaseSettled, _nothing)
        jail = Jail(services)
        monkeypatch.setattr(clock, "ahead", timedelta(0))
        await jail.acts()
        await _show(jail, 1)
        monkeypatch.setattr(clock, "ahead", 2 * HOUR)
        assert await jail.end() == [Ending.DONE]
        assert heard == [CaseSettled(jail.guild_id, 1)]
        heard.clear()
        tables = (ModerationCase, Punishment, DueItem, AuditEntry, OutboxEffect)
        written.append([await jail.rows(table) for table in tables])
    assert written[0] == written[1]
    cases, punishments, work, audit, effects = written[0]
    assert (cases[0]["state"], cases[0]["ended_at"], cases[0]["ending_case"]) == (CaseState.EXPIRED, True, None)
    assert [row["is_lifting"] for row in punishments] == [True]
    assert [row["state"] for row in work] == [DueState.DONE]
    assert sorted(row["action"] for row in audit) == ["moderation.expire", "moderation.tempban"]
    assert len(effects) == 3
    assert [row["kind"] for row in effects].count(LOG_CASE) == 1


@pytest.mark.parametrize("meanwhile", ["replaced", "extended", "taken over"])
async def test_a_claim_that_is_overtaken_ends_nothing(
    jail: Jail, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    await jail.acts()
    monkeypatch.setattr(clock, "ahead", 2 * HOUR)
    [claim] = await jail.claim()
    if meanwhile == "replaced":
        await jail.acts(CaseType.BAN, None)
    elif meanwhile == "extended":
        await jail.actions.extend(jail.caller, jail.guild_id, 1, clock.utcnow() + HOUR)
    else:
        async with jail.database.transaction() as work:
            table: Any = DueItem.__table__
            await work.session.execute(update(table).values(version=table.c.version + 1))
    assert (await attempt(jail.services, jail.claims, claim, expire)).ending is Ending.LOST
    in_force = await jail.actions.governing(jail.guild_id, jail.on.user_id)
    assert in_force[PunishmentKind.BAN].number == (2 if meanwhile == "replaced" else 1)
    assert not [row for row in await jail.rows(ModerationCase) if row["state"] == CaseState.EXPIRED]


async def test_what_only_has_to_be_told_again_is_left_to_the_steps(jail: Jail, monkeypatch: pytest.MonkeyPatch) -> None:
    await jail.acts()
    await jail.acts(CaseType.TIMEOUT, timedelta(days=60))
    monkeypatch.setattr(clock, "ahead", timedelta(days=27, minutes=1))
    # The one is over, the other only has to be told to Discord again.
    assert await jail.end() == [Ending.DONE, Ending.DONE]
    states = {row["number"]: row["state"] for row in await jail.rows(ModerationCase)}
    assert states == {1: CaseState.EXPIRED, 2: CaseState.OPEN}
    assert list(await jail.actions.governing(jail.guild_id, jail.on.user_id)) == [PunishmentKind.TIMEOUT]


async def test_what_the_driver_refuses_is_told_by_the_steps(jail: Jail, monkeypatch: pytest.MonkeyPatch) -> None:
    await jail.acts()
    monkeypatch.setattr(clock, "ahead", 2 * HOUR)
    [claim] = await jail.claim()
    nonsense = claim._replace(payload={"number": 2**40})
    assert (await attempt(jail.services, jail.claims, nonsense, expire)).error == "InvalidInput"
    assert list(await jail.actions.governing(jail.guild_id, jail.on.user_id)) == [PunishmentKind.BAN]


async def test_old_work_that_comes_up_again_changes_nothing(jail: Jail, monkeypatch: pytest.MonkeyPatch) -> None:
    await jail.acts()
    await jail.acts(CaseType.BAN, None)
    await jail.acts(CaseType.CUSTOM, HOUR)
    monkeypatch.setattr(clock, "ahead", 2 * HOUR)
    assert await jail.end() == [Ending.DONE]
    before = await jail.rows(ModerationCase)
    assert [row["state"] for row in before].count(CaseState.EXPIRED) == 1

    async def schedule(work: UnitOfWork) -> None:
        due = jail.services.get(DueWork)
        for number in (1, 3, 99):  # Replaced, over, and never there.
            await due.schedule(work, EXPIRE, {"number": number}, after=timedelta(0), guild_id=jail.guild_id)

    await jail.database.run(schedule)
    assert await jail.end() == [Ending.DONE] * 3
    assert await jail.rows(ModerationCase) == before
    assert list(await jail.actions.governing(jail.guild_id, jail.on.user_id)) == [PunishmentKind.BAN]
