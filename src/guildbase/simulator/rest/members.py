"""/guilds/{guild.id}/members: reading members, bringing them in and kicking them."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

from pydantic import Field

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, missing_access, unknown
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.forms import Form
from guildbase.simulator.rest.member_roles import check_assignable
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import members, oauth2, search
from guildbase.simulator.world.audit import Action, record
from guildbase.simulator.world.entities import ApplicationFlag, Guild

routes = RouteTable()
_MAY_LIST = ApplicationFlag.GUILD_MEMBERS | ApplicationFlag.GUILD_MEMBERS_LIMITED


class _NewMember(Form):
    access_token: Annotated[str, Field(max_length=10_240)]
    nick: Annotated[str, Field(max_length=32)] | None = None
    roles: Annotated[list[int], Field(max_length=250)] | None = None
    mute: bool | None = None
    deaf: bool | None = None


def require_member_lists(call: Call) -> None:
    """Raise Missing Access unless the application was granted the intent for lists of members."""
    if not call.world.application.flags & _MAY_LIST:
        raise missing_access("the application was not granted the intent for members")


@routes.route("GET", "/guilds/{guild_id}/members")
def list_members(call: Call) -> list[Json]:
    """Return a page of members in the order of their ids, to bots that were granted the intent for it."""
    guild = call.guild()
    require_member_lists(call)
    limit = call.number("limit", 1, low=1, high=1000)
    after = call.snowflake_in_query("after") or 0
    return [payloads.member(call.world, it) for it in guild.members.after(after, limit)]


@routes.route("GET", "/guilds/{guild_id}/members/search")
def search_members(call: Call) -> list[Json]:
    """Return members one of whose names starts with the query."""
    guild = call.guild()
    limit = call.number("limit", 1, low=1, high=1000)
    found = search.by_name(call.world, guild, call.query.get("query", ""))
    return [payloads.member(call.world, it) for it in islice(found, limit)]


@routes.route("GET", "/guilds/{guild_id}/members/{user_id}")
def get_member(call: Call) -> Json:
    """Return one member."""
    return payloads.member(call.world, call.world.member(call.guild(), call.id("user_id")))


@routes.route("PUT", "/guilds/{guild_id}/members/{user_id}", status=201)
def add_member(call: Call) -> Json | None:
    """Bring in a user who has allowed it (scope `guilds.join`); nothing happens if the user is a member already."""
    guild = call.guild(Permission.CREATE_INSTANT_INVITE)
    user = call.world.user(call.id("user_id"))
    form = call.form(_NewMember)
    grant = oauth2.bearer(call.world, form.access_token)
    if grant is None or grant.user_id != user.id or "guilds.join" not in grant.scopes:
        raise DiscordError(403, 50025, "Invalid OAuth2 access token provided")
    roles = _allowed_extras(call, guild, form)
    if user.id in guild.members:
        return None
    if user.id in guild.bans:
        raise DiscordError(403, 40007, "The user is banned from this guild.")
    member = members.join(call.world, guild, user, roles=roles)
    extras = {key: it for key, it in form.given("nick", "mute", "deaf").items() if it}
    if extras:
        members.change(call.world, guild, member, **extras)
    return payloads.member(call.world, member)


@routes.route("DELETE", "/guilds/{guild_id}/members/{user_id}")
def kick(call: Call) -> None:
    """Kick a member."""
    guild = call.guild(Permission.KICK_MEMBERS)
    member = call.world.member(guild, call.id("user_id"))
    call.require_rank_over(guild, member.user_id)
    members.remove(call.world, guild, member.user_id)
    record(call.world, guild, Action.MEMBER_KICK, member.user_id, call.reason)


def _allowed_extras(call: Call, guild: Guild, form: _NewMember) -> tuple[int, ...]:
    """Return the roles a new member gets, if the bot may give them and all else that is wanted."""
    needed = {
        "nick": Permission.MANAGE_NICKNAMES,
        "roles": Permission.MANAGE_ROLES,
        "mute": Permission.MUTE_MEMBERS,
        "deaf": Permission.DEAFEN_MEMBERS,
    }
    call.require(guild, None, *(permission for name, permission in needed.items() if getattr(form, name)))
    for role_id in form.roles or ():
        if role_id not in guild.roles:
            raise unknown("Role")
        check_assignable(call, guild, guild.roles[role_id])
    return tuple(dict.fromkeys(form.roles or ()))
