"""Webhooks: making and deleting them, and how announcements get to the channels that follow."""

from __future__ import annotations

from typing import Any

from guildbase.simulator.errors import Json
from guildbase.simulator.world import messages
from guildbase.simulator.world.entities import Channel, Guild, Message, MessageFlag, Webhook, WebhookAuthor, WebhookType
from guildbase.simulator.world.messages import Draft
from guildbase.simulator.world.state import Event, World
from guildbase.simulator.world.system_messages import SystemMessage, post

_DELETED = "[Original Message Deleted]"


def create(world: World, webhook: Webhook) -> None:
    """Put the webhook into its channel."""
    world.webhooks[webhook.id] = webhook
    _emit(world, webhook.guild_id, webhook.channel_id)


def change(world: World, webhook: Webhook, values: dict[str, Any]) -> None:
    """Set fields of the webhook by name; a move concerns two channels."""
    places = {webhook.channel_id: None}
    for name, value in values.items():
        setattr(webhook, name, value)
    for channel_id in places | {webhook.channel_id: None}:
        _emit(world, webhook.guild_id, channel_id)


def delete(world: World, webhook: Webhook) -> None:
    """Delete the webhook; what it wrote stays."""
    del world.webhooks[webhook.id]
    _emit(world, webhook.guild_id, webhook.channel_id)


def forget(world: World, channel: Channel) -> None:
    """Delete all webhooks of a channel that is about to be deleted."""
    for webhook in [it for it in world.webhooks.values() if it.channel_id == channel.id]:
        del world.webhooks[webhook.id]


def of_channel(world: World, channel: Channel) -> list[Webhook]:
    """Return the webhooks of the channel."""
    return [it for it in world.webhooks.values() if it.channel_id == channel.id]


def follow(world: World, source: Channel, guild: Guild, target: Channel, user_id: int) -> Webhook:
    """Let the target channel get everything that is published in the source."""
    home = world.guild(source.guild_id or 0)
    webhook = Webhook(
        world.new_id(),
        WebhookType.CHANNEL_FOLLOWER,
        guild.id,
        target.id,
        user_id,
        f"{home.name} #{source.name}",
        avatar=home.settings.icon,
        source_guild_id=home.id,
        source_channel_id=source.id,
    )
    create(world, webhook)
    kind = SystemMessage.CHANNEL_FOLLOW_ADD
    post(world, target, user_id, kind, content=webhook.name, refers_to=(source.id, None))
    return webhook


def publish(world: World, message: Message) -> None:
    """Copy an announcement into all channels that follow."""
    message.flags |= MessageFlag.CROSSPOSTED
    messages.updated(world, message)
    for webhook in list(world.webhooks.values()):
        if webhook.source_channel_id == message.channel_id and webhook.channel_id in world.channels:
            _copy(world, webhook, message)


def republish(world: World, message: Message) -> None:
    """Carry the change of a message over to its copies, if it was published."""
    changes = {"content": message.content, "embeds": message.embeds, "components": message.components}
    for copy in _copies(world, message):
        messages.edit(world, copy, dict(changes))


def retract(world: World, message: Message) -> None:
    """Empty the copies of a message that has been deleted, if it was published."""
    for copy in _copies(world, message):
        flags = copy.flags | MessageFlag.SOURCE_MESSAGE_DELETED
        messages.edit(world, copy, {"content": _DELETED, "embeds": [], "attachments": [], "flags": flags})


def author(webhook: Webhook, *, name: str | None = None, avatar: str | None = None) -> WebhookAuthor:
    """Return as whom the webhook writes, under another name and picture if they are given."""
    return WebhookAuthor(webhook.id, name or webhook.name, avatar or webhook.avatar, webhook.application_id)


def _copies(world: World, message: Message) -> list[Message]:
    if not message.flags & MessageFlag.CROSSPOSTED:
        return []
    places = [it.channel_id for it in world.webhooks.values() if it.source_channel_id == message.channel_id]
    source = (message.channel_id, message.id)
    return [it for place in places for it in world.messages[place].values() if it.webhook and it.refers_to == source]


def _copy(world: World, webhook: Webhook, message: Message) -> None:
    flags = message.flags & ~MessageFlag.CROSSPOSTED & ~MessageFlag.HAS_THREAD | MessageFlag.IS_CROSSPOST
    draft = Draft(message.content, message.embeds, message.components, message.attachments, flags=flags)
    draft.refers_to = (message.channel_id, message.id)
    messages.send(world, world.channels[webhook.channel_id], author(webhook), draft)


def _emit(world: World, guild_id: int, channel_id: int) -> None:
    data: Json = {"guild_id": str(guild_id), "channel_id": str(channel_id)}
    world.emit(Event("WEBHOOKS_UPDATE", data, guild_id, channel_id))
