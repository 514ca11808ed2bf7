"""Messages that Discord itself puts into a channel in someone's name: a greeting, an alert."""

from __future__ import annotations

from enum import IntEnum

from guildbase.simulator import payloads
from guildbase.simulator.errors import Json
from guildbase.simulator.world.entities import Channel, Guild, Message, User
from guildbase.simulator.world.state import Event, World


class SystemMessage(IntEnum):
    """The kinds of system messages by their official names."""

    RECIPIENT_ADD = 1
    RECIPIENT_REMOVE = 2
    CHANNEL_NAME_CHANGE = 4
    CHANNEL_PINNED_MESSAGE = 6
    USER_JOIN = 7
    CHANNEL_FOLLOW_ADD = 12
    THREAD_CREATED = 18
    THREAD_STARTER_MESSAGE = 21
    AUTO_MODERATION_ACTION = 24
    POLL_RESULT = 46


_WITHOUT_JOINS = 1 << 0


def post(
    world: World,
    channel: Channel,
    author_id: int,
    kind: SystemMessage,
    *,
    content: str = "",
    embeds: list[Json] | None = None,
    reply_to: int | None = None,
    refers_to: tuple[int, int | None] | None = None,
    mentions: tuple[int, ...] = (),
) -> Message:
    """Put a system message into the channel; it may refer to another channel, or to a message in it."""
    message = Message(world.new_id(), channel.id, author_id, content=content, embeds=embeds or [], type=kind)
    message.reply_to, message.refers_to, message.mentions = reply_to, refers_to, list(mentions)
    world.messages[channel.id][message.id] = message
    channel.last_message_id = message.id
    world.emit(Event("MESSAGE_CREATE", payloads.message_event(world, message), channel.guild_id, channel.id))
    return message


def greet(world: World, guild: Guild, user: User) -> None:
    """Say in the guild's system channel that the user has joined, unless that is switched off."""
    settings = guild.settings
    channel = guild.channels.get(settings.system_channel_id or 0)
    if channel is not None and not settings.system_channel_flags & _WITHOUT_JOINS:
        post(world, channel, user.id, SystemMessage.USER_JOIN)
