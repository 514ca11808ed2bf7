"""/webhooks/{id}/{token}: messages written by webhooks, or by interactions, whose tokens work in the same places."""

from __future__ import annotations

from hashlib import md5
from typing import Annotated

from pydantic import Field

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, unknown
from guildbase.simulator.rest import followups, hook_formats
from guildbase.simulator.rest.call import Answer, Call
from guildbase.simulator.rest.components import Snowflake
from guildbase.simulator.rest.forms import text
from guildbase.simulator.rest.message_forms import MessageForm, changes_of, draft_of
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.rest.webhooks import WebhookName, known_webhook
from guildbase.simulator.world import messages, threads, webhooks
from guildbase.simulator.world.entities import EPHEMERAL, Channel, ChannelType, Image, Message, Webhook
from guildbase.simulator.world.messages import Draft

routes = RouteTable()
_HOOK = "/webhooks/{webhook_id}/{token}"
_ORIGINAL = _HOOK + "/messages/@original"
_MESSAGE = _HOOK + "/messages/{message_id}"


class WebhookMessageForm(MessageForm):
    """A message to be written by a webhook, under another name and picture if they are given."""

    username: WebhookName | None = None
    avatar_url: Annotated[str, Field(max_length=2048)] | None = None
    thread_name: Annotated[str, text(0, 100)] | None = None
    applied_tags: Annotated[list[Snowflake], Field(max_length=5)] | None = None


@routes.route("POST", _HOOK, open=True)
def execute(call: Call) -> Answer:
    """Write a message; it is returned only to those who wait for it."""
    if _is_interaction(call):
        return followups.follow_up(call)
    webhook = known_webhook(call)
    form = call.form(WebhookMessageForm)
    draft = draft_of(call, form)
    message = _send(call, webhook, form, draft)
    return payloads.message(call.world, message) if call.flag("wait") else None


@routes.route("POST", _HOOK + "/slack", open=True)
def execute_like_slack(call: Call) -> Answer:
    """Write a message that was made for Slack."""
    webhook = known_webhook(call)
    form = call.form(hook_formats.SlackForm)
    written = WebhookMessageForm(content=form.text, username=form.username, avatar_url=form.icon_url)
    draft = Draft(form.text or "", embeds=form.rendered())
    _refuse_nothing(draft)
    _send(call, webhook, written, draft)
    return Image("application/json", b'"ok"')


@routes.route("POST", _HOOK + "/github", open=True, status=204)
def execute_like_github(call: Call) -> None:
    """Write a message about what happened on GitHub; what is not worth one is passed over."""
    webhook = known_webhook(call)
    embed = call.form(hook_formats.GitHubForm).rendered()
    if embed is not None:
        _send(call, webhook, WebhookMessageForm(username="GitHub"), Draft(embeds=[embed]))


@routes.route("GET", _ORIGINAL, open=True)
@routes.route("GET", _MESSAGE, open=True)
def get_message(call: Call) -> Json:
    """Return a message of the webhook or interaction."""
    if _is_interaction(call):
        return followups.get_message(call)
    return payloads.message(call.world, _message(call, known_webhook(call)))


@routes.route("PATCH", _ORIGINAL, open=True)
@routes.route("PATCH", _MESSAGE, open=True)
def edit_message(call: Call) -> Json:
    """Edit a message of the webhook or interaction."""
    if _is_interaction(call):
        return followups.edit_message(call) if "message_id" in call.path else followups.edit_original(call)
    message = _message(call, known_webhook(call))
    form = call.form(MessageForm)
    messages.edit(call.world, message, changes_of(call, form, message), allowed_mentions=form.mentions())
    return payloads.message(call.world, message)


@routes.route("DELETE", _ORIGINAL, open=True)
@routes.route("DELETE", _MESSAGE, open=True)
def delete_message(call: Call) -> None:
    """Delete a message of the webhook or interaction."""
    if _is_interaction(call):
        followups.delete_message(call)
    else:
        messages.delete(call.world, _message(call, known_webhook(call)))


def _is_interaction(call: Call) -> bool:
    """Tell whether the path names the application; then the token is that of an interaction."""
    return call.id("webhook_id") == call.world.application.id


def _send(call: Call, webhook: Webhook, form: WebhookMessageForm, draft: Draft) -> Message:
    draft.flags &= ~EPHEMERAL
    if webhook.application_id is None and not call.flag("with_components"):
        draft.components = []
        _refuse_nothing(draft)
    place = _place(call, webhook, form)
    avatar = None if form.avatar_url is None else md5(form.avatar_url.encode(), usedforsecurity=False).hexdigest()
    author = webhooks.author(webhook, name=form.username, avatar=avatar)
    # The first message of a post has the id of the post.
    begins = place.thread is not None and "thread_id" not in call.query
    return messages.send(call.world, place, author, draft, message_id=place.id if begins else None)


def _refuse_nothing(draft: Draft) -> None:
    if not (draft.content.strip() or draft.embeds or draft.attachments or draft.components or draft.poll):
        raise DiscordError(400, 50006, "Cannot send an empty message")


def _place(call: Call, webhook: Webhook, form: WebhookMessageForm) -> Channel:
    """Return where the message goes: the webhook's channel, a thread in it, or a post that it begins in a forum."""
    channel, thread_id = call.world.channels[webhook.channel_id], call.snowflake_in_query("thread_id")
    if thread_id is not None:
        if form.thread_name:
            raise DiscordError(400, 220002, "Webhooks cannot have both a thread_name and thread_id")
        return _thread(call, webhook, thread_id)
    if channel.forum is None:
        if form.thread_name:
            raise DiscordError(400, 220003, "Webhooks can only create threads in forum channels")
        return channel
    if not form.thread_name:
        message = "Webhooks posted to forum channels must have a thread_name or thread_id"
        raise DiscordError(400, 220001, message)
    guild, tags = call.world.guild(webhook.guild_id), {it.id for it in channel.forum.tags}
    values = {"applied_tags": [it for it in form.applied_tags or [] if it in tags]}
    kind = ChannelType.PUBLIC_THREAD
    return threads.start(call.world, guild, channel, webhook.id, form.thread_name, kind, values=values)


def _thread(call: Call, webhook: Webhook, thread_id: int) -> Channel:
    thread = call.world.guild(webhook.guild_id).threads.get(thread_id)
    if thread is None or thread.parent_id != webhook.channel_id:
        raise unknown("Channel")
    return thread


def _message(call: Call, webhook: Webhook) -> Message:
    """Return a message of the path that the webhook wrote."""
    if "message_id" not in call.path:
        raise unknown("Message")
    thread_id = call.snowflake_in_query("thread_id")
    place_id = webhook.channel_id if thread_id is None else _thread(call, webhook, thread_id).id
    message = call.world.message(place_id, call.id("message_id"))
    if message.webhook is None or message.webhook.id != webhook.id:
        raise unknown("Message")
    return message
