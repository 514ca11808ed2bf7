"""A transcript as JSON; ids are text, because JavaScript would round them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson

from guildbase.features.tickets.transcripts.records import Attached, Conversation, Said

FORMAT = 1
"""Rises with every change that a reader of the old shape would not understand."""


def to_json(it: Conversation) -> bytes:
    """Return the whole conversation; copies of files are in base64."""
    return orjson.dumps({"format": FORMAT, **_head(it), "messages": [_message(said) for said in it.messages]})


def _head(it: Conversation) -> dict[str, Any]:
    return {
        "guild_id": str(it.guild_id),
        "number": it.number,
        "category": it.category,
        "opener_id": str(it.opener_id),
        "opener_name": it.opener_name,
        "subject": it.subject,
        "answers": dict(it.answers),
        "opened_at": it.opened_at,
        "closed_at": it.closed_at,
        "close_reason": it.close_reason,
        "note": it.note,
    }


def _message(said: Said) -> dict[str, Any]:
    return {
        "id": str(said.message_id),
        "author_id": str(said.author_id),
        "author_name": said.author_name,
        "said_at": said.said_at,
        "content": said.content,
        "is_bot": said.is_bot,
        "is_staff": said.is_staff,
        "is_erased": said.is_erased,
        **dict(_extras(said)),
    }


def _extras(said: Said) -> Iterator[tuple[str, Any]]:
    """Yield what most messages have not."""
    if said.reply_to is not None:
        yield "reply_to", str(said.reply_to)
    moments: tuple[tuple[str, datetime | None], ...] = ("edited_at", said.edited_at), ("deleted_at", said.deleted_at)
    yield from ((name, moment) for name, moment in moments if moment is not None)
    if said.files:
        yield "files", [_file(file) for file in said.files]
    if said.quotes:
        yield (
            "embeds",
            [
                {
                    "title": it.title,
                    "text": it.text,
                    "fields": [{"name": name, "value": value} for name, value in it.fields],
                }
                for it in said.quotes
            ],
        )
    if said.stickers:
        yield "stickers", list(said.stickers)


def _file(file: Attached) -> dict[str, Any]:
    content = None if file.content is None else base64.b64encode(file.content).decode()
    return {
        "name": file.name,
        "size": file.size,
        "content_type": file.content_type,
        "url": file.url,
        "content": content,
    }
