"""What belongs to a ticket: its name, the people in it, its priority, tags and category."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select
from sqlmodel import col

from guildbase.core.errors import Conflict, InvalidInput
from guildbase.core.i18n import _
from guildbase.core.ports import Caller
from guildbase.database.rows.upsert import insert_missing
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.tickets import rules
from guildbase.features.tickets.controller.access import require_team
from guildbase.features.tickets.controller.moves import MoveController
from guildbase.features.tickets.controller.reading import Numbered, TicketDetail, detail_of, require_category
from guildbase.features.tickets.kinds import MAX_NOTE, MAX_TAG, Happening, TicketKind, TicketPriority
from guildbase.features.tickets.models import Ticket, TicketEvent, TicketParticipant, TicketTag
from guildbase.features.tickets.rules import Standing

if TYPE_CHECKING:
    from guildbase.services.idempotency import IdempotencyKey

MAX_PARTICIPANTS = 25
MAX_TAGS = 10


class ContentsController(MoveController):
    """Changes what belongs to tickets."""

    async def rename(self, caller: Caller, guild_id: int, number: int, name: str) -> Ticket:
        """Call the channel or thread something else."""
        wanted = rules.clean_name(name)
        if not wanted:
            raise InvalidInput(_("A name needs letters or digits."), problems={"name": _("It has none.")})

        values: dict[str, str] = {}

        async def name_it(_work: UnitOfWork, ticket: Ticket, _standing: Standing) -> dict[str, str]:
            is_thread = ticket.kind is TicketKind.THREAD
            values["channel_name"] = rules.thread_name(wanted, number) if is_thread else wanted
            return {"before": ticket.channel_name, "after": values["channel_name"]}

        return await self.move(caller, guild_id, number, Happening.RENAMED, values=values, extra=name_it)

    async def add(self, caller: Caller, guild_id: int, number: int, user_id: int) -> Ticket:
        """Let somebody else read and write in the ticket."""

        async def let_in(work: UnitOfWork, _ticket: Ticket, standing: Standing) -> None:
            if user_id == standing.opener_id or user_id in standing.participants:
                raise Conflict(_("They are in this ticket already."))
            if len(standing.participants) >= MAX_PARTICIPANTS:
                raise Conflict(_("A ticket has at most {most} people added.", most=MAX_PARTICIPANTS))
            row = {"guild_id": guild_id, "number": number, "user_id": user_id}
            await insert_missing(work.session, TicketParticipant, [row])

        details = {"user_id": str(user_id)}
        return await self.move(caller, guild_id, number, Happening.ADDED, details=details, extra=let_in)

    async def remove(self, caller: Caller, guild_id: int, number: int, user_id: int) -> Ticket:
        """Take somebody who was added out of the ticket."""

        async def let_out(work: UnitOfWork, _ticket: Ticket, standing: Standing) -> None:
            if user_id not in standing.participants:
                raise Conflict(_("They were not added to this ticket."), hint=_("`/ticket info` shows who was."))
            theirs = (col(TicketParticipant.number) == number, col(TicketParticipant.user_id) == user_id)
            await work.session.execute(
                delete(TicketParticipant).where(col(TicketParticipant.guild_id) == guild_id, *theirs)
            )

        details = {"user_id": str(user_id)}
        return await self.move(caller, guild_id, number, Happening.REMOVED, details=details, extra=let_out)

    async def taken_out(self, detail: TicketDetail) -> set[int]:
        """Return who was taken out of the ticket and has not come back."""
        ticket, standing = detail.ticket, detail.standing
        of_ticket = (col(TicketEvent.guild_id) == ticket.guild_id, col(TicketEvent.number) == ticket.number)
        removed = select(col(TicketEvent.details)).where(*of_ticket, col(TicketEvent.happening) == Happening.REMOVED)
        async with self.reading() as session:
            found = {int(details["user_id"]) for details in (await session.execute(removed)).scalars() if details}
        return found - standing.participants - {standing.opener_id, standing.assignee_id}

    async def set_priority(self, caller: Caller, guild_id: int, number: int, priority: TicketPriority) -> Ticket:
        """Say how much the ticket presses."""

        async def before(_work: UnitOfWork, ticket: Ticket, _standing: Standing) -> dict[str, str]:
            return {"before": ticket.priority.value, "after": priority.value}

        values = {"priority": priority}
        return await self.move(caller, guild_id, number, Happening.PRIORITY, values=values, extra=before)

    async def note(
        self, caller: Caller, guild_id: int, number: int, note: str, *, key: IdempotencyKey | None = None
    ) -> Numbered:
        """Write something in the log that only the staff sees, once for each key; return the entry's number."""
        details = {"note": checked_text(note, MAX_NOTE, "note")}
        if not details["note"]:
            raise InvalidInput(_("A note needs words."), problems={"note": _("It is empty.")})

        async def write(work: UnitOfWork) -> Numbered:
            ticket = await self.move_in(work, guild_id, number, Happening.NOTED, details=details)
            return Numbered(ticket.events)

        return await self.once(caller, key, Numbered, write)

    async def tag(self, caller: Caller, guild_id: int, number: int, tag: str) -> Ticket:
        """Put a word on the ticket."""
        tag = checked_text(tag, MAX_TAG, "tag").lower()
        if not tag:
            raise InvalidInput(_("A tag needs a word."), problems={"tag": _("It is empty.")})

        async def put(work: UnitOfWork, ticket: Ticket, _standing: Standing) -> None:
            tags = (await detail_of(work.session, ticket)).tags
            if tag in tags:
                raise Conflict(_("The ticket has this tag already."))
            if len(tags) >= MAX_TAGS:
                raise Conflict(_("A ticket has at most {most} tags.", most=MAX_TAGS))
            work.session.add(TicketTag(guild_id=guild_id, number=number, tag=tag))

        return await self.move(caller, guild_id, number, Happening.TAGGED, details={"tag": tag}, extra=put)

    async def untag(self, caller: Caller, guild_id: int, number: int, tag: str) -> Ticket:
        """Take a word off the ticket."""
        tag = tag.strip().lower()

        async def take(work: UnitOfWork, ticket: Ticket, _standing: Standing) -> None:
            if tag not in (await detail_of(work.session, ticket)).tags:
                raise Conflict(_("The ticket has no such tag."), hint=_("`/ticket info` shows its tags."))
            this = (col(TicketTag.number) == number, col(TicketTag.tag) == tag)
            await work.session.execute(delete(TicketTag).where(col(TicketTag.guild_id) == guild_id, *this))

        return await self.move(caller, guild_id, number, Happening.UNTAGGED, details={"tag": tag}, extra=take)

    async def tags(self, caller: Caller, guild_id: int) -> list[str]:
        """Return the tags that are in use in the guild, at most 200; PermissionDenied if the caller is no staff."""
        statement = select(col(TicketTag.tag)).where(col(TicketTag.guild_id) == guild_id).distinct()
        async with self.reading() as session:
            await require_team(session, caller, guild_id)
            return list((await session.execute(statement.order_by(col(TicketTag.tag)).limit(200))).scalars())

    async def change_category(self, caller: Caller, guild_id: int, number: int, category: int) -> Ticket:
        """Move the ticket to another category, whose staff sees it from now on."""

        async def put(work: UnitOfWork, ticket: Ticket, _standing: Standing) -> dict[str, str]:
            there = await require_category(work.session, guild_id, category)
            if there.number == ticket.category:
                raise Conflict(_("The ticket is in this category already."))
            if there.kind is not ticket.kind:
                what = _("threads") if there.kind is TicketKind.THREAD else _("channels")
                raise InvalidInput(
                    _("{name} has its tickets in {what}.", name=there.name, what=what),
                    hint=_("Choose a category of the same sort, or open a new ticket."),
                )
            return {"before": str(ticket.category), "after": str(there.number), "name": there.name}

        values = {"category": category}
        return await self.move(caller, guild_id, number, Happening.MOVED, values=values, extra=put)


def checked_text(text: str, longest: int, field: str) -> str:
    """Return the text without space around it; InvalidInput if it is too long or cannot be stored."""
    text = text.strip()
    if len(text) > longest or "\x00" in text:
        raise InvalidInput(
            _("This has {length} characters; {most} are allowed.", length=len(text), most=longest),
            hint=_("Shorten it."),
            problems={field: _("It is too long.")},
        )
    return text
