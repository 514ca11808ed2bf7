"""The routes of moderation."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from guildbase.api.dependencies import CallerDep, GuildId, ServicesDep
from guildbase.features.moderation.controller import ModerationController
from guildbase.features.moderation.schemas import CaseOut, CasePage
from guildbase.platform.guilds.controller import GuildController

router = APIRouter(tags=["moderation"])


@router.get("/guilds/{guild_id}/cases", operation_id="list_cases")
async def list_cases(
    guild_id: GuildId,
    services: ServicesDep,
    caller: CallerDep,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="Only cases with lower numbers.")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> CasePage:
    """Return a guild's cases, newest first."""
    await services.get(GuildController).require(guild_id)
    # One more than asked for tells whether there is another page.
    found = await services.get(ModerationController).list_cases(caller, guild_id, before=before, limit=limit + 1)
    page = found[:limit]
    next_before = page[-1].number if len(found) > limit else None
    return CasePage(cases=[CaseOut.of(case) for case in page], next_before=next_before)
