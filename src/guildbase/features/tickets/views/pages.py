"""What a ticket and lists of tickets look like to whoever asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import discord
from discord.utils import escape_markdown as plain
from discord.utils import format_dt

from guildbase.bot.views import BaseView, Interaction
from guildbase.core.i18n import _, marked, translated
from guildbase.features.tickets.controller import TicketController, TicketFilter
from guildbase.features.tickets.controller.errors import STATES
from guildbase.features.tickets.controller.reading import TicketDetail
from guildbase.features.tickets.kinds import Happening
from guildbase.features.tickets.models import Ticket, TicketEvent
from guildbase.features.tickets.views.ticket import COLOUR, PRIORITIES

if TYPE_CHECKING:
    from guildbase.bot.context import Context
    from guildbase.core.ports import Caller
    from guildbase.services.container import BotServices

PAGE = 10
_HAPPENED = {
    Happening.OPENED: marked("opened"),
    Happening.PLACED: marked("its channel was made"),
    Happening.FAILED: marked("its channel could not be made"),
    Happening.CLAIMED: marked("claimed"),
    Happening.UNCLAIMED: marked("given back to the staff"),
    Happening.ASSIGNED: marked("assigned"),
    Happening.STAFF_WROTE: marked("the staff wrote"),
    Happening.USER_WROTE: marked("the person wrote"),
    Happening.CLOSE_ASKED: marked("asked whether it can be closed"),
    Happening.CLOSE_REFUSED: marked("kept open, help is still needed"),
    Happening.CLOSED: marked("closed"),
    Happening.PLACE_LOST: marked("its channel was deleted by hand"),
    Happening.REOPENED: marked("reopened"),
    Happening.DELETED: marked("deleted"),
    Happening.RENAMED: marked("renamed"),
    Happening.ADDED: marked("somebody was added"),
    Happening.REMOVED: marked("somebody was taken out"),
    Happening.PRIORITY: marked("priority changed"),
    Happening.TAGGED: marked("tagged"),
    Happening.UNTAGGED: marked("a tag was taken off"),
    Happening.MOVED: marked("moved to another category"),
    Happening.RATED: marked("rated"),
    Happening.SLA_NEAR: marked("nearly late"),
    Happening.SLA_BROKEN: marked("late"),
    Happening.IDLE_WARNED: marked("warned that it will be closed"),
    Happening.TRANSCRIPT_MADE: marked("transcript made"),
    Happening.REPLIED: marked("answered with a canned reply"),
    Happening.NOTED: marked("a note for the staff"),
}


def info_embed(found: TicketDetail, entries: Sequence[TicketEvent]) -> discord.Embed:
    """Return all of a ticket, with the newest entries of its log."""
    ticket = found.ticket
    title = _("Ticket #{number}: {state}", number=ticket.number, state=translated(STATES[ticket.state]))
    embed = discord.Embed(title=title, description=plain(ticket.subject) or None, colour=COLOUR)
    embed.add_field(name=_("Opened by"), value=f"<@{ticket.opener_id}> {format_dt(ticket.created_at, 'R')}")
    embed.add_field(name=_("Category"), value=plain(found.category.name))
    embed.add_field(name=_("Priority"), value=translated(PRIORITIES[ticket.priority]))
    if ticket.channel_id is not None:
        embed.add_field(name=_("Where"), value=f"<#{ticket.channel_id}>")
    if ticket.assignee_id is not None:
        embed.add_field(name=_("Taken by"), value=f"<@{ticket.assignee_id}>")
    if found.tags:
        embed.add_field(name=_("Tags"), value=plain(", ".join(found.tags))[:1024])
    if found.standing.participants:
        embed.add_field(name=_("Added"), value=" ".join(f"<@{it}>" for it in sorted(found.standing.participants)))
    if ticket.close_reason:
        embed.add_field(name=_("Reason"), value=plain(ticket.close_reason)[:1024], inline=False)
    if ticket.failure:
        embed.add_field(name=_("Trouble"), value=plain(ticket.failure), inline=False)
    embed.add_field(name=_("What happened"), value="\n".join(map(_line, entries))[:1024] or "-", inline=False)
    return embed


def _line(entry: TicketEvent) -> str:
    who = f" <@{entry.actor_id}>" if entry.actor_id else ""
    return f"{format_dt(entry.happened_at, 'R')} {translated(_HAPPENED[Happening(entry.happening)])}{who}"


class TicketPages(BaseView):
    """A list of tickets, page by page."""

    def __init__(self, asker_id: int, wanted: TicketFilter) -> None:
        super().__init__(asker_id, command="ticket list")
        self._wanted = wanted
        self._before: list[int | None] = [wanted.before]
        """Where each page begins that was shown, the last one being shown now."""
        self._last: int | None = None

    async def begin(self, ctx: Context, caller: Caller, services: BotServices) -> None:
        """Show the newest."""
        embed = await self._page(caller, services, ctx.guild.id if ctx.guild else 0)
        await self.send(ctx, embed=embed)

    async def _page(self, caller: Caller, services: BotServices, guild_id: int) -> discord.Embed:
        wanted = replace(self._wanted, before=self._before[-1])
        found = await services.get(TicketController).find(caller, guild_id, wanted, limit=PAGE + 1)
        shown = found[:PAGE]
        self.clear_items()
        self.button("newer", _("Newer"), self._newer, disabled=len(self._before) == 1)
        self.button("older", _("Older"), self._older, disabled=len(found) <= PAGE)
        self._last = shown[-1].number if shown else None
        text = "\n".join(map(_summary, shown)) or _("No tickets here. `/ticket open` opens one.")
        return discord.Embed(title=_("Tickets"), description=text, colour=COLOUR)

    async def _older(self, interaction: Interaction) -> None:
        self._before.append(self._last)
        await self._show(interaction)

    async def _newer(self, interaction: Interaction) -> None:
        self._before.pop()
        await self._show(interaction)

    async def _show(self, interaction: Interaction) -> None:
        caller = await self.caller(interaction)
        embed = await self._page(caller, self.services(interaction), interaction.guild_id or 0)
        await self.show(interaction, embed=embed)


def _summary(ticket: Ticket) -> str:
    where = f"<#{ticket.channel_id}>" if ticket.channel_id else ""
    taken = f" → <@{ticket.assignee_id}>" if ticket.assignee_id else ""
    state = translated(STATES[ticket.state])
    subject = f": {plain(ticket.subject[:80])}" if ticket.subject else ""
    return f"**#{ticket.number}** {where} <@{ticket.opener_id}>{taken}, {state}{subject}"
