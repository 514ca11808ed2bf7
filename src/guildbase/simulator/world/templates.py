"""Templates: taking down how a guild is built, with small numbers in place of ids."""

from __future__ import annotations

import secrets

from guildbase.simulator import payloads
from guildbase.simulator.errors import Json
from guildbase.simulator.world.entities import Channel, ChannelType, Guild, GuildTemplate, Role
from guildbase.simulator.world.state import World

_COPIED = (
    "description", "verification_level", "default_message_notifications", "explicit_content_filter",
    "preferred_locale", "afk_timeout", "system_channel_flags",
)  # fmt: skip
# Templates know four types of channel; others become the nearest one.
_TYPES = {
    ChannelType.TEXT: ChannelType.TEXT,
    ChannelType.ANNOUNCEMENT: ChannelType.TEXT,
    ChannelType.VOICE: ChannelType.VOICE,
    ChannelType.STAGE: ChannelType.VOICE,
    ChannelType.CATEGORY: ChannelType.CATEGORY,
    ChannelType.FORUM: ChannelType.FORUM,
}


def create(world: World, guild: Guild, name: str, description: str | None, creator_id: int) -> GuildTemplate:
    """Make a template of the guild as it is now."""
    now = world.clock.now()
    code = secrets.token_hex(6)
    one = GuildTemplate(code, name, description, guild.id, creator_id, now, now, snapshot(guild))
    world.templates[code] = one
    return one


def sync(world: World, guild: Guild, one: GuildTemplate) -> None:
    """Bring the template up to the guild as it is now."""
    one.snapshot = snapshot(guild)
    one.updated_at = world.clock.now()


def template_of(world: World, guild: Guild) -> GuildTemplate | None:
    """Return the guild's template; it may have one."""
    return next((it for it in world.templates.values() if it.guild_id == guild.id), None)


def snapshot(guild: Guild) -> Json:
    """Return the guild's structure: roles and channels are numbered, @everyone is 0, managed roles are left out."""
    kept = [it for it in guild.roles.values() if not it.managed]
    roles = {it.id: number for number, it in enumerate(sorted(kept, key=lambda role: role.position))}
    built = [it for it in guild.channels.values() if it.type in _TYPES]
    channels = {it.id: number for number, it in enumerate(built, 1)}
    settings = guild.settings
    return {
        "name": guild.name,
        "region": "deprecated",
        **{name: getattr(settings, name) for name in _COPIED},
        "afk_channel_id": _number(channels, settings.afk_channel_id),
        "system_channel_id": _number(channels, settings.system_channel_id),
        "roles": [_role(guild.roles[role_id], number) for role_id, number in roles.items()],
        "channels": [_channel(it, channels, roles) for it in built],
    }


def _number(channels: dict[int, int], channel_id: int | None) -> str | None:
    return str(channels[channel_id]) if channel_id in channels else None


def _role(one: Role, number: int) -> Json:
    kept = ("name", "permissions", "color", "colors", "hoist", "mentionable", "icon", "unicode_emoji")
    payload = payloads.role(one)
    return {"id": number} | {name: payload[name] for name in kept}


def _channel(one: Channel, channels: dict[int, int], roles: dict[int, int]) -> Json:
    overwrites = [
        {"id": str(roles[it.id]), "type": 0, "allow": str(it.allow), "deny": str(it.deny)}
        for it in one.overwrites.values()
        if it.id in roles
    ]
    empty = (
        "default_auto_archive_duration", "available_tags", "default_reaction_emoji", "default_sort_order",
        "default_thread_rate_limit_per_user", "default_forum_layout", "default_tag_setting", "theme_color",
    )  # fmt: skip
    return dict.fromkeys(empty) | {
        "id": channels[one.id],
        "type": int(_TYPES[ChannelType(one.type)]),
        "name": one.name,
        "position": one.position,
        "topic": one.topic,
        "bitrate": one.bitrate,
        "user_limit": one.user_limit,
        "nsfw": one.nsfw,
        "rate_limit_per_user": one.rate_limit_per_user,
        "parent_id": _number(channels, one.parent_id),
        "permission_overwrites": overwrites,
        "template": "",
    }
