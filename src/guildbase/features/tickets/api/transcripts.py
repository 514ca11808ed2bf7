"""The routes of what was written: for who opened the ticket, its staff and admins, and with nothing that could run."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Response

from guildbase.api.dependencies import GuildId, GuildVisitor, ServicesDep
from guildbase.api.pages import Limit
from guildbase.features.tickets.api.message_shapes import MessageOut, MessagePageOut
from guildbase.features.tickets.api.shapes import AfterSnowflake, Number, SmallSnowflake
from guildbase.features.tickets.controller.messages import MessageController
from guildbase.features.tickets.controller.transcripts import TranscriptController
from guildbase.features.tickets.transcripts import CONTENT_SECURITY_POLICY, to_html, to_json, to_text

router = APIRouter()
HEADERS = {
    "Content-Security-Policy": f"{CONTENT_SECURITY_POLICY}; frame-ancestors 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
}
FORMS = {
    "html": ("text/html", to_html),
    "json": ("application/json", to_json),
    "text": ("text/plain", to_text),
}
ENDINGS = {"html": "html", "json": "json", "text": "txt"}


@router.get(
    "/guilds/{guild_id}/tickets/{number}/transcript",
    operation_id="get_ticket_transcript",
    response_class=Response,
    responses={
        200: {
            "content": {"text/html": {}, "application/json": {}, "text/plain": {}},
            "description": "The transcript.",
        }
    },
)
async def get_transcript(
    guild_id: GuildId,
    number: Number,
    services: ServicesDep,
    caller: GuildVisitor,
    form: Annotated[Literal["html", "json", "text"], Query(description="A page to read, JSON or plain text.")] = "html",
    download: Annotated[bool, Query(description="Whether the browser is to save it instead of showing it.")] = False,
) -> Response:
    """Return all that is kept of what was written in the ticket; reading it leaves a note in the audit log."""
    conversation = await services.get(TranscriptController).conversation(caller, guild_id, number)
    media_type, write = FORMS[form]
    document = await asyncio.to_thread(write, conversation)
    content = document.encode(errors="replace") if isinstance(document, str) else document
    saved = _saved_as(f"ticket-{number}.{ENDINGS[form]}") if download else {}
    return Response(content, media_type=media_type, headers={**HEADERS, **saved})


@router.get("/guilds/{guild_id}/tickets/{number}/messages", operation_id="list_ticket_messages")
async def list_messages(
    guild_id: GuildId,
    number: Number,
    services: ServicesDep,
    caller: GuildVisitor,
    after: AfterSnowflake = "0",
    limit: Limit = 100,
) -> MessagePageOut:
    """Return what was written in the ticket, oldest first; reading it leaves a note in the audit log."""
    # One more than asked for tells whether there is another page.
    found = await services.get(MessageController).page(caller, guild_id, number, after=int(after), limit=limit + 1)
    page = [MessageOut.of(said, found.copied) for said in found.messages[:limit]]
    return MessagePageOut(messages=page, next_after=page[-1].id if len(found.messages) > limit else None)


@router.get(
    "/guilds/{guild_id}/tickets/{number}/messages/{message_id}/files/{file_id}",
    operation_id="get_ticket_file",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}, "description": "The copy of the file."}},
)
async def get_file(
    guild_id: GuildId,
    number: Number,
    message_id: SmallSnowflake,
    file_id: SmallSnowflake,
    services: ServicesDep,
    caller: GuildVisitor,
) -> Response:
    """Return the copy of a file, always to be saved: no browser shows what people sent as a page of ours."""
    ids = int(message_id), int(file_id)
    file = await services.get(MessageController).file(caller, guild_id, number, *ids)
    headers = {**HEADERS, **_saved_as(file.name)}
    return Response(file.content, media_type="application/octet-stream", headers=headers)


def _saved_as(name: str) -> dict[str, str]:
    """Return the header that has a browser save the answer under the name, whatever stands in it (RFC 6266)."""
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name[:200], safe='')}"}
