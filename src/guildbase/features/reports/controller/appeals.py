"""Takes appeals against cases from those whom they are about, and lifts what an accepted one is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import Conflict, PermissionDenied
from guildbase.core.i18n import _
from guildbase.core.ports import SYSTEM, Caller
from guildbase.core.targets import BotStanding, Target
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.moderation.controller import CaseNotFound, ModerationController
from guildbase.features.moderation.kinds import MAX_REASON, CaseSource
from guildbase.features.moderation.models import ModerationCase
from guildbase.features.reports import rules
from guildbase.features.reports.controller.queue import Closing, QueueController
from guildbase.features.reports.controller.records import RecordController, events_of, require_text
from guildbase.features.reports.kinds import Happening, Outcome, ReportKind, ReportState
from guildbase.features.reports.models import Report
from guildbase.services.rate_limits import RateLimits
from guildbase.services.rate_limits.policies import FREE, Policy, Where

if TYPE_CHECKING:
    from guildbase.features.moderation.rules import NewAction

APPEALS = Policy("appeals", {FREE: 3}, 3600, Where.SHARED)
"""Appeals of a person in a server."""


class AppealController(RecordController):
    """Both sides of appeals."""

    async def appealable(self, caller: Caller, guild_id: int, number: int) -> ModerationCase:
        """Return the caller's own case if they can appeal it now.

        Raises:
            PermissionDenied: the server takes no appeals.
            CaseNotFound: there is no such case, or it is about somebody else.
            Conflict: it is over, appealed already, or was appealed in vain a short while ago.
        """
        settings = await self.settings(guild_id)
        if settings.appeal_channel is None:
            raise PermissionDenied(_("This server takes no appeals here."), hint=_("Write to its staff instead."))
        case = await self.services.get(ModerationController).get_case(SYSTEM, guild_id, number)
        if case.target_id != caller.user_id or case.deleted_at is not None:
            raise CaseNotFound(number)
        async with self.reading() as session:
            if await _open_appeal(session, guild_id, number):
                raise Conflict(_("You have appealed this already."), hint=_("You hear as soon as it is decided."))
            rejected_at = await _rejected_at(session, guild_id, number)
        wait = settings.appeal_wait
        if refusal := rules.appeal_refusal(case.case_type, case.state, rejected_at, utcnow(), wait):
            raise Conflict(refusal, hint=_("Nothing was sent."))
        return case

    async def open_question(self, caller: Caller, guild_id: int, case_number: int) -> tuple[Report, str] | None:
        """Return the caller's open appeal against the case and what the staff asks about it, if it waits for them.

        Who was banned hears nothing by direct message, but can press the button of an old one.
        """
        of_caller = col(Report.target_id) == caller.user_id
        theirs = (*_appeals_of(guild_id, case_number), of_caller, col(Report.state) != ReportState.CLOSED)
        async with self.reading() as session:
            found = (await session.execute(select(Report).where(*theirs).limit(1))).scalar_one_or_none()
            events = await events_of(session, guild_id, found.number) if found is not None else []
        said = [it for it in events if it.happening in (Happening.FILED, Happening.ASKED, Happening.ANSWERED)]
        if found is None or not said or said[-1].happening is not Happening.ASKED:
            return None
        return found, said[-1].text

    async def appeal(self, caller: Caller, guild_id: int, number: int, text: str) -> Report:
        """Queue the caller's appeal against a case that is about them.

        Raises:
            PermissionDenied: the server takes no appeals.
            CaseNotFound: there is no such case, or it is about somebody else.
            Conflict: it is over, appealed already, or was appealed in vain a short while ago.
            InvalidInput: the text is empty or too long.
            RateLimited: they appeal too often.
        """
        text = require_text(text)
        case = await self.appealable(caller, guild_id, number)
        await self.services.get(RateLimits).hit(APPEALS, f"{guild_id}:{caller.user_id}")

        async def appeal(work: UnitOfWork) -> Report:
            await self.begin(work, guild_id)
            if await _open_appeal(work.session, guild_id, number):
                raise Conflict(_("You have appealed this already."), hint=_("You hear as soon as it is decided."))
            return await self.file(work, caller, _appeal_of(case), text, wants_answer=True)

        return await self.run(caller, appeal)

    async def accept(
        self,
        caller: Caller,
        guild_id: int,
        number: int,
        note: str = "",
        *,
        target: Target | None = None,
        bot: BotStanding | None = None,
        request_id: int | None = None,
    ) -> Report:
        """Accept the appeal, and lift what its case did if that still lasts.

        Raises:
            PermissionDenied: the caller is not of the staff, or may not lift this.
            Conflict: it is closed, or somebody else has it.
            InvalidInput: it is no appeal, or the note is too long.
        """
        queue = self.services.get(QueueController)
        report = (await queue.entry(caller, guild_id, number)).report
        closing = Closing(Outcome.ACCEPTED, note)
        if report.kind is ReportKind.APPEAL and report.case_number is not None:
            case = await self.services.get(ModerationController).get_case(SYSTEM, guild_id, report.case_number)
            target = target or Target(case.target_id, case.target_name, is_member=False)
            if case.case_type in rules.STRUCK:
                closing = replace(closing, strikes=case.number)
            elif (lifting := await self._lifting(case, target)) is not None:
                reason = note.strip() or _("Appeal #{number} was accepted.", number=number)
                action = replace(lifting, reason=reason[:MAX_REASON], bot=bot, request_id=request_id)
                closing = replace(closing, action=action)
        return await queue.finish(caller, guild_id, number, closing)

    async def _lifting(self, case: ModerationCase, target: Target) -> NewAction | None:
        """Return what ends what the case did, or None if that is over, or was nothing that lasts."""
        from guildbase.features.moderation.controller import ActionController
        from guildbase.features.moderation.rules import NewAction

        lifted_by = rules.LIFTED_BY.get(case.case_type)
        governing = await self.services.get(ActionController).governing(case.guild_id, case.target_id)
        if lifted_by is None or case.number not in {it.number for it in governing.values()}:
            return None
        return NewAction(lifted_by, target, "", source=CaseSource.APPEAL)


def _appeal_of(case: ModerationCase) -> Report:
    now = utcnow()
    return Report(
        guild_id=case.guild_id,
        number=1,
        kind=ReportKind.APPEAL,
        target_id=case.target_id,
        target_name=case.target_name,
        case_number=case.number,
        created_at=now,
        updated_at=now,
    )


async def _open_appeal(session: AsyncSession, guild_id: int, case_number: int) -> bool:
    found = select(col(Report.number)).where(
        *_appeals_of(guild_id, case_number), col(Report.state) != ReportState.CLOSED
    )
    return (await session.execute(found.limit(1))).first() is not None


async def _rejected_at(session: AsyncSession, guild_id: int, case_number: int) -> datetime | None:
    closed = _appeals_of(guild_id, case_number)
    last = select(func.max(col(Report.closed_at))).where(*closed, col(Report.outcome) == Outcome.REJECTED)
    moment: datetime | None = (await session.execute(last)).scalar_one()
    return moment


def _appeals_of(guild_id: int, case_number: int) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Report.guild_id) == guild_id,
        col(Report.kind) == ReportKind.APPEAL,
        col(Report.case_number) == case_number,
    )
