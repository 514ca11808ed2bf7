"""The commands of one ticket's life: open, list, info, close, reopen, delete."""

from __future__ import annotations

from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from guildbase.bot.commands import subcommand
from guildbase.bot.context import Context
from guildbase.core.i18n import _
from guildbase.features.tickets.cog.choices import category_choices
from guildbase.features.tickets.cog.group import Number, TicketGroup
from guildbase.features.tickets.kinds import LIVE, MAX_REASON, MAX_SUBJECT, TicketState


class LifeCommands(TicketGroup):
    """Open tickets and be done with them."""

    @subcommand(TicketGroup.ticket, "open")
    @app_commands.describe(category="What it is about", subject="In a few words")
    @app_commands.autocomplete(category=category_choices)
    async def open_ticket(
        self, ctx: Context, category: Number, *, subject: commands.Range[str, 0, MAX_SUBJECT] = ""
    ) -> None:
        """Open a ticket; the staff answers you in a channel of your own."""
        from guildbase.features.tickets.controller import NewTicket, OpeningController
        from guildbase.features.tickets.views.opening import open_here, outcome_text

        if ctx.interaction is not None:
            await open_here(ctx.interaction, category, subject)
            return
        caller, guild = await self.caller(ctx), self.guild(ctx)
        new = NewTicket(category, subject, request_id=ctx.message.id)
        opened = await self.controller(OpeningController).open(caller, guild.id, new)
        await ctx.send(await outcome_text(self.services, opened))

    @subcommand(TicketGroup.ticket, "list")
    @app_commands.describe(
        state="Which tickets", opener="Only of this member", assignee="Only of this helper", tag="Only with this tag"
    )
    async def list_tickets(
        self,
        ctx: Context,
        state: Literal["open", "closed", "all"] = "open",
        opener: discord.User | None = None,
        assignee: discord.User | None = None,
        tag: str = "",
    ) -> None:
        """List the tickets that you may see, newest first."""
        from guildbase.features.tickets.controller import TicketFilter
        from guildbase.features.tickets.views.pages import TicketPages

        states = {"open": LIVE, "closed": frozenset({TicketState.CLOSED, TicketState.DELETED})}.get(state, frozenset())
        wanted = TicketFilter(
            states, opener.id if opener else None, assignee.id if assignee else None, tag=tag.strip().lower()
        )
        await TicketPages(ctx.author.id, wanted).begin(ctx, await self.caller(ctx), self.services)

    @subcommand(TicketGroup.ticket, "info")
    @app_commands.describe(number="The ticket's number; by default the one of this channel")
    async def info(self, ctx: Context, number: Number = 0) -> None:
        """Show where a ticket stands, and what happened in it."""
        from guildbase.features.tickets.views.pages import info_embed

        caller, guild = await self.caller(ctx), self.guild(ctx)
        found = await self.tickets.get(caller, guild.id, await self.number(ctx, number))
        latest = max(0, found.ticket.events - 10)
        entries = await self.tickets.events(caller, guild.id, found.ticket.number, after=latest)
        await ctx.send(embed=info_embed(found, entries), ephemeral=True)

    @subcommand(TicketGroup.ticket, "close")
    @app_commands.describe(
        reason="Why", ask="Ask the person first whether it can be closed", number="By default the one of this channel"
    )
    async def close(
        self,
        ctx: Context,
        ask: bool = False,
        number: Number = 0,
        *,
        reason: commands.Range[str, 0, MAX_REASON] = "",
    ) -> None:
        """Close a ticket; its channel can still be read, and it can be reopened."""
        from guildbase.features.tickets.views.buttons import close_question, close_text

        caller, guild = await self.caller(ctx), self.guild(ctx)
        found = await self.number(ctx, number)
        if ask:
            await self.tickets.ask_to_close(caller, guild.id, found, reason)
            await ctx.send(
                _("The person is asked whether ticket #{number} can be closed.", number=found), ephemeral=True
            )
            return
        ticket = (await self.tickets.get(caller, guild.id, found)).ticket
        await close_question(ctx.author.id, found, reason).send(ctx, close_text(ticket))

    @subcommand(TicketGroup.ticket, "reopen")
    @app_commands.describe(number="By default the one of this channel")
    async def reopen(self, ctx: Context, number: Number = 0) -> None:
        """Open a closed ticket again, in a new channel if its own is gone."""
        caller, guild = await self.caller(ctx), self.guild(ctx)
        ticket = await self.tickets.reopen(caller, guild.id, await self.number(ctx, number))
        await ctx.send(_("Ticket #{number} is open again.", number=ticket.number), ephemeral=True)

    @subcommand(TicketGroup.ticket, "delete")
    @app_commands.describe(number="By default the one of this channel")
    async def delete(self, ctx: Context, number: Number = 0) -> None:
        """Delete the channel of a closed ticket; its transcript stays."""
        from guildbase.features.tickets.views.buttons import delete_question, delete_text

        caller, guild = await self.caller(ctx), self.guild(ctx)
        found = (await self.tickets.get(caller, guild.id, await self.number(ctx, number))).ticket.number
        await delete_question(ctx.author.id, found).send(ctx, delete_text(found))
