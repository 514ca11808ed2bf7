"""The routes of guilds."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from guildbase.api.dependencies import CallerDep, GuildId, ServicesDep
from guildbase.platform.guilds.live import LiveChannel, LiveGuild, LiveGuildController, LiveRole

router = APIRouter(tags=["guilds"])


class LiveChannelOut(BaseModel):
    """A channel or a category."""

    id: str = Field(examples=["1128754567890123457"])
    name: str
    kind: str = Field(examples=["text"])
    category_id: str | None

    @classmethod
    def of(cls, channel: LiveChannel) -> LiveChannelOut:
        """Return the shape of the channel."""
        category_id = None if channel.category_id is None else str(channel.category_id)
        return cls(id=str(channel.channel_id), name=channel.name, kind=channel.kind, category_id=category_id)


class LiveRoleOut(BaseModel):
    """A role; the higher its position, the higher it stands."""

    id: str = Field(examples=["1128754567890123457"])
    name: str
    position: int
    is_managed: bool = Field(description="Whether it belongs to an integration and cannot be given to a member.")

    @classmethod
    def of(cls, role: LiveRole) -> LiveRoleOut:
        """Return the shape of the role."""
        return cls(id=str(role.role_id), name=role.name, position=role.position, is_managed=role.is_managed)


class LiveGuildOut(BaseModel):
    """A server as the bot sees it now."""

    id: str = Field(examples=["1128754567890123457"])
    name: str
    member_count: int
    channels: list[LiveChannelOut]
    roles: list[LiveRoleOut]

    @classmethod
    def of(cls, guild: LiveGuild) -> LiveGuildOut:
        """Return the shape of the server."""
        return cls(
            id=str(guild.guild_id),
            name=guild.name,
            member_count=guild.member_count,
            channels=[LiveChannelOut.of(channel) for channel in guild.channels],
            roles=[LiveRoleOut.of(role) for role in guild.roles],
        )


@router.get("/guilds/{guild_id}/live", operation_id="get_live_guild")
async def get_live_guild(guild_id: GuildId, services: ServicesDep, caller: CallerDep) -> LiveGuildOut:
    """Return members, channels and roles as the bot sees them now; 503 if no bot answers."""
    return LiveGuildOut.of(await services.get(LiveGuildController).get(caller, guild_id))
