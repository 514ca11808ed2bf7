"""World objects as the JSON that Discord sends. Ids become strings, times ISO 8601 with an offset."""

from __future__ import annotations

from datetime import datetime

from guildbase.core.snowflake import snowflake_time
from guildbase.simulator.errors import Json
from guildbase.simulator.world.entities import (
    EPHEMERAL,
    ApplicationCommand,
    Attachment,
    Channel,
    ChannelType,
    Guild,
    Interaction,
    InteractionType,
    Member,
    Message,
    Role,
    User,
)
from guildbase.simulator.world.state import World

ATTACHMENT_SIZE_LIMIT = 10 * 1024 * 1024
_SPOKEN = (ChannelType.VOICE, ChannelType.STAGE)


def moment(value: datetime | None) -> str | None:
    """Return the time as Discord writes it."""
    return None if value is None else value.isoformat()


def user(one: User) -> Json:
    """Return a user object."""
    return {
        "id": str(one.id),
        "username": one.username,
        "discriminator": "0",
        "global_name": one.global_name,
        "avatar": one.avatar,
        "bot": one.bot,
        "public_flags": 0,
        "flags": 0,
        "primary_guild": None,
    }


def current_user(one: User) -> Json:
    """Return the bot's own user object, with what only it may know of itself."""
    return user(one) | {"mfa_enabled": False, "locale": "en-US", "verified": True, "email": None}


def application(world: World) -> Json:
    """Return the application object of the bot's developer pages."""
    one = world.application
    return {
        "id": str(one.id),
        "name": one.name,
        "icon": None,
        "description": one.description,
        "type": None,
        "bot": user(world.bot),
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "owner": user(world.user(one.owner_id)),
        "team": None,
        "flags": int(one.flags),
        "flags_new": str(int(one.flags)),
        "tags": [],
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "approximate_guild_count": len(world.guilds),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "eligible_oauth2_scopes": [],
    }


def role(one: Role) -> Json:
    """Return a role object."""
    payload: Json = {
        "id": str(one.id),
        "name": one.name,
        "color": one.color,
        "colors": {"primary_color": one.color, "secondary_color": None, "tertiary_color": None},
        "hoist": one.hoist,
        "icon": None,
        "unicode_emoji": None,
        "position": one.position,
        "permissions": str(one.permissions),
        "managed": one.managed,
        "mentionable": one.mentionable,
        "flags": 0,
    }
    if one.bot_id is not None:
        payload["tags"] = {"bot_id": str(one.bot_id)}
    return payload


def channel(world: World, one: Channel) -> Json:
    """Return a guild channel or a direct conversation as the bot sees it."""
    last = None if one.last_message_id is None else str(one.last_message_id)
    if one.guild_id is None:
        recipient = world.user(one.recipient_id or 0)
        return {
            "id": str(one.id),
            "type": ChannelType.DM,
            "flags": 0,
            "last_message_id": last,
            "recipients": [user(recipient)],
        }
    payload: Json = {
        "id": str(one.id),
        "type": one.type,
        "guild_id": str(one.guild_id),
        "name": one.name,
        "position": one.position,
        "flags": 0,
        "parent_id": None if one.parent_id is None else str(one.parent_id),
        "topic": one.topic,
        "nsfw": one.nsfw,
        "rate_limit_per_user": one.rate_limit_per_user,
        "last_message_id": last,
        "permission_overwrites": [
            {"id": str(it.id), "type": it.type, "allow": str(it.allow), "deny": str(it.deny)}
            for it in one.overwrites.values()
        ],
    }
    if one.type in _SPOKEN:
        payload |= {"bitrate": one.bitrate, "user_limit": one.user_limit, "rtc_region": None}
    return payload


def member(world: World, one: Member, *, with_user: bool = True) -> Json:
    """Return a guild member; messages carry it without the user."""
    payload: Json = {
        "nick": one.nick,
        "avatar": None,
        "banner": None,
        "roles": [str(role_id) for role_id in one.roles],
        "joined_at": moment(one.joined_at),
        "premium_since": None,
        "deaf": one.deaf,
        "mute": one.mute,
        "flags": 0,
        "pending": False,
        "communication_disabled_until": moment(one.timed_out_until),
    }
    if with_user:
        payload["user"] = user(world.users[one.user_id])
    return payload


