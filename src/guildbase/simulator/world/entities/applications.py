"""The application, what it sells, and what people connect to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, IntFlag

from guildbase.simulator.errors import Json
from guildbase.simulator.world.entities.expressions import Emoji


class ApplicationFlag(IntFlag):
    """The grants of privileged intents; the limited form is what bots in fewer than 100 guilds have."""

    PRESENCE = 1 << 12
    PRESENCE_LIMITED = 1 << 13
    GUILD_MEMBERS = 1 << 14
    GUILD_MEMBERS_LIMITED = 1 << 15
    MESSAGE_CONTENT = 1 << 18
    MESSAGE_CONTENT_LIMITED = 1 << 19


ALL_PRIVILEGED = (
    ApplicationFlag.PRESENCE_LIMITED | ApplicationFlag.GUILD_MEMBERS_LIMITED | ApplicationFlag.MESSAGE_CONTENT_LIMITED
)


class SkuType(IntEnum):
    """What the application sells."""

    DURABLE = 2
    CONSUMABLE = 3
    SUBSCRIPTION = 5


@dataclass(slots=True)
class Sku:
    """Something that can be bought from the application."""

    id: int
    name: str
    type: SkuType = SkuType.DURABLE
    flags: int = 0


@dataclass(slots=True)
class Entitlement:
    """What a user or a guild has of the application."""

    id: int
    sku_id: int
    type: int
    user_id: int | None = None
    guild_id: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    consumed: bool = False


@dataclass(slots=True)
class Subscription:
    """A user's running payment for a SKU."""

    id: int
    user_id: int
    sku_id: int
    entitlement_id: int
    starts_at: datetime
    ends_at: datetime
    status: int = 0
    canceled_at: datetime | None = None


@dataclass(slots=True)
class RoleConnection:
    """What a person's account elsewhere says of them, for roles that ask for it."""

    platform_name: str | None = None
    platform_username: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Activity:
    """An embedded activity that the bot has launched in a channel."""

    launch_id: int
    channel_id: int
    guild_id: int | None
    user_ids: list[int]


@dataclass(slots=True)
class Application:
    """The one application whose bot connects; its flags grant privileged intents."""

    id: int
    name: str
    token: str
    owner_id: int
    flags: ApplicationFlag = ALL_PRIVILEGED
    description: str = ""
    secret: str = ""
    redirect_uris: list[str] = field(default_factory=list)
    icon: str | None = None
    cover_image: str | None = None
    tags: list[str] = field(default_factory=list)
    bot_public: bool = True
    custom_install_url: str | None = None
    install_params: Json | None = None
    integration_types_config: Json = field(default_factory=lambda: {"0": {}})
    interactions_endpoint_url: str | None = None
    role_connections_verification_url: str | None = None
    event_webhooks_url: str | None = None
    event_webhooks_status: int = 1
    event_webhooks_types: list[str] = field(default_factory=list)
    role_connections_metadata: list[Json] = field(default_factory=list)
    emojis: dict[int, Emoji] = field(default_factory=dict)
    skus: dict[int, Sku] = field(default_factory=dict)
    entitlements: dict[int, Entitlement] = field(default_factory=dict)
    subscriptions: dict[int, Subscription] = field(default_factory=dict)
    role_connections: dict[int, RoleConnection] = field(default_factory=dict)
    activities: dict[str, Activity] = field(default_factory=dict)
