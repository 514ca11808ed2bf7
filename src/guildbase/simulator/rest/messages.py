"""/channels/{channel.id}/messages: sending, reading, editing and deleting messages."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from guildbase.core.snowflake import snowflake_time
from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, unknown
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest import conduct
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.components import Snowflake
from guildbase.simulator.rest.forms import Form
from guildbase.simulator.rest.message_forms import CONTENTS, MessageForm, changes_of, check_permissions, draft_of, refer
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.rest.thread_changes import require_awake, require_writable
from guildbase.simulator.world import messages, webhooks
from guildbase.simulator.world.audit import Action, record
from guildbase.simulator.world.entities import EPHEMERAL, Channel, ChannelType, Message, MessageFlag

routes = RouteTable()
_TWO_WEEKS = 14 * 24 * 3600
_WITHOUT_MESSAGES = (ChannelType.CATEGORY, ChannelType.FORUM, ChannelType.MEDIA)


class _BulkDelete(Form):
    messages: Annotated[list[Snowflake], Field(min_length=2, max_length=100)]


@routes.route("POST", "/channels/{channel_id}/messages")
def send_message(call: Call) -> Json:
    """Send a message; an enforced nonce that was used lately returns the message it made."""
    channel = _writable(call)
    form = call.form(MessageForm)
    if form.nonce is not None and form.enforce_nonce:
        message_id = call.world.nonces.find(channel.id, call.bot.id, form.nonce)
        first = call.world.messages[channel.id].get(message_id or 0)
        if first is not None:
            return payloads.message(call.world, first)
    draft = draft_of(call, form)
    draft.flags &= ~EPHEMERAL
    refer(call, form, channel, draft)
    check_permissions(call, channel, draft)
    conduct.check_pace(call, channel)
    verdict = conduct.judge(call, channel, draft.content)
    message = messages.send(call.world, channel, call.bot, draft)
    conduct.carry_out(call, channel, verdict, message)
    if form.nonce is not None:
        call.world.nonces.remember(channel.id, call.bot.id, form.nonce, message.id)
    return payloads.message(call.world, message)


@routes.route("GET", "/channels/{channel_id}/messages")
def list_messages(call: Call) -> list[Json]:
    """Return a page of messages, newest first: before, after or around an id, else the latest."""
    channel = _readable(call)
    limit = call.number("limit", 50, low=1, high=100)
    shown = [it for it in call.world.messages[channel.id].values() if it.visible_to is None]
    before, after = call.snowflake_in_query("before"), call.snowflake_in_query("after")
    around = call.snowflake_in_query("around")
    if around is not None:
        older = [it for it in shown if it.id < around]
        newer = [it for it in shown if it.id >= around]
        page = older[len(older) - min(len(older), limit // 2) :] + newer[: limit - limit // 2]
    elif after is not None:
        page = [it for it in shown if it.id > after][:limit]
    else:
        page = [it for it in shown if before is None or it.id < before][-limit:]
    return [payloads.message(call.world, it) for it in reversed(page)]


@routes.route("GET", "/channels/{channel_id}/messages/{message_id}")
def get_message(call: Call) -> Json:
    """Return one message."""
    return payloads.message(call.world, message_of(call, _readable(call)))


@routes.route("PATCH", "/channels/{channel_id}/messages/{message_id}")
def edit_message(call: Call) -> Json:
    """Edit a message of the bot's own, or suppress the embeds of another's."""
    channel = call.channel()
    message = message_of(call, channel)
    require_awake(channel)
    form = call.form(MessageForm)
    if not form.model_fields_set:
        raise DiscordError(400, 50006, "Cannot send an empty message")
    own = message.author_id == call.bot.id
    changes = changes_of(call, form, message) if own else _suppression(call, channel, form, message)
    verdict = conduct.judge(call, channel, changes.get("content", ""))
    messages.edit(call.world, message, changes, allowed_mentions=form.mentions())
    conduct.carry_out(call, channel, verdict, message)
    webhooks.republish(call.world, message)
    return payloads.message(call.world, message)


@routes.route("DELETE", "/channels/{channel_id}/messages/{message_id}")
def delete_message(call: Call) -> None:
    """Delete a message of the bot's own, or another's with Manage Messages."""
    channel = call.channel()
    message = message_of(call, channel)
    guild = call.world.guild_of(channel)
    if message.author_id != call.bot.id:
        if guild is None:
            raise DiscordError(403, 50003, "Cannot execute action on a DM channel")
        call.require(guild, channel, Permission.MANAGE_MESSAGES)
    messages.delete(call.world, message)
    webhooks.retract(call.world, message)
    if guild is not None and message.author_id != call.bot.id:
        options = {"channel_id": str(channel.id), "count": "1"}
        record(call.world, guild, Action.MESSAGE_DELETE, message.author_id, call.reason, options=options)


@routes.route("POST", "/channels/{channel_id}/messages/bulk-delete")
def bulk_delete(call: Call) -> None:
    """Delete 2 to 100 messages at once, none older than two weeks; unknown ones are skipped."""
    guild, channel = call.guild_channel(Permission.MANAGE_MESSAGES)
    wanted = call.form(_BulkDelete).messages
    if any(call.world.clock.time() - snowflake_time(it).timestamp() > _TWO_WEEKS for it in wanted):
        raise DiscordError(400, 50034, "You can only bulk delete messages that are under 14 days old.")
    kept = call.world.messages[channel.id]
    found = [kept[it] for it in dict.fromkeys(wanted) if it in kept and kept[it].visible_to is None]
    messages.delete_many(call.world, channel, found)
    options = {"count": str(len(found))}
    record(call.world, guild, Action.MESSAGE_BULK_DELETE, channel.id, call.reason, options=options)


def message_of(call: Call, channel: Channel) -> Message:
    """Return the message of the path; ephemeral ones are unknown here."""
    message = call.world.message(channel.id, call.id("message_id"))
    if message.visible_to is not None:
        raise unknown("Message")
    return message


def _suppression(call: Call, channel: Channel, form: MessageForm, message: Message) -> dict[str, Any]:
    """Return all that moderators may change of a message of another: whether its embeds are hidden."""
    guild, hidden = call.world.guild_of(channel), MessageFlag.SUPPRESS_EMBEDS
    if guild is None or form.flags is None or form.model_fields_set & CONTENTS or call.files:
        raise DiscordError(403, 50005, "Cannot edit a message authored by another user")
    call.require(guild, channel, Permission.MANAGE_MESSAGES)
    return {"flags": message.flags & ~hidden | form.flags & hidden}


def _readable(call: Call) -> Channel:
    channel = call.channel()
    guild = call.world.guild_of(channel)
    if guild is not None:
        call.require(guild, channel, Permission.READ_MESSAGE_HISTORY)
    if channel.type in _WITHOUT_MESSAGES:
        raise DiscordError(400, 50008, "Cannot send messages in a non-text channel")
    return channel


def _writable(call: Call) -> Channel:
    """Return the channel of the path if the bot may write there."""
    channel = call.channel()
    guild = call.world.guild_of(channel)
    if guild is not None:
        in_thread = channel.thread is not None
        call.require(guild, channel, Permission.SEND_MESSAGES_IN_THREADS if in_thread else Permission.SEND_MESSAGES)
        require_writable(call, guild, channel)
    if channel.type in _WITHOUT_MESSAGES:
        raise DiscordError(400, 50008, "Cannot send messages in a non-text channel")
    _check_recipient(call, channel)
    return channel


def _check_recipient(call: Call, channel: Channel) -> None:
    if channel.recipient_id is None:
        return
    user = call.world.user(channel.recipient_id)
    shared = any(user.id in it.members and call.bot.id in it.members for it in call.world.guilds.values())
    if not user.dms_open or not shared:
        raise DiscordError(403, 50007, "Cannot send messages to this user")
