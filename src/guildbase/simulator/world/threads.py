"""Threads: starting, changing and deleting them, who follows them, and how they fall asleep."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from guildbase.core.snowflake import snowflake_time
from guildbase.simulator import payloads
from guildbase.simulator.errors import Json
from guildbase.simulator.world.entities import (
    Channel,
    ChannelType,
    Guild,
    Message,
    MessageFlag,
    Thread,
    ThreadMember,
)
from guildbase.simulator.world.state import Event, World
from guildbase.simulator.world.system_messages import SystemMessage, post

DEFAULT_DURATION = 1440
"""Minutes without a message after which a thread is archived, unless its channel says otherwise."""
_OF_THREADS = frozenset(field.name for field in fields(Thread))


def start(
    world: World,
    guild: Guild,
    parent: Channel,
    owner_id: int,
    name: str,
    kind: int,
    *,
    source: Message | None = None,
    values: dict[str, Any] | None = None,
) -> Channel:
    """Start a thread, which its owner follows; `source` is the message it hangs on, `values` are fields by name."""
    duration = parent.default_auto_archive_duration or DEFAULT_DURATION
    thread = Channel(
        world.new_id() if source is None else source.id,
        kind,
        guild_id=guild.id,
        name=name,
        parent_id=parent.id,
        rate_limit_per_user=parent.default_thread_rate_limit,
        thread=Thread(owner_id, world.clock.now(), duration),
    )
    _set(thread, values or {})
    if owner_id in guild.members:
        _of(thread).members[owner_id] = ThreadMember(owner_id, world.clock.now())
    guild.threads[thread.id] = world.channels[thread.id] = thread
    world.messages[thread.id] = {}
    data = payloads.channel(world, thread) | {"newly_created": True}
    world.emit(Event("THREAD_CREATE", data, guild.id, thread.id))
    _introduce(world, parent, thread, source)
    schedule(world, thread)
    return thread


def change(world: World, thread: Channel, values: dict[str, Any]) -> None:
    """Set fields of the thread by name; a new name is told in the thread."""
    more, renamed = _of(thread), values.get("name", thread.name) != thread.name
    archived, duration = more.archived, more.auto_archive_duration
    _set(thread, values)
    if more.archived != archived:
        more.archived_at = world.clock.now()
    world.emit(Event("THREAD_UPDATE", payloads.channel(world, thread), thread.guild_id, thread.id))
    if (more.archived, more.auto_archive_duration) != (archived, duration):
        schedule(world, thread)
    if renamed:
        post(world, thread, world.actor.id, SystemMessage.CHANNEL_NAME_CHANGE, content=thread.name)


def delete(world: World, guild: Guild, thread: Channel) -> None:
    """Delete the thread with its messages."""
    data: Json = {
        "id": str(thread.id),
        "guild_id": str(guild.id),
        "parent_id": str(thread.parent_id),
        "type": thread.type,
    }
    # Only as long as it exists can be told who sees it.
    world.emit(Event("THREAD_DELETE", data, guild.id, thread.id))
    forget(world, guild, thread)
    source = world.messages.get(thread.parent_id or 0, {}).get(thread.id)
    if source is not None:
        source.flags &= ~MessageFlag.HAS_THREAD


def forget(world: World, guild: Guild, thread: Channel) -> None:
    """Remove the thread without a word, because its channel is gone."""
    del guild.threads[thread.id], world.channels[thread.id], world.messages[thread.id]


def add_member(world: World, guild: Guild, thread: Channel, user_id: int) -> None:
    """Let the user follow the thread; a second time changes nothing."""
    more = _of(thread)
    if user_id in more.members:
        return
    follower = more.members[user_id] = ThreadMember(user_id, world.clock.now())
    own = payloads.thread_member(thread, follower)
    if user_id == world.bot.id:
        if thread.type == ChannelType.PRIVATE_THREAD:
            world.emit(Event("THREAD_CREATE", payloads.channel(world, thread), guild.id, thread.id))
        world.emit(Event("THREAD_MEMBER_UPDATE", own | {"guild_id": str(guild.id)}, guild.id, thread.id))
    added = own | {"member": payloads.member(world, guild.members[user_id]), "presence": None}
    _emit_members(world, thread, len(more.members), added_members=[added])


def remove_member(world: World, thread: Channel, user_id: int) -> None:
    """Let the user follow the thread no longer."""
    more = _of(thread)
    if user_id in more.members:
        # Who is thrown out of a private thread is told before it disappears.
        _emit_members(world, thread, len(more.members) - 1, removed_member_ids=[str(user_id)])
        del more.members[user_id]


def forget_member(guild: Guild, user_id: int) -> None:
    """Remove someone who is no longer in the guild from its threads."""
    for thread in guild.threads.values():
        _of(thread).members.pop(user_id, None)


def note_message(world: World, thread: Channel, author_id: int) -> None:
    """Count a message that is about to be written: it wakes the thread, and its author follows it from now on."""
    more, guild = _of(thread), world.guild_of(thread)
    if more.archived:
        change(world, thread, {"archived": False})
    more.message_count += 1
    more.total_message_sent += 1
    if guild is not None and author_id in guild.members:
        add_member(world, guild, thread, author_id)


def schedule(world: World, thread: Channel) -> None:
    """Let the thread be archived when nobody has written for as long as it is set to."""
    if not _of(thread).archived:
        world.clock.call_at(_falls_asleep_at(thread), partial(_fall_asleep, world, thread.id))


def schedule_all(world: World) -> None:
    """Let all threads that are active be archived in time."""
    for guild in world.guilds.values():
        for thread in guild.threads.values():
            schedule(world, thread)


def _set(thread: Channel, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(thread.thread if name in _OF_THREADS else thread, name, value)


def _of(thread: Channel) -> Thread:
    if thread.thread is None:
        raise LookupError(f"{thread.name} is no thread")
    return thread.thread


def _introduce(world: World, parent: Channel, thread: Channel, source: Message | None) -> None:
    """Point from the channel to the thread, or from the thread to the message it hangs on."""
    owner_id = _of(thread).owner_id
    if source is not None:
        source.flags |= MessageFlag.HAS_THREAD
        starter = SystemMessage.THREAD_STARTER_MESSAGE
        post(world, thread, owner_id, starter, refers_to=(parent.id, source.id))
        world.emit(Event("MESSAGE_UPDATE", payloads.message_event(world, source), parent.guild_id, parent.id))
    elif parent.forum is None and thread.type != ChannelType.PRIVATE_THREAD:
        post(world, parent, owner_id, SystemMessage.THREAD_CREATED, content=thread.name, refers_to=(thread.id, None))
    else:
        parent.last_message_id = thread.id if parent.forum is not None else parent.last_message_id


def _emit_members(world: World, thread: Channel, count: int, **changes: list[Any]) -> None:
    data: Json = {"id": str(thread.id), "guild_id": str(thread.guild_id), "member_count": min(count, 50), **changes}
    world.emit(Event("THREAD_MEMBERS_UPDATE", data, thread.guild_id, thread.id))


def _falls_asleep_at(thread: Channel) -> datetime:
    more = _of(thread)
    last = more.archived_at if thread.last_message_id is None else snowflake_time(thread.last_message_id)
    return max(last, more.archived_at) + timedelta(minutes=more.auto_archive_duration)


def _fall_asleep(world: World, thread_id: int) -> None:
    thread = world.channels.get(thread_id)
    if thread is None or thread.thread is None or thread.thread.archived:
        return
    if _falls_asleep_at(thread) > world.clock.now():
        schedule(world, thread)
    else:
        change(world, thread, {"archived": True})
