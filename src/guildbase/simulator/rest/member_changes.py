"""PATCH /guilds/{guild.id}/members/{user.id}: nickname, roles, time-out, voice and flags, each with its permission."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import Field

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, invalid_form, missing_permissions, unknown
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.forms import Form
from guildbase.simulator.rest.images import Picture
from guildbase.simulator.rest.member_roles import check_assignable, record_roles
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import images, members, voice
from guildbase.simulator.world.audit import Action, difference, record
from guildbase.simulator.world.entities import ChannelType, Guild, Image, Member, MemberFlag, Profile

routes = RouteTable()
_LONGEST_TIMEOUT = timedelta(days=28)
_MAY_SET_FLAGS = (
    Permission.MANAGE_GUILD,
    Permission.MANAGE_ROLES,
    Permission.MODERATE_MEMBERS | Permission.KICK_MEMBERS | Permission.BAN_MEMBERS,
)
_AUDITED = ("nick", "mute", "deaf", "communication_disabled_until", "flags", "avatar", "banner")


class _MemberChanges(Form):
    nick: Annotated[str, Field(max_length=32)] | None = None
    roles: Annotated[list[int], Field(max_length=350)] | None = None
    mute: bool | None = None
    deaf: bool | None = None
    channel_id: int | None = None
    communication_disabled_until: datetime | None = None
    flags: Annotated[int, Field(ge=0, le=0x7FFFFFFF)] | None = None


class _OwnChanges(Form):
    nick: Annotated[str, Field(max_length=32)] | None = None
    avatar: Picture | None = None
    banner: Picture | None = None
    bio: Annotated[str, Field(max_length=190)] | None = None


@routes.route("PATCH", "/guilds/{guild_id}/members/@me")
def edit_myself(call: Call) -> Json:
    """Change the bot's own nickname and looks in the guild."""
    guild = call.guild()
    member = call.world.member(guild, call.bot.id)
    form = call.form(_OwnChanges)
    values: dict[str, Any] = {}
    if "nick" in form.model_fields_set:
        call.require(guild, None, Permission.CHANGE_NICKNAME)
        values["nick"] = form.nick or None
    looks = form.given("avatar", "banner", "bio")
    kept: dict[str, Any] = {
        key: images.keep(call.world, it) if isinstance(it, Image) else it for key, it in looks.items()
    }
    if kept:
        values["profile"] = replace(member.profile or Profile(), **kept)
    _change(call, guild, member, values)
    return payloads.member(call.world, member)


@routes.route("PATCH", "/guilds/{guild_id}/members/{user_id}")
def edit_member(call: Call) -> Json:
    """Change nickname, roles, voice state, time-out or flags; each needs its own permission."""
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
    if "flags" in form.model_fields_set:
        values["flags"] = _new_flags(call, guild, member, form.flags or 0)
    values |= _new_voice(call, guild, member, form)
    _change(call, guild, member, values)
    return payloads.member(call.world, member)


def _change(call: Call, guild: Guild, member: Member, values: dict[str, Any]) -> None:
    """Carry out the checked changes; roles and moves have entries of their own in the audit log."""
    before, old_roles = payloads.member(call.world, member), set(member.roles)
    moves, channel_id = "voice_channel_id" in values, values.pop("voice_channel_id", None)
    members.change(call.world, guild, member, **values)
    if changes := difference(before, payloads.member(call.world, member), _AUDITED):
        record(call.world, guild, Action.MEMBER_UPDATE, member.user_id, call.reason, changes=changes)
    new_roles = set(member.roles)
    for key, ids in (("$add", new_roles - old_roles), ("$remove", old_roles - new_roles)):
        if ids:
            record_roles(call, guild, member, key, *(guild.roles[it] for it in sorted(ids)))
    if moves:
        voice.move(call.world, guild, member.user_id, channel_id)
        if channel_id is None:
            record(call.world, guild, Action.MEMBER_DISCONNECT, None, call.reason, options={"count": "1"})
        else:
            options = {"channel_id": str(channel_id), "count": "1"}
            record(call.world, guild, Action.MEMBER_MOVE, None, call.reason, options=options)


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
        check_assignable(call, guild, guild.roles[role_id])
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


def _new_flags(call: Call, guild: Guild, member: Member, flags: int) -> int:
    """Return the member's flags after the change: only the leave to skip the verification can be given."""
    held = call.world.permissions_of(guild, call.bot.id)
    if not any(held & it == it for it in _MAY_SET_FLAGS):
        raise missing_permissions()
    return member.flags & ~MemberFlag.BYPASSES_VERIFICATION | flags & MemberFlag.BYPASSES_VERIFICATION


def _new_voice(call: Call, guild: Guild, member: Member, form: _MemberChanges) -> dict[str, Any]:
    values: dict[str, Any] = {}
    needed = {
        "mute": Permission.MUTE_MEMBERS,
        "deaf": Permission.DEAFEN_MEMBERS,
        "channel_id": Permission.MOVE_MEMBERS,
    }
    for name, value in form.given(*needed).items():
        call.require(guild, None, needed[name])
        if member.user_id not in guild.voice_states:
            raise DiscordError(400, 40032, "Target user is not connected to voice.")
        if name == "channel_id":
            _check_destination(call, guild, form.channel_id)
            values["voice_channel_id"] = value
        else:
            values[name] = bool(value)
    return values


def _check_destination(call: Call, guild: Guild, channel_id: int | None) -> None:
    if channel_id is None:
        return
    channel = guild.channels.get(channel_id)
    if channel is None:
        raise unknown("Channel")
    if channel.type not in (ChannelType.VOICE, ChannelType.STAGE):
        raise DiscordError(400, 50024, "Cannot execute action on this channel type")
    call.require(guild, channel, Permission.CONNECT)
