"""Keeps a copy of every ticket's messages as they are written, and makes transcripts of it.

The copy is rows, one a message: so a channel that is deleted by hand takes nothing with it, work that is cut off goes
on where it was, and a person's erasure empties their messages like all else that is theirs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from guildbase.core.clock import utcnow
from guildbase.core.i18n import marked, translated
from guildbase.core.ports import SYSTEM, AuditRecord, Caller
from guildbase.core.snowflake import is_pseudonym
from guildbase.database.rows.upsert import insert_for
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.tickets import rules
from guildbase.features.tickets.controller.access import READERS, TEAM, ticket_for
from guildbase.features.tickets.controller.log import append
from guildbase.features.tickets.controller.reading import locked_ticket, require_ticket, standing_of
from guildbase.features.tickets.controller.said import said
from guildbase.features.tickets.kinds import LIVE, LOG_TRANSCRIPT, SEND_TRANSCRIPT, Happening, Part, TicketState
from guildbase.features.tickets.models import MAX_MESSAGE, Ticket, TicketCategory, TicketFile, TicketMessage
from guildbase.features.tickets.transcripts.records import Conversation
from guildbase.services.controller import BaseController
from guildbase.services.outbox import Outbox

MAX_MESSAGES = 20_000
"""Messages that are kept of one ticket."""
MAX_FILE, MAX_FILES = 512 * 1024, 8 * 1024 * 1024
"""Bytes up to which a file is copied, and all files of a ticket together."""
FULL = marked("Only the first 20,000 messages are kept.")
LOST = marked(
    "The channel was deleted by hand. This is what people wrote while the bot was there; "
    "messages of bots, and what was written while it was away, are missing."
)

SHUT = marked(
    "The channel could not be read. This is what people wrote while the bot was there; "
    "messages of bots, and what was written while it was away, are missing."
)

_WAITS_AFTER_STAFF = frozenset({TicketState.WAITING_FOR_USER, TicketState.OPENING})
_WAITS_AFTER_USER = frozenset({TicketState.WAITING_FOR_STAFF, TicketState.OPEN, TicketState.OPENING})


@dataclass(frozen=True, slots=True)
class Copy:
    """A message as the bot sees it."""

    message_id: int
    author_id: int
    author_name: str
    content: str = ""
    is_bot: bool = False
    is_staff: bool = False
    details: Mapping[str, Any] = field(default_factory=dict)
    edited_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file whose copy is still missing."""

    message_id: int
    file_id: int
    url: str


