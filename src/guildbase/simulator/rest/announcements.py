"""Announcement channels: following them, and publishing a message to all channels that follow."""

from __future__ import annotations

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.components import Snowflake
from guildbase.simulator.rest.forms import Form
from guildbase.simulator.rest.messages import message_of
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.rest.webhooks import audited, check_room, place_of, record_change
from guildbase.simulator.world import webhooks
from guildbase.simulator.world.audit import Action
from guildbase.simulator.world.entities import ChannelType, MessageFlag

routes = RouteTable()


class _Following(Form):
    webhook_channel_id: Snowflake


@routes.route("POST", "/channels/{channel_id}/followers")
def follow_channel(call: Call) -> Json:
    """Let another channel get what is published in this announcement channel."""
    _, source = call.guild_channel()
    form = call.form(_Following)
    if source.type != ChannelType.ANNOUNCEMENT:
        raise DiscordError(400, 50024, "Cannot execute action on this channel type")
    guild, target = place_of(call, form.webhook_channel_id)
    if target.type not in (ChannelType.TEXT, ChannelType.ANNOUNCEMENT):
        raise DiscordError(400, 50024, "Cannot execute action on this channel type")
    check_room(call, target)
    webhook = webhooks.follow(call.world, source, guild, target, call.bot.id)
    record_change(call, guild, Action.WEBHOOK_CREATE, webhook, None, audited(call, webhook))
    return {"channel_id": str(source.id), "webhook_id": str(webhook.id)}


@routes.route("POST", "/channels/{channel_id}/messages/{message_id}/crosspost")
def publish(call: Call) -> Json:
    """Publish an announcement, once."""
    guild, channel = call.guild_channel(Permission.SEND_MESSAGES)
    if channel.type != ChannelType.ANNOUNCEMENT:
        raise DiscordError(400, 50024, "Cannot execute action on this channel type")
    message = message_of(call, channel)
    if message.author_id != call.bot.id:
        call.require(guild, channel, Permission.MANAGE_MESSAGES)
    if message.type != 0 or message.flags & MessageFlag.IS_CROSSPOST:
        raise DiscordError(400, 50068, "Invalid message type")
    if message.flags & MessageFlag.CROSSPOSTED:
        raise DiscordError(400, 40033, "This message has already been crossposted")
    webhooks.publish(call.world, message)
    return payloads.message(call.world, message)
