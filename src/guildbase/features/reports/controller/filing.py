"""Takes reports from members, and their answers to what the staff asks."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import Conflict, PermissionDenied
from guildbase.core.i18n import _
from guildbase.core.ports import Caller
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.reports import rules
from guildbase.features.reports.controller.records import (
    WROTE,
    RecordController,
    events_of,
    require_report,
    require_text,
)
from guildbase.features.reports.kinds import MAX_EVIDENCE, Happening, ReportKind, ReportState
from guildbase.features.reports.models import Report
from guildbase.services.rate_limits import RateLimits
from guildbase.services.rate_limits.policies import FREE, Policy, Where

REPORTS = Policy("reports", {FREE: 5}, 600, Where.SHARED)
"""Reports and answers of a person in a server."""


@dataclass(frozen=True, slots=True)
class NewReport:
    """What a member reports."""

    target_id: int
    target_name: str
    reason: str
    is_bot: bool = False
    channel_id: int | None = None
    message_id: int | None = None
    """None if the person as such is reported."""
    evidence: str = ""
    """What the message says."""
    wants_answer: bool = True


@dataclass(frozen=True, slots=True)
class Filed:
    """A report that is stored."""

    report: Report
    is_new: bool
    """False if others, or the same person, reported this before."""


class FilingController(RecordController):
    """The members' side of reports."""

    async def report(self, caller: Caller, guild_id: int, new: NewReport) -> Filed:
        """Store the report, or add it to an open one of the same message or person.

        Raises:
            PermissionDenied: the server takes no reports, or none of this caller or about this person.
            InvalidInput: the reason is empty or too long.
            RateLimited: they report too often.
        """
        reason = require_text(new.reason)
        settings = await self.settings(guild_id)
        refusal = rules.report_refusal(
            caller,
            new.target_id,
            is_bot=new.is_bot,
            takes_reports=settings.report_channel is not None,
            barred_roles=settings.barred_roles,
        )
        if refusal is not None:
            raise PermissionDenied(refusal, hint=_("Write to somebody of the staff instead."))
        await self.services.get(RateLimits).hit(REPORTS, f"{guild_id}:{caller.user_id}")

        async def report(work: UnitOfWork) -> Filed:
            await self.begin(work, guild_id)
            known = await _open_about(work.session, guild_id, new)
            if known is None:
                made = _report_of(guild_id, new)
                return Filed(await self.file(work, caller, made, reason, wants_answer=new.wants_answer), is_new=True)
            wrote = [it for it in await events_of(work.session, guild_id, known.number) if it.happening in WROTE]
            if caller.user_id not in [it.actor_id for it in wrote]:
                await self.happened(work, caller, known, Happening.JOINED, reason, wants_answer=new.wants_answer)
            return Filed(known, is_new=False)

        return await self.run(caller, report)

    async def answer(self, caller: Caller, guild_id: int, number: int, text: str) -> Report:
        """Add the answer of whoever wrote to what the staff asked.

        Raises:
            ReportNotFound: there is no such report, or it is not of this caller.
            Conflict: it is closed.
            InvalidInput: the text is empty or too long.
            RateLimited: they write too often.
        """
        text = require_text(text)
        await self.services.get(RateLimits).hit(REPORTS, f"{guild_id}:{caller.user_id}")

        async def answer(work: UnitOfWork) -> Report:
            report = await require_report(work.session, guild_id, number, is_locked=True)
            events = await events_of(work.session, guild_id, number)
            if caller.user_id not in [it.actor_id for it in events if it.happening in WROTE]:
                raise PermissionDenied(_("This is not yours to answer."), hint=_("Only whoever wrote it is asked."))
            if report.state is ReportState.CLOSED:
                raise Conflict(_("This is closed by now."), hint=_("You may write a new one."))
            await self.happened(work, caller, report, Happening.ANSWERED, text)
            return report

        return await self.run(caller, answer)


def _report_of(guild_id: int, new: NewReport) -> Report:
    now = utcnow()
    return Report(
        guild_id=guild_id,
        number=1,
        kind=ReportKind.MEMBER if new.message_id is None else ReportKind.MESSAGE,
        target_id=new.target_id,
        target_name=new.target_name[:100],
        channel_id=new.channel_id,
        message_id=new.message_id,
        evidence=new.evidence.replace("\x00", "")[:MAX_EVIDENCE],
        created_at=now,
        updated_at=now,
    )


async def _open_about(session: AsyncSession, guild_id: int, new: NewReport) -> Report | None:
    """Return the open report of the same message, or of the same person as such."""
    same = select(Report).where(
        col(Report.guild_id) == guild_id,
        col(Report.target_id) == new.target_id,
        col(Report.state) != ReportState.CLOSED,
        col(Report.kind) != ReportKind.APPEAL,
        col(Report.message_id) == new.message_id if new.message_id is not None else col(Report.message_id).is_(None),
    )
    found = await session.execute(same.order_by(col(Report.number)).limit(1).with_for_update(key_share=True))
    return found.scalar_one_or_none()
