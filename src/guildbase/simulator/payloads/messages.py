"""Messages with all that hangs on them: files, reactions, replies, the interaction that caused them."""

from __future__ import annotations

from guildbase.core.snowflake import snowflake_time
from guildbase.simulator.errors import Json
from guildbase.simulator.payloads.channels import channel
from guildbase.simulator.payloads.emojis import emoji
from guildbase.simulator.payloads.guilds import member
from guildbase.simulator.payloads.moments import moment
from guildbase.simulator.payloads.polls import poll
from guildbase.simulator.payloads.users import user
from guildbase.simulator.world.entities import (
    EPHEMERAL,
    Attachment,
    Interaction,
    InteractionType,
    Message,
    MessageFlag,
    Sticker,
    WebhookAuthor,
)
from guildbase.simulator.world.state import World

# As plain numbers, since every message is asked for them and the arithmetic of flags is slow.
_SUPPRESS_EMBEDS = int(MessageFlag.SUPPRESS_EMBEDS)
_HAS_THREAD = int(MessageFlag.HAS_THREAD)


def attachment(world: World, one: Attachment) -> Json:
    """Return an uploaded file; both URLs are served by the simulator."""
    url = f"{world.cdn_url}/attachments/{one.id}/{one.filename}"
    payload: Json = {
        "id": str(one.id),
        "filename": one.filename,
        "size": len(one.data),
        "url": url,
        "proxy_url": url,
        "content_type": one.content_type,
    }
    for name in ("title", "description", "duration_secs", "waveform"):
        if (value := getattr(one, name)) is not None:
            payload[name] = value
    return payload | ({"flags": _SPOILER} if one.is_spoiler else {})


def message(world: World, one: Message, *, with_reply: bool = True) -> Json:
    """Return a message as the API shows it to the bot."""
    payload: Json = {
        "id": str(one.id),
        "channel_id": str(one.channel_id),
        "type": one.type,
        "content": one.content,
        "author": author(world, one),
        "timestamp": moment(snowflake_time(one.id)),
        "edited_timestamp": moment(one.edited_at),
        "tts": one.tts,
        "mention_everyone": one.mention_everyone,
        "mentions": [user(world.users[it]) for it in one.mentions],
        "mention_roles": [str(it) for it in one.mention_roles],
        "attachments": [attachment(world, it) for it in one.attachments],
        "embeds": [] if one.flags & _SUPPRESS_EMBEDS else one.embeds,
        "components": one.components,
        "flags": one.flags,
        "pinned": one.pinned_at is not None,
    }
    if one.nonce is not None:
        payload["nonce"] = one.nonce
    if one.reactions:
        payload["reactions"] = [_reaction(world, key, users) for key, users in one.reactions.items()]
    if one.reply_to is not None and with_reply:
        payload |= _reply(world, one, one.reply_to)
    if one.interaction is not None:
        payload |= _from_interaction(world, one, one.interaction)
    if one.webhook is not None:
        payload |= _from_webhook(one.webhook)
    if one.refers_to is not None:
        payload |= _reference(world, *one.refers_to, shows_it=with_reply and one.type == _THREAD_STARTER)
    if one.flags & _HAS_THREAD and (thread := world.channels.get(one.id)) is not None:
        payload["thread"] = channel(world, thread)
    if one.sticker_ids:
        payload["sticker_items"] = sticker_items(world, one)
    if one.poll is not None:
        payload["poll"] = poll(one.poll, world.bot.id)
    if one.snapshot is not None:
        payload["message_snapshots"] = [{"message": one.snapshot}]
        payload["message_reference"] = _forward(world, one)
    return payload


def author(world: World, one: Message) -> Json:
    """Return who wrote the message: an account, or a webhook under the name it used."""
    if one.webhook is None:
        return user(world.users[one.author_id])
    return {
        "id": str(one.webhook.id),
        "username": one.webhook.name,
        "discriminator": "0000",
        "global_name": None,
        "avatar": one.webhook.avatar,
        "bot": True,
        "public_flags": 0,
        "flags": 0,
        "primary_guild": None,
    }


def snapshot(world: World, one: Message) -> Json:
    """Return what a message that hands this one on keeps of it."""
    whole = message(world, one)
    return {name: whole[name] for name in _IN_SNAPSHOTS if name in whole}


def sticker_items(world: World, one: Message) -> list[Json]:
    """Return the stickers of a message as far as they still exist; a deleted one leaves no trace."""
    found = (_sticker(world, it) for it in one.sticker_ids)
    return [{"id": str(it.id), "name": it.name, "format_type": int(it.format)} for it in found if it is not None]


