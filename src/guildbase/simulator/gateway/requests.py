"""What a running session may ask for: to be seen, to join voice, members, sounds, and news of voice channels."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import orjson

from guildbase.simulator import payloads
from guildbase.simulator.errors import Json
from guildbase.simulator.gateway import chunking
from guildbase.simulator.gateway.frames import (
    Op,
    PresenceUpdate,
    RequestChannelInfo,
    RequestMembers,
    RequestSounds,
    VoiceStateUpdate,
)
from guildbase.simulator.gateway.hub import Hub
from guildbase.simulator.gateway.session import Session
from guildbase.simulator.permissions import Permission
from guildbase.simulator.world import voice
from guildbase.simulator.world.entities import Channel, Guild, Presence
from guildbase.simulator.world.state import World


def answer(world: World, hub: Hub, session: Session, op: int, data: Any) -> None:
    """Check the data of a request and do what it asks; requests for unknown guilds are passed over, as by Discord."""
    ANSWERS[op](world, hub, session, data)


def _presence(world: World, hub: Hub, session: Session, data: Any) -> None:
    wish = PresenceUpdate.model_validate(data)
    session.presence = Presence(wish.status, wish.shown_activities())
    hub.show_bot(session)


def _voice(world: World, hub: Hub, session: Session, data: Any) -> None:
    wish = VoiceStateUpdate.model_validate(data)
    guild = _guild(world, wish.guild_id)
    if guild is None or not _may_connect(world, guild, wish.channel_id):
        return
    voice.move(world, guild, world.bot.id, wish.channel_id, self_mute=wish.self_mute, self_deaf=wish.self_deaf)
    if wish.channel_id is not None:
        server: Json = {"token": secrets.token_hex(8), "guild_id": str(guild.id), "endpoint": "voice.invalid:443"}
        session.dispatch("VOICE_SERVER_UPDATE", orjson.dumps(server))


def _may_connect(world: World, guild: Guild, channel_id: int | None) -> bool:
    if channel_id is None:
        return True
    channel = guild.channels.get(channel_id)
    if channel is None or channel.type not in voice.CHANNEL_TYPES:
        return False
    needed = Permission.VIEW_CHANNEL | Permission.CONNECT
    return world.permissions_of(guild, world.bot.id, channel) & needed == needed


def _members(world: World, hub: Hub, session: Session, data: Any) -> None:
    wish = RequestMembers.model_validate(data)
    guild = _guild(world, wish.guild_id)
    if guild is None:
        return
    wait = hub.wait_for_all_members(guild) if wish.wants_all else 0.0
    if wait > 0:
        meta = {"guild_id": str(guild.id)} | ({} if wish.usable_nonce is None else {"nonce": wish.usable_nonce})
        limited: Json = {"opcode": int(Op.REQUEST_MEMBERS), "retry_after": round(wait, 3), "meta": meta}
        session.dispatch("RATE_LIMITED", orjson.dumps(limited))
        return
    chunking.send_members(world, session, guild, wish)


def _sounds(world: World, hub: Hub, session: Session, data: Any) -> None:
    for guild_id in RequestSounds.model_validate(data).guild_ids:
        guild = _guild(world, guild_id)
        if guild is not None:
            sounds = [payloads.sound(it) for it in guild.sounds.values()]
            told: Json = {"guild_id": str(guild_id), "soundboard_sounds": sounds}
            session.dispatch("SOUNDBOARD_SOUNDS", orjson.dumps(told))


def _channel_info(world: World, hub: Hub, session: Session, data: Any) -> None:
    wish = RequestChannelInfo.model_validate(data)
    guild = _guild(world, wish.guild_id)
    if guild is not None:
        places = [it for it in guild.channels.values() if it.type in voice.CHANNEL_TYPES]
        told: Json = {"guild_id": str(guild.id), "channels": [_voice_channel(it, wish.fields) for it in places]}
        session.dispatch("CHANNEL_INFO", orjson.dumps(told))


def _voice_channel(channel: Channel, fields: list[str]) -> Json:
    # Since when a call is running is not kept, so that field is never there.
    shown: Json = {"id": str(channel.id)}
    return shown | ({"status": channel.voice_status} if "status" in fields else {})


def _guild(world: World, guild_id: int) -> Guild | None:
    guild = world.guilds.get(guild_id)
    return None if guild is None or world.bot.id not in guild.members else guild


ANSWERS: dict[int, Callable[[World, Hub, Session, Any], None]] = {
    Op.PRESENCE: _presence,
    Op.VOICE_STATE: _voice,
    Op.REQUEST_MEMBERS: _members,
    Op.REQUEST_SOUNDS: _sounds,
    Op.REQUEST_CHANNEL_INFO: _channel_info,
}
