"""The staff's side: the queue of reports and appeals, and what becomes of each."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import Conflict, InvalidInput, PermissionDenied
from guildbase.core.i18n import _, translated
from guildbase.core.ports import Caller
from guildbase.core.rights import Right
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.reports import rules
from guildbase.features.reports.controller.records import (
    WROTE,
    RecordController,
    ReportNotFound,
    events_of,
    require_report,
    require_text,
)
from guildbase.features.reports.kinds import MAX_NUMBER, STRIKE, Happening, Outcome, ReportKind, ReportState
from guildbase.features.reports.models import Report, ReportEvent
from guildbase.platform.guilds.rules import may_configure
from guildbase.services.outbox import Outbox

if TYPE_CHECKING:
    from guildbase.features.moderation.controller import ActionController
    from guildbase.features.moderation.rules import NewAction
    from guildbase.services.idempotency import IdempotencyKey

__all__ = ["Closing", "Entry", "QueueController", "ReportNotFound"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A report or appeal with all that happened to it, oldest first."""

    report: Report
    events: Sequence[ReportEvent]


@dataclass(frozen=True, slots=True)
class Closing:
    """How a report or an appeal shall end."""

    outcome: Outcome
    note: str = ""
    """Told to whoever wrote."""
    action: NewAction | None = None
    """What is done on Discord with it: a punishment, or the lifting of one."""
    strikes: int | None = None
    """Number of a case that counts no longer."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The place of a question in the history, which is all that a repeated request has to be told again."""

    position: int