def guild(one: Guild) -> Json:
    """Return a guild object as the API shows it (without channels and members)."""
    return {
        "id": str(one.id),
        "name": one.name,
        "owner_id": str(one.owner_id),
        "roles": [role(it) for it in one.roles.values()],
        "emojis": [],
        "stickers": [],
        "features": [],
        **dict.fromkeys(_GUILD_NULLS),
        "region": "deprecated",
        "afk_timeout": 300,
        "system_channel_flags": 0,
        "widget_enabled": False,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "max_members": 500_000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "preferred_locale": "en-US",
        "premium_progress_bar_enabled": False,
        "nsfw": False,
        "nsfw_level": 0,
    }


_GUILD_NULLS = (
    "icon", "description", "home_header", "splash", "discovery_splash", "banner", "application_id",
    "afk_channel_id", "system_channel_id", "widget_channel_id", "max_presences", "vanity_url_code",
    "rules_channel_id", "safety_alerts_channel_id", "public_updates_channel_id", "incidents_data",
)  # fmt: skip


def guild_create(world: World, one: Guild, members: list[Member]) -> Json:
    """Return the GUILD_CREATE payload with the members the session is to be told of."""
    return guild(one) | {
        "joined_at": moment(one.members[world.bot.id].joined_at),
        "large": len(one.members) > 250,
        "unavailable": False,
        "member_count": len(one.members),
        "members": [member(world, it) for it in members],
        "channels": [channel(world, it) for it in one.channels.values()],
        "threads": [],
        "presences": [],
        "voice_states": [voice_state(it) for it in one.members.values() if it.voice_channel_id is not None],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def voice_state(one: Member) -> Json:
    """Return where a member is connected by voice."""
    return {
        "channel_id": None if one.voice_channel_id is None else str(one.voice_channel_id),
        "user_id": str(one.user_id),
        "session_id": f"{one.user_id:032x}",
        "deaf": one.deaf,
        "mute": one.mute,
        "self_deaf": False,
        "self_mute": False,
        "self_video": False,
        "suppress": False,
        "request_to_speak_timestamp": None,
    }


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


def command(world: World, one: ApplicationCommand) -> Json:
    """Return a registered command."""
    bits = one.default_member_permissions
    payload: Json = {
        **one.extra,
        "id": str(one.id),
        "application_id": str(world.application.id),
        "version": str(one.version),
        "type": one.type,
        "name": one.name,
        "description": one.description,
        "options": one.options,
        "default_member_permissions": None if bits is None else str(bits),
        "dm_permission": one.dm_permission,
        "nsfw": one.nsfw,
    }
    if one.guild_id is not None:
        payload["guild_id"] = str(one.guild_id)
    return payload


def interaction(world: World, one: Interaction) -> Json:
    """Return the INTERACTION_CREATE payload."""
    place = world.channels[one.channel_id]
    payload: Json = {
        "id": str(one.id),
        "application_id": str(world.application.id),
        "type": one.type,
        "token": one.token,
        "version": 1,
        "data": one.data,
        "channel_id": str(one.channel_id),
        "channel": channel(world, place),
        "locale": "en-US",
        "entitlements": [],
        "authorizing_integration_owners": owners(one),
        "context": 0 if one.guild_id is not None else 1,
        "attachment_size_limit": ATTACHMENT_SIZE_LIMIT,
    }
    if one.guild_id is None:
        payload |= {"user": user(world.users[one.user_id]), "app_permissions": str(0)}
    else:
        place_guild = world.guilds[one.guild_id]
        bits = world.permissions_of(place_guild, one.user_id, place)
        payload |= {
            "guild_id": str(one.guild_id),
            "guild_locale": "en-US",
            "guild": {"id": str(one.guild_id), "locale": "en-US", "features": []},
            "member": member(world, place_guild.members[one.user_id]) | {"permissions": str(bits)},
            "app_permissions": str(world.permissions_of(place_guild, world.bot.id, place)),
        }
    if one.type in (InteractionType.COMPONENT, InteractionType.MODAL_SUBMIT) and one.message_id:
        payload["message"] = message(world, world.message(one.channel_id, one.message_id))
    return payload
