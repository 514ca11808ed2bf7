"""What a guild's administrators set: its looks, levels, special channels, and how newcomers are received."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from guildbase.simulator.errors import Json


@dataclass(slots=True)
class GuildSettings:
    """The plain settings of a guild by Discord's own names; pictures are kept by their keys."""

    description: str | None = None
    icon: str | None = None
    splash: str | None = None
    discovery_splash: str | None = None
    banner: str | None = None
    home_header: str | None = None
    features: tuple[str, ...] = ()
    verification_level: int = 0
    default_message_notifications: int = 0
    explicit_content_filter: int = 0
    mfa_level: int = 0
    nsfw_level: int = 0
    premium_tier: int = 0
    premium_subscription_count: int = 0
    premium_progress_bar_enabled: bool = False
    preferred_locale: str = "en-US"
    afk_timeout: int = 300
    afk_channel_id: int | None = None
    system_channel_id: int | None = None
    system_channel_flags: int = 0
    rules_channel_id: int | None = None
    public_updates_channel_id: int | None = None
    safety_alerts_channel_id: int | None = None
    widget_enabled: bool = False
    widget_channel_id: int | None = None
    vanity_url_code: str | None = None
    invites_disabled_until: datetime | None = None
    dms_disabled_until: datetime | None = None


@dataclass(slots=True)
class WelcomeScreen:
    """What newcomers of a community see first."""

    description: str | None = None
    channels: list[Json] = field(default_factory=list)
    enabled: bool = False


@dataclass(slots=True)
class Onboarding:
    """The questions newcomers are asked, kept as Discord writes them."""

    prompts: list[Json] = field(default_factory=list)
    default_channel_ids: list[int] = field(default_factory=list)
    enabled: bool = False
    mode: int = 0


@dataclass(slots=True)
class GuildTemplate:
    """A guild's structure, taken down at `updated_at` so that others can be founded alike."""

    code: str
    name: str
    description: str | None
    guild_id: int
    creator_id: int
    created_at: datetime
    updated_at: datetime
    snapshot: Json
    usage_count: int = 0
