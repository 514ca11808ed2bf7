"""What threads have beyond other channels: who follows them, and which are active."""

from __future__ import annotations

from guildbase.core.snowflake import snowflake_time
from guildbase.simulator.errors import Json
from guildbase.simulator.payloads.moments import moment
from guildbase.simulator.world.entities import Channel, ChannelType, Guild, Thread, ThreadMember
from guildbase.simulator.world.state import World

_MOST_COUNTED = 50


def active_threads(world: World, guild: Guild) -> list[Channel]:
    """Return the threads of the guild that are not archived and that the bot sees."""
    return [
        it
        for it in guild.threads.values()
        if it.thread is not None and not it.thread.archived and world.can_view(it, world.bot.id)
    ]


def thread_member(one: Channel, follower: ThreadMember) -> Json:
    """Return who follows a thread."""
    return {
        "id": str(one.id),
        "user_id": str(follower.user_id),
        "join_timestamp": moment(follower.joined_at),
        "flags": follower.flags,
    }


def thread(world: World, one: Channel, more: Thread) -> Json:
    """Return a thread as the bot sees it."""
    metadata: Json = {
        "archived": more.archived,
        "archive_timestamp": moment(more.archived_at),
        "auto_archive_duration": more.auto_archive_duration,
        "locked": more.locked,
        "create_timestamp": moment(snowflake_time(one.id)),
    }
    if one.type == ChannelType.PRIVATE_THREAD:
        metadata["invitable"] = more.invitable
    payload: Json = {
        "id": str(one.id),
        "type": one.type,
        "guild_id": str(one.guild_id),
        "parent_id": str(one.parent_id),
        "owner_id": str(more.owner_id),
        "name": one.name,
        "flags": one.flags,
        "last_message_id": None if one.last_message_id is None else str(one.last_message_id),
        "last_pin_timestamp": moment(one.last_pin_at),
        "rate_limit_per_user": one.rate_limit_per_user,
        "message_count": more.message_count,
        "total_message_sent": more.total_message_sent,
        "member_count": min(len(more.members), _MOST_COUNTED),
        "thread_metadata": metadata,
        "applied_tags": [str(it) for it in more.applied_tags],
    }
    if (own := more.members.get(world.bot.id)) is not None:
        payload["member"] = thread_member(one, own)
    return payload
