"""Custom emojis, stickers and sounds."""

from __future__ import annotations

from guildbase.simulator.errors import Json
from guildbase.simulator.payloads.users import user
from guildbase.simulator.world.entities import Emoji, Sound, Sticker
from guildbase.simulator.world.state import World

STICKER_PACK_ID = 847_199_849_233_514_549
_GUILD_STICKER, _STANDARD_STICKER = 2, 1


def custom_emoji(one: Emoji) -> Json:
    """Return a custom emoji without its creator, as guilds and gateway events carry it."""
    return {
        "id": str(one.id),
        "name": one.name,
        "roles": [str(it) for it in one.roles],
        "require_colons": True,
        "managed": one.managed,
        "animated": one.animated,
        "available": one.available,
    }


def sticker(one: Sticker) -> Json:
    """Return a sticker without its creator."""
    payload: Json = {
        "id": str(one.id),
        "name": one.name,
        "tags": one.tags,
        "description": one.description,
        "format_type": int(one.format),
        "type": _STANDARD_STICKER if one.guild_id is None else _GUILD_STICKER,
        "available": one.available,
    }
    if one.guild_id is None:
        return payload | {"pack_id": str(STICKER_PACK_ID), "sort_value": 1}
    return payload | {"guild_id": str(one.guild_id)}


def sound(one: Sound) -> Json:
    """Return a sound without its creator."""
    payload: Json = {
        "sound_id": str(one.id),
        "name": one.name,
        "volume": one.volume,
        "emoji_id": None if one.emoji_id is None else str(one.emoji_id),
        "emoji_name": one.emoji_name,
        "available": one.available,
    }
    return payload if one.guild_id is None else payload | {"guild_id": str(one.guild_id)}


def creator(world: World, one: Emoji | Sticker | Sound) -> Json:
    """Return the field that names the creator; empty if the account is not known."""
    maker = world.users.get(one.creator_id or 0)
    return {} if maker is None else {"user": user(maker)}
