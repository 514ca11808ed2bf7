"""The routes of violations."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from guildbase.api.dependencies import CaseViewer, GuildId, Moderator, ServicesDep, SettingsEditor
from guildbase.api.pages import AfterId, Limit
from guildbase.core.validators import UserId
from guildbase.features.automod.api.rules import AutomodRuleOut
from guildbase.features.automod.controller import ViolationController
from guildbase.features.automod.models import AutomodViolation
from guildbase.platform.guilds.controller import GuildController

router = APIRouter()


class ViolationOut(BaseModel):
    """Somebody broke a rule."""

    violation_id: UUID
    user_id: str = Field(examples=["1128754567890123457"])
    user_name: str
    rule_number: int | None = Field(description="Null for a rule of Discord's own AutoMod that is not ours.")
    rule_name: str
    channel_id: str | None
    message_id: str | None
    matched: str
    excerpt: str
    points: int
    is_dry_run: bool
    case_number: int | None
    outcome: str
    cleared_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, row: AutomodViolation) -> ViolationOut:
        """Return the shape of a stored violation."""
        ids = {
            name: None if (value := getattr(row, name)) is None else str(value)
            for name in ("user_id", "channel_id", "message_id")
        }
        return cls.model_validate({name: getattr(row, name) for name in cls.model_fields} | ids)


class ViolationPage(BaseModel):
    """Violations newest first."""

    violations: list[ViolationOut]
    next_after: str | None = Field(description="None on the last page.")
    points: float | None = Field(description="What the person's points come to now, if one person is asked about.")


class ClearedOut(BaseModel):
    """How many violations count no longer."""

    cleared: int


@router.get("/guilds/{guild_id}/automod/violations", operation_id="list_automod_violations")
async def list_violations(
    guild_id: GuildId,
    services: ServicesDep,
    caller: CaseViewer,
    user: UserId | None = None,
    after: AfterId = None,
    limit: Limit = 20,
) -> ViolationPage:
    """Return who broke which rules, newest first; they are kept for 90 days."""
    await services.get(GuildController).require(guild_id)
    controller = services.get(ViolationController)
    found = await controller.list(caller, guild_id, user_id=user, before=after, limit=limit + 1)
    page = found[:limit]
    return ViolationPage(
        violations=[ViolationOut.of(row) for row in page],
        next_after=str(page[-1].violation_id) if len(found) > limit else None,
        points=None if user is None else await controller.points(guild_id, user),
    )


@router.delete("/guilds/{guild_id}/automod/violations", operation_id="clear_automod_violations")
async def clear_violations(guild_id: GuildId, user: UserId, services: ServicesDep, caller: Moderator) -> ClearedOut:
    """Let a person's violations count no longer; they stay in the list."""
    return ClearedOut(cleared=await services.get(ViolationController).clear(caller, guild_id, user))


@router.post("/guilds/{guild_id}/automod/violations/{violation_id}/dismiss", operation_id="dismiss_automod_violation")
async def dismiss_violation(
    guild_id: GuildId, violation_id: UUID, services: ServicesDep, caller: Moderator
) -> ClearedOut:
    """Let one violation count no longer; it stays in the list."""
    return ClearedOut(cleared=await services.get(ViolationController).dismiss(caller, guild_id, violation_id))


@router.post("/guilds/{guild_id}/automod/violations/{violation_id}/allow", operation_id="allow_automod_violation")
async def allow_violation(
    guild_id: GuildId, violation_id: UUID, services: ServicesDep, caller: SettingsEditor
) -> AutomodRuleOut:
    """Have the rule let through from now on what it found, and let the violation count no longer."""
    return AutomodRuleOut.of(await services.get(ViolationController).allow(caller, guild_id, violation_id))
