"""/invites, and the invites of guilds and channels."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, invalid_form, missing_permissions, unknown
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.components import Snowflake
from guildbase.simulator.rest.forms import Form
from guildbase.simulator.rest.member_roles import check_assignable
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import invites
from guildbase.simulator.world.audit import Action, difference, record
from guildbase.simulator.world.entities import Channel, ChannelType, Guild, Invite

routes = RouteTable()
_MOST = 1000
_STREAM, _ACTIVITY = 1, 2
_WEEK = 604_800
_INVITABLE = (
    ChannelType.TEXT, ChannelType.VOICE, ChannelType.ANNOUNCEMENT, ChannelType.STAGE, ChannelType.FORUM,
    ChannelType.MEDIA,
)  # fmt: skip
_AUDITED = ("code", "channel_id", "inviter_id", "max_age", "max_uses", "temporary", "uses", "flags")


class _InviteForm(Form):
    max_age: Annotated[int, Field(ge=0, le=_WEEK)] | None = 86400
    max_uses: Annotated[int, Field(ge=0, le=100)] | None = 0
    temporary: bool | None = False
    unique: bool | None = False
    target_type: Literal[1, 2] | None = None
    target_user_id: Snowflake | None = None
    target_application_id: Snowflake | None = None
    role_ids: Annotated[list[Snowflake], Field(max_length=10)] | None = None


@routes.route("POST", "/channels/{channel_id}/invites")
def create_invite(call: Call) -> Json:
    """Make an invite; one of the same kind that is there already is used again unless a unique one is wanted."""
    guild, channel = call.guild_channel(Permission.CREATE_INSTANT_INVITE)
    if channel.type not in _INVITABLE:
        raise DiscordError(400, 50024, "Cannot execute action on this channel type")
    form = call.form(_InviteForm)
    _check_target(call, guild, channel, form)
    wanted = _invite(call, guild, channel, form)
    _check_roles(call, guild, wanted.role_ids)
    known = None if form.unique else _same(call, wanted)
    if known is not None:
        return payloads.invite(call.world, known, with_metadata=True)
    if sum(it.guild_id == guild.id for it in call.world.invites.values()) >= _MOST:
        raise DiscordError(400, 30016, f"Maximum number of invites reached ({_MOST})")
    invites.create(call.world, wanted)
    changes = difference(None, _audited(wanted), _AUDITED)
    record(call.world, guild, Action.INVITE_CREATE, None, call.reason, changes=changes)
    return payloads.invite(call.world, wanted, with_metadata=True)


@routes.route("GET", "/channels/{channel_id}/invites")
def list_channel_invites(call: Call) -> list[Json]:
    """Return the invites to a channel with their uses."""
    _, channel = call.guild_channel(Permission.MANAGE_CHANNELS)
    known = [it for it in call.world.invites.values() if it.channel_id == channel.id]
    return [payloads.invite(call.world, it, with_metadata=True) for it in known]


@routes.route("GET", "/guilds/{guild_id}/invites")
def list_guild_invites(call: Call) -> list[Json]:
    """Return the invites to a guild; how often they were used is told to those who manage it."""
    guild = call.guild()
    held = call.world.permissions_of(guild, call.bot.id)
    if not held & (Permission.MANAGE_GUILD | Permission.VIEW_AUDIT_LOG):
        raise missing_permissions()
    known = [it for it in call.world.invites.values() if it.guild_id == guild.id]
    return [payloads.invite(call.world, it, with_metadata=bool(held & Permission.MANAGE_GUILD)) for it in known]


@routes.route("GET", "/invites/{code}")
def get_invite(call: Call) -> Json:
    """Return an invite, wherever it leads, with one of the guild's events if it is asked for."""
    invite = invites.find(call.world, call.path["code"])
    payload = payloads.invite(call.world, invite, with_counts=call.flag("with_counts"))
    event_id = call.snowflake_in_query("guild_scheduled_event_id")
    event = call.world.guild(invite.guild_id).scheduled_events.get(event_id or 0)
    return (
        payload if event is None else payload | {"guild_scheduled_event": payloads.scheduled_event(call.world, event)}
    )


@routes.route("DELETE", "/invites/{code}")
def delete_invite(call: Call) -> Json:
    """Take an invite back."""
    guild, invite = managed_invite(call)
    payload = payloads.invite(call.world, invite)
    invites.delete(call.world, invite)
    changes = difference(_audited(invite), None, _AUDITED)
    record(call.world, guild, Action.INVITE_DELETE, None, call.reason, changes=changes)
    return payload


def managed_invite(call: Call) -> tuple[Guild, Invite]:
    """Return the invite of the path, if the bot manages its channel or its guild."""
    invite = invites.find(call.world, call.path["code"])
    guild = call.world.guild(invite.guild_id)
    call.require(guild, None)
    channel = guild.channels[invite.channel_id]
    if not call.world.permissions_of(guild, call.bot.id) & Permission.MANAGE_GUILD:
        call.require(guild, channel, Permission.MANAGE_CHANNELS)
    return guild, invite


def _check_target(call: Call, guild: Guild, channel: Channel, form: _InviteForm) -> None:
    if form.target_type is not None and channel.type != ChannelType.VOICE:
        message = "Invite target type is invalid for this channel"
        raise invalid_form(("target_type",), "GUILD_INVITE_INVALID_TARGET_TYPE", message)
    if form.target_type == _STREAM and form.target_user_id not in guild.voice_states:
        message = "The specified user is currently not streaming in this channel"
        raise invalid_form(("target_user_id",), "GUILD_INVITE_INVALID_STREAMER", message)
    if form.target_type == _ACTIVITY and form.target_application_id is None:
        raise invalid_form(("target_application_id",), "BASE_TYPE_REQUIRED", "This field is required")


def _check_roles(call: Call, guild: Guild, role_ids: list[int]) -> None:
    """Roles that come with an invite must be ones that the bot could give."""
    if not role_ids:
        return
    call.require(guild, None, Permission.MANAGE_ROLES)
    for role_id in role_ids:
        role = guild.roles.get(role_id)
        if role is None:
            raise unknown("Role")
        check_assignable(call, guild, role)


def _invite(call: Call, guild: Guild, channel: Channel, form: _InviteForm) -> Invite:
    return Invite(
        invites.new_code(),
        guild.id,
        channel.id,
        call.bot.id,
        call.world.clock.now(),
        max_age=86400 if form.max_age is None else form.max_age,
        max_uses=form.max_uses or 0,
        temporary=bool(form.temporary),
        target_type=form.target_type,
        target_user_id=form.target_user_id,
        target_application_id=form.target_application_id,
        role_ids=list(dict.fromkeys(form.role_ids or [])),
    )


def _same(call: Call, wanted: Invite) -> Invite | None:
    for it in call.world.invites.values():
        if _kind(it) == _kind(wanted) and it.target_user_ids is None:
            return it
    return None


def _kind(one: Invite) -> tuple[object, ...]:
    limits = (one.max_age, one.max_uses, one.temporary)
    target = (one.target_type, one.target_user_id, one.target_application_id)
    return (one.channel_id, one.inviter_id, *limits, *target, tuple(one.role_ids))


def _audited(one: Invite) -> Json:
    return {
        "code": one.code,
        "channel_id": str(one.channel_id),
        "inviter_id": str(one.inviter_id),
        "max_age": one.max_age,
        "max_uses": one.max_uses,
        "temporary": one.temporary,
        "uses": one.uses,
        "flags": 0,
    }
