"""The routes of reports and appeals."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from guildbase.api.dependencies import CaseViewer, GuildId, IdempotencyKeyDep, Moderator, ServicesDep
from guildbase.api.pages import AfterNumber, Limit, cut
from guildbase.core.ports import Caller
from guildbase.features.moderation.kinds import CaseSource, CaseType
from guildbase.features.moderation.rules import NewAction
from guildbase.features.moderation.standing import StandingOfTargets
from guildbase.features.reports.controller import AppealController, QueueController
from guildbase.features.reports.controller.queue import Closing, Entry
from guildbase.features.reports.kinds import MAX_NUMBER, Outcome, ReportKind, ReportState
from guildbase.features.reports.models import Report
from guildbase.features.reports.rules import PUNISHING
from guildbase.features.reports.schemas import (
    HappeningOut,
    HappeningPage,
    ReportClosing,
    ReportOut,
    ReportPage,
    ReportQuestion,
)
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.container import BotServices

router = APIRouter(tags=["reports"])

Number = Annotated[int, Path(ge=1, le=MAX_NUMBER, description="The number of the report or appeal.")]


@router.get("/guilds/{guild_id}/reports", operation_id="list_reports")
async def list_reports(
    guild_id: GuildId,
    services: ServicesDep,
    caller: CaseViewer,
    kind: Annotated[ReportKind | None, Query(description="Only these.")] = None,
    state: Annotated[ReportState | None, Query(description="Without it those that are not closed.")] = None,
    case: Annotated[int | None, Query(ge=1, le=MAX_NUMBER, description="Those of this case, closed or not.")] = None,
    after: AfterNumber = None,
    limit: Limit = 20,
) -> ReportPage:
    """Return a guild's reports and appeals, newest first."""
    await services.get(GuildController).require(guild_id)
    queue = services.get(QueueController)
    # One more than asked for tells whether there is another page.
    wanted: dict[str, Any] = {"kind": kind, "state": state, "case_number": case, "before": after}
    found = await queue.page(caller, guild_id, **wanted, limit=limit + 1)
    page = found[:limit]
    next_after = page[-1].number if len(found) > limit else None
    texts = await queue.texts(guild_id, [report.number for report in page])
    reports = [ReportOut.of(report, texts.get(report.number, "")) for report in page]
    return ReportPage(reports=reports, next_after=next_after)


@router.get("/guilds/{guild_id}/reports/{number}", operation_id="get_report")
async def get_report(guild_id: GuildId, number: Number, services: ServicesDep, caller: CaseViewer) -> ReportOut:
    """Return a report or an appeal."""
    return _out(await services.get(QueueController).entry(caller, guild_id, number))


@router.get("/guilds/{guild_id}/reports/{number}/events", operation_id="list_report_events")
async def list_report_events(
    guild_id: GuildId,
    number: Number,
    services: ServicesDep,
    caller: CaseViewer,
    after: AfterNumber = None,
    limit: Limit = 50,
) -> HappeningPage:
    """Return what happened to a report or an appeal, oldest first."""
    queue = services.get(QueueController)
    page, last = cut(await queue.history(caller, guild_id, number, after=after or 0, limit=limit + 1), limit)
    events = [HappeningOut.of(event) for event in page]
    return HappeningPage(events=events, next_after=None if last is None else last.position)


@router.put("/guilds/{guild_id}/reports/{number}/claim", operation_id="claim_report")
async def claim_report(guild_id: GuildId, number: Number, services: ServicesDep, caller: Moderator) -> ReportOut:
    """Let others see that you look into it; nothing happens if you do already."""
    queue = services.get(QueueController)
    await queue.claim(caller, guild_id, number, is_wanted=True)
    return _out(await queue.entry(caller, guild_id, number))


@router.delete("/guilds/{guild_id}/reports/{number}/claim", operation_id="release_report")
async def release_report(guild_id: GuildId, number: Number, services: ServicesDep, caller: Moderator) -> ReportOut:
    """Give it back, so that others look into it."""
    queue = services.get(QueueController)
    await queue.claim(caller, guild_id, number, is_wanted=False)
    return _out(await queue.entry(caller, guild_id, number))


@router.post("/guilds/{guild_id}/reports/{number}/ask", operation_id="ask_about_report")
async def ask_about_report(
    guild_id: GuildId,
    number: Number,
    wanted: ReportQuestion,
    services: ServicesDep,
    caller: Moderator,
    key: IdempotencyKeyDep,
) -> ReportOut:
    """Ask whoever wrote, by direct message; the answer appears in the history."""
    queue = services.get(QueueController)
    await queue.ask(caller, guild_id, number, wanted.question, key=key)
    return _out(await queue.entry(caller, guild_id, number))


@router.post("/guilds/{guild_id}/reports/{number}/close", operation_id="close_report")
async def close_report(
    guild_id: GuildId, number: Number, wanted: ReportClosing, services: ServicesDep, caller: Moderator
) -> ReportOut:
    """End a report or an appeal, with what is done about it; whoever wrote it is told if they want to know.

    A punishment asks the bot how the person stands; 503 if no bot answers.
    """
    queue = services.get(QueueController)
    if wanted.outcome is Outcome.ACCEPTED:
        await services.get(AppealController).accept(caller, guild_id, number, wanted.note)
    elif wanted.outcome in PUNISHING:
        report = (await queue.entry(caller, guild_id, number)).report
        action = await _punishment(services, caller, report, wanted)
        await queue.finish(caller, guild_id, number, Closing(wanted.outcome, action=action))
    else:
        await queue.finish(caller, guild_id, number, Closing(wanted.outcome, wanted.note))
    return _out(await queue.entry(caller, guild_id, number))


async def _punishment(services: BotServices, caller: Caller, report: Report, wanted: ReportClosing) -> NewAction:
    seen = await services.get(StandingOfTargets).ask(caller, report.guild_id, report.target_id)
    case_type = PUNISHING[wanted.outcome]
    if case_type is CaseType.BAN and wanted.duration is not None:
        case_type = CaseType.TEMPBAN
    return NewAction(
        case_type, seen.target, wanted.note, duration=wanted.duration, source=CaseSource.REPORT, bot=seen.bot
    )


def _out(entry: Entry) -> ReportOut:
    return ReportOut.of(entry.report, next((event.text for event in entry.events), ""))
