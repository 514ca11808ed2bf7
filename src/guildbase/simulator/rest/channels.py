"""/channels/{channel.id}: a channel itself, its permission overwrites and the typing indicator."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from guildbase.simulator import payloads
from guildbase.simulator.errors import Json, unknown
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.forms import Form, Name100
from guildbase.simulator.rest.overwrites import OverwriteBits, OverwriteForm, check_grants
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import channels, messages
from guildbase.simulator.world.audit import Action, record

routes = RouteTable()
_PLAIN = ("name", "topic", "position", "parent_id", "nsfw", "rate_limit_per_user", "bitrate", "user_limit")
_CLEARABLE = ("topic", "parent_id")


class _ChannelChanges(Form):
    name: Name100 | None = None
    topic: Annotated[str, Field(max_length=1024)] | None = None
    position: int | None = None
    parent_id: int | None = None
    nsfw: bool = False
    rate_limit_per_user: Annotated[int, Field(ge=0, le=21600)] = 0
    bitrate: Annotated[int, Field(ge=8000)] = 64000
    user_limit: Annotated[int, Field(ge=0, le=10000)] = 0
    permission_overwrites: list[OverwriteForm] | None = None


@routes.route("GET", "/channels/{channel_id}")
def get_channel(call: Call) -> Json:
    """Return a channel the bot can see."""
    return payloads.channel(call.world, call.channel())


@routes.route("PATCH", "/channels/{channel_id}")
def edit_channel(call: Call) -> Json:
    """Change a channel; overwrites are replaced as a whole."""
    guild, channel = call.guild_channel(Permission.MANAGE_CHANNELS)
    form = call.form(_ChannelChanges)
    values = {key: it for key, it in form.given(*_PLAIN).items() if it is not None or key in _CLEARABLE}
    if form.parent_id is not None and form.parent_id not in guild.channels:
        raise unknown("Channel")
    if form.permission_overwrites is not None:
        call.require(guild, channel, Permission.MANAGE_ROLES)
        check_grants(call, guild, channel, form.permission_overwrites)
        values["overwrites"] = {it.id: it.overwrite() for it in form.permission_overwrites}
    channels.change(call.world, channel, values)
    record(call.world, guild, Action.CHANNEL_UPDATE, channel.id, call.reason)
    return payloads.channel(call.world, channel)


@routes.route("DELETE", "/channels/{channel_id}")
def delete_channel(call: Call) -> Json:
    """Delete a guild channel, or close a direct conversation (which loses nothing)."""
    channel = call.channel(Permission.MANAGE_CHANNELS)
    payload = payloads.channel(call.world, channel)
    guild = call.world.guild_of(channel)
    if guild is not None:
        channels.delete(call.world, guild, channel)
        record(call.world, guild, Action.CHANNEL_DELETE, channel.id, call.reason)
    return payload


@routes.route("PUT", "/channels/{channel_id}/permissions/{overwrite_id}")
def set_overwrite(call: Call) -> None:
    """Set the channel's overwrite for a role or member."""
    guild, channel = call.guild_channel(Permission.MANAGE_ROLES)
    bits = call.form(OverwriteBits)
    form = OverwriteForm(id=call.id("overwrite_id"), type=bits.type, allow=bits.allow, deny=bits.deny)
    if form.type == 0 and form.id not in guild.roles:
        raise unknown("Role")
    check_grants(call, guild, channel, [form])
    action = Action.CHANNEL_OVERWRITE_UPDATE if form.id in channel.overwrites else Action.CHANNEL_OVERWRITE_CREATE
    channels.overwrite(call.world, channel, form.overwrite())
    record(call.world, guild, action, channel.id, call.reason)


@routes.route("DELETE", "/channels/{channel_id}/permissions/{overwrite_id}")
def delete_overwrite(call: Call) -> None:
    """Remove the channel's overwrite for a role or member."""
    guild, channel = call.guild_channel(Permission.MANAGE_ROLES)
    target_id = call.id("overwrite_id")
    if target_id not in channel.overwrites:
        raise unknown("Permission Overwrite")
    channels.clear_overwrite(call.world, channel, target_id)
    record(call.world, guild, Action.CHANNEL_OVERWRITE_DELETE, channel.id, call.reason)


@routes.route("POST", "/channels/{channel_id}/typing")
def start_typing(call: Call) -> None:
    """Show the bot as typing."""
    messages.typing(call.world, call.channel(Permission.SEND_MESSAGES), call.bot)
