"""Messages and files."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntFlag

from guildbase.simulator.errors import Json
from guildbase.simulator.world.entities.interactions import Interaction
from guildbase.simulator.world.entities.polls import Poll
from guildbase.simulator.world.entities.webhooks import WebhookAuthor

EPHEMERAL = 1 << 6


class MessageFlag(IntFlag):
    """What is special about a message."""

    CROSSPOSTED = 1 << 0
    IS_CROSSPOST = 1 << 1
    SUPPRESS_EMBEDS = 1 << 2
    SOURCE_MESSAGE_DELETED = 1 << 3
    HAS_THREAD = 1 << 5
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    IS_VOICE_MESSAGE = 1 << 13
    HAS_SNAPSHOT = 1 << 14
    IS_COMPONENTS_V2 = 1 << 15


@dataclass(slots=True)
class Attachment:
    """An uploaded file; its bytes are served under its URL."""

    id: int
    filename: str
    content_type: str
    data: bytes
    description: str | None = None
    title: str | None = None
    duration_secs: float | None = None
    waveform: str | None = None
    is_spoiler: bool = False


@dataclass(slots=True)
class Message:
    """A message; `visible_to` is the only person who sees it if it is ephemeral."""

    id: int
    channel_id: int
    author_id: int
    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    mentions: list[int] = field(default_factory=list)
    mention_roles: list[int] = field(default_factory=list)
    mention_everyone: bool = False
    reactions: dict[str, list[int]] = field(default_factory=dict)
    type: int = 0
    flags: int = 0
    tts: bool = False
    nonce: str | int | None = None
    reply_to: int | None = None
    edited_at: datetime | None = None
    edits: int = 0
    deleted: bool = False
    visible_to: int | None = None
    interaction: Interaction | None = None
    sticker_ids: list[int] = field(default_factory=list)
    poll: Poll | None = None
    forwarded_from: tuple[int, int] | None = None
    """The channel and the message that this one hands on, as it was then: `snapshot`."""
    snapshot: Json | None = None
    pinned_at: datetime | None = None
    refers_to: tuple[int, int | None] | None = None
    """The channel, and perhaps the message in it, that a system message or a copy is about."""
    webhook: WebhookAuthor | None = None
    """Set if a webhook wrote it, whose id is then the author's."""
