"""Voice: who is connected where, who may speak on a stage, what a channel is about, and sounds that are played."""

from __future__ import annotations

import secrets
from typing import Any

from guildbase.simulator import payloads
from guildbase.simulator.errors import Json
from guildbase.simulator.world.entities import Channel, ChannelType, Guild, Sound, VoiceState
from guildbase.simulator.world.state import Event, World

CHANNEL_TYPES = (ChannelType.VOICE, ChannelType.STAGE)


def move(
    world: World,
    guild: Guild,
    user_id: int,
    channel_id: int | None,
    *,
    self_mute: bool | None = None,
    self_deaf: bool | None = None,
) -> VoiceState | None:
    """Connect the member to a voice channel, or to none; what is None of the rest stays as it was.

    On a stage everyone begins as a listener.
    """
    before = guild.voice_states.get(user_id)
    if channel_id is None:
        if before is not None:
            disconnect(world, guild, before)
        return None
    state = before or VoiceState(user_id, channel_id, secrets.token_hex(16))
    if before is None or before.channel_id != channel_id:
        state.suppress = guild.channels[channel_id].type == ChannelType.STAGE
        state.request_to_speak_at = None
    left, state.channel_id = state.channel_id, channel_id
    state.self_mute = state.self_mute if self_mute is None else self_mute
    state.self_deaf = state.self_deaf if self_deaf is None else self_deaf
    guild.voice_states[user_id] = state
    announce(world, guild, state)
    _close_when_empty(world, guild, left)
    return state


def change(world: World, guild: Guild, state: VoiceState, values: dict[str, Any]) -> None:
    """Set fields of the voice state by name."""
    for name, value in values.items():
        setattr(state, name, value)
    announce(world, guild, state)


def disconnect(world: World, guild: Guild, state: VoiceState) -> None:
    """End the member's connection."""
    del guild.voice_states[state.user_id]
    announce(world, guild, state)
    _close_when_empty(world, guild, state.channel_id)


def announce(world: World, guild: Guild, state: VoiceState) -> None:
    """Tell where a member is connected now."""
    data = payloads.voice_state(guild, state, connected=state.user_id in guild.voice_states)
    member = guild.members.get(state.user_id)
    if member is not None:
        data["member"] = payloads.member(world, member)
    world.emit(Event("VOICE_STATE_UPDATE", data, guild.id))


def set_status(world: World, channel: Channel, status: str | None) -> None:
    """Say what the voice channel is about at the moment."""
    channel.voice_status = status
    data: Json = {"id": str(channel.id), "guild_id": str(channel.guild_id), "status": status}
    world.emit(Event("VOICE_CHANNEL_STATUS_UPDATE", data, channel.guild_id, channel.id))


def play(world: World, channel: Channel, user_id: int, sound: Sound) -> None:
    """Play a sound of the soundboard in the voice channel."""
    shown = payloads.sound(sound)
    emoji = None if shown["emoji_id"] is None and shown["emoji_name"] is None else _emoji(shown)
    data: Json = {
        "channel_id": str(channel.id),
        "guild_id": str(channel.guild_id),
        "user_id": str(user_id),
        "emoji": emoji,
        "sound_id": shown["sound_id"],
        "sound_volume": shown["volume"],
    }
    world.emit(Event("VOICE_CHANNEL_EFFECT_SEND", data, channel.guild_id, channel.id))


def _emoji(sound: Json) -> Json:
    return {"id": sound["emoji_id"], "name": sound["emoji_name"], "animated": False}


def _close_when_empty(world: World, guild: Guild, channel_id: int) -> None:
    """A channel that nobody is in any more is not about anything."""
    channel = guild.channels.get(channel_id)
    if channel is None or channel.voice_status is None:
        return
    if not any(it.channel_id == channel_id for it in guild.voice_states.values()):
        set_status(world, channel, None)
