"""What a ticket's channel shows: the greeting, and what happened."""

from __future__ import annotations

import discord
from discord.utils import escape_markdown as plain

from guildbase.bot.components import cut
from guildbase.core.i18n import _, marked, translated
from guildbase.features.tickets.controller.reading import TicketDetail
from guildbase.features.tickets.kinds import Happening, TicketPriority
from guildbase.features.tickets.models import TicketEvent
from guildbase.features.tickets.views.buttons import ClosedButtons, CloseQuestion

COLOUR = 0x5865F2
MOST_ANSWERED = 3500
"""Characters of a form's answers that the greeting shows, all together."""
_TOLD = {
    Happening.CLAIMED: marked("{who} takes care of this ticket."),
    Happening.UNCLAIMED: marked("{who} gave this ticket back to the staff."),
    Happening.ASSIGNED: marked("{who} gave this ticket to {user}."),
    Happening.CLOSE_ASKED: marked("{who} asks whether this ticket can be closed."),
    Happening.CLOSE_REFUSED: marked("{who} still needs help."),
    Happening.CLOSED: marked("{who} closed this ticket."),
    Happening.REOPENED: marked("{who} reopened this ticket."),
    Happening.RENAMED: marked("{who} renamed this ticket to {after}."),
    Happening.ADDED: marked("{who} added {user}."),
    Happening.REMOVED: marked("{who} took {user} out."),
    Happening.MOVED: marked("{who} moved this ticket to {name}."),
    Happening.PRIORITY: marked("{who} set the priority to {after}."),
}
PRIORITIES = {
    TicketPriority.LOW: marked("low"),
    TicketPriority.NORMAL: marked("normal"),
    TicketPriority.HIGH: marked("high"),
    TicketPriority.URGENT: marked("urgent"),
}


def greeting(detail: TicketDetail) -> tuple[str, discord.Embed]:
    """Return the first words in the ticket: whom they call, and what was said in the form."""
    ticket, category = detail.ticket, detail.category
    mentions = [f"<@{ticket.opener_id}>", *(f"<@&{role_id}>" for role_id in sorted(detail.standing.staff_roles))]
    text = category.greeting or _("Thank you for writing. Somebody will be with you soon; tell us more meanwhile.")
    embed = discord.Embed(title=_("Ticket #{number}", number=ticket.number), description=text, colour=COLOUR)
    if ticket.subject:
        embed.add_field(name=_("Subject"), value=plain(ticket.subject), inline=False)
    # Discord takes an embed of 6,000 characters; the transcript has the answers at their full length.
    room = min(1024, MOST_ANSWERED // max(1, len(ticket.answers)))
    for question, answer in ticket.answers.items():
        embed.add_field(name=plain(question)[:256], value=cut(plain(str(answer)), room), inline=False)
    embed.set_footer(text=category.name)
    return " ".join(mentions), embed


def told(entry: TicketEvent) -> tuple[discord.Embed, discord.ui.View | None]:
    """Return how the entry of the log is told in the channel, with the buttons that follow from it."""
    happening, details = Happening(entry.happening), entry.details
    after = str(details.get("after", ""))
    if happening is Happening.PRIORITY:
        after = translated(PRIORITIES[TicketPriority(after)])
    who = f"<@{entry.actor_id}>" if entry.actor_id else _("The bot")
    words = {"who": who, "user": f"<@{details.get('user_id')}>", "after": plain(after)}
    text = translated(_TOLD[happening], **words, name=plain(str(details.get("name", ""))))
    if reason := str(details.get("reason", "")):
        text += f"\n{_('Reason: {reason}', reason=plain(reason))}"
    views: dict[Happening, type[discord.ui.View]] = {
        Happening.CLOSED: ClosedButtons,
        Happening.CLOSE_ASKED: CloseQuestion,
    }
    kind = views.get(happening)
    return discord.Embed(description=text, colour=COLOUR), kind() if kind is not None else None
