"""How people were helped, in their own judgement."""

from __future__ import annotations

from guildbase.core.errors import Conflict, InvalidInput, PermissionDenied
from guildbase.core.i18n import _
from guildbase.core.ports import AuditRecord, Caller
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.tickets.controller.reading import locked_ticket
from guildbase.features.tickets.controller.tickets import TicketController
from guildbase.features.tickets.kinds import MAX_COMMENT, Happening
from guildbase.features.tickets.models import Ticket
from guildbase.features.tickets.rules import Standing
from guildbase.services.controller import BaseController

MOST_STARS = 5


class RatingController(BaseController):
    """Keeps one rating a ticket, and one comment to it."""

    async def rate(self, caller: Caller, guild_id: int, number: int, stars: int) -> Ticket:
        """Keep the rating, 1 for bad to 5 for good.

        Raises:
            TicketNotFound: there is no such ticket, or it is not the caller's.
            InvalidInput: there are no so many stars.
            Conflict: it was rated before.
            WrongState: it is not closed.
        """
        if not 1 <= stars <= MOST_STARS:
            raise InvalidInput(_("A rating is 1 to {most}.", most=MOST_STARS))

        async def check(_work: UnitOfWork, ticket: Ticket, _standing: Standing) -> None:
            if ticket.rating is not None:
                raise Conflict(
                    _("You rated this ticket {stars} of {most}.", stars=ticket.rating, most=MOST_STARS),
                    hint=_("Thank you; it counts once."),
                )

        values, details = {"rating": stars}, {"stars": stars}
        tickets = self.services.get(TicketController)
        return await tickets.move(
            caller, guild_id, number, Happening.RATED, values=values, details=details, extra=check
        )

    async def comment(self, caller: Caller, guild_id: int, number: int, comment: str) -> None:
        """Keep what the person says to their rating.

        Raises:
            TicketNotFound: there is no such ticket.
            PermissionDenied: it is not the caller's.
            InvalidInput: the comment is empty or too long.
            Conflict: it is not rated yet, or has a comment.
        """
        comment = comment.strip().replace("\x00", "")
        if not 0 < len(comment) <= MAX_COMMENT:
            raise InvalidInput(_("A comment has 1 to {most} characters.", most=MAX_COMMENT), hint=_("Shorten it."))

        async def keep(work: UnitOfWork) -> None:
            ticket = await locked_ticket(work.session, guild_id, number)
            if caller.user_id != ticket.opener_id:
                raise PermissionDenied(_("Only who opened the ticket rates it."))
            if ticket.rating is None or ticket.rating_comment:
                raise Conflict(_("Your comment to this ticket is kept already, or there is no rating yet."))
            await ticket.update(work.session, rating_comment=comment)
            details = {"ticket": number}
            await self.audit(work, AuditRecord("tickets.rating_comment", guild_id, "user", caller.user_id, "", details))

        await self.run(caller, keep)
