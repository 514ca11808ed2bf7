"""What a ticket's controllers refuse."""

from __future__ import annotations

from guildbase.core.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from guildbase.core.i18n import _, marked, translated
from guildbase.features.tickets import rules
from guildbase.features.tickets.kinds import TicketState

STATES = {
    TicketState.OPENING: marked("being opened"),
    TicketState.OPEN: marked("open"),
    TicketState.CLAIMED: marked("claimed"),
    TicketState.WAITING_FOR_USER: marked("waiting for the person"),
    TicketState.WAITING_FOR_STAFF: marked("waiting for the staff"),
    TicketState.CLOSED: marked("closed"),
    TicketState.DELETED: marked("deleted"),
    TicketState.FAILED: marked("failed"),
}
"""What people call the states."""


class TicketNotFound(NotFound):
    """The guild has no ticket of this number, or the caller may not know of it."""

    code = "ticket_not_found"

    def __init__(self, number: int) -> None:
        super().__init__(
            _("There is no ticket #{number} for you here.", number=number), hint=_("`/ticket list` shows yours.")
        )


class NoTicketHere(NotFound):
    """The channel or thread belongs to no ticket."""

    code = "no_ticket_here"

    def __init__(self) -> None:
        super().__init__(_("This is no ticket."), hint=_("Use it in a ticket, or give the ticket's number."))


class CategoryNotFound(NotFound):
    """The guild has no such category of tickets."""

    code = "ticket_category_not_found"

    def __init__(self) -> None:
        super().__init__(
            _("There is no such category of tickets."), hint=_("`/ticket category list` shows all of them.")
        )


class PanelNotFound(NotFound):
    """The guild has no such panel."""

    code = "ticket_panel_not_found"

    def __init__(self) -> None:
        super().__init__(_("There is no such panel."), hint=_("`/ticket panel list` shows all of them."))


class WrongState(Conflict):
    """What was asked for cannot happen while the ticket stands where it does."""

    code = "ticket_state"

    def __init__(self, number: int, state: TicketState) -> None:
        hints = {
            TicketState.OPENING: _("Wait until its channel is there."),
            TicketState.CLOSED: _("`/ticket reopen` opens it again."),
        }
        super().__init__(
            _("Ticket #{number} is {state}, so this cannot be done.", number=number, state=translated(STATES[state])),
            hint=hints.get(state, _("`/ticket info` shows where it stands.")),
        )


class TooManyOpen(Conflict):
    """The person has as many tickets of this category open as they may."""

    code = "too_many_tickets"

    def __init__(self, number: int, channel_id: int | None) -> None:
        where = f"<#{channel_id}>" if channel_id else f"#{number}"
        super().__init__(
            _("You have a ticket of this kind open already: {where}.", where=where),
            hint=_("Go on there, or close it first."),
        )


class BlockedFromTickets(PermissionDenied):
    """The person is on the guild's block-list of tickets."""

    code = "ticket_blocked"

    def __init__(self) -> None:
        super().__init__(_("You may not open tickets here."), hint=_("Ask the staff of this server."))


def not_yours() -> PermissionDenied:
    """Return the refusal of what only others may do to a ticket that the caller sees."""
    return PermissionDenied(
        _("This is for others to do in this ticket."), hint=_("The staff of its category and admins may do it.")
    )


def require_admin(allowed: bool) -> None:
    """Return if the caller sets tickets up; raise PermissionDenied if not."""
    if not allowed:
        raise PermissionDenied(translated(rules.NO_ADMIN), hint=translated(rules.ADMIN_HINT))


def taken(name: str) -> InvalidInput:
    """Return the refusal of a name that is in use."""
    return InvalidInput(
        _("There is something called {name} already.", name=name),
        hint=_("Choose another name."),
        problems={"name": _("It is in use.")},
    )
