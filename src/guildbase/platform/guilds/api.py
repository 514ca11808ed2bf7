"""The routes of guilds."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from guildbase.api.dependencies import GuildId, GuildVisitor, ServicesDep
from guildbase.core.validators import UserId
from guildbase.platform.guilds.live import LiveChannel, LiveGuild, LiveGuildController, LiveRole
from guildbase.platform.guilds.people import MAX_QUERY, MOST_IDS, PeopleController, Person

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
    colour: int = Field(description="As a number from 0 to 0xFFFFFF; 0 if it has none.")

    @classmethod
    def of(cls, role: LiveRole) -> LiveRoleOut:
        """Return the shape of the role."""
        return cls(
            id=str(role.role_id),
            name=role.name,
            position=role.position,
            is_managed=role.is_managed,
            colour=role.colour,
        )


class LiveGuildOut(BaseModel):
    """A server as the bot sees it now."""

    id: str = Field(examples=["1128754567890123457"])
    name: str
    icon_url: str | None
    member_count: int
    channels: list[LiveChannelOut]
    roles: list[LiveRoleOut]

    @classmethod
    def of(cls, guild: LiveGuild) -> LiveGuildOut:
        """Return the shape of the server."""
        return cls(
            id=str(guild.guild_id),
            name=guild.name,
            icon_url=guild.icon_url,
            member_count=guild.member_count,
            channels=[LiveChannelOut.of(channel) for channel in guild.channels],
            roles=[LiveRoleOut.of(role) for role in guild.roles],
        )


@router.get("/guilds/{guild_id}/live", operation_id="get_live_guild")
async def get_live_guild(guild_id: GuildId, services: ServicesDep, caller: GuildVisitor) -> LiveGuildOut:
    """Return members, channels and roles as the bot sees them now; 503 if no bot answers."""
    return LiveGuildOut.of(await services.get(LiveGuildController).get(caller, guild_id))


class PersonOut(BaseModel):
    """An account on Discord."""

    id: str = Field(examples=["1128754567890123457"])
    username: str
    name: str = Field(description="What they are called in the server.")
    avatar_url: str
    is_bot: bool
    is_member: bool = Field(description="Whether they are in the server.")

    @classmethod
    def of(cls, person: Person) -> PersonOut:
        """Return the shape of the person."""
        return cls(
            id=str(person.user_id),
            username=person.username,
            name=person.name,
            avatar_url=person.avatar_url,
            is_bot=person.is_bot,
            is_member=person.is_member,
        )


class PeopleList(BaseModel):
    """People who were found."""

    people: list[PersonOut]


@router.get("/guilds/{guild_id}/members", operation_id="find_members")
async def find_members(
    guild_id: GuildId,
    services: ServicesDep,
    caller: GuildVisitor,
    query: Annotated[str, Query(max_length=MAX_QUERY, description="The beginning of a name.")] = "",
    ids: Annotated[
        list[UserId], Query(max_length=MOST_IDS, description="Who to name, members or not; instead of a query.")
    ] = [],  # noqa: B006 - FastAPI copies it.
) -> PeopleList:
    """Return members whose name begins with the query, or the people with these ids; 503 if no bot answers."""
    found = await services.get(PeopleController).find(caller, guild_id, query=query, ids=ids)
    return PeopleList(people=[PersonOut.of(person) for person in found])
