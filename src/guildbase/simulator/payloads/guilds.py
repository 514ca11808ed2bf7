"""Guilds, their roles and members, and who is connected by voice."""

from __future__ import annotations

from guildbase.simulator.errors import Json
from guildbase.simulator.payloads.channels import channel
from guildbase.simulator.payloads.moments import moment
from guildbase.simulator.payloads.users import user
from guildbase.simulator.world.entities import Guild, Member, Role
from guildbase.simulator.world.state import World


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
