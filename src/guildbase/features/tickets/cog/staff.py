"""The commands by which the staff works in a ticket: claim, assign, rename, add, remove, priority, tags, category."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from guildbase.bot.commands import subcommand
from guildbase.bot.context import Context
from guildbase.core.i18n import _, translated
from guildbase.features.tickets.cog.choices import category_choices, tag_choices
from guildbase.features.tickets.cog.group import Number, TicketGroup
from guildbase.features.tickets.kinds import MAX_NAME, MAX_TAG, TicketPriority


class StaffCommands(TicketGroup):
    """Work in tickets."""

    @subcommand(TicketGroup.ticket, "claim")
    @app_commands.describe(number="By default the one of this channel")
    async def claim(self, ctx: Context, number: Number = 0) -> None:
        """Take a ticket, so that others know who answers."""
        caller, guild = await self.caller(ctx), self.guild(ctx)
        ticket = await self.tickets.claim(caller, guild.id, await self.number(ctx, number))
        await ctx.send(_("Ticket #{number} is yours.", number=ticket.number), ephemeral=True)

    @subcommand(TicketGroup.ticket, "unclaim")
    @app_commands.describe(number="By default the one of this channel")
    async def unclaim(self, ctx: Context, number: Number = 0) -> None:
        """Give a ticket back to all of the staff."""
        caller, guild = await self.caller(ctx), self.guild(ctx)
        ticket = await self.tickets.unclaim(caller, guild.id, await self.number(ctx, number))
        await ctx.send(_("Ticket #{number} is everybody's again.", number=ticket.number), ephemeral=True)

    @subcommand(TicketGroup.ticket, "assign")
    @app_commands.describe(helper="Who is to answer", number="By default the one of this channel")
    async def assign(self, ctx: Context, helper: discord.Member, number: Number = 0) -> None:
        """Give a ticket to somebody of the staff."""
        from guildbase.features.tickets.controller import Helper

        caller, guild = await self.caller(ctx), self.guild(ctx)
        roles = frozenset(role.id for role in helper.roles)
        to = Helper(helper.id, str(helper), roles, helper.guild_permissions.manage_guild)
        ticket = await self.tickets.assign(caller, guild.id, await self.number(ctx, number), to)
        done = _("Ticket #{number} is {helper}'s.", number=ticket.number, helper=helper.mention)
        await ctx.send(done, ephemeral=True)

    @subcommand(TicketGroup.ticket, "rename")
    @app_commands.describe(name="The new name", number="By default the one of this channel")
    async def rename(self, ctx: Context, name: commands.Range[str, 1, MAX_NAME], number: Number = 0) -> None:
        """Rename a ticket's channel."""
        caller, guild = await self.caller(ctx), self.guild(ctx)
        ticket = await self.tickets.rename(caller, guild.id, await self.number(ctx, number), name)
        done = _("Ticket #{number} is called {name} soon.", number=ticket.number, name=ticket.channel_name)
        await ctx.send(f"{done} {_('Discord lets a channel be renamed twice in ten minutes.')}", ephemeral=True)

    @subcommand(TicketGroup.ticket, "add")
    @app_commands.describe(member="Who is to see it", number="By default the one of this channel")
    async def add(self, ctx: Context, member: discord.Member, number: Number = 0) -> None:
        """Let somebody else read and write in a ticket."""
        caller, guild = await self.caller(ctx), self.guild(ctx)
        ticket = await self.tickets.add(caller, guild.id, await self.number(ctx, number), member.id)
        done = _("{member} is in ticket #{number} now.", member=member.mention, number=ticket.number)
        await ctx.send(done, ephemeral=True)

    @subcommand(TicketGroup.ticket, "remove")
    @app_commands.describe(member="Who was added", number="By default the one of this channel")
    async def remove(self, ctx: Context, member: discord.User, number: Number = 0) -> None:
        """Take somebody who was added out of a ticket."""
        caller, guild = await self.caller(ctx), self.guild(ctx)
        ticket = await self.tickets.remove(caller, guild.id, await self.number(ctx, number), member.id)
        done = _("{member} is no longer in ticket #{number}.", member=member.mention, number=ticket.number)
        await ctx.send(done, ephemeral=True)

    @subcommand(TicketGroup.ticket, "priority")
    @app_commands.describe(priority="How much it presses", number="By default the one of this channel")
    async def priority(self, ctx: Context, priority: TicketPriority, number: Number = 0) -> None:
        """Say how much a ticket presses."""
        from guildbase.features.tickets.views.ticket import PRIORITIES

        caller, guild = await self.caller(ctx), self.guild(ctx)
        ticket = await self.tickets.set_priority(caller, guild.id, await self.number(ctx, number), priority)
        word = translated(PRIORITIES[ticket.priority])
        done = _("Ticket #{number} has the priority {priority}.", number=ticket.number, priority=word)
        await ctx.send(done, ephemeral=True)

    @subcommand(TicketGroup.ticket, "tag")
    @app_commands.describe(tag="A word", number="By default the one of this channel")
    @app_commands.autocomplete(tag=tag_choices)
    async def tag(self, ctx: Context, tag: commands.Range[str, 1, MAX_TAG], number: Number = 0) -> None:
        """Put a word on a ticket, to find it by."""
        caller, guild = await self.caller(ctx), self.guild(ctx)
        ticket = await self.tickets.tag(caller, guild.id, await self.number(ctx, number), tag)
        await ctx.send(_("Ticket #{number} has the tag.", number=ticket.number), ephemeral=True)

    @subcommand(TicketGroup.ticket, "untag")
    @app_commands.describe(tag="A word that is on it", number="By default the one of this channel")
    @app_commands.autocomplete(tag=tag_choices)
    async def untag(self, ctx: Context, tag: commands.Range[str, 1, MAX_TAG], number: Number = 0) -> None:
        """Take a word off a ticket."""
        caller, guild = await self.caller(ctx), self.guild(ctx)
        ticket = await self.tickets.untag(caller, guild.id, await self.number(ctx, number), tag)
        await ctx.send(_("Ticket #{number} has lost the tag.", number=ticket.number), ephemeral=True)

    @subcommand(TicketGroup.ticket, "move")
    @app_commands.describe(category="Where it belongs", number="By default the one of this channel")
    @app_commands.autocomplete(category=category_choices)
    async def move(self, ctx: Context, category: Number, number: Number = 0) -> None:
        """Move a ticket to another category and its staff."""
        caller, guild = await self.caller(ctx), self.guild(ctx)
        ticket = await self.tickets.change_category(caller, guild.id, await self.number(ctx, number), category)
        await ctx.send(_("Ticket #{number} is moved.", number=ticket.number), ephemeral=True)
