"""Messages and files."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from guildbase.simulator.errors import Json
from guildbase.simulator.world.entities.interactions import Interaction

EPHEMERAL = 1 << 6


@dataclass(slots=True)
class Attachment:
    """An uploaded file; its bytes are served under its URL."""

    id: int
    filename: str
    content_type: str
    data: bytes
    description: str | None = None


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
