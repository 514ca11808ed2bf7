"""What makes a channel a thread, and what makes one a forum."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntFlag


class ChannelFlag(IntFlag):
    """What is special about a channel or thread."""

    PINNED = 1 << 1
    REQUIRE_TAG = 1 << 4
    HIDE_MEDIA_DOWNLOAD_OPTIONS = 1 << 15


@dataclass(slots=True)
class ThreadMember:
    """Someone who follows a thread."""

    user_id: int
    joined_at: datetime
    flags: int = 0


@dataclass(slots=True)
class Thread:
    """What a channel has more if it is a thread; `archived_at` is when it was last archived or brought back."""

    owner_id: int
    archived_at: datetime
    auto_archive_duration: int
    archived: bool = False
    locked: bool = False
    invitable: bool = True
    message_count: int = 0
    total_message_sent: int = 0
    applied_tags: list[int] = field(default_factory=list)
    members: dict[int, ThreadMember] = field(default_factory=dict)


@dataclass(slots=True)
class ForumTag:
    """A word that posts in a forum can be marked with; a moderated one only by those who manage threads."""

    id: int
    name: str
    moderated: bool = False
    emoji_id: int | None = None
    emoji_name: str | None = None


@dataclass(slots=True)
class Forum:
    """What a channel has more if it holds nothing but threads."""

    tags: list[ForumTag] = field(default_factory=list)
    reaction_emoji_id: int | None = None
    reaction_emoji_name: str | None = None
    sort_order: int | None = None
    layout: int = 0
    tag_setting: str = "match_some"
