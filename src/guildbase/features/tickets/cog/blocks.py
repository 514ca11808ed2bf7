"""`/ticket block`, `unblock` and `blocked`: who may open no tickets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from guildbase.bot.commands import subcommand
from guildbase.bot.context import Context
from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _
from guildbase.features.tickets.cog.group import TicketGroup
from guildbase.features.tickets.kinds import MAX_REASON

if TYPE_CHECKING:
    from guildbase.features.tickets.controller.blocks import BlockController


class BlockCommands(TicketGroup):
    """The commands of the block-list."""

    @property
    def blocks(self) -> BlockController:
        """The business logic of the block-list."""
        from guildbase.features.tickets.controller.blocks import BlockController

        return self.controller(BlockController)

    @subcommand(TicketGroup.ticket, "block")
    @app_commands.describe(user="Who", duration="How long, such as 2 days; for good by default", reason="Why")
    async def ticket_block(
        self,
        ctx: Context,
        user: discord.User,
        duration: str = "",
        *,
        reason: commands.Range[str, 0, MAX_REASON] = "",
    ) -> None:
        """Let somebody open no tickets."""
        from guildbase.core.clock import utcnow
        from guildbase.core.durations import read_length

        caller, guild = await self.caller(ctx), self.guild(ctx)
        try:
            length = read_length(duration, now=utcnow()) if duration else None
        except ValueError as error:
            raise InvalidInput(_("{duration} is no time: {why}.", duration=duration[:50], why=error)) from None
        block = await self.blocks.block(caller, guild.id, user.id, reason, duration=length)
        until = discord.utils.format_dt(block.expires_at, "R") if block.expires_at else _("never")
        text = _(
            "{user} may open no tickets here. It ends: {until}. Tickets that are open stay so.",
            user=user.mention,
            until=until,
        )
        await ctx.send(text, ephemeral=True)

    @subcommand(TicketGroup.ticket, "unblock")
    @app_commands.describe(user="Who")
    async def ticket_unblock(self, ctx: Context, user: discord.User) -> None:
        """Let somebody open tickets again."""
        await self.blocks.unblock(await self.caller(ctx), self.guild(ctx).id, user.id)
        await ctx.send(_("{user} may open tickets again.", user=user.mention), ephemeral=True)

    @subcommand(TicketGroup.ticket, "blocked")
    async def ticket_blocked(self, ctx: Context) -> None:
        """See who may open no tickets."""
        from guildbase.features.tickets.views.stats import blocked_embed

        found = await self.blocks.blocked(await self.caller(ctx), self.guild(ctx).id, limit=50)
        await ctx.send(embed=blocked_embed(found), ephemeral=True)
