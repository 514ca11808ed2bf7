"""Channels and their overwrites."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from guildbase.simulator.world.entities.threads import Forum, Thread


class ChannelType(IntEnum):
    """The kinds of channel the simulator knows."""

    TEXT = 0
    DM = 1
    VOICE = 2
    GROUP_DM = 3
    CATEGORY = 4
    ANNOUNCEMENT = 5
    ANNOUNCEMENT_THREAD = 10
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    STAGE = 13
    FORUM = 15
    MEDIA = 16


@dataclass(slots=True, frozen=True)
class Overwrite:
    """A channel's exception for a role (type 0) or a member (type 1)."""

    id: int
    type: int
    allow: int = 0
    deny: int = 0


@dataclass(slots=True)
class Channel:
    """A guild channel, a thread in one, or a direct conversation of one person with the bot (`recipient_id`)."""

    id: int
    type: int
    guild_id: int | None = None
    name: str = ""
    position: int = 0
    parent_id: int | None = None
    topic: str | None = None
    nsfw: bool = False
    rate_limit_per_user: int = 0
    bitrate: int = 64000
    user_limit: int = 0
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    recipient_id: int | None = None
    last_message_id: int | None = None
    last_pin_at: datetime | None = None
    flags: int = 0
    default_auto_archive_duration: int | None = None
    default_thread_rate_limit: int = 0
    rtc_region: str | None = None
    video_quality_mode: int = 1
    voice_status: str | None = None
    forum: Forum | None = None
    thread: Thread | None = None
