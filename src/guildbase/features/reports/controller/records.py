"""What every controller of reports does: find a report, write down what happens, promise to show and tell it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import InvalidInput, NotFound
from guildbase.core.i18n import _
from guildbase.core.ports import AuditRecord, Caller
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.reports import rules
from guildbase.features.reports.kinds import MAX_NUMBER, SHOW, TELL, Happening, ReportKind
from guildbase.features.reports.models import Report, ReportEvent
from guildbase.features.reports.schemas import ReportSettings
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.guilds.models import Guild
from guildbase.services.controller import BaseController
from guildbase.services.outbox import Outbox, Priority

COUNTER = "report"
"""What the guild's counter counts."""
WROTE = (Happening.FILED, Happening.JOINED)


class ReportNotFound(NotFound):
    """The guild has no report or appeal of this number."""

    code = "report_not_found"

    def __init__(self, number: int) -> None:
        super().__init__(
            _("There is no report #{number} here.", number=number), hint=_("`/reports list` shows what is open.")
        )


class RecordController(BaseController):
    """The base of the three."""

    async def settings(self, guild_id: int) -> ReportSettings:
        """Return what the guild sets."""
        return (await self.services.get(GuildController).load(guild_id)).get(ReportSettings)

    async def begin(self, work: UnitOfWork, guild_id: int) -> None:
        """Let new reports of the guild come one after the other, so that two of the same find each other."""
        await self.services.get(GuildController).ensure(work, guild_id)
        await work.session.get(Guild, guild_id, with_for_update={"key_share": True})

    async def file(self, work: UnitOfWork, caller: Caller, report: Report, text: str, *, wants_answer: bool) -> Report:
        """Store a new report with its first event, and promise to queue it."""
        guilds = self.services.get(GuildController)
        report.number = await guilds.next_number(work, report.guild_id, COUNTER)
        work.session.add(report)
        await work.session.flush()
        self._add_event(work, caller, report, Happening.FILED, text, wants_answer=wants_answer)
        await self._promise(work, report, Happening.FILED)
        await self._audit(work, report, Happening.FILED)
        return report

    async def happened(
        self,
        work: UnitOfWork,
        caller: Caller,
        report: Report,
        happening: Happening,
        text: str = "",
        *,
        wants_answer: bool = False,
    ) -> int:
        """Write down what happened and promise to show it; return its position."""
        report.events += 1
        self._add_event(work, caller, report, happening, text, wants_answer=wants_answer)
        await self._promise(work, report, happening)
        await self._audit(work, report, happening)
        return report.events

    async def unreached(self, guild_id: int, number: int, position: int) -> None:
        """Let the staff see that the actor of this event could not be told."""

        async def unreached(work: UnitOfWork) -> None:
            report = await require_report(work.session, guild_id, number, is_locked=True)
            events = {it.position: it for it in await events_of(work.session, guild_id, number)}
            writer = Caller(user_id=events[position].actor_id, name=events[position].actor_name)
            await self.happened(work, writer, report, Happening.UNREACHED)

        await self._database.run(unreached)

    async def tell(self, work: UnitOfWork, report: Report, about: int, to: int) -> None:
        """Promise to tell whoever is the actor of one event about another."""
        payload = {"number": report.number, "about": about, "to": to}
        await self.services.get(Outbox).promise(work, TELL, payload, guild_id=report.guild_id)

    def _add_event(
        self, work: UnitOfWork, caller: Caller, report: Report, happening: Happening, text: str, *, wants_answer: bool
    ) -> None:
        event = ReportEvent(
            guild_id=report.guild_id,
            number=report.number,
            position=report.events,
            happening=happening,
            actor_id=caller.user_id,
            actor_name=caller.name[:100],
            text=text.strip(),
            wants_answer=wants_answer,
            happened_at=utcnow(),
        )
        work.session.add(event)

    async def _promise(self, work: UnitOfWork, report: Report, happening: Happening) -> None:
        # Only the first of these posts the message; the others change it, if it is there.
        payload = {"number": report.number, "is_new": happening is Happening.FILED}
        await self.services.get(Outbox).promise(
            work, SHOW, payload, guild_id=report.guild_id, priority=Priority.MODERATION
        )

    async def _audit(self, work: UnitOfWork, report: Report, happening: Happening) -> None:
        topic = "appeals" if report.kind is ReportKind.APPEAL else "reports"
        details: dict[str, object] = {"report": report.number}
        if report.outcome is not None:
            details |= {"outcome": str(report.outcome), "case": report.case_number}
        await self.audit(
            work, AuditRecord(f"{topic}.{happening}", report.guild_id, "user", report.target_id, "", details)
        )


async def require_report(session: AsyncSession, guild_id: int, number: int, *, is_locked: bool = False) -> Report:
    """Return the report.

    Raises:
        ReportNotFound: there is no such report.
    """
    report = None
    if 0 < number <= MAX_NUMBER:
        lock = {"key_share": True} if is_locked else None
        report = await session.get(Report, (guild_id, number), with_for_update=lock)
    if report is None:
        raise ReportNotFound(number)
    return report


async def events_of(session: AsyncSession, guild_id: int, number: int) -> list[ReportEvent]:
    """Return all that happened to the report, oldest first."""
    of_report = select(ReportEvent).where(col(ReportEvent.guild_id) == guild_id, col(ReportEvent.number) == number)
    return list((await session.execute(of_report.order_by(col(ReportEvent.position)))).scalars())


def require_text(text: str, *, is_needed: bool = True) -> str:
    """Return the text without space around it.

    Raises:
        InvalidInput: it is empty, too long or cannot be stored.
    """
    if problem := rules.text_problem(text, is_needed=is_needed):
        raise InvalidInput(problem, hint=_("Nothing was sent; write it again."), problems={"text": problem})
    return text.strip()
