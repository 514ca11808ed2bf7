"""/guilds/{guild.id}/members: reading, changing and kicking members, giving and taking roles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import Field

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, invalid_form, missing_permissions, unknown
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.forms import Form
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import members
from guildbase.simulator.world.audit import Action, record
from guildbase.simulator.world.entities import Guild, Member, Role

routes = RouteTable()
_LONGEST_TIMEOUT = timedelta(days=28)


class _MemberChanges(Form):
    nick: Annotated[str, Field(max_length=32)] | None = None
    roles: list[int] | None = None
    mute: bool | None = None
    deaf: bool | None = None
    channel_id: int | None = None
    communication_disabled_until: datetime | None = None


@routes.route("GET", "/guilds/{guild_id}/members")
def list_members(call: Call) -> list[Json]:
    """Return a page of members in the order of their ids."""
    guild = call.guild()
    limit = call.number("limit", 1, low=1, high=1000)
    after = call.snowflake_in_query("after") or 0
    ids = sorted(it for it in guild.members if it > after)[:limit]
    return [payloads.member(call.world, guild.members[it]) for it in ids]


@routes.route("GET", "/guilds/{guild_id}/members/search")
def search_members(call: Call) -> list[Json]:
    """Return members whose user name or nickname starts with the query."""
    guild = call.guild()
    limit = call.number("limit", 1, low=1, high=1000)
    query = call.query.get("query", "").lower()
    found = [
        it
        for it in guild.members.values()
        if call.world.users[it.user_id].username.lower().startswith(query)
        or (it.nick or "").lower().startswith(query or "\0")
    ]
    return [payloads.member(call.world, it) for it in found[:limit]]


@routes.route("GET", "/guilds/{guild_id}/members/{user_id}")
def get_member(call: Call) -> Json:
    """Return one member."""
    return payloads.member(call.world, call.world.member(call.guild(), call.id("user_id")))


@routes.route("PATCH", "/guilds/{guild_id}/members/{user_id}")
def edit_member(call: Call) -> Json:
    """Change nickname, roles, voice state or time-out; each needs its own permission."""
    guild = call.guild()
    member = call.world.member(guild, call.id("user_id"))
    form = call.form(_MemberChanges)
    values: dict[str, Any] = {}
    if "nick" in form.model_fields_set:
        _check_nickname(call, guild, member)
        values["nick"] = form.nick or None
    if "roles" in form.model_fields_set:
        values["roles"] = _new_roles(call, guild, member, form.roles or [])
    if "communication_disabled_until" in form.model_fields_set:
        values["timed_out_until"] = _new_timeout(call, guild, member, form.communication_disabled_until)
    values |= _new_voice(call, guild, member, form)
    members.change(call.world, guild, member, **values)
    changes = [{"key": it, "new_value": _plain(form, it)} for it in form.model_fields_set]
    record(call.world, guild, Action.MEMBER_UPDATE, member.user_id, call.reason, changes=changes)
    return payloads.member(call.world, member)


@routes.route("DELETE", "/guilds/{guild_id}/members/{user_id}")
def kick(call: Call) -> None:
    """Kick a member."""
    guild = call.guild(Permission.KICK_MEMBERS)
    member = call.world.member(guild, call.id("user_id"))
    call.require_rank_over(guild, member.user_id)
    members.remove(call.world, guild, member.user_id)
    record(call.world, guild, Action.MEMBER_KICK, member.user_id, call.reason)


@routes.route("PUT", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}")
def add_role(call: Call) -> None:
    """Give a member a role that is below the bot's."""
    guild, member, role = _assignment(call)
    if role.id not in member.roles:
        members.change(call.world, guild, member, roles=(*member.roles, role.id))
        _record_role(call, guild, member, "$add", role)


@routes.route("DELETE", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}")
def remove_role(call: Call) -> None:
    """Take from a member a role that is below the bot's."""
    guild, member, role = _assignment(call)
    if role.id in member.roles:
        kept = tuple(it for it in member.roles if it != role.id)
        members.change(call.world, guild, member, roles=kept)
        _record_role(call, guild, member, "$remove", role)


def _assignment(call: Call) -> tuple[Guild, Member, Role]:
    guild = call.guild(Permission.MANAGE_ROLES)
    member = call.world.member(guild, call.id("user_id"))
    role = guild.roles.get(call.id("role_id"))
    if role is None:
        raise unknown("Role")
    _check_assignable(call, guild, role)
    return guild, member, role


def _check_assignable(call: Call, guild: Guild, role: Role) -> None:
    below = guild.owner_id == call.bot.id or role.position < call.world.rank(guild, call.bot.id)
    if role.managed or role.id == guild.id or not below:
        raise missing_permissions()


def _record_role(call: Call, guild: Guild, member: Member, key: str, role: Role) -> None:
    changes = [{"key": key, "new_value": [{"id": str(role.id), "name": role.name}]}]
    record(call.world, guild, Action.MEMBER_ROLE_UPDATE, member.user_id, call.reason, changes=changes)


def _check_nickname(call: Call, guild: Guild, member: Member) -> None:
    if member.user_id == call.bot.id:
        call.require(guild, None, Permission.CHANGE_NICKNAME)
    else:
        call.require(guild, None, Permission.MANAGE_NICKNAMES)
        call.require_rank_over(guild, member.user_id)


def _new_roles(call: Call, guild: Guild, member: Member, wanted: list[int]) -> tuple[int, ...]:
    call.require(guild, None, Permission.MANAGE_ROLES)
    for role_id in set(wanted) ^ set(member.roles):
        if role_id not in guild.roles:
            raise unknown("Role")
        _check_assignable(call, guild, guild.roles[role_id])
    return tuple(dict.fromkeys(wanted))


def _new_timeout(call: Call, guild: Guild, member: Member, until: datetime | None) -> datetime | None:
    call.require(guild, None, Permission.MODERATE_MEMBERS)
    call.require_rank_over(guild, member.user_id)
    held = call.world.permissions_of(guild, member.user_id)
    if until is not None and held & Permission.ADMINISTRATOR:
        raise missing_permissions()
    if until is not None and until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    # Discord lets a clock that runs a minute ahead pass.
    if until is not None and until > call.world.clock.now() + _LONGEST_TIMEOUT + timedelta(minutes=1):
        field = ("communication_disabled_until",)
        raise invalid_form(field, "INVALID_COMMUNICATION_DISABLED_TIMESTAMP", "Must be within 28 days.")
    return until


def _new_voice(call: Call, guild: Guild, member: Member, form: _MemberChanges) -> dict[str, Any]:
    values: dict[str, Any] = {}
    needed = {
        "mute": Permission.MUTE_MEMBERS,
        "deaf": Permission.DEAFEN_MEMBERS,
        "channel_id": Permission.MOVE_MEMBERS,
    }
    for name, value in form.given(*needed).items():
        call.require(guild, None, needed[name])
        if member.voice_channel_id is None:
            raise DiscordError(400, 40032, "Target user is not connected to voice.")
        values["voice_channel_id" if name == "channel_id" else name] = value
    return values


def _plain(form: _MemberChanges, name: str) -> object:
    value = getattr(form, name)
    if isinstance(value, datetime):
        return payloads.moment(value)
    return [str(it) for it in value] if isinstance(value, list) else value
