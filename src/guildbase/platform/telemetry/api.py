"""The routes of the audit log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from guildbase.api.dependencies import AuditViewer, GuildId, ServicesDep
from guildbase.core.clock import utcnow
from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _
from guildbase.platform.telemetry.controller import AuditController
from guildbase.platform.telemetry.controller.export import AuditExportController
from guildbase.platform.telemetry.queries import AuditFilter
from guildbase.platform.telemetry.schemas import (
    AuditDayOut,
    AuditExportQuery,
    AuditFormat,
    AuditOut,
    AuditPage,
    AuditPageQuery,
    AuditQuery,
    AuditStats,
)

router = APIRouter(tags=["audit"])

TYPES = {AuditFormat.CSV: "text/csv; charset=utf-8", AuditFormat.JSON: "application/json"}
MOST_DAYS = 370


@router.get("/guilds/{guild_id}/audit", operation_id="list_audit")
async def list_audit(
    guild_id: GuildId, services: ServicesDep, caller: AuditViewer, wanted: Annotated[AuditPageQuery, Query()]
) -> AuditPage:
    """Return who changed what in a server, newest first."""
    controller = services.get(AuditController)
    found = await controller.entries(caller, guild_id, _filter(wanted), before=wanted.after, limit=wanted.limit + 1)
    page = found[: wanted.limit]
    next_after = page[-1].audit_id if len(found) > wanted.limit else None
    return AuditPage(entries=[AuditOut.of(entry) for entry in page], next_after=next_after)


@router.get("/guilds/{guild_id}/audit/stats", operation_id="get_audit_stats")
async def get_audit_stats(
    guild_id: GuildId, services: ServicesDep, caller: AuditViewer, since: date | None = None, until: date | None = None
) -> AuditStats:
    """Return how many entries there are by day (UTC) and action; of the last 30 days, unless said otherwise."""
    last = until or utcnow().date()
    first = since or max(date.min + timedelta(days=30), last) - timedelta(days=30)
    if last == date.max or not timedelta() <= last - first <= timedelta(days=MOST_DAYS):
        problem = _("At most {days} days at a time, the first one before the last.", days=MOST_DAYS)
        raise InvalidInput(problem, problems={"since": problem})
    days = await services.get(AuditController).stats(caller, guild_id, first, last)
    return AuditStats(days=[AuditDayOut.of(day) for day in days])


@router.get("/guilds/{guild_id}/audit/export", operation_id="export_audit", response_class=StreamingResponse)
async def export_audit(
    guild_id: GuildId, services: ServicesDep, caller: AuditViewer, wanted: Annotated[AuditExportQuery, Query()]
) -> StreamingResponse:
    """Return these entries as a file, newest first; it is sent while it is read."""
    parts = await services.get(AuditExportController).export(caller, guild_id, _filter(wanted), wanted.format)
    headers = {"Content-Disposition": f'attachment; filename="audit-{guild_id}.{wanted.format}"'}
    return StreamingResponse(_bytes(parts), media_type=TYPES[wanted.format], headers=headers)


def _filter(wanted: AuditQuery) -> AuditFilter:
    return AuditFilter(
        wanted.actor,
        actions=tuple(wanted.action),
        target_id=wanted.target,
        since=wanted.since,
        until=wanted.until,
    )


async def _bytes(parts: AsyncIterator[str]) -> AsyncIterator[bytes]:
    async for part in parts:
        yield part.encode(errors="replace")
