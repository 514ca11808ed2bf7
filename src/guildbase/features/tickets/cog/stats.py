"""`/ticket stats`: figures of tickets."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from guildbase.bot.commands import subcommand
from guildbase.bot.context import Context
from guildbase.features.tickets.cog.group import TicketGroup


class StatsCommands(TicketGroup):
    """The command of figures."""

    @subcommand(TicketGroup.ticket, "stats")
    @app_commands.describe(days="Tickets that were opened in so many days", csv="As a table for a spreadsheet")
    async def ticket_stats(self, ctx: Context, days: commands.Range[int, 1, 365] = 30, csv: bool = False) -> None:
        """See how many tickets there are, and how fast and well they are answered."""
        from guildbase.features.tickets.controller.metrics import MetricsController
        from guildbase.features.tickets.views.stats import csv_file, stats_embed

        caller, guild = await self.caller(ctx), self.guild(ctx)
        metrics = await self.controller(MetricsController).metrics(caller, guild.id, days=days)
        if csv:
            await ctx.send(file=csv_file(metrics), ephemeral=True)
        else:
            await ctx.send(embed=stats_embed(metrics), ephemeral=True)