class TranscriptController(BaseController):
    """The only writer of copied messages and files."""

    async def keep(self, caller: Caller, guild_id: int, number: int, copy: Copy, *, is_edit: bool = False) -> bool:
        """Keep a message that was written or changed just now; tell whether the ticket now waits for the other side.

        A change is no word to the other side, also where Discord itself made it, such as the preview of a link.
        """

        async def write(work: UnitOfWork) -> bool:
            ticket = await require_ticket(work.session, guild_id, number)
            parts = rules.parts_of(caller, guild_id, await standing_of(work.session, ticket))
            is_staff = Part.OPENER not in parts and not parts.isdisjoint(TEAM)
            if await self._has_room(work.session, ticket):
                await _upsert(work.session, ticket, [replace(copy, is_staff=is_staff)])
            if ticket.state not in LIVE or is_edit:
                return False
            ticket.active_at = utcnow()
            return ticket.state not in (_WAITS_AFTER_STAFF if is_staff else _WAITS_AFTER_USER)

        return await self.run(SYSTEM, write)

    async def mark_deleted(self, guild_id: int, number: int, message_ids: Collection[int]) -> None:
        """Remember that messages were deleted in Discord; what they said stays in the transcript."""
        gone = _of(guild_id, number).where(col(TicketMessage.message_id).in_(message_ids))
        await self.run(SYSTEM, lambda work: work.session.execute(gone))

    async def keep_page(self, guild_id: int, number: int, page: Sequence[Copy], *, is_last: bool) -> bool:
        """Bring the copy in line with the next messages of the channel, oldest first; tell whether there is room left.

        After the last page of a ticket that is closed, the copy is its transcript, and is sent to whom it concerns.
        What the channel has no longer is marked as deleted. Each page is one transaction, so that work that is cut off
        goes on with the next one.
        """

        async def write(work: UnitOfWork) -> bool:
            ticket = await locked_ticket(work.session, guild_id, number)
            await _mark_missing(work.session, ticket, page)
            is_full = bool(page) and not await self._has_room(work.session, ticket)
            if page and not is_full:
                await _upsert(work.session, ticket, page)
                ticket.compared_id = page[-1].message_id
            if is_last or is_full:
                await self._finish(work, ticket, FULL if is_full else "")
            return not is_full

        return await self.run(SYSTEM, write)

    async def finish_without_channel(self, guild_id: int, number: int, note: str = LOST) -> None:
        """Make the transcript of what is known of a ticket whose channel is gone or shut, with a note that says so."""

        async def write(work: UnitOfWork) -> None:
            ticket = await locked_ticket(work.session, guild_id, number)
            await self._finish(work, ticket, note)

        await self.run(SYSTEM, write)

    async def _finish(self, work: UnitOfWork, ticket: Ticket, note: str) -> None:
        if ticket.state in LIVE or ticket.transcript_at is not None:
            return
        ticket.transcript_at, ticket.transcript_note = utcnow(), note
        await append(work, ticket, Happening.TRANSCRIPT_MADE, {})
        for kind in (LOG_TRANSCRIPT, SEND_TRANSCRIPT):
            payload = {"number": ticket.number}
            await self.services.get(Outbox).promise(work, kind, payload, guild_id=ticket.guild_id)

    async def wanted_files(self, guild_id: int, number: int) -> list[Wanted]:
        """Return the small files that are still to be copied, as many as there is room for, oldest first."""
        room = MAX_FILES
        async with self.reading() as session:
            stored = {it.file_id: len(it.content or b"") for it in await _files(session, guild_id, number)}
            messages = await _messages(session, guild_id, number)
        wanted: list[Wanted] = []
        for message in messages:
            for file in message.details.get("files", ()):
                file_id, size = int(file["id"]), int(file["size"])
                room -= stored.get(file_id, 0)
                if file_id not in stored and size <= MAX_FILE and size <= room:
                    room -= size
                    wanted.append(Wanted(message.message_id, file_id, file["url"]))
        return wanted

    async def keep_file(self, guild_id: int, number: int, wanted: Wanted, content: bytes) -> None:
        """Keep the copy of a file; one that is there stays."""

        async def write(work: UnitOfWork) -> None:
            key = (guild_id, number, wanted.message_id)
            message = await work.session.get(TicketMessage, key)
            if message is None or is_pseudonym(message.about_id) or len(content) > MAX_FILE:
                return
            row = {"guild_id": guild_id, "number": number, "message_id": wanted.message_id, "file_id": wanted.file_id}
            added = insert_for(work.session, TicketFile).values(**row, about_id=message.about_id, content=content)
            await work.session.execute(added.on_conflict_do_nothing())

        await self.run(SYSTEM, write)

    async def require_reader(self, caller: Caller, guild_id: int, number: int) -> None:
        """Return if the caller may read the transcript; raise TicketNotFound or PermissionDenied if not."""
        async with self.reading() as session:
            await ticket_for(session, caller, guild_id, number, READERS)

    async def conversation(self, caller: Caller, guild_id: int, number: int, *, has_files: bool = True) -> Conversation:
        """Return all that was written in the ticket, and leave a note of who read it.

        Raises:
            PermissionDenied: the caller is neither who opened it, nor of its staff, nor an admin here.
            TicketNotFound: there is no such ticket.
        """
        async with self.reading() as session:
            ticket = await ticket_for(session, caller, guild_id, number, READERS)
            category = await session.get(TicketCategory, (guild_id, ticket.category))
            messages = await _messages(session, guild_id, number)
            files = await _files(session, guild_id, number) if has_files else []
        if caller != SYSTEM:  # The bot itself reads it to send it; a program with a key is noted like a person.
            record = AuditRecord("tickets.transcript", guild_id, "user", ticket.opener_id, details={"ticket": number})
            await self.run(caller, lambda work: self.audit(work, record))
        copies = {it.file_id: it.content for it in files}
        return Conversation(
            guild_id=guild_id,
            number=number,
            category=category.name if category else "",
            opener_id=ticket.opener_id,
            opener_name=ticket.opener_name,
            opened_at=ticket.created_at,
            messages=[said(message, copies) for message in messages],
            subject=ticket.subject,
            answers={str(question): str(answer) for question, answer in ticket.answers.items()},
            closed_at=ticket.closed_at,
            close_reason=ticket.close_reason,
            note=translated(ticket.transcript_note),
            names={it.author_id: it.author_name for it in messages if it.author_name},
        )

    async def _has_room(self, session: AsyncSession, ticket: Ticket) -> bool:
        counted = select(func.count()).select_from(TicketMessage)
        counted = counted.where(*_in_ticket(ticket.guild_id, ticket.number))
        return (await session.execute(counted)).scalar_one() < MAX_MESSAGES


