"""What people do with tickets, and how they are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import Conflict, InvalidInput
from guildbase.core.i18n import _
from guildbase.core.ports import SYSTEM, Caller
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.tickets import rules
from guildbase.features.tickets.controller.access import TEAM
from guildbase.features.tickets.controller.contents import ContentsController, checked_text
from guildbase.features.tickets.controller.errors import NoTicketHere, TicketNotFound, WrongState
from guildbase.features.tickets.controller.limits import require_room
from guildbase.features.tickets.controller.reading import (
    TicketDetail,
    detail_of,
    require_ticket,
    standing_of,
)
from guildbase.features.tickets.kinds import (
    MAX_NUMBER,
    MAX_REASON,
    Happening,
    TicketPriority,
    TicketState,
)
from guildbase.features.tickets.models import (
    Ticket,
    TicketCategory,
    TicketEvent,
    TicketParticipant,
    TicketStaffRole,
    TicketTag,
)
from guildbase.features.tickets.rules import Standing


@dataclass(frozen=True, slots=True)
class Helper:
    """A member who is to answer a ticket."""

    user_id: int
    name: str
    role_ids: frozenset[int] = frozenset()
    is_admin: bool = False


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """Which tickets are wanted; everything that is given must fit."""

    states: frozenset[TicketState] = frozenset()
    opener_id: int | None = None
    assignee_id: int | None = None
    category: int | None = None
    priority: TicketPriority | None = None
    tag: str = ""
    text: str = ""
    """What stands in the subject or in the name of who opened it."""
    before: int | None = None
    """Only smaller numbers, for the next page."""


class TicketController(ContentsController):
    """The business logic of tickets that are there."""

    async def get(self, caller: Caller, guild_id: int, number: int) -> TicketDetail:
        """Return the ticket with all that belongs to it.

        Raises:
            TicketNotFound: there is none, or it is none of the caller's business.
        """
        async with self.reading() as session:
            detail = await detail_of(session, await require_ticket(session, guild_id, number))
        if not rules.parts_of(caller, guild_id, detail.standing):
            raise TicketNotFound(number)
        return detail

    async def events(
        self, caller: Caller, guild_id: int, number: int, *, after: int = 0, limit: int = 100
    ) -> list[TicketEvent]:
        """Return the entries of the ticket's activity log, oldest first, so many; notes only to its staff.

        Raises:
            TicketNotFound: there is no such ticket, or it is none of the caller's business.
        """
        detail = await self.get(caller, guild_id, number)
        of_ticket = (col(TicketEvent.guild_id) == guild_id, col(TicketEvent.number) == number)
        statement = select(TicketEvent).where(*of_ticket, col(TicketEvent.event) > after)
        if rules.parts_of(caller, guild_id, detail.standing).isdisjoint(TEAM):
            statement = statement.where(col(TicketEvent.happening) != Happening.NOTED)
        async with self.reading() as session:
            return list((await session.execute(statement.order_by(col(TicketEvent.event)).limit(limit))).scalars())

    async def at(self, guild_id: int, channel_id: int) -> int:
        """Return the number of the ticket of this channel or thread; raise NoTicketHere if it belongs to none."""
        here = (col(Ticket.guild_id) == guild_id, col(Ticket.channel_id) == channel_id)
        async with self.reading() as session:
            number = (await session.execute(select(col(Ticket.number)).where(*here).limit(1))).scalar_one_or_none()
        if number is None:
            raise NoTicketHere
        return number

    async def find(self, caller: Caller, guild_id: int, wanted: TicketFilter, *, limit: int = 10) -> list[Ticket]:
        """Return the newest of these tickets that the caller may see."""
        if not caller.is_system and caller.guild_id != guild_id:
            return []
        conditions = [col(Ticket.guild_id) == guild_id, _visible_to(caller, guild_id)]
        if wanted.states:
            conditions.append(col(Ticket.state).in_(wanted.states))
        if wanted.opener_id is not None:
            conditions.append(col(Ticket.opener_id) == wanted.opener_id)
        if wanted.assignee_id is not None:
            conditions.append(col(Ticket.assignee_id) == wanted.assignee_id)
        if wanted.category is not None:
            conditions.append(col(Ticket.category) == wanted.category)
        if wanted.priority is not None:
            conditions.append(col(Ticket.priority) == wanted.priority)
        if wanted.text:
            texts = (col(Ticket.subject), col(Ticket.opener_name))
            conditions.append(or_(*(text.icontains(wanted.text, autoescape=True) for text in texts)))
        if wanted.tag:
            conditions.append(_numbers_of(TicketTag, guild_id, col(TicketTag.tag) == wanted.tag))
        if wanted.before is not None:
            conditions.append(col(Ticket.number) < min(wanted.before, MAX_NUMBER))
        async with self.reading() as session:
            newest_first = (col(Ticket.number).desc(),)
            return await Ticket.get_multi(session, *conditions, order_by=newest_first, limit=limit)

    async def claim(self, caller: Caller, guild_id: int, number: int) -> Ticket:
        """Take the ticket; Conflict if somebody else has it."""

        async def take(_work: UnitOfWork, ticket: Ticket, _standing: Standing) -> None:
            _require_other(ticket, caller.user_id)
            if ticket.assignee_id is not None:
                raise Conflict(
                    _("{name} has this ticket.", name=ticket.assignee_name or _("Somebody")),
                    hint=_("They can `/ticket unclaim` it, and `/ticket assign` gives it to somebody else."),
                )

        values = _assigned_to(caller.user_id, caller.name)
        return await self.move(caller, guild_id, number, Happening.CLAIMED, values=values, extra=take)

    async def unclaim(self, caller: Caller, guild_id: int, number: int) -> Ticket:
        """Give the ticket back to all of the staff."""

        async def give_back(_work: UnitOfWork, ticket: Ticket, _standing: Standing) -> dict[str, str]:
            if ticket.assignee_id is None:
                raise Conflict(_("Nobody has this ticket."), hint=_("`/ticket claim` takes it."))
            return {"before": str(ticket.assignee_id)}

        values = {"assignee_id": None, "assignee_name": "", "claimed_at": None}
        return await self.move(caller, guild_id, number, Happening.UNCLAIMED, values=values, extra=give_back)

    async def assign(self, caller: Caller, guild_id: int, number: int, helper: Helper) -> Ticket:
        """Give the ticket to a member of the staff, also if somebody else has it."""

        async def give(_work: UnitOfWork, ticket: Ticket, standing: Standing) -> dict[str, str]:
            _require_other(ticket, helper.user_id)
            if not (helper.is_admin or rules.is_staff(helper.role_ids, helper.user_id, standing)):
                raise InvalidInput(
                    _("{name} is not of the staff of this category.", name=helper.name),
                    hint=_("Give them one of its roles first, or add them with `/ticket add`."),
                )
            return {"user_id": str(helper.user_id)}

        values = _assigned_to(helper.user_id, helper.name)
        return await self.move(caller, guild_id, number, Happening.ASSIGNED, values=values, extra=give)

    async def close(self, caller: Caller, guild_id: int, number: int, reason: str = "") -> Ticket:
        """Be done with the ticket; its channel stays, and can be read."""
        reason = checked_text(reason, MAX_REASON, "reason")
        values = {"closed_at": utcnow(), "closed_by": caller.user_id, "close_reason": reason}
        return await self.move(caller, guild_id, number, Happening.CLOSED, values=values, details={"reason": reason})

    async def ask_to_close(self, caller: Caller, guild_id: int, number: int, reason: str = "") -> Ticket:
        """Ask the person whether the ticket can be closed."""
        details = {"reason": checked_text(reason, MAX_REASON, "reason")}
        return await self.move(caller, guild_id, number, Happening.CLOSE_ASKED, details=details)

    async def refuse_to_close(self, caller: Caller, guild_id: int, number: int) -> Ticket:
        """Say that the ticket is not done with."""
        return await self.move(caller, guild_id, number, Happening.CLOSE_REFUSED)

    async def reopen(self, caller: Caller, guild_id: int, number: int) -> Ticket:
        """Open the ticket again, in its channel if that is there, else in a new one.

        Raises:
            BlockedFromTickets: it is the caller's own, and they may open none.
            TooManyOpen: likewise, and they have as many open as they may.
        """
        values = {"closed_at": None, "closed_by": None, "close_reason": ""}
        return await self.move(caller, guild_id, number, Happening.REOPENED, values=values, extra=_require_may_reopen)

    async def delete(self, caller: Caller, guild_id: int, number: int) -> Ticket:
        """Have the channel or thread of a closed ticket deleted; the ticket and its log stay."""
        return await self.move(caller, guild_id, number, Happening.DELETED)

    async def wrote(self, guild_id: int, number: int, caller: Caller) -> Ticket:
        """Keep that the caller has written in the ticket: then it waits for the other side."""
        async with self.reading() as session:
            ticket = await require_ticket(session, guild_id, number)
            standing = await standing_of(session, ticket)
        is_staff = caller.user_id != ticket.opener_id and (
            rules.is_staff(caller.role_ids, caller.user_id, standing) or rules.may_configure(caller, guild_id)
        )
        happening = Happening.STAFF_WROTE if is_staff else Happening.USER_WROTE
        now = utcnow()
        values: dict[str, Any] = {"active_at": now}
        if is_staff and ticket.first_response_at is None:
            values["first_response_at"] = now
        details = {"user_id": str(caller.user_id)}
        return await self.move(SYSTEM, guild_id, number, happening, values=values, details=details)

    async def lost_place(self, guild_id: int, number: int, channel_id: int) -> Ticket:
        """Keep that this channel or thread of the ticket was deleted by hand, which closes it.

        Raises:
            WrongState: it was deleted on purpose meanwhile, or the ticket has another one by now.
        """

        async def lose(_work: UnitOfWork, ticket: Ticket, _standing: Standing) -> None:
            if ticket.channel_id != channel_id:
                raise WrongState(number, ticket.state)
            if ticket.closed_at is None:  # Otherwise it was closed by somebody, whose words stay.
                ticket.closed_at, ticket.close_reason = utcnow(), _("Its channel was deleted.")

        values = {"channel_id": None, "greeting_id": None}
        return await self.move(SYSTEM, guild_id, number, Happening.PLACE_LOST, values=values, extra=lose)

    async def removed(self, guild_id: int, number: int) -> None:
        """Keep that the channel or thread of a deleted ticket is gone."""

        async def forget(work: UnitOfWork) -> None:
            ticket = await require_ticket(work.session, guild_id, number)
            await ticket.update(work.session, channel_id=None, greeting_id=None)

        await self.run(SYSTEM, forget)

    async def note_failure(self, guild_id: int, number: int, failure: str) -> None:
        """Keep why the channel could not be brought in line; an empty text takes that back."""

        async def note(work: UnitOfWork) -> None:
            ticket = await require_ticket(work.session, guild_id, number)
            await ticket.update(work.session, failure=failure[:300])

        await self.run(SYSTEM, note)


def _visible_to(caller: Caller, guild_id: int) -> ColumnElement[bool]:
    if caller.is_system or rules.may_configure(caller, guild_id):
        return col(Ticket.guild_id) == guild_id
    roles = (col(TicketStaffRole.guild_id) == guild_id, col(TicketStaffRole.role_id).in_(caller.role_ids))
    answers = col(Ticket.category).in_(select(col(TicketStaffRole.category)).where(*roles))
    if caller.user_id is None:  # Compared with nobody, all tickets that nobody has taken would be theirs.
        return answers
    return or_(
        answers,
        col(Ticket.opener_id) == caller.user_id,
        col(Ticket.assignee_id) == caller.user_id,
        _numbers_of(TicketParticipant, guild_id, col(TicketParticipant.user_id) == caller.user_id),
    )


def _numbers_of(part: Any, guild_id: int, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    numbers = select(part.number).where(and_(part.guild_id == guild_id, condition))
    return col(Ticket.number).in_(numbers)


async def _require_may_reopen(work: UnitOfWork, ticket: Ticket, standing: Standing) -> None:
    """Who opened it may have it back only if they might open it anew; the staff gives it back to whom it likes."""
    if rules.parts_of(work.caller, ticket.guild_id, standing).isdisjoint(TEAM):
        category = await work.session.get_one(TicketCategory, (ticket.guild_id, ticket.category))
        await require_room(work.session, category, ticket.opener_id)


def _require_other(ticket: Ticket, user_id: int | None) -> None:
    if ticket.assignee_id is not None and ticket.assignee_id == user_id:
        raise Conflict(_("They have this ticket already."))


def _assigned_to(user_id: int | None, name: str) -> dict[str, Any]:
    return {"assignee_id": user_id, "assignee_name": name[:100], "claimed_at": utcnow()}
