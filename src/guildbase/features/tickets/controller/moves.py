"""The one way by which anything becomes of a ticket: right, state, row, log, audit and promises in one transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from guildbase.core.ports import AuditRecord, Caller
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.tickets import rules
from guildbase.features.tickets.controller.errors import TicketNotFound, WrongState, not_yours
from guildbase.features.tickets.controller.log import append
from guildbase.features.tickets.controller.reading import locked_ticket, standing_of
from guildbase.features.tickets.kinds import PLACE, REMOVE, SYNC, TELL, Happening, TicketState
from guildbase.features.tickets.models import Ticket
from guildbase.features.tickets.rules import Standing
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.outbox import Outbox

Extra = Callable[[UnitOfWork, Ticket, Standing], Awaitable[Mapping[str, Any] | None]]
"""What one sort of move does besides; what it returns is added to the entry's details."""
_UNAUDITED = frozenset(
    {Happening.STAFF_WROTE, Happening.USER_WROTE, Happening.PLACED, Happening.TRANSCRIPT_MADE, Happening.REPLIED}
)


class MoveController(BaseController):
    """Moves tickets through their states."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        from guildbase.features.tickets.controller.follow_ups import FollowUpController  # It acts through this one.

        services.get(FollowUpController)

    async def move(
        self,
        caller: Caller,
        guild_id: int,
        number: int,
        happening: Happening,
        *,
        values: Mapping[str, Any] | None = None,
        details: Mapping[str, Any] | None = None,
        extra: Extra | None = None,
    ) -> Ticket:
        """Let this happen to the ticket, set these columns of it, and return it.

        Raises:
            TicketNotFound: there is no such ticket, or the caller is nothing to it.
            PermissionDenied: others may do this.
            WrongState: it cannot happen now.
        """

        async def move(work: UnitOfWork) -> Ticket:
            return await self.move_in(work, guild_id, number, happening, values=values, details=details, extra=extra)

        return await self.run(caller, move)

    async def move_in(
        self,
        work: UnitOfWork,
        guild_id: int,
        number: int,
        happening: Happening,
        *,
        values: Mapping[str, Any] | None = None,
        details: Mapping[str, Any] | None = None,
        extra: Extra | None = None,
    ) -> Ticket:
        """Do the same within somebody's transaction, on behalf of its caller."""
        ticket = await locked_ticket(work.session, guild_id, number)
        standing = await standing_of(work.session, ticket)
        parts = rules.parts_of(work.caller, guild_id, standing)
        if not parts:
            raise TicketNotFound(number)
        if parts.isdisjoint(rules.WHO[happening]):
            raise not_yours()
        state = rules.next_state(
            happening,
            ticket.state,
            has_place=ticket.channel_id is not None,
            is_assigned=ticket.assignee_id is not None,
        )
        if state is None:
            raise WrongState(number, ticket.state)
        more = await extra(work, ticket, standing) if extra is not None else None
        await ticket.update(work.session, state=state, **(values or {}))
        entry = await append(work, ticket, happening, {**(details or {}), **(more or {})})
        await self._audit_move(work, ticket, happening, entry.details)
        await self._promise(work, ticket, happening, entry.event)
        return ticket

    async def _audit_move(
        self, work: UnitOfWork, ticket: Ticket, happening: Happening, details: Mapping[str, Any]
    ) -> None:
        if happening in _UNAUDITED:
            return
        told = {name: value for name, value in details.items() if name not in ("reason", "note")}
        record = AuditRecord(
            f"tickets.{happening.value}",
            ticket.guild_id,
            "user",
            ticket.opener_id,
            str(details.get("reason", "")),
            {"ticket": ticket.number, **told},
        )
        await self.audit(work, record)

    async def _promise(self, work: UnitOfWork, ticket: Ticket, happening: Happening, event: int) -> None:
        outbox, payload = self.services.get(Outbox), {"number": ticket.number}
        if happening is Happening.DELETED:
            await outbox.promise(work, REMOVE, payload, guild_id=ticket.guild_id)
        elif ticket.state is TicketState.OPENING:
            await outbox.promise(work, PLACE, payload, guild_id=ticket.guild_id)
        elif ticket.channel_id is not None:
            if happening in rules.TOLD:
                await outbox.promise(work, TELL, {**payload, "event": event}, guild_id=ticket.guild_id)
            if happening in rules.TOUCHES_PLACE:
                await outbox.promise(work, SYNC, payload, guild_id=ticket.guild_id)
