"""The routes of locked channels and of the gate."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from guildbase.api.dependencies import GuildId, GuildVisitor, ServicesDep, SettingsEditor
from guildbase.api.pages import AfterBigNumber, Limit, cut
from guildbase.core.ports import Caller
from guildbase.core.validators import ChannelId, Duration, UserId
from guildbase.features.channels.controller.gate import GateController
from guildbase.features.channels.controller.lockdown import LockdownController
from guildbase.features.channels.kinds import MAX_REASON, GateMode, LockState
from guildbase.features.channels.models import ChannelLock
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.container import BotServices

router = APIRouter(tags=["channels"])


class ChannelLockOut(BaseModel):
    """A channel that is locked, or on its way."""

    channel_id: str = Field(examples=["1128754567890123457"])
    is_wanted: bool = Field(description="Whether it is to be locked; else it is on its way back.")
    is_of_server: bool = Field(description="Whether it is locked because the whole server is.")
    state: LockState
    failure: str
    reason: str
    expires_at: datetime | None

    @classmethod
    def of(cls, row: ChannelLock) -> ChannelLockOut:
        """Return the shape of a stored lock."""
        values = {name: getattr(row, name) for name in cls.model_fields}
        return cls.model_validate(values | {"channel_id": str(row.channel_id)})


class LockdownOut(BaseModel):
    """How far a server's locks are."""

    is_server_locked: bool
    locked: int
    pending: int
    failed: int


class ChannelLockPage(BaseModel):
    """Locked channels in the order of their ids."""

    channels: list[ChannelLockOut]
    next_after: str | None = Field(description="None on the last page.")


class _Change(BaseModel):
    model_config = ConfigDict(extra="forbid")

    channels: list[ChannelId] | None = Field(
        None, min_length=1, max_length=100, description="Which channels; without them the whole server."
    )
    reason: str = Field("", max_length=MAX_REASON)


class LockIn(_Change):
    """What is to be locked."""

    duration: Duration | None = Field(None, examples=["2h"], description="Without it until somebody unlocks it.")


class UnlockIn(_Change):
    """What is to be given back as it was; channels that were locked by themselves stay when the server is unlocked."""


class GateOut(BaseModel):
    """How newcomers get in."""

    is_on: bool
    mode: GateMode
    role_id: str | None
    waiting: int = Field(description="How many wait at the gate.")


class AdmitIn(BaseModel):
    """Who is to be let in."""

    model_config = ConfigDict(extra="forbid")

    user_id: UserId


@router.get("/guilds/{guild_id}/lockdown", operation_id="get_lockdown")
async def get_lockdown(guild_id: GuildId, services: ServicesDep, caller: GuildVisitor) -> LockdownOut:
    """Return how much is locked; it takes Manage Channels or permission level 4."""
    await services.get(GuildController).require(guild_id)
    return await _lockdown(services, caller, guild_id)


@router.get("/guilds/{guild_id}/lockdown/channels", operation_id="list_locked_channels")
async def list_locked_channels(
    guild_id: GuildId,
    services: ServicesDep,
    caller: GuildVisitor,
    with_server: Annotated[bool, Query(description="Also those that are locked only as the server is.")] = True,
    after: AfterBigNumber = None,
    limit: Limit = 50,
) -> ChannelLockPage:
    """Return which channels are locked, or on their way; what failed is always among them."""
    await services.get(GuildController).require(guild_id)
    controller = services.get(LockdownController)
    found = await controller.locks(caller, guild_id, is_all=with_server, after=after or 0, limit=limit + 1)
    page, last = cut(found, limit)
    return ChannelLockPage(
        channels=[ChannelLockOut.of(row) for row in page],
        next_after=None if last is None else str(last.channel_id),
    )


@router.post("/guilds/{guild_id}/lockdown", operation_id="lock_channels", status_code=202)
async def lock_channels(guild_id: GuildId, body: LockIn, services: ServicesDep, caller: GuildVisitor) -> LockdownOut:
    """Have channels, or the whole server, locked; the bot does it in the background."""
    await services.get(GuildController).require(guild_id)
    await services.get(LockdownController).lock(caller, guild_id, body.channels, body.reason, body.duration)
    return await _lockdown(services, caller, guild_id)


@router.post("/guilds/{guild_id}/lockdown/unlock", operation_id="unlock_channels", status_code=202)
async def unlock_channels(
    guild_id: GuildId, body: UnlockIn, services: ServicesDep, caller: GuildVisitor
) -> LockdownOut:
    """Have channels, or the whole server, given back exactly as they were."""
    await services.get(GuildController).require(guild_id)
    await services.get(LockdownController).unlock(caller, guild_id, body.channels, body.reason)
    return await _lockdown(services, caller, guild_id)


@router.get("/guilds/{guild_id}/gate", operation_id="get_gate")
async def get_gate(guild_id: GuildId, services: ServicesDep, caller: SettingsEditor) -> GateOut:
    """Return how newcomers get in, and how many wait."""
    await services.get(GuildController).require(guild_id)
    gate = services.get(GateController)
    settings = await gate.settings(guild_id)
    return GateOut(
        is_on=settings.gate_role is not None,
        mode=settings.gate_mode,
        role_id=None if settings.gate_role is None else str(settings.gate_role),
        waiting=await gate.waiting(caller, guild_id),
    )


@router.post("/guilds/{guild_id}/gate/admit", operation_id="admit_at_gate", status_code=202)
async def admit_at_gate(guild_id: GuildId, body: AdmitIn, services: ServicesDep, caller: GuildVisitor) -> None:
    """Let somebody in who waits at the gate; the bot gives the roles in the background."""
    await services.get(GuildController).require(guild_id)
    await services.get(GateController).admit(caller, guild_id, body.user_id)


async def _lockdown(services: BotServices, caller: Caller, guild_id: int) -> LockdownOut:
    progress = await services.get(LockdownController).progress(caller, guild_id)
    return LockdownOut(
        is_server_locked=progress.is_server_locked,
        locked=progress.locked,
        pending=progress.pending,
        failed=len(progress.failed),
    )
