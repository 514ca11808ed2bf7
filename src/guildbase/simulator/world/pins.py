"""Pinning messages to their channel."""

from __future__ import annotations

from guildbase.simulator import payloads
from guildbase.simulator.errors import Json
from guildbase.simulator.world import messages
from guildbase.simulator.world.entities import Channel, Message
from guildbase.simulator.world.state import Event, World
from guildbase.simulator.world.system_messages import SystemMessage, post


def of_channel(world: World, channel: Channel) -> list[Message]:
    """Return the pinned messages, the one pinned last first."""
    pinned = [(it.pinned_at, it.id, it) for it in world.messages[channel.id].values() if it.pinned_at is not None]
    return [it for _, _, it in sorted(pinned, key=lambda it: it[:2], reverse=True)]


def pin(world: World, channel: Channel, message: Message, user_id: int) -> None:
    """Pin the message, and tell the channel who did it."""
    message.pinned_at = channel.last_pin_at = world.clock.now()
    messages.updated(world, message)
    _emit(world, channel)
    post(world, channel, user_id, SystemMessage.CHANNEL_PINNED_MESSAGE, refers_to=(channel.id, message.id))


def unpin(world: World, channel: Channel, message: Message) -> None:
    """Take the pin out."""
    message.pinned_at = None
    latest = next(iter(of_channel(world, channel)), None)
    channel.last_pin_at = None if latest is None else latest.pinned_at
    messages.updated(world, message)
    _emit(world, channel)


def _emit(world: World, channel: Channel) -> None:
    data: Json = {"channel_id": str(channel.id), "last_pin_timestamp": payloads.moment(channel.last_pin_at)}
    if channel.guild_id is not None:
        data["guild_id"] = str(channel.guild_id)
    world.emit(Event("CHANNEL_PINS_UPDATE", data, channel.guild_id, channel.id))
