"""What moderators tell each other of a member; the only writer of notes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import NotFound
from guildbase.core.i18n import _
from guildbase.core.ports import AuditRecord, Caller
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.moderation.kinds import MAX_NOTE, MAX_NUMBER, Rank
from guildbase.features.moderation.models import ModerationNote
from guildbase.features.moderation.rules.ranks import require_rank, require_reader, require_say
from guildbase.features.moderation.rules.words import checked_words
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.users.controller import UserController
from guildbase.services.controller import BaseController

if TYPE_CHECKING:
    from guildbase.services.idempotency import IdempotencyKey

COUNTER = "note"
"""The kind of number that the guild's counter counts."""


class NoteNotFound(NotFound):
    """The guild has no note of this number."""

    code = "note_not_found"

    def __init__(self, number: int) -> None:
        super().__init__(
            _("There is no note #{number} here.", number=number), hint=_("`/note list` lists the notes on somebody.")
        )


@dataclass(frozen=True, slots=True)
class WrittenNote:
    """A note that was written, changed or deleted."""

    number: int


class NoteController(BaseController):
    """Notes on members, numbered within the guild; every moderator reads them."""

    async def add(
        self,
        caller: Caller,
        guild_id: int,
        target_id: int,
        target_name: str,
        content: str,
        *,
        key: IdempotencyKey | None = None,
    ) -> WrittenNote:
        """Write a note on somebody, who need not be here.

        Raises:
            PermissionDenied: the caller is no moderator here.
            InvalidInput: the note is empty or too long.
        """
        require_rank(caller, guild_id, Rank.MODERATOR)
        content = checked_words(content, MAX_NOTE)

        async def add(work: UnitOfWork) -> WrittenNote:
            await self.services.get(UserController).ensure_member(work, guild_id, target_id)
            number = await self.services.get(GuildController).next_number(work, guild_id, COUNTER)
            note = await ModerationNote.create(
                work.session,
                guild_id=guild_id,
                number=number,
                target_id=target_id,
                target_name=target_name[:100],
                moderator_id=caller.user_id,
                moderator_name=caller.name[:100],
                content=content,
            )
            await self._audit(work, "note", note, {"content": content})
            return WrittenNote(number)

        return await self.once(caller, key, WrittenNote, add)

    async def list_notes(
        self, caller: Caller, guild_id: int, target_id: int, *, before: int | None = None, limit: int = 20
    ) -> list[ModerationNote]:
        """Return the newest notes on somebody, with numbers below `before` if that is given.

        Raises:
            PermissionDenied: the caller is no moderator here.
        """
        require_reader(caller, guild_id)
        number = col(ModerationNote.number)
        statement = select(ModerationNote).where(
            col(ModerationNote.guild_id) == guild_id,
            col(ModerationNote.target_id) == target_id,
            number < (MAX_NUMBER if before is None else min(before, MAX_NUMBER)),
            col(ModerationNote.deleted_at).is_(None),
        )
        async with self.reading() as session:
            return list((await session.execute(statement.order_by(number.desc()).limit(limit))).scalars())

    async def get(self, caller: Caller, guild_id: int, number: int) -> ModerationNote:
        """Return one note.

        Raises:
            PermissionDenied: the caller is no moderator here.
            NoteNotFound: there is no such note.
        """
        require_reader(caller, guild_id)
        async with self.reading() as session:
            return await _require(session, guild_id, number)

    async def edit(
        self, caller: Caller, guild_id: int, number: int, content: str, *, key: IdempotencyKey | None = None
    ) -> WrittenNote:
        """Change what a note says; the audit log keeps what it said.

        Raises:
            PermissionDenied: it is somebody else's note, and the caller is no senior moderator.
            NoteNotFound: there is no such note.
            InvalidInput: the note is empty or too long.
        """
        content = checked_words(content, MAX_NOTE)

        async def edit(work: UnitOfWork, note: ModerationNote) -> None:
            if note.content != content:
                await self._audit(work, "note_edit", note, {"content": [note.content, content]})
                await note.update(work.session, content=content)

        return await self._change(caller, guild_id, number, edit, key)

    async def delete(
        self, caller: Caller, guild_id: int, number: int, *, key: IdempotencyKey | None = None
    ) -> WrittenNote:
        """Delete a note; the audit log keeps what it said, and its number is not used again.

        Raises:
            PermissionDenied: it is somebody else's note, and the caller is no senior moderator.
            NoteNotFound: there is no such note.
        """

        async def delete(work: UnitOfWork, note: ModerationNote) -> None:
            await self._audit(work, "note_delete", note, {"content": note.content})
            await note.update(work.session, deleted_at=utcnow())

        return await self._change(caller, guild_id, number, delete, key)

    async def _change(
        self,
        caller: Caller,
        guild_id: int,
        number: int,
        change: Callable[[UnitOfWork, ModerationNote], Awaitable[None]],
        key: IdempotencyKey | None,
    ) -> WrittenNote:
        require_rank(caller, guild_id, Rank.MODERATOR)

        async def write(work: UnitOfWork) -> WrittenNote:
            note = await _require(work.session, guild_id, number, for_update=True)
            require_say(caller, guild_id, note.moderator_id)
            await change(work, note)
            return WrittenNote(number)

        return await self.once(caller, key, WrittenNote, write)

    async def _audit(self, work: UnitOfWork, verb: str, note: ModerationNote, details: dict[str, object]) -> None:
        details = {"note": note.number, **details}
        await self.audit(
            work, AuditRecord(f"moderation.{verb}", note.guild_id, "user", note.target_id, details=details)
        )


async def _require(session: AsyncSession, guild_id: int, number: int, *, for_update: bool = False) -> ModerationNote:
    """Return the note, held to the end of the transaction if that is wanted."""
    note = None
    if 0 < number <= MAX_NUMBER:
        note = await session.get(ModerationNote, (guild_id, number), with_for_update=for_update or None)
    if note is None or note.deleted_at is not None:
        raise NoteNotFound(number)
    return note