class QueueController(RecordController):
    """The queue of a guild."""

    async def require_staff(self, caller: Caller, guild_id: int) -> None:
        """Return if the caller works through the guild's queues.

        Raises:
            PermissionDenied: they do not.
        """
        if not rules.is_staff(caller, guild_id, (await self.settings(guild_id)).staff_roles):
            raise PermissionDenied(translated(rules.NO_STAFF), hint=translated(rules.STAFF_HINT))

    async def require_reader(self, caller: Caller, guild_id: int) -> None:
        """Return if the caller may read the guild's queues: its staff, and who may view cases in the dashboard.

        Raises:
            PermissionDenied: they may not.
        """
        if not caller.holds(guild_id, Right.VIEW_CASES):
            await self.require_staff(caller, guild_id)

    async def entry(self, caller: Caller, guild_id: int, number: int) -> Entry:
        """Return one report or appeal.

        Raises:
            PermissionDenied: the caller may not read them.
            ReportNotFound: there is no such report.
        """
        await self.require_reader(caller, guild_id)
        async with self.reading() as session:
            report = await require_report(session, guild_id, number)
            return Entry(report, await events_of(session, guild_id, number))

    async def history(
        self, caller: Caller, guild_id: int, number: int, *, after: int = 0, limit: int = 50
    ) -> list[ReportEvent]:
        """Return what happened to one report or appeal, oldest first, behind the place `after`; raises as `entry`."""
        await self.require_reader(caller, guild_id)
        of_report = (col(ReportEvent.guild_id) == guild_id, col(ReportEvent.number) == number)
        async with self.reading() as session:
            await require_report(session, guild_id, number)
            later = (*of_report, col(ReportEvent.position) > after)
            return await ReportEvent.get_multi(session, *later, order_by=(col(ReportEvent.position),), limit=limit)

    async def page(
        self,
        caller: Caller,
        guild_id: int,
        *,
        state: ReportState | None = None,
        kind: ReportKind | None = None,
        case_number: int | None = None,
        before: int | None = None,
        limit: int = 20,
    ) -> list[Report]:
        """Return reports and appeals newest first; without a state or a case those that are not closed.

        Raises:
            PermissionDenied: the caller may not read them.
        """
        await self.require_reader(caller, guild_id)
        conditions = [col(Report.guild_id) == guild_id]
        if case_number is not None:
            conditions.append(col(Report.case_number) == case_number)
        if state is not None:
            conditions.append(col(Report.state) == state)
        elif case_number is None:
            conditions.append(col(Report.state).in_([ReportState.OPEN, ReportState.CLAIMED]))
        if kind is not None:
            conditions.append(col(Report.kind) == kind)
        if before is not None:
            conditions.append(col(Report.number) < min(before, MAX_NUMBER))
        async with self.reading() as session:
            return await Report.get_multi(session, *conditions, order_by=(col(Report.number).desc(),), limit=limit)

    async def texts(self, guild_id: int, numbers: Sequence[int]) -> dict[int, str]:
        """Return what was written when each of these was filed, by number; the caller may read them."""
        filed = (
            col(ReportEvent.guild_id) == guild_id,
            col(ReportEvent.number).in_(numbers),
            col(ReportEvent.position) == 1,
        )
        async with self.reading() as session:
            events = await ReportEvent.get_multi(session, *filed, limit=len(numbers))
        return {event.number: event.text for event in events}

    async def claim(self, caller: Caller, guild_id: int, number: int, *, is_wanted: bool | None = None) -> Report:
        """Let others see that the caller looks into it, or give it back; without a wish whichever it is not.

        Raises:
            PermissionDenied: the caller is not of the staff.
            Conflict: it is closed, or somebody else has it.
        """
        await self.require_staff(caller, guild_id)

        async def claim(work: UnitOfWork) -> Report:
            report = await self._workable(work, caller, guild_id, number)
            is_mine = report.state is ReportState.CLAIMED and report.claimed_by == caller.user_id
            if is_wanted is is_mine:
                return report
            if is_mine:
                report.state, report.claimed_by, report.claimed_name = ReportState.OPEN, None, ""
                await self.happened(work, caller, report, Happening.RELEASED)
            else:
                report.state = ReportState.CLAIMED
                report.claimed_by, report.claimed_name = caller.user_id, caller.name[:100]
                await self.happened(work, caller, report, Happening.CLAIMED)
            return report

        return await self.run(caller, claim)

    async def ask(
        self, caller: Caller, guild_id: int, number: int, question: str, *, key: IdempotencyKey | None = None
    ) -> Asked:
        """Ask whoever wrote first, by direct message, once for each key.

        Raises:
            PermissionDenied: the caller is not of the staff.
            Conflict: it is closed, or somebody else has it.
            InvalidInput: the question is empty or too long.
        """
        await self.require_staff(caller, guild_id)
        question = require_text(question)

        async def ask(work: UnitOfWork) -> Asked:
            report = await self._workable(work, caller, guild_id, number)
            position = await self.happened(work, caller, report, Happening.ASKED, question)
            await self.tell(work, report, about=position, to=1)
            return Asked(position)

        return await self.once(caller, key, Asked, ask)

    async def finish(self, caller: Caller, guild_id: int, number: int, closing: Closing) -> Report:
        """Close it, do what comes with it and promise to tell whoever wants to hear: all of it or nothing.

        Raises:
            PermissionDenied: the caller is not of the staff, or may not do this to whom it is about.
            Conflict: it is closed, or somebody else has it.
            InvalidInput: it cannot end like this, such as with a ban without one, or the note is too long.
        """
        await self.require_staff(caller, guild_id)
        note = require_text(closing.note, is_needed=False)

        async def finish(work: UnitOfWork) -> Report:
            report = await self._workable(work, caller, guild_id, number)
            is_fitting = (closing.outcome in rules.PUNISHING) <= (closing.action is not None)
            if closing.outcome not in rules.ENDINGS[report.kind] or not is_fitting:
                raise InvalidInput(_("This cannot end like that."), hint=_("Use one of the buttons below it."))
            if closing.action is not None:
                await self._act(work, caller, report, closing.action)
            if closing.strikes is not None:
                await self._promise_to_strike(work, guild_id, closing.strikes)
            report.state, report.outcome, report.closed_at = ReportState.CLOSED, closing.outcome, utcnow()
            position = await self.happened(work, caller, report, Happening.CLOSED, note)
            for event in await events_of(work.session, guild_id, number):
                if event.happening in WROTE and event.wants_answer:
                    await self.tell(work, report, about=position, to=event.position)
            return report

        async with AsyncExitStack() as changing:
            if closing.action is not None:
                whom = closing.action.target.user_id
                await changing.enter_async_context(self._actions.changing(guild_id, whom))
            return await self.run(caller, finish)

    async def posted(self, guild_id: int, number: int, channel_id: int, message_id: int) -> None:
        """Remember where its buttons are."""

        async def posted(work: UnitOfWork) -> None:
            report = await require_report(work.session, guild_id, number, is_locked=True)
            report.queue_channel_id, report.queue_message_id = channel_id, message_id

        await self._database.run(posted)

    async def _workable(self, work: UnitOfWork, caller: Caller, guild_id: int, number: int) -> Report:
        report = await require_report(work.session, guild_id, number, is_locked=True)
        is_admin = caller.is_system or may_configure(caller, guild_id)
        standing = report.state, report.claimed_by, report.claimed_name
        refusal = rules.work_refusal(*standing, caller, target_id=report.target_id, is_admin=is_admin)
        if refusal is not None:
            raise Conflict(refusal, hint=_("`/reports list` shows what is open."))
        return report

    async def _act(self, work: UnitOfWork, caller: Caller, report: Report, action: NewAction) -> None:
        # Behind a key of the API is nobody whom a case could name.
        by = caller if caller.user_id is not None else replace(caller, user_id=report.guild_id)
        opened = await self._actions.act_in(work, by, report.guild_id, action)
        if report.kind is not ReportKind.APPEAL:
            report.case_number = opened.case.number

    async def _promise_to_strike(self, work: UnitOfWork, guild_id: int, case_number: int) -> None:
        await self.services.get(Outbox).promise(work, STRIKE, {"case": case_number}, guild_id=guild_id)

    @property
    def _actions(self) -> ActionController:
        from guildbase.features.moderation.controller import ActionController  # Only who acts needs it.

        return self.services.get(ActionController)
