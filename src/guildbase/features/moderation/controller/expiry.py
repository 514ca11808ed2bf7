"""Ends what has had its time, if the case still is the one that decides."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from guildbase.core import clock
from guildbase.core.clock import utcnow
from guildbase.core.logging import current_correlation_id
from guildbase.core.ports import SYSTEM, AuditRecord
from guildbase.core.time_ids import new_time_id
from guildbase.database.connections.prebuilt import RefusedByServer
from guildbase.database.manager import DatabaseManager
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.moderation import queries, rules
from guildbase.features.moderation.controller import punishments
from guildbase.features.moderation.controller.actions import ActionController
from guildbase.features.moderation.controller.cases import ModerationController
from guildbase.features.moderation.controller.modlog import ModLogController
from guildbase.features.moderation.events import CaseSettled
from guildbase.features.moderation.kinds import CaseState
from guildbase.features.moderation.models import ModerationCase, Punishment
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.due_work import DueRun, DueWork
from guildbase.services.outbox import Outbox


class ExpiryController(BaseController):
    """The end of what lasts."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self._actions, self._cases = services.get(ActionController), services.get(ModerationController)
        self._due = services.get(DueWork)

    async def expire(self, run: DueRun) -> None:
        """End the case of the work, or have Discord told again of a time-out that is longer than Discord's longest."""
        guild_id, number = run.guild_id, run.payload["number"]
        assert guild_id is not None  # noqa: S101 - it is scheduled with its guild.
        if self._cases.is_free_to_hurry(CaseSettled) and await self._end_at_once(run, guild_id, number):
            return
        async with self.reading() as session:
            known = await session.get(ModerationCase, (guild_id, number))
        async with self._actions.changing(guild_id, known.target_id if known else 0):
            await self.run(SYSTEM, lambda work: self._expire(work, run, guild_id, number))

    async def _end_at_once(self, run: DueRun, guild_id: int, number: int) -> bool:
        """End the case by the prebuilt statement of PostgreSQL; False if it is not that simple, and nothing is done."""
        try:
            row = await queries.expire().run(
                self.services.get(DatabaseManager),
                guild_id=guild_id,
                number=number,
                work_id=run.claim.work_id,
                version=run.claim.version,
                ahead=clock.ahead,
                audit_id=new_time_id(),
                action="moderation.expire",
                actor_name=SYSTEM.name,
                correlation_id=current_correlation_id(),
            )
        except RefusedByServer:  # Another transaction was in the way.
            return False
        if row is None:
            return False
        target_id, effect_id = cast("tuple[int, int]", row)
        run.completed()
        async with self._actions.changing(guild_id, target_id):
            self.services.get(Outbox).wake(effect_id)
        await self._database.events.committed([CaseSettled(guild_id, number)])
        return True

    async def _expire(self, work: UnitOfWork, run: DueRun, guild_id: int, number: int) -> None:
        row = await punishments.locked_of(work.session, guild_id, number)
        case = await work.session.get(ModerationCase, (guild_id, number))
        await run.complete(work)
        # The clock of the database says what is due, and it may be ahead of ours.
        now = max(utcnow(), run.claim.now)
        if case is None or case.expires_at is None or not _is_to_end(case, row):
            return
        if case.expires_at > now:
            await punishments.schedule(work, self._due, case)
            await self._actions.promise(work, guild_id, number)
            return
        await self._end(work, case, row, now)

    async def _end(self, work: UnitOfWork, case: ModerationCase, row: Punishment | None, now: datetime) -> None:
        case.state, case.ended_at = CaseState.EXPIRED, now
        if row is not None:
            row.is_lifting = True
            await self._actions.promise(work, case.guild_id, case.number)
        details = {"case": case.number}
        record = AuditRecord("moderation.expire", case.guild_id, "user", case.target_id, details=details)
        await self.audit(work, record)
        await work.announce(CaseSettled(case.guild_id, case.number))
        await self.services.get(ModLogController).promise(work, case.guild_id, case.number)


def _is_to_end(case: ModerationCase, row: Punishment | None) -> bool:
    """Tell whether the case is in force: nothing that lasts is, unless it is the one that decides."""
    if case.state not in (CaseState.OPEN, CaseState.CONFIRMED):
        return False
    is_lasting = rules.plan_of(case.case_type).kind is not None
    return (row is not None and not row.is_lifting) or not is_lasting
