"""Changing and deleting threads, and what an archived or locked thread still allows."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, invalid_form
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.channel_forms import Minutes
from guildbase.simulator.rest.components import Snowflake
from guildbase.simulator.rest.forms import Form, Name100
from guildbase.simulator.world import threads
from guildbase.simulator.world.audit import Action, difference, record
from guildbase.simulator.world.entities import Channel, ChannelFlag, ChannelType, Guild, Thread

_PLAIN = ("name", "rate_limit_per_user", "archived", "locked", "invitable", "auto_archive_duration")
AUDITED = (
    "name", "type", "archived", "locked", "auto_archive_duration", "invitable", "rate_limit_per_user", "flags",
    "applied_tags",
)  # fmt: skip
_OF_MANAGERS = frozenset(("locked", "rate_limit_per_user", "flags"))


class _ThreadChanges(Form):
    name: Name100 | None = None
    archived: bool | None = None
    locked: bool | None = None
    invitable: bool | None = None
    auto_archive_duration: Minutes | None = None
    rate_limit_per_user: Annotated[int, Field(ge=0, le=21600)] | None = None
    flags: Annotated[int, Field(ge=0, lt=1 << 31)] | None = None
    applied_tags: Annotated[list[Snowflake], Field(max_length=5)] | None = None


def edit_thread(call: Call, guild: Guild, thread: Channel, more: Thread) -> Json:
    """Change a thread: its owner some of it, whoever manages threads all of it; an archived one must be woken first."""
    form = call.form(_ThreadChanges)
    values: dict[str, Any] = {key: it for key, it in form.given(*_PLAIN).items() if it is not None}
    if form.flags is not None:
        values["flags"] = _flags(guild, thread, form.flags)
    if form.applied_tags is not None:
        values["applied_tags"] = applied_tags(call, guild, thread, form.applied_tags)
    _check_rights(call, guild, thread, more, values)
    stays_archived = more.archived and values.get("archived", True)
    if stays_archived and values.keys() - {"archived", "locked"}:
        raise archived_thread()
    before = _audited(call, thread)
    threads.change(call.world, thread, values)
    if changes := difference(before, _audited(call, thread), AUDITED):
        record(call.world, guild, Action.THREAD_UPDATE, thread.id, call.reason, changes=changes)
    return payloads.channel(call.world, thread)


def delete_thread(call: Call, guild: Guild, thread: Channel) -> None:
    """Delete a thread."""
    call.require(guild, thread, Permission.MANAGE_THREADS)
    changes = difference(_audited(call, thread), None, AUDITED)
    threads.delete(call.world, guild, thread)
    record(call.world, guild, Action.THREAD_DELETE, thread.id, call.reason, changes=changes)


def require_writable(call: Call, guild: Guild, channel: Channel) -> None:
    """Raise if the channel is a locked thread and the bot does not manage threads; to write wakes any other."""
    thread = channel.thread
    if thread is not None and thread.locked and not _manages(call, guild, channel):
        raise DiscordError(400, 160005, "Thread is locked")


def require_awake(channel: Channel) -> None:
    """Raise if the channel is an archived thread, in which nothing can be changed."""
    if channel.thread is not None and channel.thread.archived:
        raise archived_thread()


def archived_thread() -> DiscordError:
    """400 because an archived thread must be brought back before anything in it can change."""
    return DiscordError(400, 50083, "Thread is archived")


def applied_tags(call: Call, guild: Guild, thread: Channel, wanted: list[int]) -> list[int]:
    """Return the tags for a post; its forum must have them, and may demand one."""
    forum = guild.channels[thread.parent_id or 0] if thread.thread is not None else thread
    tags = {} if forum.forum is None else {it.id: it for it in forum.forum.tags}
    for tag_id in wanted:
        if tag_id not in tags:
            raise invalid_form(("applied_tags",), "THREAD_INVALID_TAG", "Invalid tag")
        if tags[tag_id].moderated:
            call.require(guild, forum, Permission.MANAGE_THREADS)
    if not wanted and forum.flags & ChannelFlag.REQUIRE_TAG:
        raise DiscordError(400, 40067, "A tag is required to create a forum post in this channel")
    return list(dict.fromkeys(wanted))


def _check_rights(call: Call, guild: Guild, thread: Channel, more: Thread, values: dict[str, Any]) -> None:
    if _manages(call, guild, thread):
        return
    # Whoever may write in an archived thread may also wake it.
    wakes = values == {"archived": False} and not more.locked
    if wakes:
        call.require(guild, thread, Permission.SEND_MESSAGES_IN_THREADS)
    elif more.owner_id != call.bot.id or more.locked or values.keys() & _OF_MANAGERS:
        call.require(guild, thread, Permission.MANAGE_THREADS)


def _manages(call: Call, guild: Guild, thread: Channel) -> bool:
    return bool(call.world.permissions_of(guild, call.bot.id, thread) & Permission.MANAGE_THREADS)


def _flags(guild: Guild, thread: Channel, flags: int) -> int:
    """Return the flags after the change: a post can be pinned, one in each forum."""
    forum = guild.channels.get(thread.parent_id or 0)
    if forum is None or forum.type not in (ChannelType.FORUM, ChannelType.MEDIA):
        return thread.flags
    others = [it for it in guild.threads.values() if it.parent_id == forum.id and it is not thread]
    if flags & ChannelFlag.PINNED and any(it.flags & ChannelFlag.PINNED for it in others):
        raise DiscordError(400, 30047, "Maximum number of pinned threads in a forum channel has been reached (1)")
    return thread.flags & ~ChannelFlag.PINNED | flags & ChannelFlag.PINNED


def _audited(call: Call, thread: Channel) -> Json:
    payload = payloads.channel(call.world, thread)
    return payload | dict(payload["thread_metadata"])
