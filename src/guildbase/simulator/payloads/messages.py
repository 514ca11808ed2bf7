"""Messages with all that hangs on them: files, reactions, replies, the interaction that caused them."""

from __future__ import annotations

from guildbase.core.snowflake import snowflake_time
from guildbase.simulator.errors import Json
from guildbase.simulator.payloads.guilds import member
from guildbase.simulator.payloads.moments import moment
from guildbase.simulator.payloads.users import user
from guildbase.simulator.world.entities import EPHEMERAL, Attachment, Interaction, Message
from guildbase.simulator.world.state import World


def emoji(key: str) -> Json:
    """Return an emoji from its form in a path: a character, or `name:id`."""
    name, _, emoji_id = key.partition(":")
    return {"id": emoji_id or None, "name": name}


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
    return payload | ({"description": one.description} if one.description else {})


def message(world: World, one: Message, *, with_reply: bool = True) -> Json:
    """Return a message as the API shows it to the bot."""
    payload: Json = {
        "id": str(one.id),
        "channel_id": str(one.channel_id),
        "type": one.type,
        "content": one.content,
        "author": user(world.users[one.author_id]),
        "timestamp": moment(snowflake_time(one.id)),
        "edited_timestamp": moment(one.edited_at),
        "tts": one.tts,
        "mention_everyone": one.mention_everyone,
        "mentions": [user(world.users[it]) for it in one.mentions],
        "mention_roles": [str(it) for it in one.mention_roles],
        "attachments": [attachment(world, it) for it in one.attachments],
        "embeds": one.embeds,
        "components": one.components,
        "flags": one.flags,
        "pinned": False,
    }
    if one.nonce is not None:
        payload["nonce"] = one.nonce
    if one.reactions:
        payload["reactions"] = [_reaction(world, key, users) for key, users in one.reactions.items()]
    if one.reply_to is not None and with_reply:
        payload |= _reply(world, one, one.reply_to)
    if one.interaction is not None:
        payload |= _from_interaction(world, one, one.interaction)
    return payload


def message_event(world: World, one: Message) -> Json:
    """Return the message as a gateway event carries it: with its guild and the author's membership."""
    payload = message(world, one)
    place = world.channels[one.channel_id]
    if place.guild_id is not None:
        payload["guild_id"] = str(place.guild_id)
        author = world.guilds[place.guild_id].members.get(one.author_id)
        if author is not None:
            payload["member"] = member(world, author, with_user=False)
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


def _from_interaction(world: World, one: Message, cause: Interaction) -> Json:
    return {
        "application_id": str(world.application.id),
        "webhook_id": str(world.application.id),
        "flags": one.flags if one.visible_to is None else one.flags | EPHEMERAL,
        "interaction_metadata": {
            "id": str(cause.id),
            "type": cause.type,
            "user": user(world.users[cause.user_id]),
            "authorizing_integration_owners": owners(cause),
        },
    }


def owners(interaction: Interaction) -> Json:
    """Return for whom the application is installed where the interaction happened."""
    return {"0": "0" if interaction.guild_id is None else str(interaction.guild_id)}
