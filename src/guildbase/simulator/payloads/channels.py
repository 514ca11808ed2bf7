"""Channels, threads and direct conversations."""

from __future__ import annotations

from guildbase.simulator.errors import Json
from guildbase.simulator.payloads.moments import moment
from guildbase.simulator.payloads.threads import thread
from guildbase.simulator.payloads.users import user
from guildbase.simulator.world.entities import Channel, ChannelType, Forum, ForumTag
from guildbase.simulator.world.state import World

_SPOKEN = (ChannelType.VOICE, ChannelType.STAGE)
_WITHOUT_THREADS = (*_SPOKEN, ChannelType.CATEGORY)


def channel(world: World, one: Channel) -> Json:
    """Return a guild channel, a thread or a direct conversation as the bot sees it."""
    if one.guild_id is None:
        return _conversation(world, one)
    if one.thread is not None:
        return thread(world, one, one.thread)
    payload: Json = {
        "id": str(one.id),
        "type": one.type,
        "guild_id": str(one.guild_id),
        "name": one.name,
        "position": one.position,
        "flags": one.flags,
        "parent_id": None if one.parent_id is None else str(one.parent_id),
        "topic": one.topic,
        "nsfw": one.nsfw,
        "rate_limit_per_user": one.rate_limit_per_user,
        "last_message_id": None if one.last_message_id is None else str(one.last_message_id),
        "last_pin_timestamp": moment(one.last_pin_at),
        "permission_overwrites": [
            {"id": str(it.id), "type": it.type, "allow": str(it.allow), "deny": str(it.deny)}
            for it in one.overwrites.values()
        ],
    }
    if one.type in _SPOKEN:
        payload |= {
            "bitrate": one.bitrate,
            "user_limit": one.user_limit,
            "rtc_region": one.rtc_region,
            "video_quality_mode": one.video_quality_mode,
        }
    if one.type not in _WITHOUT_THREADS:
        payload["default_thread_rate_limit_per_user"] = one.default_thread_rate_limit
        if one.default_auto_archive_duration is not None:
            payload["default_auto_archive_duration"] = one.default_auto_archive_duration
    return payload if one.forum is None else payload | _forum(one.forum)


def _conversation(world: World, one: Channel) -> Json:
    return {
        "id": str(one.id),
        "type": ChannelType.DM,
        "flags": 0,
        "last_message_id": None if one.last_message_id is None else str(one.last_message_id),
        "last_pin_timestamp": moment(one.last_pin_at),
        "recipients": [user(world.user(one.recipient_id or 0))],
    }


def _forum(one: Forum) -> Json:
    reaction: Json | None = {
        "emoji_id": None if one.reaction_emoji_id is None else str(one.reaction_emoji_id),
        "emoji_name": one.reaction_emoji_name,
    }
    if one.reaction_emoji_id is None and one.reaction_emoji_name is None:
        reaction = None
    return {
        "available_tags": [_tag(it) for it in one.tags],
        "default_reaction_emoji": reaction,
        "default_sort_order": one.sort_order,
        "default_forum_layout": one.layout,
        "default_tag_setting": one.tag_setting,
    }


def _tag(one: ForumTag) -> Json:
    return {
        "id": str(one.id),
        "name": one.name,
        "moderated": one.moderated,
        "emoji_id": None if one.emoji_id is None else str(one.emoji_id),
        "emoji_name": one.emoji_name,
    }
