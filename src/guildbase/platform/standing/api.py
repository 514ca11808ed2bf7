"""The routes of standings."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from guildbase.api.dependencies import GuildId, OperatorDep, ServicesDep, SettingsEditor, UserId
from guildbase.api.pages import After, Limit
from guildbase.database.rows.pagination import Page
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.standing.controller import GlobalStandingController, StandingController
from guildbase.platform.standing.models import GlobalStanding, GuildStanding, SubjectKind
from guildbase.platform.standing.rules import Decision
from guildbase.platform.standing.schemas import GlobalStandingIn, StandingIn, StandingOut, StandingPage
from guildbase.platform.standing.subject import SubjectController

router = APIRouter(tags=["standing"])

Past = Annotated[bool, Query(description="Those that ran out instead.")]


@router.get("/guilds/{guild_id}/standings", operation_id="list_standings")
async def list_standings(
    guild_id: GuildId,
    services: ServicesDep,
    caller: SettingsEditor,
    after: After = None,
    limit: Limit = 20,
    past: Past = False,
) -> StandingPage:
    """Return who is blocked or trusted in a server, newest first."""
    await services.get(GuildController).require(guild_id)
    controller = services.get(StandingController)
    return _page(await controller.page(caller, guild_id, limit=limit, after=after, is_past=past))


@router.post("/guilds/{guild_id}/standings", operation_id="decide_standing")
async def decide_standing(
    guild_id: GuildId, wanted: StandingIn, services: ServicesDep, caller: SettingsEditor
) -> StandingOut:
    """Block or trust somebody in a server, instead of what was decided before."""
    subject = await services.get(SubjectController).ask(caller, guild_id, wanted.subject_id)
    return StandingOut.of(await services.get(StandingController).decide(caller, guild_id, subject, _decision(wanted)))


@router.delete("/guilds/{guild_id}/standings/{user_id}", operation_id="lift_standing")
async def lift_standing(
    guild_id: GuildId, user_id: UserId, services: ServicesDep, caller: SettingsEditor
) -> StandingOut:
    """Lift what was decided about somebody in a server, and return what that was."""
    return StandingOut.of(await services.get(StandingController).lift(caller, guild_id, user_id))


@router.get("/standings", operation_id="list_global_standings")
async def list_global_standings(
    services: ServicesDep, caller: OperatorDep, after: After = None, limit: Limit = 20, past: Past = False
) -> StandingPage:
    """Return who is blocked or trusted everywhere, newest first."""
    controller = services.get(GlobalStandingController)
    return _page(await controller.page(caller, limit=limit, after=after, is_past=past))


@router.post("/standings", operation_id="decide_global_standing")
async def decide_global_standing(wanted: GlobalStandingIn, services: ServicesDep, caller: OperatorDep) -> StandingOut:
    """Block or trust a person or a server everywhere, instead of what was decided before."""
    row = await services.get(GlobalStandingController).decide(
        caller, wanted.subject_kind, wanted.subject_id, _decision(wanted), leave=wanted.leave
    )
    return StandingOut.of(row)


@router.delete("/standings/{kind}/{subject_id}", operation_id="lift_global_standing")
async def lift_global_standing(
    kind: SubjectKind, subject_id: UserId, services: ServicesDep, caller: OperatorDep
) -> StandingOut:
    """Lift what was decided about a person or a server everywhere, and return what that was."""
    return StandingOut.of(await services.get(GlobalStandingController).lift(caller, kind, subject_id))


def _decision(wanted: StandingIn) -> Decision:
    return Decision(wanted.status, wanted.reason, wanted.expires_at, wanted.is_silent)


def _page(page: Page[GuildStanding] | Page[GlobalStanding]) -> StandingPage:
    return StandingPage(standings=[StandingOut.of(row) for row in page.rows], next_after=page.next)
