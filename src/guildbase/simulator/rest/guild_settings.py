"""/guilds/{guild.id}: the guild itself, its settings, preview, vanity link and what is closed during a raid."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, invalid_form, missing_permissions, unknown
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.forms import Form
from guildbase.simulator.rest.images import Picture
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import guilds, images
from guildbase.simulator.world.audit import Action, difference, record
from guildbase.simulator.world.entities import ChannelType, Guild

routes = RouteTable()
_TEXT = (ChannelType.TEXT, ChannelType.ANNOUNCEMENT)
_CHANNELS = {
    "afk_channel_id": (ChannelType.VOICE,),
    "system_channel_id": _TEXT,
    "rules_channel_id": _TEXT,
    "public_updates_channel_id": _TEXT,
    "safety_alerts_channel_id": _TEXT,
}
# What a picture needs that not every guild has.
_PICTURES = {"icon": None, "splash": "INVITE_SPLASH", "discovery_splash": "DISCOVERABLE", "banner": "BANNER"}
_WITH_DEFAULTS = (
    "verification_level", "default_message_notifications", "explicit_content_filter", "preferred_locale",
    "afk_timeout", "system_channel_flags", "premium_progress_bar_enabled",
)  # fmt: skip
_DEFAULTS: dict[str, object] = {"preferred_locale": "en-US", "afk_timeout": 300, "premium_progress_bar_enabled": False}
_MUTABLE_FEATURES = frozenset(("COMMUNITY", "DISCOVERABLE", "INVITES_DISABLED", "RAID_ALERTS_DISABLED"))
_AUDITED = (
    "name", "description", "owner_id", "verification_level", "default_message_notifications",
    "explicit_content_filter", "preferred_locale", "afk_timeout", "afk_channel_id", "system_channel_id",
    "system_channel_flags", "rules_channel_id", "public_updates_channel_id", "safety_alerts_channel_id",
    "premium_progress_bar_enabled", "features", "icon_hash", "splash_hash", "discovery_splash_hash", "banner_hash",
)  # fmt: skip
_LONGEST_CLOSURE = timedelta(hours=24)
_Locale = Literal[
    "ar", "bg", "cs", "da", "de", "el", "en-GB", "en-US", "es-419", "es-ES", "fi", "fr", "he", "hi", "hr", "hu", "id",
    "it", "ja", "ko", "lt", "nl", "no", "pl", "pt-BR", "ro", "ru", "sv-SE", "th", "tr", "uk", "vi", "zh-CN", "zh-TW",
]  # fmt: skip


class _GuildChanges(Form):
    name: Annotated[str, Field(min_length=2, max_length=100)] | None = None
    description: Annotated[str, Field(max_length=300)] | None = None
    icon: Picture | None = None
    splash: Picture | None = None
    discovery_splash: Picture | None = None
    banner: Picture | None = None
    owner_id: int | None = None
    verification_level: Annotated[int, Field(ge=0, le=4)] | None = None
    default_message_notifications: Literal[0, 1] | None = None
    explicit_content_filter: Literal[0, 1, 2] | None = None
    preferred_locale: _Locale | None = None
    afk_timeout: Literal[60, 300, 900, 1800, 3600] | None = None
    afk_channel_id: int | None = None
    system_channel_id: int | None = None
    system_channel_flags: Annotated[int, Field(ge=0, le=0x7FFFFFFF)] | None = None
    rules_channel_id: int | None = None
    public_updates_channel_id: int | None = None
    safety_alerts_channel_id: int | None = None
    features: Annotated[list[str], Field(max_length=1521)] | None = None
    premium_progress_bar_enabled: bool | None = None


class _Incidents(Form):
    invites_disabled_until: datetime | None = None
    dms_disabled_until: datetime | None = None


@routes.route("GET", "/guilds/{guild_id}")
def get_guild(call: Call) -> Json:
    """Return a guild the bot is in."""
    guild = call.guild()
    return payloads.guild(guild) | (_counts(guild) if call.flag("with_counts") else {})


@routes.route("PATCH", "/guilds/{guild_id}")
def edit_guild(call: Call) -> Json:
    """Change the guild's settings; the owner alone may pass it on."""
    guild = call.guild(Permission.MANAGE_GUILD)
    form = call.form(_GuildChanges)
    values = _plain_values(form) | _channel_values(guild, form)
    if "features" in form.model_fields_set:
        values["features"] = _features(call, guild, form)
    if form.owner_id is not None and form.owner_id != guild.owner_id:
        if guild.owner_id != call.bot.id:
            raise missing_permissions()
        values["owner_id"] = call.world.member(guild, form.owner_id).user_id
    values |= _picture_values(call, guild, form)
    before = _audited(guild)
    guilds.change(call.world, guild, values)
    if changes := difference(before, _audited(guild), _AUDITED):
        record(call.world, guild, Action.GUILD_UPDATE, guild.id, call.reason, changes=changes)
    return payloads.guild(guild)


