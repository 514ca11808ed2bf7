"""What follows from every change of a ticket, in the same transaction: its timers, and its transcript."""

from __future__ import annotations

from functools import partial

from guildbase.core.clock import utcnow
from guildbase.core.events import EventBus
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.tickets.controller.places import PLACES_CHANGED, PlacesChanged
from guildbase.features.tickets.controller.sla import SlaController, Timed
from guildbase.features.tickets.events import TicketChanged
from guildbase.features.tickets.kinds import TRANSCRIBE, Happening
from guildbase.features.tickets.models import Ticket
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.outbox import Outbox
from guildbase.services.pubsub import PubSub

SETS: dict[Happening, tuple[Timed, ...]] = {
    **dict.fromkeys(
        (Happening.OPENED, Happening.REOPENED, Happening.MOVED, Happening.PRIORITY),
        (Timed.RESPONSE, Timed.RESOLUTION),
    ),
    Happening.STAFF_WROTE: (Timed.RESPONSE, Timed.IDLE),
    Happening.USER_WROTE: (Timed.IDLE,),
}
"""Which timers are set anew after what; one that has nothing to time any more stops."""
MOVES_PLACE = frozenset({Happening.PLACED, Happening.PLACE_LOST, Happening.DELETED, Happening.REOPENED})
ENDS = frozenset({Happening.CLOSED, Happening.PLACE_LOST, Happening.DELETED, Happening.FAILED})


class FollowUpController(BaseController):
    """Hears every change of a ticket in this process, from the moment when it is made."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        services.get(EventBus).inside(TicketChanged, self.follow)

    async def follow(self, event: TicketChanged, work: UnitOfWork) -> None:
        """Set or stop timers, and promise the transcript of what is closed."""
        happening = Happening(event.happening)
        if happening in MOVES_PLACE:
            changed = PlacesChanged(event.guild_id)
            work.after_commit(partial(self.services.get(PubSub).publish, PLACES_CHANGED, changed))
        if happening not in SETS and happening not in ENDS:
            return
        ticket = await work.session.get_one(Ticket, (event.guild_id, event.number))
        sla = self.services.get(SlaController)
        if happening is Happening.REOPENED:
            ticket.reopened_at, ticket.transcript_at, ticket.transcript_note = utcnow(), None, ""
        for timed in SETS.get(happening, ()):
            await sla.set(work, ticket, timed)
        if happening in ENDS:
            await sla.stop(work, ticket)
        if happening in (Happening.CLOSED, Happening.PLACE_LOST) and ticket.transcript_at is None:
            # All of it is compared once more, since messages may have changed while the bot was away.
            ticket.compared_id = None
            payload = {"number": ticket.number}
            await self.services.get(Outbox).promise(work, TRANSCRIBE, payload, guild_id=ticket.guild_id)
