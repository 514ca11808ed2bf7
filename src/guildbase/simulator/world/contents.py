"""What a world consists of: everything that is written to its file."""

from __future__ import annotations

from dataclasses import dataclass, field

from guildbase.simulator.world.entities import (
    Application,
    ApplicationCommand,
    Attachment,
    Channel,
    Guild,
    GuildTemplate,
    Image,
    Interaction,
    Invite,
    Message,
    OAuth,
    Presence,
    User,
    Users,
    Webhook,
)


@dataclass(eq=False)
class Contents:
    """All entities by id. What is added here is saved and loaded as its annotation says, without further code."""

    application: Application
    bot: User
    users: Users = field(default_factory=Users)
    guilds: dict[int, Guild] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    messages: dict[int, dict[int, Message]] = field(default_factory=dict)
    attachments: dict[int, Attachment] = field(default_factory=dict)
    images: dict[str, Image] = field(default_factory=dict)
    invites: dict[str, Invite] = field(default_factory=dict)
    webhooks: dict[int, Webhook] = field(default_factory=dict)
    templates: dict[str, GuildTemplate] = field(default_factory=dict)
    homes: dict[int, int | None] = field(default_factory=dict)
    """Where an emoji, sticker or sound is at home; None is the application."""
    dm_channels: dict[int, int] = field(default_factory=dict)
    commands: dict[int | None, dict[int, ApplicationCommand]] = field(default_factory=lambda: {None: {}})
    oauth: OAuth = field(default_factory=OAuth)
    interactions: dict[str, Interaction] = field(default_factory=dict)
    presences: dict[int, Presence] = field(default_factory=dict)
    outages: set[int] = field(default_factory=set)
    """Guilds that are unavailable at the moment."""
