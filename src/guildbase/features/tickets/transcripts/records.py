"""What a transcript is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Attached:
    """A file of a message; `content` is its copy, None if it is not kept."""

    name: str
    size: int
    content_type: str = ""
    url: str = ""
    content: bytes | None = None
    file_id: int = 0


@dataclass(frozen=True, slots=True)
class Quoted:
    """What a message shows in a box: an embed's title, text and fields."""

    title: str = ""
    text: str = ""
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """One message. Whose author was erased has an id that leads to nobody, no name and no text."""

    message_id: int
    author_id: int
    author_name: str
    said_at: datetime
    content: str = ""
    is_bot: bool = False
    is_staff: bool = False
    is_erased: bool = False
    reply_to: int | None = None
    files: tuple[Attached, ...] = ()
    quotes: tuple[Quoted, ...] = ()
    stickers: tuple[str, ...] = ()
    edited_at: datetime | None = None
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """A ticket and all that was written in it, oldest first."""

    guild_id: int
    number: int
    category: str
    opener_id: int
    opener_name: str
    opened_at: datetime
    messages: Iterable[Said]
    subject: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    """What was said in the form, by question."""
    closed_at: datetime | None = None
    close_reason: str = ""
    note: str = ""
    """Why messages may be missing."""
    names: Mapping[int, str] = field(default_factory=dict)
    """Names of the people whom messages mention, by id."""
