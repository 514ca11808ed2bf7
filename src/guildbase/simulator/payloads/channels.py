"""Channels and direct conversations."""

from __future__ import annotations

from guildbase.simulator.errors import Json
from guildbase.simulator.payloads.users import user
from guildbase.simulator.world.entities import Channel, ChannelType
from guildbase.simulator.world.state import World

_SPOKEN = (ChannelType.VOICE, ChannelType.STAGE)


def channel(world: World, one: Channel) -> Json:
    """Return a guild channel or a direct conversation as the bot sees it."""
    last = None if one.last_message_id is None else str(one.last_message_id)
    if one.guild_id is None:
        recipient = world.user(one.recipient_id or 0)
        return {
            "id": str(one.id),
            "type": ChannelType.DM,
            "flags": 0,
            "last_message_id": last,
            "recipients": [user(recipient)],
        }
    payload: Json = {
        "id": str(one.id),
        "type": one.type,
        "guild_id": str(one.guild_id),
        "name": one.name,
        "position": one.position,
        "flags": 0,
        "parent_id": None if one.parent_id is None else str(one.parent_id),
        "topic": one.topic,
        "nsfw": one.nsfw,
        "rate_limit_per_user": one.rate_limit_per_user,
        "last_message_id": last,
        "permission_overwrites": [
            {"id": str(it.id), "type": it.type, "allow": str(it.allow), "deny": str(it.deny)}
            for it in one.overwrites.values()
        ],
    }
    if one.type in _SPOKEN:
        payload |= {"bitrate": one.bitrate, "user_limit": one.user_limit, "rtc_region": None}
    return payload
