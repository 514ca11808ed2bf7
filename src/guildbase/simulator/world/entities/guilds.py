"""Guilds, roles and members."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntFlag

from guildbase.simulator.errors import Json
from guildbase.simulator.world.entities.automod import AutoModRule
from guildbase.simulator.world.entities.channels import Channel
from guildbase.simulator.world.entities.crowd import Crowd
from guildbase.simulator.world.entities.expressions import Emoji, Sound, Sticker
from guildbase.simulator.world.entities.integrations import Integration
from guildbase.simulator.world.entities.interactions import CommandPermission
from guildbase.simulator.world.entities.join_requests import JoinRequest
from guildbase.simulator.world.entities.scheduled_events import ScheduledEvent
from guildbase.simulator.world.entities.settings import GuildSettings, Onboarding, WelcomeScreen
from guildbase.simulator.world.entities.voice import StageInstance, VoiceState


@dataclass(slots=True)
class Role:
    """A role; the one whose id is the guild's is @everyone, at position 0."""

    id: int
    name: str
    permissions: int
    position: int
    color: int = 0
    secondary_color: int | None = None
    tertiary_color: int | None = None
    hoist: bool = False
    mentionable: bool = False
    managed: bool = False
    bot_id: int | None = None
    icon: str | None = None
    unicode_emoji: str | None = None


class MemberFlag(IntFlag):
    """What Discord remembers of a member."""

    DID_REJOIN = 1 << 0
    COMPLETED_ONBOARDING = 1 << 1
    BYPASSES_VERIFICATION = 1 << 2
    STARTED_ONBOARDING = 1 << 3
    AUTOMOD_QUARANTINED_USERNAME = 1 << 7


@dataclass(slots=True)
class Profile:
    """How a member looks in one guild, if not as everywhere; pictures are kept by their keys."""

    avatar: str | None = None
    banner: str | None = None
    bio: str | None = None


@dataclass(slots=True)
class Member:
    """A user's place in a guild. Kept small, because a world may hold very many."""

    user_id: int
    joined_at: datetime
    nick: str | None = None
    roles: tuple[int, ...] = ()
    timed_out_until: datetime | None = None
    deaf: bool = False
    mute: bool = False
    pending: bool = False
    flags: int = 0
    premium_since: datetime | None = None
    profile: Profile | None = None


@dataclass(slots=True)
class Members(Crowd[Member]):
    """The members of a guild by user id; those of its crowd have no roles yet."""

    stored: dict[int, Member] = field(default_factory=dict)
    crowd_joined_at: datetime = datetime(2024, 3, 1, tzinfo=UTC)

    def make(self, one_id: int) -> Member:
        """Return a member as it joined."""
        return Member(one_id, self.crowd_joined_at)


@dataclass(slots=True)
class Guild:
    """A guild with everything in it; the bot is a member while its user id is among the members."""

    id: int
    name: str
    owner_id: int
    roles: dict[int, Role] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    threads: dict[int, Channel] = field(default_factory=dict)
    members: Members = field(default_factory=Members)
    bans: dict[int, str | None] = field(default_factory=dict)
    audit_log: deque[Json] = field(default_factory=lambda: deque(maxlen=500))
    settings: GuildSettings = field(default_factory=GuildSettings)
    emojis: dict[int, Emoji] = field(default_factory=dict)
    stickers: dict[int, Sticker] = field(default_factory=dict)
    sounds: dict[int, Sound] = field(default_factory=dict)
    automod_rules: dict[int, AutoModRule] = field(default_factory=dict)
    scheduled_events: dict[int, ScheduledEvent] = field(default_factory=dict)
    voice_states: dict[int, VoiceState] = field(default_factory=dict)
    stages: dict[int, StageInstance] = field(default_factory=dict)
    """The live stages by their channels."""
    integrations: dict[int, Integration] = field(default_factory=dict)
    join_requests: dict[int, JoinRequest] = field(default_factory=dict)
    welcome_screen: WelcomeScreen | None = None
    onboarding: Onboarding | None = None
    # By the command's id, or by the application's for all its commands together.
    command_permissions: dict[int, list[CommandPermission]] = field(default_factory=dict)
