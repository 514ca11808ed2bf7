"""Guilds, their roles and members."""

from __future__ import annotations

from guildbase.simulator.errors import Json
from guildbase.simulator.payloads.channels import channel
from guildbase.simulator.payloads.expressions import custom_emoji, sound, sticker
from guildbase.simulator.payloads.moments import moment
from guildbase.simulator.payloads.scheduled_events import scheduled_event
from guildbase.simulator.payloads.threads import active_threads
from guildbase.simulator.payloads.users import user
from guildbase.simulator.payloads.voice import stage_instance, voice_state
from guildbase.simulator.world.entities import Guild, GuildSettings, Member, Role
from guildbase.simulator.world.state import World


def role(one: Role) -> Json:
    """Return a role object."""
    payload: Json = {
        "id": str(one.id),
        "name": one.name,
        "color": one.color,
        "colors": {
            "primary_color": one.color,
            "secondary_color": one.secondary_color,
            "tertiary_color": one.tertiary_color,
        },
        "hoist": one.hoist,
        "icon": one.icon,
        "unicode_emoji": one.unicode_emoji,
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
    profile = one.profile
    payload: Json = {
        "nick": one.nick,
        "avatar": None if profile is None else profile.avatar,
        "banner": None if profile is None else profile.banner,
        "roles": [str(role_id) for role_id in one.roles],
        "joined_at": moment(one.joined_at),
        "premium_since": moment(one.premium_since),
        "deaf": one.deaf,
        "mute": one.mute,
        "flags": one.flags,
        "pending": one.pending,
        "communication_disabled_until": moment(one.timed_out_until),
    }
    if with_user:
        payload["user"] = user(world.users.peek(one.user_id))
    return payload


def guild(one: Guild) -> Json:
    """Return a guild object as the API shows it (without channels and members)."""
    settings = one.settings
    return {
        "id": str(one.id),
        "name": one.name,
        "owner_id": str(one.owner_id),
        "roles": [role(it) for it in one.roles.values()],
        "emojis": [custom_emoji(it) for it in one.emojis.values()],
        "stickers": [sticker(it) for it in one.stickers.values()],
        "features": list(settings.features),
        **{name: getattr(settings, name) for name in _PLAIN_SETTINGS},
        **{name: _channel_id(one, getattr(settings, name)) for name in _CHANNEL_SETTINGS},
        "incidents_data": incidents(settings),
        "application_id": None,
        "region": "deprecated",
        "max_presences": None,
        "max_members": 500_000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "nsfw": settings.nsfw_level in _ADULT,
    }


def incidents(settings: GuildSettings) -> Json | None:
    """Return what is closed for the time being because of a raid; None if nothing ever was."""
    if settings.invites_disabled_until is None and settings.dms_disabled_until is None:
        return None
    return {
        "invites_disabled_until": moment(settings.invites_disabled_until),
        "dms_disabled_until": moment(settings.dms_disabled_until),
    }


def _channel_id(one: Guild, channel_id: int | None) -> str | None:
    """Return the channel's id as text; None if there is no such channel (any more)."""
    return str(channel_id) if channel_id in one.channels else None


_ADULT = (1, 3)
_PLAIN_SETTINGS = (
    "description", "icon", "splash", "discovery_splash", "banner", "home_header", "verification_level",
    "default_message_notifications", "explicit_content_filter", "mfa_level", "nsfw_level", "premium_tier",
    "premium_subscription_count", "premium_progress_bar_enabled", "preferred_locale", "afk_timeout",
    "system_channel_flags", "widget_enabled", "vanity_url_code",
)  # fmt: skip
_CHANNEL_SETTINGS = (
    "afk_channel_id", "system_channel_id", "rules_channel_id", "public_updates_channel_id",
    "safety_alerts_channel_id", "widget_channel_id",
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
        "threads": [channel(world, it) for it in active_threads(world, one)],
        "presences": [],
        "voice_states": [voice_state(one, it) for it in one.voice_states.values()],
        "stage_instances": [stage_instance(it) for it in one.stages.values()],
        "guild_scheduled_events": [scheduled_event(world, it) for it in one.scheduled_events.values()],
        "soundboard_sounds": [sound(it) for it in one.sounds.values()],
    }
