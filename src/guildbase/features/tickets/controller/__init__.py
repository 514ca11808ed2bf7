"""The business logic of tickets."""

from guildbase.features.tickets.controller.categories import CategoryController
from guildbase.features.tickets.controller.opening import NewTicket, OpenedTicket, OpeningController
from guildbase.features.tickets.controller.panels import PanelController
from guildbase.features.tickets.controller.section import TicketsSection
from guildbase.features.tickets.controller.tickets import Helper, TicketController, TicketFilter

__all__ = [
    "CategoryController",
    "Helper",
    "NewTicket",
    "OpenedTicket",
    "OpeningController",
    "PanelController",
    "TicketController",
    "TicketFilter",
    "TicketsSection",
]