@routes.route("GET", "/guilds/{guild_id}/preview")
def get_preview(call: Call) -> Json:
    """Return what strangers may see of a discoverable guild, and the bot of its own."""
    guild = call.world.guild(call.id("guild_id"))
    if call.bot.id not in guild.members and "DISCOVERABLE" not in guild.settings.features:
        raise unknown("Guild")
    whole = payloads.guild(guild)
    names = (
        "id", "name", "icon", "splash", "discovery_splash", "home_header", "emojis", "stickers", "features",
        "description",
    )  # fmt: skip
    return {name: whole[name] for name in names} | _counts(guild)


@routes.route("GET", "/guilds/{guild_id}/vanity-url")
def get_vanity_url(call: Call) -> Json:
    """Return the guild's own invite link, if it has one."""
    return {"code": call.guild(Permission.MANAGE_GUILD).settings.vanity_url_code, "uses": 0}


@routes.route("PUT", "/guilds/{guild_id}/incident-actions")
def set_incident_actions(call: Call) -> Json:
    """Close invites or direct messages for up to a day."""
    guild = call.guild(Permission.MANAGE_GUILD)
    form = call.form(_Incidents)
    values: dict[str, Any] = {}
    for name, until in form.given("invites_disabled_until", "dms_disabled_until").items():
        values[name] = _closed_until(call, name, until)
    guilds.change(call.world, guild, values)
    empty = {"invites_disabled_until": None, "dms_disabled_until": None}
    return payloads.incidents(guild.settings) or empty


def _closed_until(call: Call, name: str, until: object) -> datetime | None:
    if not isinstance(until, datetime):
        return None
    until = until if until.tzinfo is not None else until.replace(tzinfo=UTC)
    if until > call.world.clock.now() + _LONGEST_CLOSURE + timedelta(minutes=1):
        raise invalid_form((name,), "DATE_TIME_TYPE_MAX", "Must be within 24 hours.")
    return until


def _counts(guild: Guild) -> Json:
    return {"approximate_member_count": len(guild.members), "approximate_presence_count": 1}


def _plain_values(form: _GuildChanges) -> dict[str, Any]:
    values: dict[str, Any] = form.given("description")
    if form.name is not None:
        values["name"] = form.name
    for name, value in form.given(*_WITH_DEFAULTS).items():
        values[name] = _DEFAULTS.get(name, 0) if value is None else value
    return values


def _channel_values(guild: Guild, form: _GuildChanges) -> dict[str, Any]:
    values: dict[str, Any] = form.given(*_CHANNELS)
    for name, channel_id in values.items():
        channel = guild.channels.get(channel_id or 0)
        if channel_id is not None and (channel is None or channel.type not in _CHANNELS[name]):
            raise invalid_form((name,), "CHANNEL_INVALID", "Invalid channel")
    return values


def _features(call: Call, guild: Guild, form: _GuildChanges) -> tuple[str, ...]:
    """Return the features after the change: only some can be switched, the others stay as they are."""
    before = set(guild.settings.features)
    switched = _MUTABLE_FEATURES & set(form.features or ())
    if "COMMUNITY" in switched ^ (before & _MUTABLE_FEATURES):
        call.require(guild, None, Permission.ADMINISTRATOR)
    if "COMMUNITY" in switched - before:
        for name in ("rules_channel_id", "public_updates_channel_id"):
            if getattr(form, name) is None and getattr(guild.settings, name) is None:
                raise invalid_form((name,), "BASE_TYPE_REQUIRED", "This field is required")
    # Community guilds may have announcement channels and a welcome screen.
    gained = {"NEWS"} if "COMMUNITY" in switched else set()
    return tuple(sorted(before - _MUTABLE_FEATURES | switched | gained))


def _picture_values(call: Call, guild: Guild, form: _GuildChanges) -> dict[str, Any]:
    values: dict[str, Any] = form.given(*_PICTURES)
    for name, picture in values.items():
        feature = _PICTURES[name]
        if picture is not None and feature not in (None, *guild.settings.features):
            raise DiscordError(403, 50101, "This server needs more boosts to perform this action")
    return {name: None if it is None else images.keep(call.world, it) for name, it in values.items()}


def _audited(guild: Guild) -> Json:
    payload = payloads.guild(guild)
    return payload | {f"{name}_hash": payload[name] for name in _PICTURES}
