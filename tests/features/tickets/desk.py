"""A server that takes tickets, without Discord: what tests of the controllers begin with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlmodel import col, select

from guildbase.core.ports import SYSTEM, Caller
from guildbase.database.manager import DatabaseManager
from guildbase.features.tickets.controller import CategoryController, NewTicket, OpeningController, TicketController
from guildbase.features.tickets.models import Ticket, TicketEvent
from guildbase.services.container import BotServices
from guildbase.services.due_work import DueItem, DueState
from guildbase.services.outbox.models import OutboxEffect
from tests.factories import member, new_id


@dataclass
class Desk:
    """One category with a role of staff, and who is who."""

    services: BotServices
    guild_id: int = field(default_factory=new_id)
    role_id: int = field(default_factory=new_id)
    category: int = 1

    def __post_init__(self) -> None:
        self.opener = member(self.guild_id, name="Olga Opener")
        self.staff = member(self.guild_id, name="Sam Staff", role_ids=frozenset({self.role_id}))
        self.admin = member(self.guild_id, name="Ann Admin", level=5)
        self.stranger = member(self.guild_id, name="Stan Stranger")

    async def begin(self, **category: Any) -> Desk:
        """Make the category."""
        values = {"name": "Support", "staff_roles": [str(self.role_id)], "open_limit": 20, **category}
        made = await self.services.get(CategoryController).create(SYSTEM, self.guild_id, values)
        self.category = made.number
        return self

    async def ticket(self, opener: Caller | None = None, *, answers: dict[str, str] | None = None) -> Ticket:
        """Open a ticket that has its channel."""
        openings = self.services.get(OpeningController)
        new = NewTicket(self.category, subject="Help", answers=answers or {})
        opened = await openings.open(opener or self.opener, self.guild_id, new)
        return await openings.placed(self.guild_id, opened.ticket.number, new_id(), new_id())

    async def now(self, number: int) -> Ticket:
        """Return the ticket as it stands."""
        return (await self.services.get(TicketController).get(SYSTEM, self.guild_id, number)).ticket

    async def log(self, number: int) -> list[str]:
        """Return what happened to the ticket."""
        of_ticket = (col(TicketEvent.guild_id) == self.guild_id, col(TicketEvent.number) == number)
        statement = select(TicketEvent.happening).where(*of_ticket).order_by(col(TicketEvent.event))
        async with self.services.get(DatabaseManager).read_session(fresh=True) as session:
            return list((await session.execute(statement)).scalars())

    async def timers(self) -> dict[str, DueItem]:
        """Return what is due in the guild's tickets, by what is timed."""
        open_work = (col(DueItem.guild_id) == self.guild_id, col(DueItem.state) == DueState.PENDING)
        async with self.services.get(DatabaseManager).read_session(fresh=True) as session:
            found = (await session.execute(select(DueItem).where(*open_work))).scalars().all()
        return {item.payload["timed"]: item for item in found}

    async def promised(self, kind: str) -> list[dict[str, Any]]:
        """Return what is promised of this kind, oldest first."""
        wanted = (col(OutboxEffect.guild_id) == self.guild_id, col(OutboxEffect.kind) == kind)
        statement = select(OutboxEffect.payload).where(*wanted).order_by(col(OutboxEffect.effect_id))
        async with self.services.get(DatabaseManager).read_session(fresh=True) as session:
            return list((await session.execute(statement)).scalars())