def message_event(world: World, one: Message) -> Json:
    """Return the message as a gateway event carries it: with its guild and the author's membership."""
    payload = message(world, one)
    place = world.channels[one.channel_id]
    if place.guild_id is not None:
        payload["guild_id"] = str(place.guild_id)
        known = world.guilds[place.guild_id].members.get(one.author_id)
        if known is not None:
            payload["member"] = member(world, known, with_user=False)
    return payload


def _reaction(world: World, key: str, users: list[int]) -> Json:
    return {
        "emoji": emoji(key),
        "count": len(users),
        "count_details": {"burst": 0, "normal": len(users)},
        "burst_colors": [],
        "me_burst": False,
        "me": world.bot.id in users,
    }


def _reply(world: World, one: Message, reply_to: int) -> Json:
    place = world.channels[one.channel_id]
    reference: Json = {"type": 0, "channel_id": str(one.channel_id), "message_id": str(reply_to)}
    if place.guild_id is not None:
        reference["guild_id"] = str(place.guild_id)
    original = world.messages[one.channel_id].get(reply_to)
    shown = None if original is None else message(world, original, with_reply=False)
    return {"message_reference": reference, "referenced_message": shown}


def _from_webhook(one: WebhookAuthor) -> Json:
    told: Json = {"webhook_id": str(one.id)}
    return told if one.application_id is None else told | {"application_id": str(one.application_id)}


def _reference(world: World, channel_id: int, message_id: int | None, *, shows_it: bool) -> Json:
    reference: Json = {"type": 0, "channel_id": str(channel_id)}
    place = world.channels.get(channel_id)
    if place is not None and place.guild_id is not None:
        reference["guild_id"] = str(place.guild_id)
    if message_id is None:
        return {"message_reference": reference}
    told = {"message_reference": reference | {"message_id": str(message_id)}}
    if not shows_it:
        return told
    original = world.messages.get(channel_id, {}).get(message_id)
    return told | {"referenced_message": None if original is None else message(world, original, with_reply=False)}


def _forward(world: World, one: Message) -> Json:
    channel_id, message_id = one.forwarded_from or (0, 0)
    reference: Json = {"type": 1, "channel_id": str(channel_id), "message_id": str(message_id)}
    place = world.channels.get(channel_id)
    return reference if place is None or place.guild_id is None else reference | {"guild_id": str(place.guild_id)}


def _sticker(world: World, sticker_id: int) -> Sticker | None:
    guild = world.guilds.get(world.homes.get(sticker_id) or 0)
    return None if guild is None else guild.stickers.get(sticker_id)


def _from_interaction(world: World, one: Message, cause: Interaction) -> Json:
    return {
        "application_id": str(world.application.id),
        "webhook_id": str(world.application.id),
        "flags": one.flags if one.visible_to is None else one.flags | EPHEMERAL,
        "interaction_metadata": _metadata(world, one, cause),
    }


def _metadata(world: World, one: Message, cause: Interaction) -> Json:
    told: Json = {
        "id": str(cause.id),
        "type": cause.type,
        "user": user(world.users[cause.user_id]),
        "authorizing_integration_owners": owners(cause),
    }
    if one.id in cause.followup_ids and cause.original_id is not None:
        told["original_response_message_id"] = str(cause.original_id)
    if cause.type == InteractionType.COMPONENT and cause.message_id is not None:
        told["interacted_message_id"] = str(cause.message_id)
    if cause.type == InteractionType.MODAL_SUBMIT and cause.caused_by is not None:
        told["triggering_interaction_metadata"] = _metadata(world, one, cause.caused_by)
    if cause.data.get("target_id") is not None:
        target = int(cause.data["target_id"])
        told |= {"target_message_id": str(target)} if cause.data["type"] == _ON_MESSAGE else _target(world, target)
    return told


def _target(world: World, user_id: int) -> Json:
    account = world.users.get(user_id)
    return {} if account is None else {"target_user": user(account)}


def owners(interaction: Interaction) -> Json:
    """Return for whom the application is installed where the interaction happened."""
    return {"0": "0" if interaction.guild_id is None else str(interaction.guild_id)}


_SPOILER = 1 << 3
_THREAD_STARTER = 21
_ON_MESSAGE = 3
_IN_SNAPSHOTS = (
    "type", "content", "mentions", "mention_roles", "attachments", "embeds", "timestamp", "edited_timestamp",
    "flags", "components", "sticker_items",
)  # fmt: skip
