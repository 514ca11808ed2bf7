"""/webhooks/{webhook.id} and the webhooks of channels and guilds: making, changing and deleting them."""

from __future__ import annotations

import secrets
from typing import Annotated, Any

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, unknown
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.components import Snowflake
from guildbase.simulator.rest.forms import Form, text
from guildbase.simulator.rest.images import Picture
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import images, webhooks
from guildbase.simulator.world.audit import Action, difference, record
from guildbase.simulator.world.entities import Channel, ChannelType, Guild, Webhook, WebhookType

routes = RouteTable()
_HOOK = "/webhooks/{webhook_id}"
_KNOWN = _HOOK + "/{token}"
_MOST = 15
_PLACES = (
    ChannelType.TEXT, ChannelType.ANNOUNCEMENT, ChannelType.VOICE, ChannelType.STAGE, ChannelType.FORUM,
    ChannelType.MEDIA,
)  # fmt: skip
_AUDITED = ("name", "type", "channel_id", "avatar_hash", "application_id")
_FORBIDDEN = ("clyde", "discord")


def _allowed(name: str) -> str:
    found = next((it for it in _FORBIDDEN if it in name.lower()), None)
    if found is not None:
        raise PydanticCustomError("USERNAME_INVALID_CONTAINS", 'Username cannot contain "{found}"', {"found": found})
    return name


WebhookName = Annotated[str, text(1, 80), AfterValidator(_allowed)]


class _NewWebhook(Form):
    name: WebhookName
    avatar: Picture | None = None


class _KnownWebhookChanges(Form):
    name: WebhookName | None = None
    avatar: Picture | None = None


class _WebhookChanges(_KnownWebhookChanges):
    channel_id: Snowflake | None = None


@routes.route("POST", "/channels/{channel_id}/webhooks")
def create_webhook(call: Call) -> Json:
    """Make a webhook for a channel."""
    guild, channel = place_of(call, call.id("channel_id"))
    form = call.form(_NewWebhook)
    check_room(call, channel)
    webhook = Webhook(
        call.world.new_id(),
        WebhookType.INCOMING,
        guild.id,
        channel.id,
        call.bot.id,
        form.name,
        token=secrets.token_urlsafe(51),
        avatar=None if form.avatar is None else images.keep(call.world, form.avatar),
        application_id=call.world.application.id if call.bot is call.world.bot else None,
    )
    webhooks.create(call.world, webhook)
    record_change(call, guild, Action.WEBHOOK_CREATE, webhook, None, audited(call, webhook))
    return payloads.webhook(call.world, webhook)


@routes.route("GET", "/channels/{channel_id}/webhooks")
def list_channel_webhooks(call: Call) -> list[Json]:
    """Return the webhooks of a channel."""
    _, channel = call.guild_channel(Permission.MANAGE_WEBHOOKS)
    return [payloads.webhook(call.world, it) for it in webhooks.of_channel(call.world, channel)]


@routes.route("GET", "/guilds/{guild_id}/webhooks")
def list_guild_webhooks(call: Call) -> list[Json]:
    """Return the webhooks of a guild."""
    guild = call.guild(Permission.MANAGE_WEBHOOKS)
    return [payloads.webhook(call.world, it) for it in call.world.webhooks.values() if it.guild_id == guild.id]


@routes.route("GET", _HOOK)
def get_webhook(call: Call) -> Json:
    """Return a webhook."""
    return payloads.webhook(call.world, _managed(call)[1])


@routes.route("GET", _KNOWN, open=True)
def get_known_webhook(call: Call) -> Json:
    """Return a webhook to whoever knows its token."""
    return payloads.webhook(call.world, known_webhook(call), with_user=False)


@routes.route("PATCH", _HOOK)
def edit_webhook(call: Call) -> Json:
    """Change a webhook, or move it to another channel of its guild."""
    guild, webhook = _managed(call)
    form = call.form(_WebhookChanges)
    values = _values(call, form)
    if form.channel_id not in (None, webhook.channel_id):
        target_guild, target = place_of(call, form.channel_id or 0)
        if target_guild is not guild:
            raise unknown("Channel")
        check_room(call, target)
        values["channel_id"] = target.id
    _change(call, guild, webhook, values)
    return payloads.webhook(call.world, webhook)


