"""A stored message of a ticket as a transcript shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from guildbase.core.snowflake import is_pseudonym, snowflake_time
from guildbase.features.tickets.models import TicketMessage
from guildbase.features.tickets.transcripts.records import Attached, Quoted, Said


def said(message: TicketMessage, copies: Mapping[int, bytes | None]) -> Said:
    """Return the message with the copies of its files, which `copies` has by their ids."""
    details = message.details
    reply_to = details.get("reply_to")
    return Said(
        message_id=message.message_id,
        author_id=message.author_id,
        author_name=message.author_name,
        said_at=snowflake_time(message.message_id),
        content=message.content,
        is_bot=message.is_bot,
        is_staff=message.is_staff,
        is_erased=is_pseudonym(message.about_id),
        reply_to=int(reply_to) if reply_to else None,
        files=tuple(_attached(file, copies) for file in details.get("files", ())),
        quotes=tuple(_quotes(details.get("embeds", ()))),
        stickers=tuple(details.get("stickers", ())),
        edited_at=message.edited_at,
        deleted_at=message.deleted_at,
    )


def _attached(file: Mapping[str, Any], copies: Mapping[int, bytes | None]) -> Attached:
    content = copies.get(int(file["id"]))
    return Attached(file["name"], int(file["size"]), file["type"], file["url"], content, int(file["id"]))


def _quotes(embeds: Sequence[Mapping[str, Any]]) -> Iterator[Quoted]:
    for embed in embeds:
        fields = tuple((field["name"], field["value"]) for field in embed.get("fields", ()))
        yield Quoted(embed.get("title", ""), embed.get("text", ""), fields)