def _in_ticket(guild_id: int, number: int) -> tuple[Any, Any]:
    return col(TicketMessage.guild_id) == guild_id, col(TicketMessage.number) == number


def _of(guild_id: int, number: int) -> Any:
    """Return the statement that marks messages of the ticket as deleted now."""
    still_there = col(TicketMessage.deleted_at).is_(None)
    return update(TicketMessage).where(*_in_ticket(guild_id, number), still_there).values(deleted_at=utcnow())


async def _mark_missing(session: AsyncSession, ticket: Ticket, page: Sequence[Copy]) -> None:
    """Mark what the copy has and the channel has not, between the last page and the end of this one."""
    missing = _of(ticket.guild_id, ticket.number).where(
        col(TicketMessage.message_id) > (ticket.compared_id or 0),
        col(TicketMessage.message_id).not_in([copy.message_id for copy in page]),
    )
    if page:
        # Younger ones are on the next page, or were written after the channel was asked.
        missing = missing.where(col(TicketMessage.message_id) < page[-1].message_id)
    await session.execute(missing)


async def _upsert(session: AsyncSession, ticket: Ticket, copies: Sequence[Copy]) -> None:
    rows = [
        TicketMessage.validated(
            {
                "guild_id": ticket.guild_id,
                "number": ticket.number,
                "message_id": copy.message_id,
                "author_id": copy.author_id,
                "author_name": copy.author_name[:100],
                "about_id": ticket.opener_id if copy.is_bot else copy.author_id,
                "is_bot": copy.is_bot,
                "is_staff": copy.is_staff,
                "content": copy.content.replace("\0", "")[:MAX_MESSAGE],
                "details": dict(copy.details),
                "edited_at": copy.edited_at,
            }
        )
        for copy in copies
    ]
    insertion = insert_for(session, TicketMessage.__table__)
    changes = {name: insertion.excluded[name] for name in ("content", "details", "edited_at")}
    table = TicketMessage.__table__.c
    # Whoever had their data erased meanwhile is not brought back from the channel.
    is_same = (table.author_id == insertion.excluded.author_id) & (table.about_id == insertion.excluded.about_id)
    # Events are worked on side by side, so a message may come after its own edit.
    is_newer = table.edited_at.is_(None) | (insertion.excluded.edited_at >= table.edited_at)
    key = ["guild_id", "number", "message_id"]
    kept = insertion.on_conflict_do_update(index_elements=key, set_=changes, where=is_same & is_newer)
    await session.execute(kept, rows)


async def _messages(session: AsyncSession, guild_id: int, number: int) -> Sequence[TicketMessage]:
    found = select(TicketMessage).where(*_in_ticket(guild_id, number)).order_by(col(TicketMessage.message_id))
    return (await session.execute(found.limit(MAX_MESSAGES))).scalars().all()


async def _files(session: AsyncSession, guild_id: int, number: int) -> Sequence[TicketFile]:
    found = select(TicketFile).where(col(TicketFile.guild_id) == guild_id, col(TicketFile.number) == number)
    return (await session.execute(found)).scalars().all()