@routes.route("PATCH", _KNOWN, open=True)
def edit_known_webhook(call: Call) -> Json:
    """Change name or picture of a webhook by its token."""
    webhook = known_webhook(call)
    _change(call, call.world.guild(webhook.guild_id), webhook, _values(call, call.form(_KnownWebhookChanges)))
    return payloads.webhook(call.world, webhook, with_user=False)


@routes.route("DELETE", _HOOK)
def delete_webhook(call: Call) -> None:
    """Delete a webhook."""
    _delete(call, *_managed(call))


@routes.route("DELETE", _KNOWN, open=True)
def delete_known_webhook(call: Call) -> None:
    """Delete a webhook by its token."""
    webhook = known_webhook(call)
    _delete(call, call.world.guild(webhook.guild_id), webhook)


def known_webhook(call: Call) -> Webhook:
    """Return the webhook whose id and token are in the path."""
    webhook = call.world.webhooks.get(call.id("webhook_id"))
    if webhook is None:
        raise unknown("Webhook")
    if webhook.token is None or not secrets.compare_digest(webhook.token.encode(), call.path["token"].encode()):
        raise DiscordError(401, 50027, "Invalid Webhook Token")
    return webhook


def _managed(call: Call) -> tuple[Guild, Webhook]:
    webhook = call.world.webhooks.get(call.id("webhook_id"))
    if webhook is None:
        raise unknown("Webhook")
    guild = call.world.guild(webhook.guild_id)
    call.require(guild, guild.channels[webhook.channel_id], Permission.MANAGE_WEBHOOKS)
    return guild, webhook


def place_of(call: Call, channel_id: int) -> tuple[Guild, Channel]:
    """Return a channel for webhooks to be made in or moved to."""
    channel = call.world.channel(channel_id)
    guild = call.world.guild_of(channel)
    if guild is None or channel.type not in _PLACES:
        raise DiscordError(400, 50024, "Cannot execute action on this channel type")
    call.require(guild, channel, Permission.MANAGE_WEBHOOKS)
    return guild, channel


def check_room(call: Call, channel: Channel) -> None:
    """Raise if the channel cannot have another webhook."""
    if len(webhooks.of_channel(call.world, channel)) >= _MOST:
        raise DiscordError(400, 30007, f"Maximum number of webhooks reached ({_MOST})")


def _values(call: Call, form: _KnownWebhookChanges) -> dict[str, Any]:
    values: dict[str, Any] = {} if form.name is None else {"name": form.name}
    if "avatar" in form.model_fields_set:
        values["avatar"] = None if form.avatar is None else images.keep(call.world, form.avatar)
    return values


def _change(call: Call, guild: Guild, webhook: Webhook, values: dict[str, Any]) -> None:
    before = audited(call, webhook)
    webhooks.change(call.world, webhook, values)
    record_change(call, guild, Action.WEBHOOK_UPDATE, webhook, before, audited(call, webhook))


def _delete(call: Call, guild: Guild, webhook: Webhook) -> None:
    webhooks.delete(call.world, webhook)
    record_change(call, guild, Action.WEBHOOK_DELETE, webhook, audited(call, webhook), None)


def record_change(
    call: Call, guild: Guild, action: Action, webhook: Webhook, before: Json | None, after: Json | None
) -> None:
    """Write into the audit log what has changed of the webhook."""
    if changes := difference(before, after, _AUDITED):
        record(call.world, guild, action, webhook.id, call.reason, changes=changes)


def audited(call: Call, webhook: Webhook) -> Json:
    """Return the webhook as the audit log knows it."""
    payload = payloads.webhook(call.world, webhook)
    return payload | {"avatar_hash": payload["avatar"]}
