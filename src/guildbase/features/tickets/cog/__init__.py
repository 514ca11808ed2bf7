"""The commands of tickets, and what watches over their channels."""

from guildbase.features.tickets.cog.heard import keep_message
from guildbase.features.tickets.cog.replies import TicketReplies
from guildbase.features.tickets.cog.tickets import Tickets
from guildbase.features.tickets.cog.watch import TicketWatch

__all__ = ["TicketReplies", "TicketWatch", "Tickets", "keep_message"]
