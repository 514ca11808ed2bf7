"""The shapes of what was written in tickets: data, never markup."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime

from pydantic import BaseModel, Field

from guildbase.features.tickets.transcripts.records import Attached, Quoted, Said


class FileOut(BaseModel):
    """A file of a message."""

    id: str
    name: str
    size: int = Field(description="Bytes.")
    content_type: str
    url: str = Field(description="Discord's link, which runs out; empty if it is no link of the web.")
    is_copied: bool = Field(description="Whether there is a copy to download.")

    @classmethod
    def of(cls, file: Attached, copied: AbstractSet[int]) -> FileOut:
        """Return the shape of a file."""
        return cls(
            id=str(file.file_id),
            name=file.name,
            size=file.size,
            content_type=file.content_type,
            url=file.url if file.url.startswith("https://") else "",
            is_copied=file.file_id in copied,
        )


class FieldOut(BaseModel):
    """One field of an embed."""

    name: str
    value: str


class EmbedOut(BaseModel):
    """What a message shows in a box."""

    title: str
    text: str
    fields: list[FieldOut]

    @classmethod
    def of(cls, quoted: Quoted) -> EmbedOut:
        """Return the shape of a box."""
        return cls(
            title=quoted.title,
            text=quoted.text,
            fields=[FieldOut(name=name, value=value) for name, value in quoted.fields],
        )


class MessageOut(BaseModel):
    """One message as it was written, in Discord's markup."""

    id: str = Field(examples=["1128754567890123457"])
    author_id: str
    author_name: str = Field(description="Empty if they had their data erased.")
    said_at: datetime
    content: str
    is_bot: bool
    is_staff: bool
    is_erased: bool
    reply_to: str | None
    edited_at: datetime | None
    deleted_at: datetime | None
    files: list[FileOut]
    embeds: list[EmbedOut]
    stickers: list[str]

    @classmethod
    def of(cls, said: Said, copied: AbstractSet[int]) -> MessageOut:
        """Return the shape of a message."""
        return cls(
            id=str(said.message_id),
            author_id=str(said.author_id),
            author_name=said.author_name,
            said_at=said.said_at,
            content=said.content,
            is_bot=said.is_bot,
            is_staff=said.is_staff,
            is_erased=said.is_erased,
            reply_to=None if said.reply_to is None else str(said.reply_to),
            edited_at=said.edited_at,
            deleted_at=said.deleted_at,
            files=[FileOut.of(file, copied) for file in said.files],
            embeds=[EmbedOut.of(quoted) for quoted in said.quotes],
            stickers=list(said.stickers),
        )


class MessagePageOut(BaseModel):
    """Messages, oldest first; ask again with `after` set to `next_after` for later ones."""

    messages: list[MessageOut]
    next_after: str | None = Field(description="None on the last page.")
