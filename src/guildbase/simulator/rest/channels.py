"""/channels/{channel.id}: a channel or thread itself, its permission overwrites and the typing indicator."""

from __future__ import annotations

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, unknown
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.channel_forms import ChannelChanges, values_of
from guildbase.simulator.rest.forms import read_form
from guildbase.simulator.rest.overwrites import OverwriteBits, OverwriteForm, check_grants, record_overwrites
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.rest.thread_changes import delete_thread, edit_thread
from guildbase.simulator.world import channels, messages
from guildbase.simulator.world.audit import Action, difference, record
from guildbase.simulator.world.entities import Channel, Guild

routes = RouteTable()
AUDITED = (
    "name", "type", "position", "topic", "nsfw", "bitrate", "user_limit", "rate_limit_per_user", "rtc_region",
    "video_quality_mode", "flags", "default_auto_archive_duration", "default_thread_rate_limit_per_user",
    "available_tags", "default_reaction_emoji",
)  # fmt: skip


@routes.route("GET", "/channels/{channel_id}")
def get_channel(call: Call) -> Json:
    """Return a channel the bot can see."""
    return payloads.channel(call.world, call.channel())


@routes.route("PATCH", "/channels/{channel_id}")
def edit_channel(call: Call) -> Json:
    """Change a channel or thread; overwrites are replaced as a whole."""
    guild, channel = call.guild_channel()
    if channel.thread is not None:
        return edit_thread(call, guild, channel, channel.thread)
    call.require(guild, channel, Permission.MANAGE_CHANNELS)
    form = call.form(ChannelChanges)
    values = values_of(call.world, guild, form, channel)
    if form.permission_overwrites is not None:
        call.require(guild, channel, Permission.MANAGE_ROLES)
        check_grants(call, guild, channel, form.permission_overwrites)
        values["overwrites"] = {it.id: it.overwrite() for it in form.permission_overwrites}
    before, overwrites = payloads.channel(call.world, channel), channel.overwrites
    channels.change(call.world, channel, values)
    after = payloads.channel(call.world, channel)
    if changes := difference(before, after, AUDITED):
        record(call.world, guild, Action.CHANNEL_UPDATE, channel.id, call.reason, changes=changes)
    record_overwrites(call, guild, channel, overwrites, channel.overwrites)
    return after


@routes.route("DELETE", "/channels/{channel_id}")
def delete_channel(call: Call) -> Json:
    """Delete a guild channel or thread, or close a direct conversation (which loses nothing)."""
    channel = call.channel()
    payload = payloads.channel(call.world, channel)
    guild = call.world.guild_of(channel)
    if guild is None:
        return payload
    if channel.thread is not None:
        delete_thread(call, guild, channel)
        return payload
    call.require(guild, channel, Permission.MANAGE_CHANNELS)
    needed = (guild.settings.rules_channel_id, guild.settings.public_updates_channel_id)
    if channel.id in needed and "COMMUNITY" in guild.settings.features:
        raise DiscordError(400, 50074, "Cannot delete a channel required for Community guilds")
    channels.delete(call.world, guild, channel)
    changes = difference(payload, None, (*AUDITED, "permission_overwrites"))
    record(call.world, guild, Action.CHANNEL_DELETE, channel.id, call.reason, changes=changes)
    return payload


@routes.route("PUT", "/channels/{channel_id}/permissions/{overwrite_id}")
def set_overwrite(call: Call) -> None:
    """Set the channel's overwrite for a role or member."""
    guild, channel = _with_overwrites(call)
    bits = call.form(OverwriteBits)
    form = read_form(OverwriteForm, bits.model_dump() | {"id": call.id("overwrite_id")})
    if form.type == 0 and form.id not in guild.roles:
        raise unknown("Role")
    check_grants(call, guild, channel, [form])
    before = channel.overwrites
    channels.overwrite(call.world, channel, form.overwrite())
    record_overwrites(call, guild, channel, before, channel.overwrites)


@routes.route("DELETE", "/channels/{channel_id}/permissions/{overwrite_id}")
def delete_overwrite(call: Call) -> None:
    """Remove the channel's overwrite for a role or member."""
    guild, channel = _with_overwrites(call)
    target_id, before = call.id("overwrite_id"), channel.overwrites
    if target_id not in before:
        raise unknown("Permission Overwrite")
    channels.clear_overwrite(call.world, channel, target_id)
    record_overwrites(call, guild, channel, before, channel.overwrites)


@routes.route("POST", "/channels/{channel_id}/typing")
def start_typing(call: Call) -> None:
    """Show the bot as typing."""
    channel = call.channel()
    guild = call.world.guild_of(channel)
    if guild is not None:
        in_thread = channel.thread is not None
        call.require(guild, channel, Permission.SEND_MESSAGES_IN_THREADS if in_thread else Permission.SEND_MESSAGES)
    messages.typing(call.world, channel, call.bot)


def _with_overwrites(call: Call) -> tuple[Guild, Channel]:
    guild, channel = call.guild_channel(Permission.MANAGE_ROLES)
    if channel.thread is not None:
        raise DiscordError(400, 50024, "Cannot execute action on this channel type")
    return guild, channel
