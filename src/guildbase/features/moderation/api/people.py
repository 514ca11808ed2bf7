"""The routes of what is known of one person: what their warnings come to, and what lasts for them now."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from guildbase.api.dependencies import CaseViewer, GuildId, ServicesDep, UserId
from guildbase.features.moderation.controller import ActionController
from guildbase.features.moderation.controller.ladders import LadderController, Record
from guildbase.features.moderation.kinds import PunishmentKind
from guildbase.platform.guilds.controller import GuildController

router = APIRouter()


class WarningOut(BaseModel):
    """A warning that counts."""

    number: int
    points: int
    at: datetime


class LastingOut(BaseModel):
    """What lasts for the person, and the case that decides it."""

    kind: PunishmentKind
    number: int
    expires_at: datetime | None


class RecordOut(BaseModel):
    """Where somebody stands."""

    points: int
    warnings: list[WarningOut] = Field(description="Those that count, newest first.")
    falls_away_at: datetime | None = Field(description="When the oldest of them counts no longer; null for never.")
    next_step: str | None = Field(description="What comes next on the ladder.", examples=["3 in 30d = timeout 1h"])
    lasting: list[LastingOut] = Field(description="What lasts for them now, such as a ban.")


@router.get("/guilds/{guild_id}/people/{user_id}/record", operation_id="get_person_record")
async def get_person_record(guild_id: GuildId, user_id: UserId, services: ServicesDep, caller: CaseViewer) -> RecordOut:
    """Return what somebody's warnings come to, and what lasts for them; empty for who has no cases."""
    await services.get(GuildController).require(guild_id)
    record: Record = await services.get(LadderController).record_of(caller, guild_id, user_id)
    governing = await services.get(ActionController).governing(guild_id, user_id)
    return RecordOut(
        points=record.points,
        warnings=[WarningOut(number=it.number, points=it.points, at=it.at) for it in record.warnings],
        falls_away_at=record.falls_away_at,
        next_step=None if record.next_step is None else record.next_step.text,
        lasting=[
            LastingOut(kind=kind, number=row.number, expires_at=row.expires_at) for kind, row in governing.items()
        ],
    )
