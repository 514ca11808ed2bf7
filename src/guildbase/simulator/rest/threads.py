"""Starting threads: on a message, in a channel, and as posts in a forum."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.channel_forms import FORUMS, Minutes
from guildbase.simulator.rest.components import Snowflake
from guildbase.simulator.rest.forms import Form, Name100
from guildbase.simulator.rest.message_forms import MessageForm, check_permissions, draft_of
from guildbase.simulator.rest.messages import message_of
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.rest.thread_changes import AUDITED, applied_tags
from guildbase.simulator.world import messages, threads
from guildbase.simulator.world.audit import Action, difference, record
from guildbase.simulator.world.entities import EPHEMERAL, Channel, ChannelType, Guild, Message

routes = RouteTable()
_ON_MESSAGES = {
    ChannelType.TEXT: ChannelType.PUBLIC_THREAD,
    ChannelType.ANNOUNCEMENT: ChannelType.ANNOUNCEMENT_THREAD,
}
_WITHOUT_MESSAGE = {
    ChannelType.TEXT: (ChannelType.PUBLIC_THREAD, ChannelType.PRIVATE_THREAD),
    ChannelType.ANNOUNCEMENT: (ChannelType.ANNOUNCEMENT_THREAD,),
}
_PLAIN_TYPES = (0, 19, 20, 23)


class _NewThread(Form):
    name: Name100
    auto_archive_duration: Minutes | None = None
    rate_limit_per_user: Annotated[int, Field(ge=0, le=21600)] | None = None

    def values(self) -> dict[str, Any]:
        """Return what was said of the thread, by the names of its fields."""
        given = self.given("auto_archive_duration", "rate_limit_per_user", "invitable")
        return {key: it for key, it in given.items() if it is not None}


class _NewThreadOfAnyKind(_NewThread):
    type: Literal[10, 11, 12] | None = None
    invitable: bool | None = None


class _NewPost(_NewThread):
    message: MessageForm
    applied_tags: Annotated[list[Snowflake], Field(max_length=5)] | None = None


@routes.route("POST", "/channels/{channel_id}/messages/{message_id}/threads", status=201)
def start_on_message(call: Call) -> Json:
    """Start a thread on a message, whose id it shares."""
    guild, channel = call.guild_channel(Permission.CREATE_PUBLIC_THREADS, Permission.READ_MESSAGE_HISTORY)
    source = message_of(call, channel)
    if channel.type not in _ON_MESSAGES:
        raise DiscordError(400, 50024, "Cannot execute action on this channel type")
    if source.id in guild.threads:
        raise DiscordError(400, 160004, "A thread has already been created for this message")
    if source.type not in _PLAIN_TYPES:
        raise DiscordError(400, 50068, "Invalid message type")
    form = call.form(_NewThread)
    return _start(call, guild, channel, form.name, _ON_MESSAGES[ChannelType(channel.type)], form.values(), source)


@routes.route("POST", "/channels/{channel_id}/threads", status=201)
def start_thread(call: Call) -> Json:
    """Start a thread that hangs on no message, or a post in a forum with its first message."""
    guild, channel = call.guild_channel()
    if channel.type in FORUMS:
        return _post(call, guild, channel)
    form = call.form(_NewThreadOfAnyKind)
    kinds = _WITHOUT_MESSAGE.get(ChannelType(channel.type), ())
    # Who names no type gets the last, in text channels a private thread: a slip of Discord's that has to stay.
    kind = next((it for it in reversed(kinds) if form.type in (None, it)), None)
    if kind is None:
        raise DiscordError(400, 50024, "Cannot execute action on this channel type")
    private = kind == ChannelType.PRIVATE_THREAD
    call.require(guild, channel, Permission.CREATE_PRIVATE_THREADS if private else Permission.CREATE_PUBLIC_THREADS)
    return _start(call, guild, channel, form.name, kind, form.values())


def _post(call: Call, guild: Guild, forum: Channel) -> Json:
    call.require(guild, forum, Permission.SEND_MESSAGES)
    form = call.form(_NewPost)
    values = form.values() | {"applied_tags": applied_tags(call, guild, forum, form.applied_tags or [])}
    draft = draft_of(call, form.message, ("message",))
    draft.flags &= ~EPHEMERAL
    check_permissions(call, forum, draft)
    thread = _start(call, guild, forum, form.name, ChannelType.PUBLIC_THREAD, values)
    place = guild.threads[int(thread["id"])]
    # The first message of a post has the id of the post.
    message = messages.send(call.world, place, call.bot, draft, message_id=place.id)
    return payloads.channel(call.world, place) | {"message": payloads.message(call.world, message)}


def _start(
    call: Call,
    guild: Guild,
    channel: Channel,
    name: str,
    kind: ChannelType,
    values: dict[str, Any],
    source: Message | None = None,
) -> Json:
    thread = threads.start(call.world, guild, channel, call.bot.id, name, kind, source=source, values=values)
    payload = payloads.channel(call.world, thread)
    changes = difference(None, payload | payload["thread_metadata"], AUDITED)
    record(call.world, guild, Action.THREAD_CREATE, thread.id, call.reason, changes=changes)
    return payload
