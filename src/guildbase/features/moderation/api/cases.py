"""The routes of cases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from guildbase.api.dependencies import CaseViewer, GuildId, IdempotencyKeyDep, Moderator, ServicesDep
from guildbase.api.pages import AfterNumber, Limit
from guildbase.core.validators import UserId
from guildbase.features.moderation.api.shapes import (
    CaseChangeIn,
    CaseFileOut,
    CaseIn,
    CaseOut,
    CasePage,
    HiddenIn,
    OpenedOut,
)
from guildbase.features.moderation.controller.export import CaseExportController, ExportFormat
from guildbase.features.moderation.controller.history import CaseChange, HistoryController, NewEnd
from guildbase.features.moderation.controller.opening import OpeningController
from guildbase.features.moderation.kinds import MAX_TYPE_NAME, CaseSource, CaseState, CaseType
from guildbase.features.moderation.rules import NewAction
from guildbase.features.moderation.search import CaseFilter
from guildbase.features.moderation.standing import StandingOfTargets
from guildbase.platform.guilds.controller import GuildController

router = APIRouter()
TYPES = {ExportFormat.CSV: "text/csv; charset=utf-8", ExportFormat.JSON: "application/json"}


def wanted_cases(
    target: UserId | None = None,
    moderator: UserId | None = None,
    type: CaseType | None = None,  # noqa: A002 - it is the name in the address.
    custom_type: Annotated[str | None, Query(max_length=MAX_TYPE_NAME)] = None,
    state: CaseState | None = None,
    source: CaseSource | None = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    words: Annotated[str | None, Query(max_length=100, description="What the reason holds.")] = None,
    struck: Annotated[bool, Query(description="Struck cases only.")] = False,
    hidden: Annotated[bool | None, Query(description="Hidden cases only, or only those that are not.")] = None,
) -> CaseFilter:
    """Return which cases the address asks for."""
    return CaseFilter(target, moderator, type, custom_type, state, source, since, until, words, struck, hidden)


Wanted = Annotated[CaseFilter, Depends(wanted_cases)]


@router.get("/guilds/{guild_id}/cases", operation_id="list_cases")
async def list_cases(
    guild_id: GuildId,
    services: ServicesDep,
    caller: CaseViewer,
    wanted: Wanted,
    after: AfterNumber = None,
    limit: Limit = 20,
) -> CasePage:
    """Return a guild's cases, newest first."""
    await services.get(GuildController).require(guild_id)
    found = await services.get(HistoryController).search(caller, guild_id, wanted, before=after, limit=limit)
    return CasePage(cases=[CaseOut.of(case) for case in found.cases], next_after=found.next_before)


@router.get("/guilds/{guild_id}/cases/export", operation_id="export_cases", response_class=StreamingResponse)
async def export_cases(
    guild_id: GuildId,
    services: ServicesDep,
    caller: CaseViewer,
    wanted: Wanted,
    format: ExportFormat = ExportFormat.CSV,  # noqa: A002
) -> StreamingResponse:
    """Return all these cases as a file, newest first; for who may also change settings. It is sent while it is read."""
    await services.get(GuildController).require(guild_id)
    export = await services.get(CaseExportController).export(caller, guild_id, wanted, format)
    headers = {"Content-Disposition": f'attachment; filename="cases.{format.value}"'}
    return StreamingResponse(_parts(export.parts()), media_type=TYPES[format], headers=headers)


@router.post("/guilds/{guild_id}/cases", operation_id="open_case", status_code=201)
async def open_case(
    guild_id: GuildId, wanted: CaseIn, services: ServicesDep, caller: Moderator, key: IdempotencyKeyDep
) -> OpenedOut:
    """Act on somebody, as the command does: the bot tells how they and itself stand; 503 if no bot answers."""
    await services.get(GuildController).require(guild_id)
    seen = await services.get(StandingOfTargets).ask(caller, guild_id, wanted.target_id)
    # A case has a moderator with an account: who has none acts in the bot's name.
    acting = caller if caller.user_id is not None else replace(caller, user_id=seen.bot_id)
    new = NewAction(
        wanted.type,
        seen.target,
        wanted.reason,
        wanted.duration,
        wanted.custom_type,
        wanted.details,
        CaseSource.API,
        is_silent=wanted.is_silent,
        is_hidden=wanted.is_hidden,
        bot=seen.bot,
    )
    opened = await services.get(OpeningController).open(acting, guild_id, new, key=key)
    return OpenedOut(number=opened.number, replaced=opened.replaced)


@router.get("/guilds/{guild_id}/cases/{number}", operation_id="get_case")
async def get_case(guild_id: GuildId, number: int, services: ServicesDep, caller: CaseViewer) -> CaseFileOut:
    """Return one case with its history and evidence."""
    await services.get(GuildController).require(guild_id)
    return CaseFileOut.of_file(await services.get(HistoryController).view(caller, guild_id, number))


@router.patch("/guilds/{guild_id}/cases/{number}", operation_id="edit_case")
async def edit_case(
    guild_id: GuildId,
    number: int,
    wanted: CaseChangeIn,
    services: ServicesDep,
    caller: Moderator,
    key: IdempotencyKeyDep,
) -> CaseFileOut:
    """Change reason, details or end of a case; what stood there before is kept."""
    history = services.get(HistoryController)
    end = NewEnd(_whole(wanted.expires_at)) if "expires_at" in wanted.model_fields_set else None
    await history.edit(caller, guild_id, number, CaseChange(wanted.reason, wanted.details, end), key=key)
    return CaseFileOut.of_file(await history.view(caller, guild_id, number))


@router.delete("/guilds/{guild_id}/cases/{number}", operation_id="strike_case")
async def strike_case(
    guild_id: GuildId,
    number: int,
    services: ServicesDep,
    caller: Moderator,
    key: IdempotencyKeyDep,
    reason: Annotated[str, Query(max_length=1000)] = "",
) -> CaseFileOut:
    """Strike a case: lists leave it out, and it is kept with its number."""
    history = services.get(HistoryController)
    await history.strike(caller, guild_id, number, reason, key=key)
    return CaseFileOut.of_file(await history.view(caller, guild_id, number))


@router.post("/guilds/{guild_id}/cases/{number}/restore", operation_id="restore_case")
async def restore_case(
    guild_id: GuildId, number: int, services: ServicesDep, caller: Moderator, key: IdempotencyKeyDep
) -> CaseFileOut:
    """Bring a struck case back."""
    history = services.get(HistoryController)
    await history.restore(caller, guild_id, number, key=key)
    return CaseFileOut.of_file(await history.view(caller, guild_id, number))


@router.put("/guilds/{guild_id}/cases/{number}/hidden", operation_id="hide_case")
async def hide_case(
    guild_id: GuildId, number: int, wanted: HiddenIn, services: ServicesDep, caller: Moderator, key: IdempotencyKeyDep
) -> CaseFileOut:
    """Hide a case, or show it to all moderators again."""
    history = services.get(HistoryController)
    await history.hide(caller, guild_id, number, is_hidden=wanted.is_hidden, key=key)
    return CaseFileOut.of_file(await history.view(caller, guild_id, number))


async def _parts(parts: AsyncIterator[str]) -> AsyncIterator[bytes]:
    """Yield the file in pieces that are worth sending."""
    waiting: list[bytes] = []
    async for part in parts:
        waiting.append(part.encode())
        if len(waiting) == 200:
            yield b"".join(waiting)
            waiting.clear()
    yield b"".join(waiting)


def _whole(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(microsecond=0)
