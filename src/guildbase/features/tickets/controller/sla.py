"""What is timed in a ticket: the staff's first answer, the end, and the silence of the person; all of it due work."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from guildbase.core.clock import utcnow
from guildbase.core.i18n import plural, speaking
from guildbase.core.ports import SYSTEM, GuildSnapshots
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.tickets.controller.log import append
from guildbase.features.tickets.controller.moves import MoveController
from guildbase.features.tickets.controller.reading import locked_ticket
from guildbase.features.tickets.kinds import (
    ALERT,
    LIVE,
    TIMER,
    WARN_IDLE,
    Happening,
    TicketPriority,
    TicketState,
)
from guildbase.features.tickets.models import Ticket, TicketCategory
from guildbase.services.controller import BaseController
from guildbase.services.due_work import DueRun, DueWork
from guildbase.services.outbox import Outbox

NEAR = 0.75
"""Share of the time after which there is a warning."""
SHARES = {
    TicketPriority.URGENT: 0.25,
    TicketPriority.HIGH: 0.5,
    TicketPriority.NORMAL: 1.0,
    TicketPriority.LOW: 2.0,
}
"""How much of a category's minutes a ticket of the priority has."""


class Timed(StrEnum):
    """What is timed."""

    RESPONSE = "response"
    RESOLUTION = "resolution"
    IDLE = "idle"


class Stage(StrEnum):
    """Which of its two moments a timer waits for."""

    NEAR = "near"
    OVER = "over"


def allowed_time(timed: Timed, category: TicketCategory, priority: TicketPriority) -> timedelta | None:
    """Return how long it may take; None if the category promises nothing."""
    if timed is Timed.IDLE:
        return timedelta(hours=category.auto_close_hours) if category.auto_close_hours else None
    minutes = category.response_minutes if timed is Timed.RESPONSE else category.resolution_minutes
    return timedelta(minutes=minutes) * SHARES[priority] if minutes else None


def begun_at(timed: Timed, ticket: Ticket, now: datetime) -> datetime | None:
    """Return from when on it is timed; None while it is not."""
    if ticket.state not in LIVE:
        return None
    if timed is Timed.IDLE:
        return now if ticket.state is TicketState.WAITING_FOR_USER else None
    if timed is Timed.RESPONSE and ticket.first_response_at is not None:
        return None
    return ticket.reopened_at or ticket.created_at


def key_of(ticket: Ticket, timed: Timed) -> str:
    """Return the key of the one timer of this kind that the ticket has."""
    return f"ticket:{ticket.guild_id}:{ticket.number}:{timed}"


class SlaController(BaseController):
    """Sets timers, stops them, and says what is to happen when they ring."""

    async def set(self, work: UnitOfWork, ticket: Ticket, timed: Timed) -> None:
        """Set the timer anew, or stop it where nothing is to be timed any more."""
        category = await work.session.get_one(TicketCategory, (ticket.guild_id, ticket.category))
        allowed = allowed_time(timed, category, ticket.priority)
        begun = begun_at(timed, ticket, utcnow())
        if allowed is None or begun is None:
            await self.services.get(DueWork).cancel(work, key_of(ticket, timed))
            return
        await self._schedule(work, ticket, timed, Stage.NEAR, begun + allowed * NEAR, over_at=begun + allowed)

    async def stop(self, work: UnitOfWork, ticket: Ticket) -> None:
        """Stop all timers of the ticket."""
        for timed in Timed:
            await self.services.get(DueWork).cancel(work, key_of(ticket, timed))

    async def ring(self, run: DueRun) -> None:
        """Do what is due; it is stored together with the timer's end, so it happens once however often it is tried."""
        await self.run(SYSTEM, partial(self._ring, run=run))

    async def _ring(self, work: UnitOfWork, run: DueRun) -> None:
        timed, stage = Timed(run.payload["timed"]), Stage(run.payload["stage"])
        ticket = await locked_ticket(work.session, run.guild_id or 0, int(run.payload["number"]))
        await run.complete(work)
        if begun_at(timed, ticket, utcnow()) is None:
            return
        over_at = datetime.fromisoformat(run.payload["over_at"])
        if timed is Timed.IDLE:
            await self._idle(work, ticket, stage, over_at)
        else:
            await self._late(work, ticket, timed, stage)
        if stage is Stage.NEAR:
            await self._schedule(work, ticket, timed, Stage.OVER, over_at, over_at=over_at)

    async def _late(self, work: UnitOfWork, ticket: Ticket, timed: Timed, stage: Stage) -> None:
        happening = Happening.SLA_NEAR if stage is Stage.NEAR else Happening.SLA_BROKEN
        await append(work, ticket, happening, {"timed": timed.value})
        payload = {"number": ticket.number, "timed": timed.value, "stage": stage.value}
        await self.services.get(Outbox).promise(work, ALERT, payload, guild_id=ticket.guild_id)

    async def _idle(self, work: UnitOfWork, ticket: Ticket, stage: Stage, over_at: datetime) -> None:
        if stage is Stage.NEAR:
            await append(work, ticket, Happening.IDLE_WARNED)
            payload = {"number": ticket.number, "over_at": over_at.isoformat()}
            await self.services.get(Outbox).promise(work, WARN_IDLE, payload, guild_id=ticket.guild_id)
            return
        category = await work.session.get_one(TicketCategory, (ticket.guild_id, ticket.category))
        hours = category.auto_close_hours or 0
        with speaking((await self.services.get(GuildSnapshots).load(ticket.guild_id)).locale):
            reason = plural("No answer for {count} hour.", "No answer for {count} hours.", hours)
        values = {"closed_at": utcnow(), "close_reason": reason}
        await self.services.get(MoveController).move_in(
            work, ticket.guild_id, ticket.number, Happening.CLOSED, values=values, details={"reason": reason}
        )

    async def _schedule(
        self, work: UnitOfWork, ticket: Ticket, timed: Timed, stage: Stage, due_at: datetime, *, over_at: datetime
    ) -> None:
        payload = {"number": str(ticket.number), "timed": timed, "stage": stage, "over_at": over_at.isoformat()}
        await self.services.get(DueWork).schedule(
            work, TIMER, payload, due_at=due_at, guild_id=ticket.guild_id, unique_key=key_of(ticket, timed)
        )
