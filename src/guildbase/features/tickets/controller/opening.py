"""Opens tickets: the row comes first, and its channel or thread is promised with it."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _
from guildbase.core.ports import SYSTEM, AuditRecord, Caller
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.tickets import rules
from guildbase.features.tickets.controller.follow_ups import FollowUpController
from guildbase.features.tickets.controller.limits import require_room
from guildbase.features.tickets.controller.log import append
from guildbase.features.tickets.controller.moves import MoveController
from guildbase.features.tickets.controller.reading import require_category
from guildbase.features.tickets.kinds import MAX_SUBJECT, PLACE, Happening, TicketKind, TicketState
from guildbase.features.tickets.models import Ticket, TicketCategory
from guildbase.features.tickets.schemas import checked_answers
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.users.controller import UserController
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.outbox import Outbox
from guildbase.services.rate_limits import FREE, Policy, RateLimits, Where

COUNTER = "ticket"
OPENINGS = Policy("ticket-openings", {FREE: 5}, 600, Where.PROCESS)
"""Tickets that a person opens in a server, done with or not."""


@dataclass(frozen=True, slots=True)
class NewTicket:
    """What is to become a ticket of the caller's."""

    category: int
    subject: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    """What was said in the form, by the label of the question."""
    request_id: int | None = None


@dataclass(frozen=True, slots=True)
class OpenedTicket:
    """A ticket that is stored, and the number of the effect that makes its channel."""

    ticket: Ticket
    effect_id: int | None
    """None if the ticket was there already because the same request came twice."""


class _AlreadyOpen(Exception):
    """Rolls a repeated request back, so that it uses up no number."""

    def __init__(self, session: AsyncSession, ticket: Ticket) -> None:
        super().__init__(ticket.number)
        session.expunge(ticket)  # The rollback would empty it.
        self.ticket = ticket


class OpeningController(BaseController):
    """Opens tickets, and keeps what became of their channels."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        services.get(FollowUpController)

    async def open(self, caller: Caller, guild_id: int, new: NewTicket) -> OpenedTicket:
        """Write the ticket, its log and audit rows and the promise of its channel: all of it or nothing.

        Raises:
            CategoryNotFound: there is no such category, or it takes no more tickets.
            BlockedFromTickets: the person may open none.
            TooManyOpen: they have as many of these open as they may.
            RateLimited: they open too many.
            InvalidInput: the subject or an answer is too long, or a question has none.
        """
        if caller.user_id is None:
            raise InvalidInput(_("A ticket is somebody's."), hint=_("Say whose it is."))

        async def check(work: UnitOfWork) -> OpenedTicket:
            return await self._open(work, guild_id, new)

        try:
            return await self.run(caller, check)
        except _AlreadyOpen as repeated:
            return OpenedTicket(repeated.ticket, None)

    async def _open(self, work: UnitOfWork, guild_id: int, new: NewTicket) -> OpenedTicket:
        caller, session = work.caller, work.session
        assert caller.user_id is not None  # noqa: S101 - `open` has looked.
        await self.services.get(UserController).ensure_member(work, guild_id, caller.user_id)
        category = await require_category(session, guild_id, new.category)
        answers = checked_answers(category.form, new.answers)
        # Taking the number locks the guild's counter, so who presses twice at once is seen below.
        number = await self.services.get(GuildController).next_number(work, guild_id, COUNTER)
        await self._require_new(work, category, new, answers)
        await self.services.get(RateLimits).hit(OPENINGS, f"{guild_id}:{caller.user_id}")
        name = rules.channel_name(category.naming, number=number, user=caller.name, category=category.name)
        ticket = await Ticket.create(
            session,
            guild_id=guild_id,
            number=number,
            category=category.number,
            opener_id=caller.user_id,
            opener_name=caller.name[:100],
            subject=_subject(new.subject),
            answers=answers,
            kind=category.kind,
            channel_name=rules.thread_name(name, number) if category.kind is TicketKind.THREAD else name,
            request_id=new.request_id,
        )
        await append(work, ticket, Happening.OPENED)
        details = {"ticket": number, "category": category.name}
        await self.audit(work, AuditRecord("tickets.opened", guild_id, "user", caller.user_id, details=details))
        effect_id = await self.services.get(Outbox).promise(work, PLACE, {"number": number}, guild_id=guild_id)
        return OpenedTicket(ticket, effect_id)

    async def _require_new(
        self, work: UnitOfWork, category: TicketCategory, new: NewTicket, answers: dict[str, str]
    ) -> None:
        session, user_id = work.session, work.caller.user_id or 0
        if new.request_id is not None:
            known = await Ticket.get(session, guild_id=category.guild_id, request_id=new.request_id)
            if known is not None:
                raise _AlreadyOpen(session, known)
        newest = await require_room(session, category, user_id)
        # A second press while the channel is being made is impatience, and no second ticket.
        is_opening = newest is not None and newest.state is TicketState.OPENING
        if newest is not None and is_opening and (newest.subject, newest.answers) == (_subject(new.subject), answers):
            raise _AlreadyOpen(session, newest)

    async def placed(self, guild_id: int, number: int, channel_id: int, greeting_id: int) -> Ticket:
        """Keep which channel or thread was made for the ticket; what happened meanwhile is said in it.

        Raises:
            WrongState: the ticket was closed meanwhile.
        """
        values = {"channel_id": channel_id, "greeting_id": greeting_id, "failure": ""}
        moves = self.services.get(MoveController)
        return await moves.move(SYSTEM, guild_id, number, Happening.PLACED, values=values)

    async def failed(self, guild_id: int, number: int, failure: str) -> Ticket:
        """Keep that there will be no channel, and why."""
        moves = self.services.get(MoveController)
        values = {"failure": failure[:300]}
        return await moves.move(SYSTEM, guild_id, number, Happening.FAILED, values=values)


def _subject(subject: str) -> str:
    subject = " ".join(subject.split())
    if len(subject) > MAX_SUBJECT or "\x00" in subject:
        raise InvalidInput(
            _("The subject has {length} characters; {most} are allowed.", length=len(subject), most=MAX_SUBJECT),
            hint=_("Say the rest in the ticket."),
            problems={"subject": _("It is too long.")},
        )
    return subject
