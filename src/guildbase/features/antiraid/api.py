"""The routes of raids."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from guildbase.api.dependencies import CaseViewer, GuildId, Moderator, ServicesDep
from guildbase.api.pages import AfterNumber, Limit
from guildbase.core.ports import Caller
from guildbase.core.validators import UserId
from guildbase.features.antiraid.controller import RaidController, RaiderController, RaidOutline
from guildbase.features.antiraid.kinds import Cause, RaidAction, RaiderState, RaidLevel, RaidState
from guildbase.features.antiraid.models import Raid, Raider
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.container import BotServices

router = APIRouter(tags=["antiraid"])
AfterUser = Annotated[UserId | None, Query(description="The `next_after` of the page before.")]
Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="The raid's number.", examples=[1])]


class RaidOut(BaseModel):
    """One raid."""

    number: int
    state: RaidState
    level: RaidLevel = Field(description="What was set when it began.")
    action: RaidAction = Field(description="What is done to whoever comes from now on.")
    causes: list[Cause] = Field(description="What was noticed.")
    started_at: datetime
    last_at: datetime = Field(description="When the last of them came.")
    ended_at: datetime | None
    ended_by_id: str | None = Field(description="Null for a raid that ended by itself, or goes on.")
    has_locked: bool
    invites_paused_until: datetime | None

    @classmethod
    def of(cls, raid: Raid) -> RaidOut:
        """Return the shape of a stored raid."""
        return cls(
            number=raid.number,
            state=raid.state,
            level=raid.level,
            action=raid.action,
            causes=[Cause(word) for word in raid.cause.split()],
            started_at=raid.started_at,
            last_at=raid.last_at,
            ended_at=raid.ended_at,
            ended_by_id=None if raid.ended_by_id is None else str(raid.ended_by_id),
            has_locked=raid.has_locked,
            invites_paused_until=raid.invites_paused_until,
        )


class RaidDetail(RaidOut):
    """One raid with how many take part, by where they stand."""

    counts: dict[RaiderState, int]

    @classmethod
    def of_outline(cls, outline: RaidOutline) -> RaidDetail:
        """Return the shape of the raid and its counts."""
        return cls(**RaidOut.of(outline.raid).model_dump(), counts=dict(outline.counts))


class RaidPage(BaseModel):
    """Raids newest first, and what is set about them."""

    level: RaidLevel = Field(description="What a raid causes now.")
    action: RaidAction
    raids: list[RaidOut]
    next_after: str | None = Field(description="None on the last page.")


class RaiderOut(BaseModel):
    """Somebody who came with a raid."""

    user_id: str
    user_name: str
    joined_at: datetime
    state: RaiderState
    action: RaidAction
    case_number: int | None
    failure: str

    @classmethod
    def of(cls, row: Raider) -> RaiderOut:
        """Return the shape of a stored raider."""
        values = {name: getattr(row, name) for name in cls.model_fields}
        return cls.model_validate(values | {"user_id": str(row.user_id)})


class RaiderPage(BaseModel):
    """Those who came with a raid, in the order of their ids."""

    raiders: list[RaiderOut]
    next_after: str | None = Field(description="None on the last page.")


class RaidActionIn(BaseModel):
    """What is to be done to all who raid; `none` lets them go and undoes what was done."""

    model_config = ConfigDict(extra="forbid")

    action: RaidAction


@router.get("/guilds/{guild_id}/raids", operation_id="list_raids")
async def list_raids(
    guild_id: GuildId, services: ServicesDep, caller: CaseViewer, after: AfterNumber = None, limit: Limit = 20
) -> RaidPage:
    """Return a guild's raids, newest first, and what is set about them."""
    await services.get(GuildController).require(guild_id)
    controller = services.get(RaidController)
    found = await controller.list(caller, guild_id, before=after, limit=limit + 1)
    settings = await controller.settings(guild_id)
    page = found[:limit]
    return RaidPage(
        level=settings.level,
        action=settings.action,
        raids=[RaidOut.of(raid) for raid in page],
        next_after=str(page[-1].number) if len(found) > limit else None,
    )


@router.get("/guilds/{guild_id}/raids/{number}", operation_id="get_raid")
async def get_raid(guild_id: GuildId, number: Number, services: ServicesDep, caller: CaseViewer) -> RaidDetail:
    """Return one raid with how many take part."""
    return await _detail(services, caller, guild_id, number)


@router.get("/guilds/{guild_id}/raids/{number}/raiders", operation_id="list_raiders")
async def list_raiders(
    guild_id: GuildId,
    number: Number,
    services: ServicesDep,
    caller: CaseViewer,
    state: Annotated[RaiderState | None, Query(description="Only those.")] = None,
    after: AfterUser = None,
    limit: Limit = 50,
) -> RaiderPage:
    """Return who came with the raid."""
    controller = services.get(RaiderController)
    found = await controller.list(caller, guild_id, number, state=state, after=after, limit=limit + 1)
    page = found[:limit]
    return RaiderPage(
        raiders=[RaiderOut.of(row) for row in page],
        next_after=str(page[-1].user_id) if len(found) > limit else None,
    )


@router.post("/guilds/{guild_id}/raids/{number}/action", operation_id="act_on_raid")
async def act_on_raid(
    guild_id: GuildId, number: Number, body: RaidActionIn, services: ServicesDep, caller: Moderator
) -> RaidDetail:
    """Have this done to all of the raid, also to those who are still to come; `none` lets all of them go."""
    controller = services.get(RaiderController)
    if body.action is RaidAction.NONE:
        await controller.release(caller, guild_id, number)
    else:
        await controller.punish(caller, guild_id, number, body.action)
    return await _detail(services, caller, guild_id, number)


@router.post("/guilds/{guild_id}/raids/{number}/lock", operation_id="lock_in_raid")
async def lock_in_raid(guild_id: GuildId, number: Number, services: ServicesDep, caller: Moderator) -> RaidDetail:
    """Have the server locked until the raid that goes on is over."""
    await services.get(RaidController).order_lock(caller, guild_id, number)
    return await _detail(services, caller, guild_id, number)


@router.post("/guilds/{guild_id}/raids/{number}/end", operation_id="end_raid")
async def end_raid(guild_id: GuildId, number: Number, services: ServicesDep, caller: Moderator) -> RaidDetail:
    """End the raid that goes on: invites, channels and joins are as before."""
    await services.get(RaidController).end(caller, guild_id, number)
    return await _detail(services, caller, guild_id, number)


async def _detail(services: BotServices, caller: Caller, guild_id: int, number: int) -> RaidDetail:
    return RaidDetail.of_outline(await services.get(RaidController).view(caller, guild_id, number))
