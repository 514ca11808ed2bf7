"""Reads what was written in a ticket page by page, and the copies of its files; it writes nothing but who read it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import col

from guildbase.core.errors import NotFound
from guildbase.core.i18n import _
from guildbase.core.ports import AuditRecord, Caller
from guildbase.features.tickets.controller.access import READERS, ticket_for
from guildbase.features.tickets.controller.said import said
from guildbase.features.tickets.models import TicketFile, TicketMessage
from guildbase.features.tickets.transcripts.records import Attached, Said
from guildbase.services.controller import BaseController


class FileNotKept(NotFound):
    """There is no copy of this file."""

    code = "ticket_file_not_kept"

    def __init__(self) -> None:
        super().__init__(_("There is no copy of this file."), hint=_("Large files are only linked to."))


@dataclass(frozen=True, slots=True)
class MessagePage:
    """Messages, oldest first, with the ids of the files that are copied."""

    messages: tuple[Said, ...]
    copied: frozenset[int]


class MessageController(BaseController):
    """For whoever may read the transcript: who opened the ticket, its staff, whoever has it, and admins."""

    async def page(
        self, caller: Caller, guild_id: int, number: int, *, after: int = 0, limit: int = 100
    ) -> MessagePage:
        """Return the messages after that one; whoever reads the first page is in the audit log.

        Raises:
            PermissionDenied: the caller sees the ticket, but may not read all that was written in it.
            TicketNotFound: there is no such ticket, or it is none of the caller's business.
        """
        theirs = (col(TicketMessage.guild_id) == guild_id, col(TicketMessage.number) == number)
        wanted = select(TicketMessage).where(*theirs, col(TicketMessage.message_id) > after)
        async with self.reading() as session:
            ticket = await ticket_for(session, caller, guild_id, number, READERS)
            rows = (await session.execute(wanted.order_by(col(TicketMessage.message_id)).limit(limit))).scalars().all()
            of_page = (
                col(TicketFile.guild_id) == guild_id,
                col(TicketFile.number) == number,
                col(TicketFile.message_id).in_([row.message_id for row in rows]),
                col(TicketFile.content).is_not(None),
            )
            copied = frozenset((await session.execute(select(col(TicketFile.file_id)).where(*of_page))).scalars())
        if not after:
            record = AuditRecord("tickets.transcript", guild_id, "user", ticket.opener_id, details={"ticket": number})
            await self.run(caller, lambda work: self.audit(work, record))
        return MessagePage(tuple(said(row, {}) for row in rows), copied)

    async def file(self, caller: Caller, guild_id: int, number: int, message_id: int, file_id: int) -> Attached:
        """Return the file with its copy.

        Raises:
            FileNotKept: there is none.
            PermissionDenied: the caller may not read what was written in the ticket.
            TicketNotFound: there is no such ticket, or it is none of the caller's business.
        """
        async with self.reading() as session:
            await ticket_for(session, caller, guild_id, number, READERS)
            message = await session.get(TicketMessage, (guild_id, number, message_id))
            copy = await session.get(TicketFile, (guild_id, number, message_id, file_id))
        copies = {} if copy is None else {file_id: copy.content}
        files = said(message, copies).files if message is not None else ()
        kept = next((it for it in files if it.file_id == file_id and it.content is not None), None)
        if kept is None:
            raise FileNotKept
        return kept
