"""Channels: guild channels and their overwrites, and the direct conversations of people with the bot."""

from __future__ import annotations

from typing import Any

from guildbase.simulator import payloads
from guildbase.simulator.world import invites, references, stages, threads, voice, webhooks
from guildbase.simulator.world.entities import Channel, ChannelType, Forum, Guild, Overwrite, User
from guildbase.simulator.world.state import Event, World
from guildbase.simulator.world.thread_access import access_noted

_FORUMS = (ChannelType.FORUM, ChannelType.MEDIA)


def create(
    world: World,
    guild: Guild,
    name: str,
    kind: int = ChannelType.TEXT,
    *,
    channel_id: int | None = None,
    values: dict[str, Any] | None = None,
) -> Channel:
    """Make a channel at the end of the guild's list; `values` are further fields by name."""
    channel = Channel(channel_id or world.new_id(), kind, guild_id=guild.id, name=name, position=len(guild.channels))
    if kind in _FORUMS:
        channel.forum = Forum()
    for field, value in (values or {}).items():
        setattr(channel, field, value)
    guild.channels[channel.id] = world.channels[channel.id] = channel
    world.messages[channel.id] = {}
    _emit(world, "CHANNEL_CREATE", channel)
    return channel


def change(world: World, channel: Channel, values: dict[str, Any]) -> None:
    """Set fields of the channel by name; other overwrites may let the bot see what it has not seen."""
    guild = world.guilds[channel.guild_id or 0]
    synced = [it for it in guild.channels.values() if _follows(it, channel)] if "overwrites" in values else []
    with access_noted(world, guild):
        for field, value in values.items():
            setattr(channel, field, value)
        _emit(world, "CHANNEL_UPDATE", channel)
    for child in synced:
        change(world, child, {"overwrites": dict(channel.overwrites)})


def _follows(channel: Channel, category: Channel) -> bool:
    """Tell whether changes of the category's overwrites go for the channel, too: it says the same until now."""
    return channel.parent_id == category.id and channel.overwrites == category.overwrites


def overwrite(world: World, channel: Channel, exception: Overwrite) -> None:
    """Set the channel's overwrite for a role or member."""
    change(world, channel, {"overwrites": channel.overwrites | {exception.id: exception}})


def clear_overwrite(world: World, channel: Channel, target_id: int) -> None:
    """Remove the channel's overwrite for a role or member."""
    kept = {key: it for key, it in channel.overwrites.items() if key != target_id}
    change(world, channel, {"overwrites": kept})


def delete(world: World, guild: Guild, channel: Channel) -> None:
    """Delete the channel with all that is in it; channels of a deleted category stay without one."""
    for child in guild.channels.values():
        if child.parent_id == channel.id:
            change(world, child, {"parent_id": None})
    for thread in [it for it in guild.threads.values() if it.parent_id == channel.id]:
        threads.forget(world, guild, thread)
    for state in [it for it in guild.voice_states.values() if it.channel_id == channel.id]:
        voice.disconnect(world, guild, state)
    if (stage := guild.stages.get(channel.id)) is not None:
        stages.end(world, guild, stage)
    invites.forget(world, channel)
    webhooks.forget(world, channel)
    references.forget(world, guild, channel.id)
    del guild.channels[channel.id], world.channels[channel.id], world.messages[channel.id]
    world.emit(Event("CHANNEL_DELETE", payloads.channel(world, channel), guild.id))


def dm_with(world: World, user: User) -> Channel:
    """Return the direct conversation of the user with the bot, opening it on first need."""
    channel_id = world.dm_channels.get(user.id)
    if channel_id is None:
        channel = Channel(world.new_id(), ChannelType.DM, recipient_id=user.id)
        world.dm_channels[user.id] = channel.id
        world.channels[channel.id] = channel
        world.messages[channel.id] = {}
        return channel
    return world.channels[channel_id]


def _emit(world: World, name: str, channel: Channel) -> None:
    world.emit(Event(name, payloads.channel(world, channel), channel.guild_id))
