"""The routes of notes."""

from __future__ import annotations

from fastapi import APIRouter

from guildbase.api.dependencies import CaseViewer, GuildId, IdempotencyKeyDep, Moderator, ServicesDep
from guildbase.api.pages import AfterNumber, Limit
from guildbase.core.validators import UserId
from guildbase.features.moderation.api.shapes import NoteChangeIn, NoteIn, NoteOut, NotePage
from guildbase.features.moderation.controller.notes import NoteController
from guildbase.platform.guilds.controller import GuildController

router = APIRouter()


@router.get("/guilds/{guild_id}/notes", operation_id="list_notes")
async def list_notes(
    guild_id: GuildId,
    services: ServicesDep,
    caller: CaseViewer,
    target: UserId,
    after: AfterNumber = None,
    limit: Limit = 20,
) -> NotePage:
    """Return the notes on somebody, newest first."""
    await services.get(GuildController).require(guild_id)
    notes = services.get(NoteController)
    found = await notes.list_notes(caller, guild_id, target, before=after, limit=limit + 1)
    next_after = found[limit - 1].number if len(found) > limit else None
    return NotePage(notes=[NoteOut.of(row) for row in found[:limit]], next_after=next_after)


@router.post("/guilds/{guild_id}/notes", operation_id="add_note", status_code=201)
async def add_note(
    guild_id: GuildId, wanted: NoteIn, services: ServicesDep, caller: Moderator, key: IdempotencyKeyDep
) -> NoteOut:
    """Write a note on somebody; they are not told."""
    await services.get(GuildController).require(guild_id)
    notes = services.get(NoteController)
    done = await notes.add(caller, guild_id, wanted.target_id, wanted.target_name, wanted.content, key=key)
    return NoteOut.of(await notes.get(caller, guild_id, done.number))


@router.patch("/guilds/{guild_id}/notes/{number}", operation_id="edit_note")
async def edit_note(
    guild_id: GuildId,
    number: int,
    wanted: NoteChangeIn,
    services: ServicesDep,
    caller: Moderator,
    key: IdempotencyKeyDep,
) -> NoteOut:
    """Change what a note says; the audit log keeps what it said."""
    notes = services.get(NoteController)
    await notes.edit(caller, guild_id, number, wanted.content, key=key)
    return NoteOut.of(await notes.get(caller, guild_id, number))


@router.delete("/guilds/{guild_id}/notes/{number}", operation_id="delete_note", status_code=204)
async def delete_note(
    guild_id: GuildId, number: int, services: ServicesDep, caller: Moderator, key: IdempotencyKeyDep
) -> None:
    """Delete a note; the audit log keeps what it said."""
    await services.get(NoteController).delete(caller, guild_id, number, key=key)
